"""What whoever asks a questionnaire needs of whoever keeps the answers.

Responsible for the words in which the two speak. Not responsible for keeping anything (`store`),
nor for asking (`gui`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from neurofeedback.scales.instrument import Instrument, Response, SafetyPrompt


class Timing(StrEnum):
    """When, in relation to a session, a scale was answered."""

    BEFORE = "before"
    AFTER = "after"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kept response whose safety prompt nobody has acknowledged yet.

    Parameters
    ----------
    number : int
        Of the response.
    participant : str
        Code.
    instrument : Instrument
        The questionnaire.
    taken : datetime
        When it was answered, with time zone.
    prompt : SafetyPrompt
        What must be read.
    """

    number: int
    participant: str
    instrument: Instrument
    taken: datetime
    prompt: SafetyPrompt


@dataclass(frozen=True, slots=True)
class Kept:
    """A response that has been kept.

    Parameters
    ----------
    number : int
        By which it is found again.
    waiting : Waiting or None
        What somebody responsible must read now; None if nothing calls for it.
    """

    number: int
    waiting: Waiting | None


class ResponseStore(Protocol):
    """Where responses are kept; every method raises `UserError` where it cannot."""

    def keep(
        self, participant: str, response: Response, timing: Timing, number: int | None = None
    ) -> Kept:
        """Keep a response; with a number, in the place of the one kept under it."""

    def acknowledge(self, number: int, who: str) -> None:
        """Record that somebody has read the safety prompt of a kept response."""

    def waiting(self, participant: str | None = None) -> Sequence[Waiting]:
        """Return what waits for somebody to read it, of one participant or of all; oldest first."""
