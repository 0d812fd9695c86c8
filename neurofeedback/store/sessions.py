"""Which sessions there are.

Responsible for keeping the rows of sessions equal to what their folders say, and for finding them.
Not responsible for reading folders (`store.facts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.store.clean import clean
from neurofeedback.store.facts import SessionFacts
from neurofeedback.store.index import Change
from neurofeedback.store.models import Participant, SessionRow
from neurofeedback.store.participants import ensure_participant, remember_settings
from neurofeedback.words.message import Message

# What a row takes over from the facts as it stands.
_COPIED = ("number", "protocol_name", "protocol_hash", "started", "status", "seconds", "samples",
           "rewards")  # fmt: skip


def put_session(change: Change, facts: SessionFacts) -> tuple[SessionRow, bool]:
    """Make the row of a session say what its folder says.

    The participant is added where the index does not know of one; the newest session's settings
    are remembered.

    Returns
    -------
    SessionRow
        The row.
    bool
        Whether anything had to be changed.
    """
    participant = ensure_participant(change, facts.participant)
    row = _find(change.session, facts.folder, facts.task, facts.run)
    if row is None:
        row = SessionRow(
            participant_id=participant.id, folder=facts.folder, task=facts.task, run=facts.run
        )
        row.participant = participant
        change.session.add(row)
    for name in _COPIED:
        if getattr(row, name) != getattr(facts, name):
            setattr(row, name, getattr(facts, name))
    if not row.found:
        row.found = True
    changed = change.session.is_modified(row) or row in change.session.new
    change.session.flush()
    newest = select(func.max(SessionRow.started)).where(SessionRow.participant_id == participant.id)
    if change.session.scalar(newest) == facts.started:
        remember_settings(change, participant.code, facts.settings)
    return row, changed


def set_verified(change: Change, facts: SessionFacts, result: str) -> None:
    """Record that a session was verified just now.

    Parameters
    ----------
    change : Change
    facts : SessionFacts
        The session.
    result : str
        ``ok``, or the first difference.
    """
    row, _ = put_session(change, facts)
    row.verified, row.verified_result = change.now, clean(result, 500)
    change.log("session.verified", facts.folder, result=row.verified_result)


def mark_not_found(change: Change, folder: str) -> None:
    """Mark the recordings of a session folder as no longer there.

    Parameters
    ----------
    change : Change
    folder : str
        Relative to the dataset, with slashes.
    """
    for row in change.session.scalars(select(SessionRow).where(SessionRow.folder == folder)):
        row.found = False


def find_sessions(
    session: Session,
    text: str = "",
    *,
    participant: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Sequence[SessionRow]:
    """Return sessions, newest first.

    Parameters
    ----------
    session : Session
    text : str
        Part of the participant's code or of the protocol's name, capital letters or not.
    participant : str or None
        Only of this participant.
    since, until : date or None
        First and last day, in the time zone of this computer.

    Returns
    -------
    sequence of SessionRow

    Raises
    ------
    UserError
        If a day lies beyond 1970 to 2999.
    """
    statement = (
        select(SessionRow)
        .join(SessionRow.participant)
        .order_by(SessionRow.started.desc(), SessionRow.folder, SessionRow.task, SessionRow.run)
    )
    if text:
        part = clean(text).lower()
        statement = statement.where(
            or_(
                func.lower(Participant.code).contains(part, autoescape=True),
                func.lower(SessionRow.protocol_name).contains(part, autoescape=True),
            )
        )
    if participant is not None:
        statement = statement.where(Participant.code == participant)
    if since is not None:
        statement = statement.where(SessionRow.started >= _midnight(since))
    if until is not None:
        statement = statement.where(SessionRow.started < _midnight(until) + timedelta(days=1))
    return session.scalars(statement).all()


def get_session(session: Session, folder: str) -> SessionRow:
    """Return the session in a folder, given relative to the dataset.

    Raises
    ------
    UserError
        If there is none, or there are several recordings.
    """
    rows = session.scalars(select(SessionRow).where(SessionRow.folder == folder)).all()
    if len(rows) != 1:
        found = Message("{n} recordings", n=len(rows)) if rows else Message("no session")
        raise UserError(
            "The index lists {found} in {folder!r}; see: neurofeedback index list",
            found=found,
            folder=folder,
        )
    return rows[0]


def find_session(session: Session, layout: SessionLayout) -> SessionRow | None:
    """Return the row of a session; None where the index does not know of it."""
    return _find(session, layout.folder, layout.task, layout.run)


def _find(session: Session, folder: str, task: str, run: int) -> SessionRow | None:
    return session.scalar(
        select(SessionRow).where(
            SessionRow.folder == folder, SessionRow.task == task, SessionRow.run == run
        )
    )


def _midnight(day: date) -> datetime:
    if not 1970 <= day.year <= 2999:
        raise UserError("The date {day} is not valid: give one from 1970 to 2999.", day=day)
    return datetime.combine(day, time()).astimezone().astimezone(UTC)
