"""``neurofeedback index``: which sessions there are.

Responsible for the commands alone; see `neurofeedback.store` for the index itself.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.app.indexing import open_index
from neurofeedback.cli.console import answer, answer_json, progress_bar, say
from neurofeedback.cli.options import DAY_FORMATS, AsJson, By, IndexAt, OutputRoot
from neurofeedback.cli.records.session_rows import session_fields, show_sessions
from neurofeedback.store.sessions import find_sessions

app = typer.Typer(
    help="List and search sessions; rebuild, copy and upgrade the index.",
    epilog="Example: neurofeedback index rebuild recordings",
    no_args_is_help=True,
)

SHOWN = 20


@app.command("rebuild", epilog="Example: neurofeedback index rebuild recordings")
def rebuild(
    dataset: Annotated[
        Path | None,
        typer.Argument(metavar="DATASET", help="Folder of the recordings; default: as for --out."),
    ] = None,
    index: IndexAt = None,
    operator: By = "",
    as_json: AsJson = False,
) -> None:
    """Rebuild the index from the folders of the recordings, which are only read."""
    from neurofeedback.store.rebuild import rebuild

    opened = open_index(dataset, index, operator=operator)
    with progress_bar("Reading the sessions", quiet=as_json) as progress:
        report = rebuild(opened, lambda done, total: progress(done / max(total, 1)))
    if as_json:
        answer_json({"index": opened.place.name, **asdict(report)})
        return
    for problem in report.problems:
        say(problem, style="yellow")
    answer(
        f"Sessions: {report.sessions}, new or changed: {report.changed}, gone from the folder: "
        f"{report.missing}. Participants: {report.participants}."
    )
    say(f"Index: {opened.place.name}", style="dim")
    if dataset is not None and index is None:
        say(f"List these sessions with: neurofeedback index list --out {dataset}", style="dim")


@app.command("list", epilog="Example: neurofeedback index list --out recordings")
def list_sessions(
    out: OutputRoot = None,
    index: IndexAt = None,
    everything: Annotated[
        bool, typer.Option("--all", help=f"All sessions, not only the latest {SHOWN}.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the most recent sessions."""
    _show("", out, index, None, None, as_json, most=None if everything or as_json else SHOWN)


@app.command("search", epilog="Example: neurofeedback index search p01 --since 2026-01-31")
def search(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Part of a participant's code or a protocol.")
    ] = "",
    since: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=DAY_FORMATS, help="First day, as 2026-01-31."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(metavar="DATE", formats=DAY_FORMATS, help="Last day.")
    ] = None,
    out: OutputRoot = None,
    index: IndexAt = None,
    as_json: AsJson = False,
) -> None:
    """Search sessions by code, protocol and date."""
    _show(text, out, index, since, until, as_json)


@app.command("copy", epilog="Example: neurofeedback index copy backup/index.sqlite3")
def copy(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to create.")],
    out: OutputRoot = None,
    index: IndexAt = None,
) -> None:
    """Copy the whole index as of one moment, even while it is in use."""
    opened = open_index(out, index)
    opened.copy_to(file)
    answer(f"{opened.place.name} was copied to {file}.")


@app.command("upgrade", epilog="Example: neurofeedback index upgrade --index postgresql://host/db")
def upgrade(out: OutputRoot = None, index: IndexAt = None, operator: By = "") -> None:
    """Upgrade an index made by an earlier version; a file is upgraded when it is used."""
    opened = open_index(out, index, operator=operator, upgrade=True)
    answer(f"{opened.place.name} has the format of this version.")


def _show(
    text: str,
    out: Path | None,
    where: str | None,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
    *,
    most: int | None = None,
) -> None:

    first = None if since is None else since.date()
    last = None if until is None else until.date()
    with open_index(out, where).read() as session:
        rows = list(find_sessions(session, text, since=first, until=last))
    if as_json:
        answer_json([session_fields(row) for row in rows])
        return
    if rows:
        show_sessions(rows[:most])
    else:
        say("The index contains no such session. To rebuild it: neurofeedback index rebuild")
    if most is not None and len(rows) > most:
        say(
            f"{len(rows) - most} older sessions are not shown; use --all to show them.", style="dim"
        )
