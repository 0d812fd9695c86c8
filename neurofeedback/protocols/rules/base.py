"""What every threshold rule can do.

Responsible for the methods by which the threshold, the words and the warnings use a rule without
knowing which it is, and for what most rules have in common. Not responsible for any one rule, nor
for the schedule or for what counts as clean.

Where a rule aims at a rate, that is the share of clean time in which all conditions are met and no
inhibit applies. A training block with less than `LEAST_SECONDS` of clean data moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import Field

from neurofeedback.protocols.commands import CommandName
from neurofeedback.protocols.joint import CleanFrames
from neurofeedback.signal.settings_base import Settings
from neurofeedback.words.message import Message

LEAST_SECONDS = 10.0
Rate = Annotated[float, Field(ge=0.1, le=0.9)]


class Movable(Protocol):
    """A threshold that a rule moves; see `protocols.threshold.Threshold`."""

    values: list[float]

    @property
    def means(self) -> Sequence[float]:
        """Mean of each part of the score over the baseline."""

    @property
    def scales(self) -> Sequence[float]:
        """Standard deviation of each part of the score over the baseline."""

    def set(self, value: float) -> None:
        """Put it at a value given by a person."""

    def aim(self, at: CleanFrames | None = None) -> None:
        """Put it where the rate aimed at is reached, on these frames from now on."""

    def follow(self, window: float) -> None:
        """Let it follow the last clean `window`, in s, from now on."""


@dataclass(frozen=True, slots=True)
class Training:
    """What a rule is to be judged with.

    Parameters
    ----------
    lengths : sequence of float
        Of each training block, repetitions written out, s; at least one.
    estimators : frozenset of str
        That the trained features ask for.
    """

    lengths: Sequence[float]
    estimators: frozenset[str]


class ThresholdRule(Settings):
    """A rule as declared: settings, and what follows from them."""

    # A field of each rule, which stands first in files; here for type checkers alone.
    if TYPE_CHECKING:

        @property
        def rule(self) -> str:
            """Which rule it is."""

    @property
    def rate(self) -> float | None:
        """Share of clean time that it aims at; None where it aims at none."""
        return None

    @property
    def commands(self) -> frozenset[CommandName]:
        """What the operator may change of it."""
        return frozenset()

    @property
    def follows(self) -> bool:
        """Whether it follows what the participant learns, so that rewards stay as many."""
        return False

    def start(self, threshold: Movable) -> None:
        """Set the threshold from a baseline; by default where the rate is reached."""
        threshold.aim()

    def block_over(self, threshold: Movable, block: CleanFrames, success_rate: float) -> bool:
        """Move the threshold after a training block; return whether that is to be logged.

        Parameters
        ----------
        threshold : Movable
        block : CleanFrames
            Clean frames of the block; at least `LEAST_SECONDS` of them.
        success_rate : float
            Share of them in which the reward condition was met.
        """
        return False

    def stretches(self, lengths: Sequence[float]) -> list[float]:
        """Return the clean data, in s, that each place of the threshold stands for.

        Parameters
        ----------
        lengths : sequence of float
            Clean data of each training block, s.
        """
        return list(lengths) if self.follows else [sum(lengths)]

    @property
    def in_words(self) -> Message:
        """Where the threshold is and what moves it, in a sentence."""
        raise NotImplementedError

    def aiming_at(self, rate: float) -> ThresholdRule:
        """Return this rule with another rate to aim at; itself where it aims at none."""
        return self

    def warnings(self, training: Training) -> Iterator[tuple[str, Message]]:
        """Yield what is allowed and doubtful: the key it is about, and why."""
        yield from ()


class AimingRule(ThresholdRule):
    """A rule that has a rate to aim at, which the operator may change."""

    if TYPE_CHECKING:

        @property
        def target_rate(self) -> float:
            """Share of clean time that it aims at."""

    @property
    def rate(self) -> float:
        """Share of clean time that it aims at."""
        return self.target_rate

    def aiming_at(self, rate: float) -> ThresholdRule:
        """Return this rule with another rate."""
        return self.model_copy(update={"target_rate": rate})

    @property
    def commands(self) -> frozenset[CommandName]:
        """The rate."""
        return frozenset({CommandName.TARGET_RATE})


def moves_between(rule: str, training: Training) -> Iterator[tuple[str, Message]]:
    """Yield why a rule that moves between training blocks cannot."""
    if len(training.lengths) < 2:
        text = Message("{rule!r} moves between blocks, and there is only one", rule=rule)
        yield "threshold.rule", text
    elif all(seconds < LEAST_SECONDS for seconds in training.lengths):
        text = Message(
            "{rule!r} moves after blocks with {seconds:g} s of clean data, and no block is that "
            "long",
            rule=rule,
            seconds=LEAST_SECONDS,
        )
        yield "threshold.rule", text
