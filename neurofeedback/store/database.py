"""The connection to the database of an index.

Responsible for how SQLite and PostgreSQL are spoken to, for transactions in which writers come in
turn, and for turning what a database refuses into one sentence. Not responsible for tables.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from neurofeedback.errors import UserError
from neurofeedback.recording.files import FILE_MODE, make_folders, why
from neurofeedback.store.place import Place
from neurofeedback.words.message import Message

PATIENCE = 5.0  # s that a writer waits for another
WRITING = "neurofeedback_writing"

# Of PostgreSQL's error codes those that a person can mend.
_SQLSTATES = {
    "42501": Message("the user lacks permission for this; grant the user rights on its schema"),
    "53": Message("the server is short of space or connections"),
    "55P03": Message("another program has been writing to it for a long time; try again shortly"),
    "57": Message("the server cancelled the operation or is shutting down; try again"),
    "25006": Message("the server accepts no changes at the moment (read-only)"),
}
_SQLITE_CODES = {
    "SQLITE_BUSY": Message(
        "another program has been writing to it for a long time; try again shortly"
    ),
    "SQLITE_LOCKED": Message("another program is using it; try again shortly"),
    "SQLITE_READONLY": Message(
        "it cannot be written; check its permissions, or give another with --index"
    ),
    "SQLITE_CANTOPEN": Message(
        "it cannot be opened; check the folder, or give another with --index"
    ),
    "SQLITE_FULL": Message("there is no space left on the disk"),
    "SQLITE_IOERR": Message("the disk failed; a file shared over a network cannot be an index"),
    "SQLITE_CORRUPT": Message("it is damaged; move it away, then restore a backup or rebuild it"),
    "SQLITE_NOTADB": Message("it is not a database; give another file with --index"),
    "SQLITE_PERM": Message("access to it was refused; check its permissions"),
    "SQLITE_AUTH": Message("access to it was refused; check its permissions"),
}


def make_engine(place: Place) -> Engine:
    """Return an engine for the database at `place`; nothing is opened yet.

    Raises
    ------
    UserError
        If the driver for PostgreSQL is not installed, or the address cannot be understood.
    """
    if place.file is not None:
        url = URL.create("sqlite", database=str(place.file))
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": PATIENCE})
        _speak_sqlite(engine)
        return engine
    options = f"-c lock_timeout={PATIENCE:.0f}s -c timezone=UTC"
    try:
        return create_engine(
            make_url(place.url),
            poolclass=NullPool,
            connect_args={
                "connect_timeout": int(PATIENCE),
                "tcp_user_timeout": int(2 * PATIENCE * 1000),  # ms; a network that goes silent
                "options": options,
            },
        )
    except (ImportError, NoSuchModuleError) as error:
        raise UserError(
            "The index {place} needs the PostgreSQL driver: pip install 'psycopg[binary]'.",
            place=place.name,
        ) from error
    except (ArgumentError, ValueError) as error:
        raise UserError(
            "The address of the index cannot be understood; it looks like "
            "postgresql://USER@HOST/DATABASE."
        ) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction that no other writer of SQLite shares.

    PostgreSQL lets several in; they must lock a row (`models.IndexInfo`).
    """
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        yield connection


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Turn what the database refuses for reasons that a person can mend into a `UserError`.

    Anything else, such as a broken constraint, is a defect of the program and passes.
    """
    try:
        yield
    except DBAPIError as error:
        reason = _reason(error.orig)
        if reason is None:
            raise
        # Not chained: the original may hold the address with its password.
        raise _unusable(place, reason) from None
    except sqlite3.Error as error:
        reason = _reason(error)
        if reason is None:
            raise
        raise _unusable(place, reason) from error


def make_file(file: Path) -> bool:
    """Make an empty file, private to the user, for SQLite to fill; return whether it is new.

    Raises
    ------
    UserError
        If it cannot be made.
    """
    try:
        make_folders(file.parent)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE))
    except FileExistsError as error:
        if file.is_file():
            return False
        raise UserError(
            "The index cannot be kept at {file}: it is not a file.", file=file
        ) from error
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        raise UserError(
            "The index cannot be kept at {file}: {reason}; give another file with "
            "--index, or use --index off to work without one.",
            file=file,
            reason=reason,
        ) from error
    return True


def copy_database(place: Place, target: Path) -> None:
    """Copy an SQLite database, whole and at one moment, to a new file.

    Raises
    ------
    UserError
        If the copy cannot be made or the database is damaged; nothing is left of it then.
    """
    if not make_file(target):
        raise UserError("{target} exists already; give a new file.", target=target)
    try:
        with (
            explained(place),
            closing(sqlite3.connect(str(place.file), timeout=PATIENCE)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise _unusable(place, _SQLITE_CODES["SQLITE_CORRUPT"])
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _speak_sqlite(engine: Engine) -> None:
    """Transactions begin where the program says so, and writers take their lock at once."""

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver starts no transaction of its own
        for pragma in ("foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        now = connection.get_execution_options().get(WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if now else "BEGIN")


def _unusable(place: Place, reason: Message) -> UserError:
    return UserError("The index {place} cannot be used: {reason}.", place=place.name, reason=reason)


def _reason(error: BaseException | None) -> Message | None:
    """Return why a database refused, for the end of a sentence; None if that is a defect."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "") or ""
        found = (words for code, words in _SQLITE_CODES.items() if name.startswith(code))
        return next(found, None)
    state = getattr(error, "sqlstate", None)
    if state is None:
        # psycopg gives no code for a connection that was never made, and several lines.
        if type(error).__name__ == "OperationalError":
            return Message(
                "no connection to the server; check address, user and database ({answer})",
                answer=_line(error),
            )
        return None
    found = (words for code, words in _SQLSTATES.items() if state.startswith(code))
    return next(found, None)


def _line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else Message("no answer")
