"""The audit trail: who did what, when, about what, in a chain of hashes.

Responsible for appending rows and for finding rows that were changed, removed or moved. Not
responsible for what is worth a row.

Each row holds the SHA-256 of the hash before it and of its own content as canonical JSON. A row of
its own keeps length and last hash, so that a cut tail is found. Whoever can write to the database
can compute all of this anew: against that only a head that was noted elsewhere helps, which
`verify_trail` takes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from neurofeedback.errors import UserError
from neurofeedback.store.clean import clean
from neurofeedback.store.models import AuditHead, AuditRow
from neurofeedback.words.message import Message

START = "0" * 64
LONGEST = 200
MOST_PROBLEMS = 20

_HEAD = re.compile(r"(\d{1,9}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """Where the trail ends.

    Parameters
    ----------
    length : int
        Number of rows.
    hash : str
        Hash of the last one.
    """

    length: int
    hash: str

    def __str__(self) -> str:
        return f"{self.length}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read back what ``str`` gives.

        Raises
        ------
        UserError
            If it is something else.
        """
        match = _HEAD.fullmatch(text.strip())
        if match is None:
            raise UserError(
                "{text!r} is no head of an audit trail; it looks like 12:9f86d0...", text=text[:80]
            )
        return cls(int(match[1]), match[2])


@dataclass(frozen=True, slots=True)
class TrailReport:
    """What was found in the trail.

    Parameters
    ----------
    head : Head
        As computed from the rows there are.
    problems : tuple of Message
        A sentence each; empty for a whole trail.
    """

    head: Head
    problems: tuple[Message, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was changed, removed or moved."""
        return not self.problems


def append(
    session: Session,
    *,
    who: str,
    when: datetime,
    action: str,
    subject: str,
    details: Mapping[str, Any],
) -> None:
    """Append a row; the caller's transaction keeps other writers out.

    Parameters
    ----------
    session : Session
        In a transaction that writes.
    who : str
        Name of the person or program.
    when : datetime
        With time zone.
    action : str
        What was done, ``thing.deed``.
    subject : str
        About what.
    details : mapping
        Further facts as plain JSON types.
    """
    head = session.get_one(AuditHead, 1)
    row = AuditRow(
        number=head.length + 1,
        time=when.astimezone(UTC).isoformat(timespec="microseconds"),
        who=clean(who, LONGEST),
        action=action,
        subject=clean(subject, LONGEST),
        details=_canonical(details),
        previous=head.hash,
    )
    row.hash = row_hash(row)
    session.add(row)
    head.length, head.hash = row.number, row.hash
    session.flush()


def row_hash(row: AuditRow) -> str:
    """Return the hash that a row must have by its content and the hash before it."""
    content = [row.number, row.time, row.who, row.action, row.subject, row.details]
    return hashlib.sha256(f"{row.previous}\n{_canonical(content)}".encode()).hexdigest()


def verify_trail(session: Session, noted: Head | None = None) -> TrailReport:
    """Look for rows that were changed, removed or moved.

    Parameters
    ----------
    session : Session
    noted : Head or None
        What was written down earlier, elsewhere.

    Returns
    -------
    TrailReport
    """
    problems: list[Message] = []
    found = Head(0, START)
    statement = select(AuditRow).order_by(AuditRow.number).execution_options(yield_per=1000)
    for row in session.scalars(statement):
        problems += _row_problems(row, found)
        found = Head(row.number, row.hash)
        if noted is not None and noted.length == row.number and noted.hash != row.hash:
            problems.append(Message("Row {row} is not the one that was noted.", row=row.number))
    if noted is not None and noted.length > found.length:
        problems.append(
            Message(
                "The trail has {n} rows, and row {noted} was noted.",
                n=found.length,
                noted=noted.length,
            )
        )
    kept = session.get(AuditHead, 1)
    if kept is None:
        problems.append(Message("The record of the trail's length is missing."))
    elif kept.length > found.length:
        problems.append(
            Message(
                "Rows {first} to {last} at the end are missing.",
                first=found.length + 1,
                last=kept.length,
            )
        )
    elif Head(kept.length, kept.hash) != found:
        problems.append(Message("The trail does not end as it was recorded to end."))
    return TrailReport(found, tuple(problems[:MOST_PROBLEMS]))


def last_rows(session: Session, most: int) -> list[AuditRow]:
    """Return the last rows of the trail, oldest first."""
    statement = select(AuditRow).order_by(AuditRow.number.desc()).limit(most)
    return list(session.scalars(statement))[::-1]


def _row_problems(row: AuditRow, before: Head) -> list[Message]:
    problems = []
    if row.number != before.length + 1:
        first, last = before.length + 1, row.number - 1
        problems.append(Message("Rows {first} to {last} are missing.", first=first, last=last))
    elif row.previous != before.hash:
        problems.append(Message("Row {row} does not follow on the row before it.", row=row.number))
    if row.hash != row_hash(row):
        problems.append(
            Message("Row {row} was changed: its content does not give its hash.", row=row.number)
        )
    return problems


def _canonical(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
