"""``neurofeedback audit``: who did what.

Responsible for the commands alone; the trail is `neurofeedback.store.audit`.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from neurofeedback.app.indexing import open_index
from neurofeedback.app.sessions import output_root
from neurofeedback.cli.boundary import EXIT_DEFECT
from neurofeedback.cli.console import answer, answer_json, say
from neurofeedback.cli.options import AsJson, IndexAt, OutputRoot
from neurofeedback.store.audit import Head, last_rows, verify_trail
from neurofeedback.store.known_end import unknown_sessions
from neurofeedback.store.records import KEY, record_problems

app = typer.Typer(
    help="List the audit trail; search it and the records for changes.",
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
    """Search the audit trail and the records for changes. Status 1 if there are any.

    Rows of the trail that were changed, removed or moved are found, and participants with their
    consent, sessions, notes and responses that were changed other than by this program. So is a
    database that is older than the recordings, since it does not know of the last ones.

    A person who can write to the database can replace the whole trail. To detect this, keep the
    head elsewhere and give it the next time.
    """
    noted = None if head is None else Head.parse(head)
    with open_index(out, index).read() as session:
        report = verify_trail(session, noted)
        unknown = unknown_sessions(session, output_root(out))
        problems = [*report.problems, *record_problems(session), *unknown]
    if as_json:
        answer_json({"ok": not problems, "head": str(report.head), "problems": problems})
    else:
        for problem in problems:
            say(problem, style="red")
        found = "were found, and NOT all is as it was written" if problems else "are unchanged"
        answer(f"{report.head.length} rows {found}. Keep this head elsewhere: {report.head}")
    if problems:
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
               f"{_in_words(row.details)}")  # fmt: skip


def _in_words(text: str) -> str:
    """Return the details for people, who do not read digests."""
    details = _details(text)
    if not isinstance(details, dict):
        return text
    shown = {key: value for key, value in details.items() if key not in (KEY, "sha256")}
    return json.dumps(shown, separators=(",", ":"), ensure_ascii=False)


def _details(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # somebody changed it
        return text
