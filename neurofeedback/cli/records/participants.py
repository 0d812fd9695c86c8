"""``neurofeedback participants``: who takes part, consent, notes.

Responsible for the commands alone; see `neurofeedback.store` for the index itself.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from neurofeedback.app.indexing import open_index
from neurofeedback.cli.console import answer, answer_json, say, stdout
from neurofeedback.cli.options import DAY_FORMATS, AsJson, By, IndexAt, OutputRoot
from neurofeedback.cli.records.session_rows import local_time, session_fields, show_sessions
from neurofeedback.store.participants import (
    add_note,
    add_participant,
    find_participants,
    get_participant,
    notes_of,
    set_consent,
)
from neurofeedback.store.responses import responses_of
from neurofeedback.store.sessions import find_sessions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from neurofeedback.store.models import Participant

app = typer.Typer(
    help="List, add and show participants; record consent and notes.",
    epilog="Example: neurofeedback participants add p01 --consent",
    no_args_is_help=True,
)

Code = Annotated[str, typer.Argument(metavar="CODE", help="Letters and digits; never a name.")]
Day = Annotated[
    datetime | None,
    typer.Option("--date", metavar="DATE", formats=DAY_FORMATS, help="The day; today by default."),
]


@app.command("list", epilog="Example: neurofeedback participants list p0")
def list_participants(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Part of the code.")] = "",
    out: OutputRoot = None,
    index: IndexAt = None,
    as_json: AsJson = False,
) -> None:
    """List all participants, or those whose code contains a text."""
    with open_index(out, index).read() as session:
        people = find_participants(session, text)
        rows = find_sessions(session)
    newest = {row.participant.code: row for row in reversed(rows)}
    counts = Counter(row.participant.code for row in rows)
    if as_json:
        answer_json([{**_fields(p), "sessions": counts[p.code]} for p in people])
        return
    if not people:
        say("The index contains no such participant. To rebuild it: neurofeedback index rebuild")
        return
    names = ("participant", "consent", "sessions", "last session", "last protocol")
    table = Table(*names, box=None, pad_edge=False, header_style="bold")
    for person in people:
        last = newest.get(person.code)
        cells = (
            person.code,
            _consent(person),
            str(counts[person.code]),
            "–" if last is None else local_time(last.started),
            str(person.settings.get("protocol", "–")),
        )
        table.add_row(*map(Text, cells))
    stdout().print(table)


@app.command("add", epilog="Example: neurofeedback participants add p01 --consent")
def add(
    code: Code,
    consent: Annotated[bool, typer.Option("--consent", help="Consent was given.")] = False,
    date: Day = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="A note.")] = "",
    out: OutputRoot = None,
    index: IndexAt = None,
    operator: By = "",
) -> None:
    """Add a participant, with consent if it was given."""
    with open_index(out, index, operator=operator, make=True).change() as change:
        day = None if date is None else date.date()
        person = add_participant(change, code, consent=consent, consent_date=day)
        if note:
            add_note(change, code, note)
        answer(f"Participant {person.code} was added; consent: {_consent(person)}.")


@app.command("consent", epilog="Example: neurofeedback participants consent p01 --withdrawn")
def consent(
    code: Code,
    given: Annotated[
        bool, typer.Option("--given/--withdrawn", help="Whether it was given or withdrawn.")
    ] = True,
    date: Day = None,
    out: OutputRoot = None,
    index: IndexAt = None,
    operator: By = "",
) -> None:
    """Record that consent was given or withdrawn."""
    with open_index(out, index, operator=operator).change() as change:
        day = None if date is None else date.date()
        person = set_consent(change, code, given=given, when=day)
        answer(f"Participant {person.code}; consent: {_consent(person)}.")


@app.command("note", epilog="Example: neurofeedback participants note p01 'slept badly'")
def note(
    code: Code,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note.")],
    out: OutputRoot = None,
    index: IndexAt = None,
    operator: By = "",
) -> None:
    """Write a note about a participant."""
    with open_index(out, index, operator=operator).change() as change:
        add_note(change, code, text)
    answer(f"Noted about {code}.")


@app.command("show", epilog="Example: neurofeedback participants show p01 --json")
def show(
    code: Code, out: OutputRoot = None, index: IndexAt = None, as_json: AsJson = False
) -> None:
    """Show a participant: consent, last settings, sessions, scales, notes."""
    with open_index(out, index).read() as session:
        known = _known(session, code)
        rows = list(find_sessions(session, participant=code))
    if as_json:
        answer_json(known)
        return
    answer(f"{code}  consent: {known['consent_words']}")
    for name, value in known["settings"].items():
        answer(f"  {name}: {', '.join(value) or 'none' if isinstance(value, list) else value}")
    if rows:
        answer("")
        show_sessions(rows)
    for line in (*_scale_lines(known["scales"]), *_note_lines(known["notes"])):
        answer(line)


def _known(session: Session, code: str) -> dict[str, Any]:

    return {
        **_fields(get_participant(session, code)),
        "sessions": [session_fields(row) for row in find_sessions(session, participant=code)],
        "scales": [
            {
                "scale": row.instrument,
                "version": row.version,
                "timing": row.timing,
                "taken": row.taken.isoformat(),
                "answers": row.answers,
                "total": row.total,
                "severity": row.severity,
                "state": row.state,
                "safety_raised": row.safety_raised,
                "acknowledged_by": row.acknowledged_by,
                "acknowledged": None if row.acknowledged is None else row.acknowledged.isoformat(),
            }
            for row in responses_of(session, code)
        ],
        "notes": [
            {"text": note.text, "written": note.written.isoformat(), "author": note.author}
            for note in notes_of(session, code)
        ],
    }


def _fields(person: Participant) -> dict[str, Any]:
    return {
        "participant": person.code,
        "consent": person.consent,
        "consent_date": None if person.consent_date is None else person.consent_date.isoformat(),
        "consent_words": _consent(person),
        "settings": person.settings,
    }


def _consent(person: Participant) -> str:
    if person.consent_date is None:
        return "not recorded"
    return f"{'given' if person.consent else 'withdrawn'} {person.consent_date}"


def _scale_lines(scales: list[dict[str, Any]]) -> list[str]:
    lines = []
    for scale in scales:
        score = "no total" if scale["total"] is None else f"{scale['total']} ({scale['severity']})"
        words = f"{_when(scale['taken'])}  {scale['scale']} {scale['timing']}: {score}"
        if scale["state"] != "complete":
            words += f", {scale['state']}"
        if scale["safety_raised"]:
            by = scale["acknowledged_by"]
            words += f"; SAFETY PROMPT {f'acknowledged by {by}' if by else 'NOT ACKNOWLEDGED'}"
        lines.append(words)
    return ["", *lines] if lines else []


def _note_lines(notes: list[dict[str, Any]]) -> list[str]:
    lines = [f"{_when(note['written'])}  {note['author']}: {note['text']}" for note in notes]
    return ["", *lines] if lines else []


def _when(text: str) -> str:

    return local_time(datetime.fromisoformat(text))
