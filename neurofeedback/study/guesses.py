"""What participants and operators believe the arm was.

Responsible for keeping guesses beside a session. Not responsible for asking, nor for what they come
to (`study.blinding`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.study.ledger import Ledger

By = Literal["participant", "operator"]
Belief = Literal["real", "control", "unknown"]


@dataclass(frozen=True, slots=True)
class Guess:
    """One answer.

    Parameters
    ----------
    by : {'participant', 'operator'}
        Who was asked.
    belief : {'real', 'control', 'unknown'}
    confidence : int
        0 to 100.
    reason : str
        In their words; may be empty.
    when : str
        ISO 8601 with time zone.
    """

    by: By
    belief: Belief
    confidence: int
    reason: str
    when: str


def add_guess(
    layout: SessionLayout, by: By, belief: Belief, confidence: int, reason: str, now: datetime
) -> Guess:
    """Keep a guess with its session; earlier ones stay.

    Raises
    ------
    UserError
        If the confidence is out of range or the guess cannot be written.
    """
    if not 0 <= confidence <= 100:
        raise UserError("Confidence ranges from 0 to 100, not {confidence}.", confidence=confidence)
    guess = Guess(by, belief, confidence, " ".join(reason.split())[:500], now.isoformat())
    with Ledger(guesses_path(layout)).writing() as append:
        append(asdict(guess))
    return guess


def guesses(layout: SessionLayout) -> list[Guess]:
    """Return the guesses of a session in the order they were made.

    Raises
    ------
    UserError
        If the file was changed.
    """
    try:
        return [Guess(**entry) for entry in Ledger(guesses_path(layout)).entries()]
    except TypeError as error:
        raise UserError(
            "{path} contains something other than guesses; restore it from a copy.",
            path=guesses_path(layout),
        ) from error


def guesses_path(layout: SessionLayout) -> Path:
    """Return the file of a session's guesses."""
    return layout.derived("guesses.jsonl")
