"""The tables for REDCap: a data dictionary to make the project, and records to import.

Responsible for the form that REDCap's import takes: names of fields, forms that repeat, choices.
Not responsible for files (`trial.tables_folder`).

A record is a participant. Every other table is a form that repeats, with one instance for each of
the participant's rows; fields have the name of their form in front, since REDCap wants each name
once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from neurofeedback.recording.tables import MISSING
from neurofeedback.trial.tables import Column, Row, Table, to_csv

RECORD = "record_id"
DICTIONARY = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
_VALIDATION = {"integer": "integer", "number": "number"}


def dictionary_csv(participants: Table, forms: Sequence[Table]) -> str:
    """Return the data dictionary of a project.

    Parameters
    ----------
    participants : Table
        Whose rows are records.
    forms : sequence of Table
        That repeat.
    """
    lines = [_entry(RECORD, participants.name, participants.columns[0])]
    for table in (participants, *forms):
        fields = table.columns[1:]
        lines += [_entry(field_name(table, c), table.name, c) for c in fields]
    return to_csv(DICTIONARY, lines)


def records_csv(participants: Table, forms: Sequence[Table]) -> str:
    """Return the records as REDCap imports them; see `dictionary_csv`."""
    fields = [field_name(t, c) for t in (participants, *forms) for c in t.columns[1:]]
    header = [RECORD, "redcap_repeat_instrument", "redcap_repeat_instance", *fields]
    rows = []
    for row in participants.rows:
        code = participants.columns[0].to_cell(row["participant"])
        rows.append([code, "", "", *_cells(participants, row, fields)])
        for table in forms:
            for number, own in enumerate(_rows_of(table, row), start=1):
                rows.append([code, table.name, str(number), *_cells(table, own, fields)])
    return to_csv(header, rows)


def field_name(table: Table, column: Column) -> str:
    """Return the name of a field: lower case, with its form in front."""
    return re.sub(r"[^a-z0-9_]", "_", f"{table.name}_{column.name}".lower())


def _rows_of(table: Table, participant: Row) -> Iterator[Row]:
    return (row for row in table.rows if row["participant"] == participant["participant"])


def _cells(table: Table, row: Row, fields: Sequence[str]) -> list[str]:
    own = {field_name(table, c): c.to_cell(row.get(c.name)) for c in table.columns[1:]}
    cells = (own.get(field, "") for field in fields)
    return ["" if cell == MISSING else cell for cell in cells]


def _entry(name: str, form: str, column: Column) -> list[str]:
    kind, choices = "text", ""
    if column.kind == "truth":
        kind = "yesno"
    elif column.levels:
        kind = "dropdown"
        choices = " | ".join(f"{value}, {label}" for value, label in column.levels.items())
    found = dict.fromkeys(DICTIONARY, "")
    found |= {
        "Variable / Field Name": name,
        "Form Name": form,
        "Field Type": kind,
        "Field Label": column.about,
        "Choices, Calculations, OR Slider Labels": choices,
        "Field Note": column.unit,
    }
    if kind == "text":
        found["Text Validation Type OR Show Slider Number"] = _VALIDATION.get(column.kind, "")
    return [found[key] for key in DICTIONARY]
