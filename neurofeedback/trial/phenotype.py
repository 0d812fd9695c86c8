"""Answers to questionnaires as BIDS keeps them: tables in ``phenotype/``.

Responsible for their form, with the wording of every item in the sidecar. Not responsible for
files (`trial.tables_folder`).

BIDS has one row for each participant in such a table. So there is a table for each occasion: the
questionnaire, the session it belongs to and whether it came before or after
(``mood_ses-02_after.tsv``), and where somebody answered more than once there, a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurofeedback.scales.instrument import Instrument, Slider
from neurofeedback.scales.library import INSTRUMENTS
from neurofeedback.trial.tables import Column, Row, Table, Value

_HEAD = (
    Column("participant_id", "Participant, as in participants.tsv."),
    Column("session_id", "Session it was answered before or after; n/a for one apart."),
    Column("timing", "When it was answered: before or after the session, or apart from one."),
    Column("taken", "When it was answered.", "time"),
)
_TOTAL = Column("total", "Sum of the scored items; n/a where one is missing or none is summed.",
                "integer")  # fmt: skip


def phenotype_tables(answers: Table, sessions: Table) -> dict[str, Table]:
    """Return the tables of the questionnaires that were answered, by their names in BIDS.

    Parameters
    ----------
    answers, sessions : Table
        See `trial.columns`.
    """
    folders = {(r["participant"], r["session"]): str(r["folder"]) for r in sessions.rows}
    responses: dict[Value, list[Row]] = {}
    for row in answers.rows:
        responses.setdefault(row["response"], []).append(row)
    occasions: dict[str, list[list[Row]]] = {}
    for response in responses.values():
        occasions.setdefault(_occasion(response[0], folders, occasions), []).append(response)
    found = {}
    for name, given in sorted(occasions.items()):
        kind = str(given[0][0]["instrument"])
        items = _items(INSTRUMENTS.get(kind), given)
        rows = tuple(_row(response, folders) for response in given)
        found[name] = Table(name, kind, (*_HEAD, *items, _TOTAL), rows)
    return found


def _occasion(
    first: Row,
    folders: Mapping[tuple[Value, Value], str],
    occasions: Mapping[str, Sequence[Sequence[Row]]],
) -> str:
    """Return the table of a response: the first in which its participant has no row yet."""
    parts = [str(first["instrument"]).replace("-", "")]
    parts += [p for p in (_session(first, folders), str(first["timing"])) if p]
    name, number = "_".join(parts), 1
    wanted = name
    while any(r[0]["participant"] == first["participant"] for r in occasions.get(wanted, ())):
        number += 1
        wanted = f"{name}_{number}"
    return wanted


def _session(first: Row, folders: Mapping[tuple[Value, Value], str]) -> str:
    return folders.get((first["participant"], first["session"]), "").partition("/")[2]


def sidecar(table: Table) -> dict[str, Any]:
    """Return the JSON beside a table, with what questionnaire it is."""
    known = INSTRUMENTS.get(table.about)
    fields = table.dictionary()
    if known is None:
        return fields
    about = {"Description": known.title}
    if known.reference:
        about["TermURL"] = f"https://doi.org/{known.reference}"
    return {"MeasurementToolMetadata": about, **fields}


def _items(known: Instrument | None, responses: Sequence[Sequence[Row]]) -> tuple[Column, ...]:
    if known is None:  # of a later version of the program
        n = max(int(row["item"] or 0) for response in responses for row in response)
        return tuple(Column(f"item_{i:02d}", f"Item {i}.", "integer") for i in range(1, n + 1))
    found = []
    for number, item in enumerate(known.items, start=1):
        if isinstance(item.answers, Slider):
            line = item.answers
            about = f"{item.text}: {line.low} ({line.low_label}) to {line.high} ({line.high_label})"
            found.append(Column(f"item_{number:02d}", about, "integer"))
            continue
        levels = {str(choice.value): choice.label for choice in item.answers}
        found.append(Column(f"item_{number:02d}", item.text, "integer", levels=levels))
    return tuple(found)


def _row(response: Sequence[Row], folders: Mapping[tuple[Value, Value], str]) -> Row:
    first = response[0]
    row: Row = {
        "participant_id": f"sub-{first['participant']}",
        "session_id": _session(first, folders) or None,
        "timing": first["timing"],
        "taken": first["taken"],
        "total": first["total"],
    }
    for answer in response:
        row[f"item_{int(answer['item'] or 0):02d}"] = answer["answer"]
    return row
