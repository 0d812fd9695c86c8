"""A threshold that the operator moves."""

from __future__ import annotations

from typing import Literal

from neurofeedback.protocols.commands import CommandName
from neurofeedback.protocols.rules.base import AimingRule, Rate
from neurofeedback.words.message import Message


class Manual(AimingRule):
    """A threshold that the operator moves; every change is logged.

    Attributes
    ----------
    target_rate : float
        The rate that sets its start, as for ``target-rate``.
    """

    rule: Literal["manual"]
    target_rate: Rate = 0.65

    @property
    def commands(self) -> frozenset[CommandName]:
        """The threshold itself, and the rate."""
        return frozenset({CommandName.THRESHOLD, CommandName.TARGET_RATE})

    @property
    def in_words(self) -> Message:
        """Where it starts, and who moves it."""
        return Message(
            "The threshold is one that a participant at rest passes {rate:.0%} of clean time; then "
            "the operator moves it, and that is logged.",
            rate=self.rate,
        )
