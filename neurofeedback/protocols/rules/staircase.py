"""A threshold that goes up after an easy block and down after a hard one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from neurofeedback.protocols.joint import CleanFrames
from neurofeedback.protocols.rules.base import AimingRule, Movable, Rate, Training, moves_between
from neurofeedback.words.message import Message


class Staircase(AimingRule):
    """A threshold that rises a step after an easy block and falls a step after a hard one.

    Attributes
    ----------
    target_rate : float
        The rate that sets its start, as for ``target-rate``.
    easy, hard : float
        Share of clean time past the threshold above (below) which a block is easy (hard).
    step : float
        Size of a step, in SD of the baseline.
    """

    rule: Literal["staircase"]
    target_rate: Rate = 0.65
    easy: Rate = 0.75
    hard: Rate = 0.5
    step: float = Field(default=0.1, gt=0.0, le=2.0)

    @model_validator(mode="after")
    def _in_order(self) -> Staircase:
        if not self.hard < self.easy:
            raise ValueError(Message("hard must be below easy"))
        return self

    def block_over(self, threshold: Movable, block: CleanFrames, success_rate: float) -> bool:
        """Go a step up or down, or stay."""
        steps = (success_rate > self.easy) - (success_rate < self.hard)
        rows = zip(threshold.values, threshold.scales, strict=True)
        threshold.values = [value + steps * self.step * scale for value, scale in rows]
        return steps != 0

    @property
    def in_words(self) -> Message:
        """Where it starts, and when it goes up and down."""
        return Message(
            "The threshold is one that a participant at rest passes {rate:.0%} of clean time; "
            "after a block it goes {step:g} SD of the baseline up if more than {easy:.0%} was past "
            "it, as much down if less than {hard:.0%}.",
            rate=self.rate,
            step=self.step,
            easy=self.easy,
            hard=self.hard,
        )

    def warnings(self, training: Training) -> Iterator[tuple[str, Message]]:
        """Yield why it cannot move."""
        yield from moves_between(self.rule, training)
