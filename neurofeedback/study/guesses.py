"""What participants and operators believe the arm was, and whether blinding held.

Responsible for keeping guesses beside a session and for Bang's blinding index. Not responsible for
asking.

References
----------
Bang H, Ni L, Davis CE (2004), 10.1016/j.cct.2003.10.016.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.study.ledger import Ledger

By = Literal["participant", "operator"]
Belief = Literal["real", "control", "unknown"]
LEAST_GUESSES = 2


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
            "{path} contains something other than guesses.", path=guesses_path(layout)
        ) from error


def guesses_path(layout: SessionLayout) -> Path:
    """Return the file of a session's guesses."""
    return layout.derived("guesses.jsonl")


@dataclass(frozen=True, slots=True)
class BlindingIndex:
    """Bang's index in one arm.

    Parameters
    ----------
    arm : str
    by : str
    n : int
        Number of people who answered.
    index : float
        1: all guessed right; 0: as by chance, or nobody knows; -1: all guessed wrong. NaN below
        two answers.
    low, high : float
        95 % confidence interval.
    """

    arm: str
    by: str
    n: int
    index: float
    low: float
    high: float


def blinding_index(arm: str, by: str, beliefs: Sequence[str]) -> BlindingIndex:
    """Compute Bang's blinding index of one arm.

    Parameters
    ----------
    arm : str
        The arm that those asked were in.
    by : str
        Who was asked.
    beliefs : sequence of str
        ``real``, ``control`` or ``unknown``, one for each person.
    """
    n = len(beliefs)
    if n < LEAST_GUESSES:
        return BlindingIndex(arm, by, n, math.nan, math.nan, math.nan)
    right = sum(b == arm for b in beliefs) / n
    wrong = sum(b not in (arm, "unknown") for b in beliefs) / n
    index = right - wrong
    half = 1.96 * math.sqrt(max(0.0, right + wrong - index**2) / n)
    return BlindingIndex(arm, by, n, index, max(-1.0, index - half), min(1.0, index + half))
