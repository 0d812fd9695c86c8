"""A percentile of the clean baseline as threshold."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from neurofeedback.protocols.rules.base import ThresholdRule
from neurofeedback.words.message import Message


class Percentile(ThresholdRule):
    """A percentile of the clean baseline; it never moves.

    Attributes
    ----------
    percentile : float
        Counted in the rewarded direction: 80 is passed a fifth of the time.
    """

    rule: Literal["percentile"]
    percentile: float = Field(ge=1.0, le=99.0)

    @property
    def rate(self) -> float:
        """Share of clean time of the baseline that passes it."""
        return 1.0 - self.percentile / 100.0

    @property
    def in_words(self) -> Message:
        """The percentile, and how often it is passed at rest."""
        return Message(
            "The threshold is percentile {percentile:g} of the baseline, counted in the direction "
            "that is rewarded: a participant at rest passes it {rate:.0%} of clean time. It never "
            "moves.",
            percentile=self.percentile,
            rate=1 - self.percentile / 100,
        )
