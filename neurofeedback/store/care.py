"""How a participant is cared for: plan of the sessions, archive, notes that were struck out.

Responsible for these. Not responsible for who there is (`store.participants`), nor for what is due
(`app.plan`).

A note is never changed or removed. That it was struck out is a row of the audit trail, and nothing
else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from neurofeedback.errors import UserError
from neurofeedback.store.index import Change
from neurofeedback.store.models import AuditRow, Note, Participant, SessionRow
from neurofeedback.store.participants import get_participant, remember_settings

MOST_SESSIONS, MOST_DAYS = 200, 365
PLAN, ARCHIVED = "plan", "archived"  # among a participant's settings
STRUCK = "note.struck"


@dataclass(frozen=True, slots=True)
class Plan:
    """How many sessions a participant is to have, and how far apart.

    Parameters
    ----------
    sessions : int
        In all, 1 to `MOST_SESSIONS`.
    days : int
        From one to the next, 1 to `MOST_DAYS`.

    Raises
    ------
    UserError
        If a number is none of these.
    """

    sessions: int
    days: int

    def __post_init__(self) -> None:
        for value, most in ((self.sessions, MOST_SESSIONS), (self.days, MOST_DAYS)):
            if not 1 <= value <= most:
                raise UserError(
                    "The plan cannot have {value}: give 1 to {most}.", value=value, most=most
                )


@dataclass(frozen=True, slots=True)
class Struck:
    """Who struck out a note, and when.

    Parameters
    ----------
    who : str
    when : datetime
        UTC.
    """

    who: str
    when: datetime


def plan_of(settings: Mapping[str, Any]) -> Plan | None:
    """Return the plan among a participant's settings; None without one."""
    found = settings.get(PLAN)
    try:
        return Plan(int(found["sessions"]), int(found["days"])) if found else None
    except (KeyError, TypeError, ValueError, UserError):  # written by something else
        return None


def is_archived(settings: Mapping[str, Any]) -> bool:
    """Return whether a participant is in the archive."""
    return settings.get(ARCHIVED) is True


def set_plan(change: Change, code: str, plan: Plan | None) -> None:
    """Keep the plan of a participant, or that there is none.

    Raises
    ------
    UserError
        If there is no such participant.
    """
    get_participant(change.session, code)
    kept = None if plan is None else {"sessions": plan.sessions, "days": plan.days}
    remember_settings(change, code, {PLAN: kept})
    change.log("plan.set", code, plan=kept)


def set_archived(change: Change, code: str, archived: bool) -> None:
    """Put a participant into the archive, or take them out of it; nothing is deleted.

    Raises
    ------
    UserError
        If there is no such participant.
    """
    get_participant(change.session, code)
    remember_settings(change, code, {ARCHIVED: True if archived else None})
    change.log("participant.archived" if archived else "participant.restored", code)


def strike_note(change: Change, number: int) -> None:
    """Strike out a note; its text and this act stay.

    Raises
    ------
    UserError
        If there is no such note, or it was struck out before.
    """
    note = change.session.get(Note, number)
    if note is None:
        raise UserError("The index has no note number {number}.", number=number)
    subject = _subject(change.session, note)
    if number in struck_notes(change.session):
        raise UserError("This note was struck out before.")
    change.log(STRUCK, subject, note=number)


def struck_notes(session: Session) -> dict[int, Struck]:
    """Return which notes were struck out, by their number."""
    rows = session.scalars(
        select(AuditRow).where(AuditRow.action == STRUCK).order_by(AuditRow.number)
    )
    found: dict[int, Struck] = {}
    for row in rows:
        number = json.loads(row.details).get("note")
        if isinstance(number, int):
            found.setdefault(number, Struck(row.who, datetime.fromisoformat(row.time)))
    return found


def _subject(session: Session, note: Note) -> str:
    if note.session_id is not None:
        row = session.get(SessionRow, note.session_id)
        return "" if row is None else row.folder
    person = session.get(Participant, note.participant_id)
    return "" if person is None else person.code
