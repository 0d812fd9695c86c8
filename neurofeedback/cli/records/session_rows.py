"""Sessions of the index as rows: for a program, and for a person.

Responsible for what commands print of them. Not responsible for finding them (`store.sessions`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from neurofeedback.cli.console import stdout

if TYPE_CHECKING:
    from neurofeedback.store.models import SessionRow


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
