"""What the ledger of places tells of participants beside their arms.

Responsible for these cells, and for finding the sessions that the ledger names. Not responsible for
what came of the sessions (`trial.session_rows`), nor for collecting rows (`trial.collect`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.session.verification.delivery import Shown, feedback_shown
from neurofeedback.study.delivery import Allocated
from neurofeedback.trial.columns import level_column
from neurofeedback.trial.tables import Row

ShownIn = Mapping[str, tuple[Shown, ...]]


def sessions_of(allocated: Allocated, code: str) -> list[Mapping[str, Any]]:
    """Return the entries of a participant's sessions, in order."""
    return [e for e in allocated.entries if e["what"] == "session" and e.get("participant") == code]


def withdrawal_row(allocated: Allocated, code: str) -> Row:
    """Return when and why somebody left; empty if the ledger does not say so."""
    for entry in allocated.entries:
        if entry["what"] == "withdrawal" and entry.get("participant") == code:
            return {"withdrawn": str(entry["when"]), "withdrawn_why": entry.get("reason") or None}
    return {}


def levels_row(entry: Mapping[str, Any]) -> Row:
    """Return a participant's level of each factor that the study balances."""
    levels: Mapping[str, str] = entry.get("levels", {})
    return {level_column(factor, ()).name: level for factor, level in levels.items()}


def path_of(folder: str, data: Sequence[Path]) -> Path:
    """Return where a session lies.

    Raises
    ------
    UserError
        If it lies in none of the datasets.
    """
    path = next((root / folder for root in data if (root / folder).is_dir()), None)
    if path is None:
        raise UserError("The session is in none of the datasets that were given.")
    return path


def shown_in(allocated: Allocated, data: Sequence[Path]) -> ShownIn:
    """Return whom each session's feedback was shown to, by its folder."""
    found = {}
    for entry in allocated.entries:
        if entry["what"] == "session":
            with suppress(UserError):  # it cannot be read: told as the problem of its row
                found[str(entry["folder"])] = feedback_shown(path_of(entry["folder"], data))
    return found


def shown_row(shown: Sequence[Shown]) -> Row:
    """Return whether and why the operator was shown what a session fed back."""
    why = "; ".join(f"{each.who}: {each.reason}" for each in shown)
    return {"feedback_shown": bool(shown), "feedback_shown_why": why or None}
