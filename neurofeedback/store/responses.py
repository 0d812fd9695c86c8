"""Responses to questionnaires, kept.

Responsible for storing a response, for the rule that one which raises a safety prompt is complete
only when somebody has acknowledged it, and for finding responses again. Not responsible for
scoring (`scales`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from neurofeedback.errors import UserError
from neurofeedback.scales.instrument import Acknowledgement, Response, SafetyPrompt
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import instrument
from neurofeedback.store.index import Change
from neurofeedback.store.models import ScaleRow, SessionRow
from neurofeedback.store.participants import get_participant


def store_response(
    change: Change,
    code: str,
    response: Response,
    *,
    timing: Timing,
    session: SessionRow | None = None,
) -> ScaleRow:
    """Store a response.

    One that raises a safety prompt may be stored before it is acknowledged, so that it is not lost;
    it is not complete then. See `acknowledge`.

    Parameters
    ----------
    change : Change
    code : str
        The participant.
    response : Response
    timing : Timing
    session : SessionRow or None
        The session that it was answered before or after.

    Returns
    -------
    ScaleRow

    Raises
    ------
    UserError
        If there is no such participant, or the session is someone else's.
    """
    participant = get_participant(change.session, code)
    if session is not None and session.participant_id != participant.id:
        raise UserError(
            "The session {folder} is not one of participant {code}.",
            folder=session.folder,
            code=code,
        )
    row = ScaleRow(
        participant_id=participant.id,
        session_id=None if session is None else session.id,
        instrument=response.instrument.key,
        version=response.instrument.version,
        timing=str(timing),
        answers=list(response.answers),
        total=response.total,
        severity=response.severity,
        state=str(response.state),
        safety_raised=response.safety is not None,
        acknowledged_by=None,
        acknowledged=None,
        taken=change.now,
    )
    row.participant = participant
    _put_acknowledgement(row, response.acknowledgement)
    change.session.add(row)
    change.session.flush()
    change.log(
        "scale.stored", code, id=row.id, scale=row.instrument, timing=row.timing, state=row.state
    )
    _log_prompt(change, row, None, response.safety)
    if response.acknowledgement is not None:
        _log_acknowledgement(change, row)
    return row


def revise_response(change: Change, row_id: int, response: Response) -> ScaleRow:
    """Put a response in the place of one that was kept while it was still being given.

    The prompt follows the answers as they are now; that an answer was taken back stays in the
    audit trail.

    Parameters
    ----------
    change : Change
    row_id : int
        Of the stored response.
    response : Response
        To the same questionnaire.

    Raises
    ------
    UserError
        If there is no such response, it is one to another questionnaire, or its safety prompt was
        acknowledged already.
    """
    row = _get(change, row_id)
    before = read_response(row)
    if before.instrument != response.instrument:
        raise UserError("Response number {number} belongs to another questionnaire.", number=row_id)
    if before.acknowledgement is not None:
        raise UserError(
            "The safety prompt of response number {number} was acknowledged already; "
            "store the new answers as a response of their own.",
            number=row_id,
        )
    row.answers = list(response.answers)
    row.total, row.severity, row.state = response.total, response.severity, str(response.state)
    row.safety_raised = response.safety is not None
    _put_acknowledgement(row, response.acknowledgement)
    change.session.flush()
    code = row.participant.code
    change.log("scale.revised", code, id=row.id, scale=row.instrument, state=row.state)
    _log_prompt(change, row, before.safety, response.safety)
    if response.acknowledgement is not None:
        _log_acknowledgement(change, row)
    return row


def acknowledge(change: Change, row_id: int, who: str, when: datetime | None = None) -> ScaleRow:
    """Record that somebody has read the safety prompt of a stored response.

    Parameters
    ----------
    change : Change
    row_id : int
        Of the stored response.
    who : str
        Name of the person who read it.
    when : datetime or None
        Now by default.

    Raises
    ------
    UserError
        If there is no such response, no name, nothing to acknowledge, or it was done already.
    """
    row = _get(change, row_id)
    response = read_response(row).acknowledged(who, when or change.now)
    row.state = str(response.state)
    _put_acknowledgement(row, response.acknowledgement)
    change.session.flush()
    _log_acknowledgement(change, row)
    return row


def read_response(row: ScaleRow) -> Response:
    """Return a stored response as it was given.

    Raises
    ------
    UserError
        If the questionnaire is not known in that wording.
    """
    read = None
    if row.acknowledged_by is not None and row.acknowledged is not None:
        read = Acknowledgement(row.acknowledged_by, row.acknowledged)
    return Response(instrument(row.instrument, row.version), tuple(row.answers), read)


def responses_of(session: Session, code: str) -> Sequence[ScaleRow]:
    """Return the responses of a participant, oldest first.

    Raises
    ------
    UserError
        If there is no such participant.
    """
    participant = get_participant(session, code)
    by_time = select(ScaleRow).order_by(ScaleRow.taken, ScaleRow.id)
    return session.scalars(by_time.where(ScaleRow.participant_id == participant.id)).all()


def waiting_responses(session: Session) -> Sequence[ScaleRow]:
    """Return the responses whose safety prompt nobody has acknowledged yet, oldest first."""
    waiting = ScaleRow.safety_raised & ScaleRow.acknowledged_by.is_(None)
    return session.scalars(
        select(ScaleRow).where(waiting).order_by(ScaleRow.taken, ScaleRow.id)
    ).all()


def _get(change: Change, row_id: int) -> ScaleRow:
    row = change.session.get(ScaleRow, row_id)
    if row is None:
        raise UserError("The index has no response number {number}.", number=row_id)
    return row


def _log_prompt(
    change: Change, row: ScaleRow, before: SafetyPrompt | None, now: SafetyPrompt | None
) -> None:
    code = row.participant.code
    if now is not None and before is None:
        change.log("safety.raised", code, id=row.id, item=now.item)
    if before is not None and now is None:
        change.log("safety.taken-back", code, id=row.id, item=before.item, answer=before.answer)


def _put_acknowledgement(row: ScaleRow, read: Acknowledgement | None) -> None:
    if read is not None:
        row.acknowledged_by, row.acknowledged = read.who, read.when


def _log_acknowledgement(change: Change, row: ScaleRow) -> None:
    change.log(
        "safety.acknowledged",
        row.participant.code,
        id=row.id,
        by=row.acknowledged_by,
        at=None if row.acknowledged is None else row.acknowledged.isoformat(),
    )
