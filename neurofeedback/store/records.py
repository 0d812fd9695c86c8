"""What the audit trail vouches for beside itself: participants, sessions, notes and responses.

Responsible for the digest of a record, for noticing in a change which records it touches, and for
finding records that are not as the trail has them. Not responsible for the trail (`store.audit`).

A change puts the SHA-256 of each record that it wrote into its last row of the trail; the first one
that does so vouches for all records there are. Whoever edits a record in the database leaves a
digest behind that does not fit. What a participant's next session starts with is no record: it
changes without a row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, event, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from neurofeedback.store.models import AuditRow, Base, Note, Participant, ScaleRow, SessionRow
from neurofeedback.words.message import Message

KEY = "records"  # in the details of a row of the trail
_MODELS: tuple[type[Base], ...] = (Participant, SessionRow, Note, ScaleRow)
_LOOSE = {"settings"}  # columns that are no part of a record
_VOUCHES = AuditRow.details.contains(f'"{KEY}"')


class Touched:
    """The records that a session of the database writes.

    Parameters
    ----------
    session : Session
        Watched from here on.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._keys: dict[tuple[type[Base], int], None] = {}
        if session.scalar(select(AuditRow.number).where(_VOUCHES).limit(1)) is None:
            self._keys = {(model, n): None for model in _MODELS for n in _digests(session, model)}
        event.listen(session, "after_flush", self._see)

    def digests(self) -> dict[str, str | None]:
        """Return the digest of each record as it is now; None for one that was deleted."""
        self._session.flush()
        return {
            _name(model, number): next(iter(_digests(self._session, model, number).values()), None)
            for model, number in self._keys
        }

    def _see(self, session: Session, context: UOWTransaction) -> None:
        rows: list[Any] = [*session.new, *session.dirty, *session.deleted]
        for row in rows:
            if type(row) in _MODELS and (row not in session.dirty or _is_changed(row)):
                self._keys[type(row), row.id] = None


def record_problems(session: Session) -> list[Message]:
    """Return what is wrong with the records by the trail, a sentence each.

    None where the trail does not vouch for any yet, being written by versions of before.
    """
    known = _known(session)
    problems: list[Message] = []
    if not known:
        return problems
    for model in _MODELS:
        own = {n: digest for (name, n), digest in known.items() if name == model.__tablename__}
        now = _digests(session, model)
        for number in sorted(own.keys() | now.keys()):
            if number not in own:
                problems.append(_problem(session, model, number, Message("was added")))
            elif number not in now:
                if own[number] is not None:
                    problems.append(_problem(session, model, number, Message("was removed")))
            elif own[number] != now[number]:
                problems.append(_problem(session, model, number, Message("was changed")))
    return problems


def _known(session: Session) -> dict[tuple[str, int], str | None]:
    """Return the newest digest of each record that the trail has."""
    known: dict[tuple[str, int], str | None] = {}
    statement = select(AuditRow.details).order_by(AuditRow.number)
    for text in session.scalars(statement.where(_VOUCHES)):
        for name, digest in _records_of(text).items():
            table, _, number = name.rpartition(":")
            if number.isdecimal():
                known[table, int(number)] = digest
    return known


def _records_of(text: str) -> Mapping[str, str | None]:
    try:
        records = json.loads(text).get(KEY)
    except (ValueError, AttributeError):  # a row that was changed, which the chain tells
        return {}
    return records if isinstance(records, dict) else {}


def _digests(session: Session, model: type[Base], number: int | None = None) -> dict[int, str]:
    columns = [c for c in model.__table__.columns if c.name not in _LOOSE]
    statement = select(*columns)
    if number is not None:
        statement = statement.where(_id(model) == number)
    found = {}
    for row in session.execute(statement).mappings():
        content: dict[str, Any] = {name: _plain(value) for name, value in row.items()}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        found[int(content["id"])] = hashlib.sha256(text.encode()).hexdigest()
    return found


def _problem(session: Session, model: type[Base], number: int, what: Message) -> Message:
    row: Any = session.get(model, number)
    subject = None
    if isinstance(row, Participant):
        subject = row.code
    elif isinstance(row, SessionRow):
        subject = row.folder
    elif isinstance(row, ScaleRow):
        subject = row.participant.code
    return Message(
        "The record {number} of {table} ({subject}) {what} without a row in the trail.",
        number=number,
        table=model.__tablename__,
        subject=subject or Message("unknown"),
        what=what,
    )


def _is_changed(row: Base) -> bool:
    return any(
        attribute.history.has_changes()
        for attribute in _column_attributes(row)
        if attribute.key not in _LOOSE
    )


def _column_attributes(row: Base) -> Iterator[Any]:
    state = inspect(row)
    return (state.attrs[column.key] for column in state.mapper.column_attrs)


def _id(model: type[Base]) -> ColumnElement[int]:
    return model.__table__.c.id


def _name(model: type[Base], number: int) -> str:
    return f"{model.__tablename__}:{number}"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
