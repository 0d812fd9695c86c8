"""The tables of an index brought to the form that this program knows.

Responsible for making them in an empty database, for upgrading an older index after a copy of it,
and for refusing a newer one and databases that are not ours. Not responsible for the steps
themselves (`store.migrations`).

A server may be in use by stations with another version of the program, so an index there is
upgraded only when that is asked for.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from enum import Enum
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, text

from neurofeedback.errors import UserError
from neurofeedback.store.database import copy_database, explained, make_file, writing
from neurofeedback.store.models import IndexInfo
from neurofeedback.store.place import Place

HEAD = "0002"
OLDER = ("0001",)
VERSION_TABLE = "neurofeedback_schema"
MIGRATIONS = Path(__file__).with_name("migrations")

_MAKING = 7_166_835_124_100_001  # key of the lock that makers and upgraders on a server take


class Form(Enum):
    """What is found in a database."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    FOREIGN = "foreign"


def bring_up(engine: Engine, place: Place, now: datetime, *, upgrade: bool) -> str | None:
    """Make or upgrade the tables unless they are as they should be.

    Parameters
    ----------
    engine : Engine
    place : Place
        Whose index it is, for the copy, and for what is said.
    now : datetime
        With time zone.
    upgrade : bool
        Whether an older index on a server is to be upgraded.

    Returns
    -------
    str or None
        ``made``, ``upgraded`` or None: what was done.

    Raises
    ------
    UserError
        If the database is of a later version, of an older one on a server, or not ours.
    """
    new_file = place.file is not None and make_file(place.file)
    try:
        with explained(place):
            with engine.connect() as connection:
                form = find_form(connection)
            if form is Form.CURRENT:
                return None
            _refuse(form, place, upgrade)
            if form is Form.OLDER and place.file is not None:
                copy_database(place, _copy_name(place.file, now))
            return _migrate(engine, place, now)
    except BaseException:
        if new_file and place.file is not None:
            _remove_empty(place.file)
        raise


def find_form(connection: Connection) -> Form:
    """Return what is in a database, without changing it."""
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE not in tables:
        return Form.FOREIGN if tables else Form.EMPTY
    versions = connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}")).all()
    if list(versions) == [HEAD]:
        return Form.CURRENT
    if not versions:
        return Form.EMPTY if tables == [VERSION_TABLE] else Form.FOREIGN
    return Form.OLDER if len(versions) == 1 and versions[0] in OLDER else Form.NEWER


def _refuse(form: Form, place: Place, upgrade: bool) -> None:
    if form is Form.FOREIGN:
        raise UserError(
            "The database {place} contains something other than an index of this program "
            "and is left as it is. Give another with --index.",
            place=place.name,
        )
    if form is Form.NEWER:
        raise UserError(
            "The index {place} was made by a later version of this program; update the "
            "program, or give another index with --index.",
            place=place.name,
        )
    if form is Form.OLDER and place.file is None and not upgrade:
        raise UserError(
            "The index {place} was made by an earlier version of this program; copy it "
            "with pg_dump, update all workstations, then run: neurofeedback index upgrade",
            place=place.name,
        )


def _migrate(engine: Engine, place: Place, now: datetime) -> str | None:
    """Run the missing steps in one transaction; nothing of them is there if one fails."""
    from alembic import command
    from alembic.config import Config

    if place.file is not None:
        with closing(engine.raw_connection()) as raw:  # stays in the file; not in a transaction
            raw.cursor().execute("PRAGMA journal_mode=WAL")
    with writing(engine) as connection:
        if place.file is None:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
        form = find_form(connection)  # another program may have been faster
        if form is Form.CURRENT:
            return None
        _refuse(form, place, upgrade=True)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if form is Form.OLDER:
            return "upgraded"
        connection.execute(insert(IndexInfo).values(id=1, dataset=place.dataset_id, made=now))
        return "made"


def _copy_name(file: Path, now: datetime) -> Path:
    return file.with_name(f"{file.name}.before-{HEAD}-{now:%Y%m%dT%H%M%S%f}.bak")


def _remove_empty(file: Path) -> None:
    if file.exists() and file.stat().st_size == 0:
        file.unlink()
