"""The tables of the index.

Responsible for columns, keys and what the database itself refuses. Not responsible for making or
upgrading them (`store.schema`), nor for what is written when.

All times are UTC. Texts are clean (`store.clean`) before they come here.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcTime(TypeDecorator[datetime]):
    """A moment with time zone, kept as UTC; SQLite knows no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what is stored."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what is read."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """What all tables share: names of keys that do not depend on the database, types."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        float: Double,
        datetime: UtcTime,
        dict[str, Any]: JSON,
        list[int | None]: JSON,
    }


class IndexInfo(Base):
    """One row: which dataset the index belongs to. Writers lock it, so that they come in turn."""

    __tablename__ = "index_info"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    dataset: Mapped[str]
    made: Mapped[datetime]


class Participant(Base):
    """Somebody who takes part, by code."""

    __tablename__ = "participants"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    consent: Mapped[bool]
    consent_date: Mapped[date | None]
    settings: Mapped[dict[str, Any]]
    added: Mapped[datetime]


class SessionRow(Base):
    """A recorded session; everything but `verified` can be read from its folder."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("folder", "task", "run"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participants.id"), index=True)
    folder: Mapped[str]
    task: Mapped[str]
    number: Mapped[int]
    run: Mapped[int]
    protocol_name: Mapped[str]
    protocol_hash: Mapped[str]
    started: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[str]
    seconds: Mapped[float | None]
    samples: Mapped[int | None] = mapped_column(BigInteger)
    rewards: Mapped[int | None]
    found: Mapped[bool] = mapped_column(default=True, server_default=true())
    verified: Mapped[datetime | None]
    verified_result: Mapped[str | None]

    participant: Mapped[Participant] = relationship(lazy="joined", innerjoin=True)


class Note(Base):
    """A remark about a participant, or about one of the sessions."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participants.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    text: Mapped[str]
    written: Mapped[datetime]
    author: Mapped[str]


class ScaleRow(Base):
    """A response to a questionnaire."""

    __tablename__ = "scales"
    __table_args__ = (
        CheckConstraint(
            "state <> 'complete' OR NOT safety_raised"
            " OR (acknowledged_by IS NOT NULL AND acknowledged_by <> ''"
            " AND acknowledged IS NOT NULL)",
            name="safety_acknowledged",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participants.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    instrument: Mapped[str]
    version: Mapped[str]
    timing: Mapped[str]
    answers: Mapped[list[int | None]]
    total: Mapped[int | None]
    severity: Mapped[str]
    state: Mapped[str]
    safety_raised: Mapped[bool]
    acknowledged_by: Mapped[str | None]
    acknowledged: Mapped[datetime | None]
    taken: Mapped[datetime]

    participant: Mapped[Participant] = relationship(lazy="joined", innerjoin=True)


class AuditRow(Base):
    """Who did what, when, about what; every column but `hash` goes into `hash`."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    time: Mapped[str]
    who: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]

    @property
    def facts(self) -> dict[str, Any]:
        """The details, read; empty where somebody changed them into anything else."""
        try:
            details = json.loads(self.details)
        except ValueError:
            return {}
        return details if isinstance(details, dict) else {}


class AuditHead(Base):
    """One row: how long the trail is and the hash it ends with."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    length: Mapped[int]
    hash: Mapped[str]
