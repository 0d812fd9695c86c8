"""Participants at a glance, for choosing one of thousands.

Responsible for one line a participant, read in two questions to the database however many there
are. Not responsible for a participant's details (`store.participants`, `store.sessions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from neurofeedback.store.models import Participant, ScaleRow, SessionRow


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """What can be seen of a participant in a list.

    Parameters
    ----------
    code : str
    consent : bool
        Whether there is consent.
    consent_date : date or None
        When it was given or withdrawn; None where nothing was recorded.
    n_sessions : int
    last_session : datetime or None
        When the last one started, UTC.
    last_protocol : str
        Name; empty without a session.
    waiting : int
        Safety prompts that nobody has acknowledged.
    """

    code: str
    consent: bool
    consent_date: date | None
    n_sessions: int
    last_session: datetime | None
    last_protocol: str
    waiting: int


def participant_lines(session: Session) -> list[ParticipantLine]:
    """Return all participants, by code."""
    counted = (
        select(Participant, func.count(SessionRow.id), func.max(SessionRow.started))
        .outerjoin(SessionRow, SessionRow.participant_id == Participant.id)
        .group_by(Participant.id)
        .order_by(Participant.code)
    )
    prompts = (
        select(ScaleRow.participant_id, func.count(ScaleRow.id))
        .where(ScaleRow.safety_raised & ScaleRow.acknowledged_by.is_(None))
        .group_by(ScaleRow.participant_id)
    )
    waiting = {key: n for key, n in session.execute(prompts).all()}
    return [
        ParticipantLine(
            code=person.code,
            consent=person.consent,
            consent_date=person.consent_date,
            n_sessions=n_sessions,
            last_session=last,
            last_protocol=str(person.settings.get("protocol", "")),
            waiting=waiting.get(person.id, 0),
        )
        for person, n_sessions, last in session.execute(counted).all()
    ]
