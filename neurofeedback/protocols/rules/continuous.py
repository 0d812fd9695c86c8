"""A threshold that follows the last moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from neurofeedback.protocols.rules.base import AimingRule, Movable, Rate, Training
from neurofeedback.words.message import Message


class Continuous(AimingRule):
    """A threshold that follows the most recent data at every frame. It hides learning.

    Attributes
    ----------
    target_rate : float
        Share of the last clean `window` that passes it.
    window : float
        Length in s of clean data.
    """

    rule: Literal["continuous"]
    target_rate: Rate = 0.65
    window: float = Field(default=30.0, ge=5.0, le=300.0)

    @property
    def follows(self) -> bool:
        """At every frame."""
        return True

    def start(self, threshold: Movable) -> None:
        """Begin with the end of the baseline."""
        threshold.follow(self.window)
        threshold.aim()

    def stretches(self, lengths: Sequence[float]) -> list[float]:
        """Return as many windows as fit the data."""
        n_windows = max(1, round(sum(lengths) / self.window))
        return [sum(lengths) / n_windows] * n_windows

    @property
    def in_words(self) -> Message:
        """Where it starts, what it follows, and what that hides."""
        return Message(
            "The threshold is one that a participant at rest passes {rate:.0%} of clean time; then "
            "it follows the last {window:g} s of clean data so that this stays so. It hides "
            "learning: rewards will not become more.",
            rate=self.rate,
            window=self.window,
        )

    def warnings(self, training: Training) -> Iterator[tuple[str, Message]]:
        """Yield that it hides learning."""
        text = Message(
            "'continuous' hides learning: the threshold follows the participant, and rewards stay "
            "as many as they were"
        )
        yield "threshold.rule", text
