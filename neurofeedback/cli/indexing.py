"""The index, as commands use it.

Responsible for the options that name it, for opening it and for telling it of a session that is
run. Not responsible for what it holds (`store`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from neurofeedback.store.index import Index
    from neurofeedback.store.models import SessionRow

IndexAt = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="WHERE",
        help="Index of the sessions: a file, postgresql://USER@HOST/DATABASE, or off. Default: "
        "NEUROFEEDBACK_INDEX, else the settings, else a file among the user's data.",
    ),
]
By = Annotated[
    str,
    typer.Option(
        "--operator",
        metavar="NAME",
        help="Who does this, for the audit trail. Default: NEUROFEEDBACK_OPERATOR, else the "
        "settings, else the login.",
    ),
]
DAY_FORMATS = ["%Y-%m-%d"]


@contextmanager
def indexed(folder: Path, where: str | None = None, operator: str = "") -> Iterator[None]:
    """Tell the index that a session starts and, whatever comes of it, how it ended.

    The session neither fails of it nor waits for it, and what went wrong is said at its end: the
    start is told by a thread, since a stream is open already and a server may be slow to answer.
    See `load_index`.

    Parameters
    ----------
    folder : Path
        Of the session.
    where : str or None
        See `IndexAt`.
    operator : str
        Who runs it.
    """
    from neurofeedback.cli.station import index_address, operator_or_set
    from neurofeedback.store.register import register_finished, register_started

    where, operator = index_address(where), operator_or_set(operator)
    problems: list[str | None] = []

    def start() -> None:
        problems.append(register_started(folder, where=where, who=operator))

    thread = Thread(target=start, name="index")
    thread.start()
    try:
        yield
    finally:
        thread.join()
        problems.append(register_finished(folder, where=where, who=operator))
        for problem in dict.fromkeys(problems):
            tell(problem)


def load_index(where: str | None = None) -> None:
    """Load what the index needs, unless it is switched off; before a stream is opened.

    Loading takes half a second, in which nothing else would be done while samples flow.
    """
    from neurofeedback.cli.station import index_address
    from neurofeedback.store.place import is_off

    if not is_off(index_address(where)):
        import alembic.command  # noqa: F401

        import neurofeedback.store.rebuild  # noqa: F401


def tell(problem: str | None) -> None:
    """Say what went wrong with the index, if anything did."""
    from neurofeedback.cli.console import say

    if problem is not None:
        say(problem, style="yellow")


def open_index(
    dataset: Path | None,
    where: str | None,
    *,
    operator: str = "",
    make: bool = False,
    upgrade: bool = False,
) -> Index:
    """Return the index of a dataset, opened.

    Parameters
    ----------
    dataset : Path or None
        Its folder; see `output_root`.
    where : str or None
        See `IndexAt`.
    operator : str
        Who makes changes.
    make : bool
        Whether a folder may become a dataset.
    upgrade : bool
        Whether an older index on a server is upgraded.

    Raises
    ------
    UserError
        If it cannot be opened, or is switched off.
    """
    from neurofeedback.cli.sessions import output_root
    from neurofeedback.cli.station import index_address, operator_or_set
    from neurofeedback.errors import UserError
    from neurofeedback.store.index import Index
    from neurofeedback.store.place import find_place

    place = find_place(output_root(dataset), index_address(where), make=make)
    if place is None:
        raise UserError("The index is switched off; say where it is with --index.")
    return Index(place, who=operator_or_set(operator), upgrade=upgrade)


def session_fields(row: SessionRow) -> dict[str, Any]:
    """Return what a program wants to know of a session in the index, as plain JSON types."""
    return {
        "participant": row.participant.code,
        "session": row.number,
        "run": row.run,
        "folder": row.folder,
        "protocol": row.protocol_name,
        "protocol_hash": row.protocol_hash,
        "started": row.started.isoformat(),
        "status": row.status,
        "seconds": row.seconds,
        "samples": row.samples,
        "rewards": row.rewards,
        "found": row.found,
        "verified": None if row.verified is None else row.verified.isoformat(),
        "verified_result": row.verified_result,
    }


def show_sessions(rows: list[SessionRow]) -> None:
    """Print sessions as a table, a line each."""
    from rich.table import Table
    from rich.text import Text

    from neurofeedback.cli.console import stdout

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("started", "session", "protocol", "length", "status", "rewards", "verified"):
        table.add_column(name, no_wrap=name in ("started", "session"))
    for row in rows:
        cells = (
            local_time(row.started),
            row.folder,
            row.protocol_name,
            "–" if row.seconds is None else f"{row.seconds:.0f} s",
            row.status if row.found else f"{row.status}, folder is gone",
            "–" if row.rewards is None else str(row.rewards),
            "–" if row.verified is None else _verified(row),
        )
        table.add_row(*map(Text, cells))
    stdout().print(table)


def local_time(moment: datetime) -> str:
    """Return a moment in the time zone of this computer, to the minute."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _verified(row: SessionRow) -> str:
    return "yes" if row.verified_result == "ok" else "NO"
