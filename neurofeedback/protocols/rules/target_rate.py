"""The threshold that a wanted share of clean time passes, set anew between blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from neurofeedback.protocols.joint import CleanFrames
from neurofeedback.protocols.rules.base import AimingRule, Movable, Rate, Training, moves_between
from neurofeedback.words.message import Message


class TargetRate(AimingRule):
    """A threshold that the baseline passes for the target rate of its clean time.

    Attributes
    ----------
    target_rate : float
        Wanted share of clean time in which every condition is met and no inhibit applies.
    update : {'never', 'between-blocks'}
        Whether each training block sets the threshold of the next; it never moves within one.
    """

    rule: Literal["target-rate"] = "target-rate"
    target_rate: Rate = 0.65
    update: Literal["never", "between-blocks"] = "between-blocks"

    @property
    def follows(self) -> bool:
        """Where it is set anew from each block."""
        return self.update == "between-blocks"

    def block_over(self, threshold: Movable, block: CleanFrames, success_rate: float) -> bool:
        """Reach the rate on the block that is over."""
        if self.update == "never":
            return False
        threshold.aim(block)
        return True

    @property
    def in_words(self) -> Message:
        """The rate, and whether it is set anew."""
        if self.update == "never":
            return Message(
                "The threshold is one that a participant at rest passes {rate:.0%} of clean time; "
                "set once, from the baseline.",
                rate=self.rate,
            )
        return Message(
            "The threshold is one that a participant at rest passes {rate:.0%} of clean time; "
            "fixed within a block, set anew between blocks from the block before.",
            rate=self.rate,
        )

    def warnings(self, training: Training) -> Iterator[tuple[str, Message]]:
        """Yield why it cannot be set anew, where it is to be."""
        if self.update != "never":
            yield from moves_between(self.rule, training)
