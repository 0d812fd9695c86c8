"""A threshold set in advance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from neurofeedback.protocols.rules.base import Movable, ThresholdRule, Training
from neurofeedback.words.message import Message


class Fixed(ThresholdRule):
    """A threshold set in advance.

    Attributes
    ----------
    value : float
        In the unit of the trained feature; for several conditions, in SD of the baseline from its
        mean.
    """

    rule: Literal["fixed"]
    value: float

    def start(self, threshold: Movable) -> None:
        """Put it at the value."""
        threshold.set(self.value)

    @property
    def in_words(self) -> Message:
        """The value."""
        return Message("The threshold is {value:g} throughout.", value=self.value)

    def warnings(self, training: Training) -> Iterator[tuple[str, Message]]:
        """Yield that no one value fits where the baseline decides on the estimator."""
        if training.estimators - {"cfir"}:
            text = Message(
                "a value found with one estimator does not fit another, and which one is used "
                "depends on the baseline; use estimator = 'cfir'"
            )
            yield "threshold.value", text
