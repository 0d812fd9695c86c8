"""``neurofeedback audit``: who did what.

Responsible for the commands alone; the trail is `neurofeedback.store.audit`.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from neurofeedback.app.indexing import open_index
from neurofeedback.cli.boundary import EXIT_DEFECT
from neurofeedback.cli.console import answer, answer_json, say
from neurofeedback.cli.options import AsJson, IndexAt, OutputRoot
from neurofeedback.store.audit import Head, last_rows, verify_trail

app = typer.Typer(
    help="List the audit trail; search it for rows that were changed, removed or moved.",
    epilog="Example: neurofeedback audit verify",
    no_args_is_help=True,
)


@app.command("verify", epilog="Example: neurofeedback audit verify --head 12:9f86d081884c7d65...")
def verify(
    head: Annotated[
        str | None,
        typer.Option(metavar="HEAD", help="The head printed by an earlier verification."),
    ] = None,
    out: OutputRoot = None,
    index: IndexAt = None,
    as_json: AsJson = False,
) -> None:
    """Search the audit trail for rows that were changed, removed or moved. Status 1 if any were.

    A person who can write to the database can replace the whole trail. To detect this, keep the
    head elsewhere and give it the next time.
    """
    noted = None if head is None else Head.parse(head)
    with open_index(out, index).read() as session:
        report = verify_trail(session, noted)
    if as_json:
        answer_json({"ok": report.ok, "head": str(report.head), "problems": report.problems})
    else:
        for problem in report.problems:
            say(problem, style="red")
        found = "are unchanged" if report.ok else "were found, and NOT all are as they were written"
        answer(f"{report.head.length} rows {found}. Keep this head elsewhere: {report.head}")
    if not report.ok:
        raise typer.Exit(EXIT_DEFECT)


@app.command("list", epilog="Example: neurofeedback audit list --last 50")
def list_rows(
    last: Annotated[int, typer.Option(metavar="N", min=1, help="Number of rows.")] = 20,
    out: OutputRoot = None,
    index: IndexAt = None,
    as_json: AsJson = False,
) -> None:
    """List the last rows of the audit trail, oldest first; times are in UTC."""
    with open_index(out, index).read() as session:
        rows = last_rows(session, last)
    if as_json:
        answer_json(
            [
                {
                    "number": row.number,
                    "time": row.time,
                    "who": row.who,
                    "action": row.action,
                    "subject": row.subject,
                    "details": _details(row.details),
                    "hash": row.hash,
                }
                for row in rows
            ]
        )
        return
    for row in rows:
        answer(f"{row.number:>6}  {row.time[:19]}  {row.who}  {row.action}  {row.subject}  "
               f"{row.details}")  # fmt: skip


def _details(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # somebody changed it
        return text
