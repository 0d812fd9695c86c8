"""What a plan of sessions amounts to today.

Responsible for when the next session is due, and for what of a participant needs somebody to act.
Not responsible for keeping plans (`store.care`). Knows no Qt.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from neurofeedback.store.care import Plan
from neurofeedback.store.overview import ParticipantLine


class Need(StrEnum):
    """What of a participant needs somebody to act."""

    DUE = "due"
    PROMPT = "prompt"  # a safety prompt nobody has read
    DEBRIEF = "debrief"  # is missing
    EFFECT = "effect"  # at the last debrief
    CONSENT = "consent"  # is missing


def next_due(plan: Plan | None, n_completed: int, last: date | None, today: date) -> date | None:
    """Return the day of the next session; None where no more are planned.

    Parameters
    ----------
    plan : Plan or None
    n_completed : int
        Sessions that count for the plan.
    last : date or None
        Day of the last session; without one, the next is due today.
    today : date
    """
    if plan is None or n_completed >= plan.sessions:
        return None
    return today if last is None else last + timedelta(days=plan.days)


def due_of(line: ParticipantLine, today: date) -> date | None:
    """Return the day of a participant's next session; None where no more are planned."""
    last = None if line.last_session is None else line.last_session.astimezone().date()
    return next_due(line.plan, line.n_completed, last, today)


def needs(line: ParticipantLine, today: date, *, debrief_missing: bool) -> tuple[Need, ...]:
    """Return what of a participant needs somebody to act, the most urgent first.

    Parameters
    ----------
    line : ParticipantLine
    today : date
    debrief_missing : bool
        Whether a session of theirs waits for its debrief.
    """
    due = due_of(line, today)
    found = {
        Need.PROMPT: line.waiting > 0,
        Need.EFFECT: bool(line.effects),
        Need.DEBRIEF: debrief_missing,
        Need.DUE: due is not None and due <= today,
        Need.CONSENT: not line.consent,
    }
    return tuple(need for need, is_so in found.items() if is_so)
