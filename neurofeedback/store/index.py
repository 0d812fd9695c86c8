"""The index of a dataset, opened.

Responsible for opening it, for reading, and for changes that are made wholly or not at all, one
after the other, each with its row in the audit trail. Not responsible for what is changed; see
`store.participants`, `store.sessions`, `store.responses`.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from neurofeedback.errors import UserError
from neurofeedback.store import audit, records
from neurofeedback.store.clean import clean
from neurofeedback.store.database import WRITING, copy_database, explained, make_engine
from neurofeedback.store.models import IndexInfo
from neurofeedback.store.place import Place
from neurofeedback.store.schema import bring_up

OPERATOR_VARIABLE = "NEUROFEEDBACK_OPERATOR"

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the wall clock."""
    return datetime.now(UTC)


def operator_name(given: str | None = None) -> str:
    """Return who works here: as given, from the environment, else the name of the login."""
    name = clean(given or os.environ.get(OPERATOR_VARIABLE) or "", audit.LONGEST)
    if name:
        return name
    try:
        return clean(getpass.getuser(), audit.LONGEST) or "unknown"
    except (OSError, KeyError, ImportError):  # no login name on this machine
        return "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """A change in the making; it becomes real, with its rows in the trail, when all of it is done.

    Parameters
    ----------
    session : Session
        Holds the lock that keeps other writers out.
    who : str
        Who makes it.
    now : datetime
        When, UTC.
    """

    session: Session
    who: str
    now: datetime
    _rows: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def log(self, action: str, subject: str, **details: Any) -> None:
        """Put a row into the audit trail; it is written at the end of the change."""
        self._rows.append((action, subject, details))

    def close(self, written: Mapping[str, str | None], name: str) -> None:
        """Write the rows of the trail, the last of which vouches for what was written.

        Parameters
        ----------
        written : mapping
            Digests of records; see `store.records`.
        name : str
            Of the index, for records that are written without a row of their own.
        """
        if written and not self._rows:
            self.log("records.written", name)
        if written:
            self._rows[-1][2][records.KEY] = dict(written)
        for action, subject, details in self._rows:
            audit.append(
                self.session,
                who=self.who,
                when=self.now,
                action=action,
                subject=subject,
                details=details,
            )


class Index:
    """The index of one dataset.

    Parameters
    ----------
    place : Place
        Where it lies; made when there is none, upgraded (a file after a copy) when it is older.
    who : str or None
        Who makes the changes; see `operator_name`.
    clock : callable
        Gives the time now, with time zone.
    upgrade : bool
        Upgrade an older index on a server too.

    Raises
    ------
    UserError
        If it cannot be opened, is of a later version, is no index, or is that of another dataset.
    """

    def __init__(
        self,
        place: Place,
        *,
        who: str | None = None,
        clock: Clock = utc_now,
        upgrade: bool = False,
    ) -> None:
        self.place = place
        self._who = operator_name(who)
        self._clock = clock
        self._engine: Engine = make_engine(place)
        done = bring_up(self._engine, place, clock(), upgrade=upgrade)
        with explained(place), Session(self._engine) as session:
            info = session.get(IndexInfo, 1)
        if info is None or info.dataset != place.dataset_id:
            raise UserError(
                "The index {place} belongs to another dataset than {dataset}; give each "
                "dataset an index of its own with --index.",
                place=place.name,
                dataset=place.dataset,
            )
        if done is not None:
            with self.change() as change:
                change.log(f"index.{done}", place.name)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that sees one moment of the index.

        Raises
        ------
        UserError
            If the database cannot be used.
        """
        with explained(self.place), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Yield a change; it is made when the body ends, and not at all if it raises.

        Raises
        ------
        UserError
            If the database cannot be used or another writer does not let go.
        """
        engine = self._engine.execution_options(**{WRITING: True})
        with (
            explained(self.place),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            # On a server writers come in turn by locking this row.
            session.execute(select(IndexInfo.id).with_for_update())
            change, touched = Change(session, self._who, self._clock()), records.Touched(session)
            yield change
            change.close(touched.digests(), self.place.name)

    def copy_to(self, target: Path) -> None:
        """Copy an index that is a file, whole and at one moment.

        Raises
        ------
        UserError
            If it lies on a server, or the copy cannot be made.
        """
        if self.place.file is None:
            raise UserError(
                "The index {place} is on a server; copy it with pg_dump.", place=self.place.name
            )
        copy_database(self.place, target)
