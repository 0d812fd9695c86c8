"""Mean and standard deviation of the clean baseline as threshold."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from neurofeedback.protocols.rules.base import Movable, ThresholdRule
from neurofeedback.words.message import Message


class MeanSd(ThresholdRule):
    """Mean of the clean baseline plus `k` standard deviations in the rewarded direction.

    Attributes
    ----------
    k : float
        Number of standard deviations; 0.85 in Rosenfeld (1995).
    """

    rule: Literal["mean-sd"]
    k: float = Field(default=0.85, ge=-3.0, le=3.0)

    def start(self, threshold: Movable) -> None:
        """Put each part at its mean and `k` standard deviations."""
        rows = zip(threshold.means, threshold.scales, strict=True)
        threshold.values = [mean + self.k * scale for mean, scale in rows]

    @property
    def in_words(self) -> Message:
        """The number of standard deviations."""
        return Message(
            "The threshold is the baseline's mean plus {k:g} SD in the direction that is rewarded. "
            "It never moves.",
            k=self.k,
        )
