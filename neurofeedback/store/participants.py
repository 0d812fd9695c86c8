"""Who takes part, and notes about them.

Responsible for adding and finding participants by code, for their consent and last settings, and
for notes. Not responsible for their sessions (`store.sessions`) nor scales (`store.responses`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import check_participant
from neurofeedback.store.clean import clean
from neurofeedback.store.index import Change
from neurofeedback.store.models import Note, Participant, SessionRow


def add_participant(
    change: Change, code: str, *, consent: bool = False, consent_date: date | None = None
) -> Participant:
    """Add a participant.

    Parameters
    ----------
    change : Change
    code : str
        1 to 32 letters and digits.
    consent : bool
        Whether there is consent.
    consent_date : date or None
        When it was given; today by default.

    Returns
    -------
    Participant

    Raises
    ------
    UserError
        If the code is refused or taken, also by one that differs in capital letters only.
    """
    check_participant(code)
    same = select(Participant.code).where(func.lower(Participant.code) == code.lower())
    taken = change.session.scalar(same)
    if taken is not None:
        if taken == code:
            raise UserError("Participant {code} exists already; choose another code.", code=code)
        raise UserError(
            "Participant {code} exists already; choose another code, or use that spelling.",
            code=taken,
        )
    participant = _new(change, code)
    change.log("participant.added", code)
    if consent:
        set_consent(change, code, given=True, when=consent_date)
    return participant


def ensure_participant(change: Change, code: str) -> Participant:
    """Return the participant of that code; one whom only the recordings know is added."""
    found = change.session.scalar(select(Participant).where(Participant.code == code))
    return found or _new(change, code)


def get_participant(session: Session, code: str) -> Participant:
    """Return the participant of that code.

    Raises
    ------
    UserError
        If there is none.
    """
    found = session.scalar(select(Participant).where(Participant.code == code))
    if found is None:
        raise UserError(
            "There is no participant {code!r} in the index; see: neurofeedback participants list",
            code=code[:40],
        )
    return found


def find_participants(session: Session, text: str = "") -> Sequence[Participant]:
    """Return the participants whose code holds `text`, capital letters or not, by code."""
    statement = select(Participant).order_by(Participant.code)
    if text:
        statement = statement.where(
            func.lower(Participant.code).contains(clean(text).lower(), autoescape=True)
        )
    return session.scalars(statement).all()


def set_consent(change: Change, code: str, *, given: bool, when: date | None = None) -> Participant:
    """Record that consent was given or withdrawn.

    Parameters
    ----------
    change : Change
    code : str
        The participant.
    given : bool
        False when it was withdrawn.
    when : date or None
        The day; today by default.

    Raises
    ------
    UserError
        If there is no such participant, or the day lies in the future.
    """
    participant = get_participant(change.session, code)
    today = change.now.astimezone().date()
    day = when or today
    if day > today:
        raise UserError(
            "Consent cannot have been given or withdrawn on {day}, which is in the future.", day=day
        )
    participant.consent, participant.consent_date = given, day
    change.log("consent.given" if given else "consent.withdrawn", code, date=day.isoformat())
    return participant


def remember_settings(change: Change, code: str, settings: Mapping[str, Any]) -> None:
    """Keep what a participant's next session should start with, beside what is kept already.

    Parameters
    ----------
    change : Change
    code : str
        The participant; added if not known yet.
    settings : mapping
        Plain JSON types; a value of None forgets a key.
    """
    participant = ensure_participant(change, code)
    merged = {**participant.settings, **settings}
    participant.settings = {key: value for key, value in merged.items() if value is not None}


def add_note(change: Change, code: str, text: str, session: SessionRow | None = None) -> Note:
    """Write a note about a participant, or about one of the sessions.

    Raises
    ------
    UserError
        If there is no such participant, the session is someone else's, or the note is empty.
    """
    participant = get_participant(change.session, code)
    if session is not None and session.participant_id != participant.id:
        raise UserError(
            "The session {folder} is not one of participant {code}.",
            folder=session.folder,
            code=code,
        )
    words = clean(text)
    if not words:
        raise UserError("The note is empty; write something.")
    note = Note(
        participant_id=participant.id,
        session_id=None if session is None else session.id,
        text=words,
        written=change.now,
        author=change.who,
    )
    change.session.add(note)
    change.session.flush()
    change.log("note.added", code if session is None else session.folder, note=note.id)
    return note


def notes_of(session: Session, code: str) -> Sequence[Note]:
    """Return the notes about a participant and the sessions, oldest first.

    Raises
    ------
    UserError
        If there is no such participant.
    """
    participant = get_participant(session, code)
    by_time = select(Note).order_by(Note.written, Note.id)
    return session.scalars(by_time.where(Note.participant_id == participant.id)).all()


def _new(change: Change, code: str) -> Participant:
    participant = Participant(
        code=code, consent=False, consent_date=None, settings={}, added=change.now
    )
    change.session.add(participant)
    change.session.flush()
    return participant
