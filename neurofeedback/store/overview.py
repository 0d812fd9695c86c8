"""Participants at a glance, for choosing one of thousands.

Responsible for one line a participant, read in a few questions to the database however many there
are. Not responsible for a participant's details (`store.participants`, `store.sessions`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from neurofeedback.store.care import Plan, is_archived, plan_of
from neurofeedback.store.kept_beside import DEBRIEFED
from neurofeedback.store.models import AuditRow, Participant, ScaleRow, SessionRow
from neurofeedback.store.renaming import ACTION

COMPLETED = "completed"
FINISHED = ("session.finished", "session.recovered")


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
    n_completed : int
        Sessions that came to the end of their protocol: those that count for the plan.
    plan : Plan or None
    archived : bool
    effects : mapping
        Adverse effects of the last debrief, by kind, with their severity.
    """

    code: str
    consent: bool
    consent_date: date | None
    n_sessions: int
    last_session: datetime | None
    last_protocol: str
    waiting: int
    n_completed: int = 0
    plan: Plan | None = None
    archived: bool = False
    effects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """What can be seen of a session in a list; nothing that could tell an arm.

    Parameters
    ----------
    code : str
        Of the participant.
    number : int
    protocol : str
        Name.
    started : datetime
        UTC.
    status : str
    seconds : float or None
    held : float or None
        Share of the samples at which feedback was held, 0 to 1; None where it is not known.
    verified : str or None
        What verifying it gave; None where nobody did.
    debriefed : bool
    found : bool
        Whether its folder was there.
    """

    code: str
    number: int
    protocol: str
    started: datetime
    status: str
    seconds: float | None
    held: float | None
    verified: str | None
    debriefed: bool
    found: bool


def session_lines(session: Session, most: int) -> list[SessionLine]:
    """Return the newest sessions, the last one first.

    Parameters
    ----------
    session : Session
        Of the database.
    most : int
        How many.
    """
    newest = select(SessionRow).order_by(SessionRow.started.desc(), SessionRow.id.desc())
    rows = list(session.scalars(newest.limit(most)))
    held, debriefed = _ends(session, {row.folder for row in rows})
    return [
        SessionLine(
            code=row.participant.code,
            number=row.number,
            protocol=row.protocol_name,
            started=row.started,
            status=row.status,
            seconds=row.seconds,
            held=held.get(row.folder),
            verified=row.verified_result,
            debriefed=row.folder in debriefed,
            found=row.found,
        )
        for row in rows
    ]


def _ends(session: Session, folders: Collection[str]) -> tuple[dict[str, float], set[str]]:
    """Return what the trail says of sessions: the share of holds, and which were talked about."""
    rows = (
        select(AuditRow.action, AuditRow.subject, AuditRow.details)
        .where(AuditRow.action.in_((DEBRIEFED, *FINISHED)), AuditRow.subject.in_(folders))
        .order_by(AuditRow.number)
    )
    held: dict[str, float] = {}
    debriefed = set()
    for action, subject, text in session.execute(rows).all():
        if action == DEBRIEFED:
            debriefed.add(subject)
        elif isinstance(share := json.loads(text).get("held"), float | int):
            held[subject] = float(share)
    return held, debriefed


def participant_lines(session: Session) -> list[ParticipantLine]:
    """Return all participants, by code."""
    counted = (
        select(
            Participant,
            func.count(SessionRow.id),
            func.max(SessionRow.started),
            func.count(case((SessionRow.status == COMPLETED, 1))),
        )
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
    effects = _last_effects(session)
    return [
        ParticipantLine(
            code=person.code,
            consent=person.consent,
            consent_date=person.consent_date,
            n_sessions=n_sessions,
            last_session=last,
            last_protocol=str(person.settings.get("protocol", "")),
            waiting=waiting.get(person.id, 0),
            n_completed=n_completed,
            plan=plan_of(person.settings),
            archived=is_archived(person.settings),
            effects=effects.get(person.code, {}),
        )
        for person, n_sessions, last, n_completed in session.execute(counted).all()
    ]


def _last_effects(session: Session) -> dict[str, Mapping[str, str]]:
    """Return the adverse effects of each participant's last debrief that asked for any."""
    rows = (
        select(AuditRow.action, AuditRow.subject, AuditRow.details)
        .where(AuditRow.action.in_((DEBRIEFED, ACTION)))
        .order_by(AuditRow.number)
    )
    found: dict[str, Mapping[str, str]] = {}
    for action, subject, text in session.execute(rows).all():
        details = json.loads(text)
        if action == ACTION:
            before = found.pop(str(details.get("was")), None)
            if before is not None:
                found[subject] = before
        elif isinstance(details.get("effects"), dict):
            found[subject.partition("/")[0].removeprefix("sub-")] = details["effects"]
    return found
