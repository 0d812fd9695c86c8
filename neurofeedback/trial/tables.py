r"""A table whose columns say what they mean, as text that reads back to the same values.

Responsible for columns, cells and for text that stays text in whatever program opens it. Not
responsible for which tables there are (`trial.columns`), nor for files (`trial.tables_folder`).

A text that a spreadsheet would take for a formula is given an apostrophe in front, as one types it
there by hand; control characters and those that turn the direction of writing are written as
``\u001b``. Both are undone when a table is read back.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from neurofeedback.errors import UserError
from neurofeedback.recording.tables import MISSING

Kind = Literal["text", "integer", "number", "truth", "time"]
Value = str | int | float | bool | None
Row = dict[str, Value]

_FORMULA = "=+-@'\uff1d\uff0b\uff0d\uff20"  # and the apostrophe, so that it can be undone
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\\\")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : str
    about : str
        What it holds, a sentence.
    kind : {'text', 'integer', 'number', 'truth', 'time'}
        ``truth`` is 1 or 0; ``time`` is ISO 8601.
    unit : str
        Empty without one.
    levels : mapping of str to str
        Values and what they mean; empty where any may stand there.
    """

    name: str
    about: str
    kind: Kind = "text"
    unit: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)

    def to_cell(self, value: Value) -> str:
        """Return a value as text; what is missing as ``n/a``."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return MISSING
        if self.kind == "truth":
            return str(int(bool(value)))
        if self.kind == "number":
            return repr(float(value))
        return str(value) if self.kind == "integer" else guarded(str(value))

    def of_cell(self, cell: str) -> Value:
        """Read back what `to_cell` returned.

        Raises
        ------
        ValueError
            If it is something else.
        """
        if cell in (MISSING, ""):
            return None
        if self.kind == "truth":
            return {"0": False, "1": True}[cell]
        if self.kind == "number":
            return float(cell)
        return int(cell) if self.kind == "integer" else unguarded(cell)

    def to_json(self) -> dict[str, Any]:
        """Return its entry in a data dictionary, as BIDS has it."""
        entry: dict[str, Any] = {"Description": self.about, "Kind": self.kind}
        if self.unit:
            entry["Units"] = self.unit
        if self.levels:
            entry["Levels"] = dict(self.levels)
        return entry

    @classmethod
    def of_json(cls, name: str, entry: Mapping[str, Any]) -> Column:
        """Read back what `to_json` returned."""
        kind = entry["Kind"]
        if kind not in ("text", "integer", "number", "truth", "time"):
            raise ValueError(kind)
        levels = {str(k): str(v) for k, v in entry.get("Levels", {}).items()}
        return cls(name, str(entry["Description"]), kind, str(entry.get("Units", "")), levels)


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Parameters
    ----------
    name : str
    about : str
        What a row is, a sentence.
    columns : tuple of Column
    rows : tuple of dict
        Value by name of column; what lacks is missing.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()

    def with_rows(self, rows: Sequence[Row]) -> Table:
        """Return the table with other rows."""
        return Table(self.name, self.about, self.columns, tuple(rows))

    def without(self, names: Sequence[str]) -> Table:
        """Return the table without some of its columns."""
        kept = tuple(c for c in self.columns if c.name not in names)
        rows = tuple({c.name: row.get(c.name) for c in kept} for row in self.rows)
        return Table(self.name, self.about, kept, rows)

    def column(self, name: str) -> list[Value]:
        """Return the values of a column."""
        return [row.get(name) for row in self.rows]

    def to_tsv(self) -> str:
        """Return it as BIDS has tables: cells apart by tabs, a header, ``n/a`` for missing."""
        lines = ["\t".join(column.name for column in self.columns)]
        lines += ["\t".join(c.to_cell(row.get(c.name)) for c in self.columns) for row in self.rows]
        return "\n".join(lines) + "\n"

    def dictionary(self) -> dict[str, Any]:
        """Return the data dictionary, name of column to what it holds."""
        return {column.name: column.to_json() for column in self.columns}


def read_tsv(name: str, text: str, dictionary: Mapping[str, Any]) -> Table:
    """Read back what `Table.to_tsv` and `Table.dictionary` returned.

    Raises
    ------
    UserError
        If a column is not in the dictionary, or a cell is not of its kind.
    """
    header, *lines = text.split("\n")[:-1] or [""]
    names = header.split("\t")
    try:
        columns = tuple(Column.of_json(n, dictionary[n]) for n in names)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UserError(
            "The data dictionary of the table {table} does not describe its columns ({reason}); "
            "write the tables again with `study data`.",
            table=name,
            reason=error,
        ) from error
    rows = [_row(name, number, columns, line) for number, line in enumerate(lines, start=2)]
    return Table(name, "", columns, tuple(rows))


def _row(name: str, number: int, columns: Sequence[Column], line: str) -> Row:
    cells = line.split("\t")
    try:
        return {c.name: c.of_cell(cell) for c, cell in zip(columns, cells, strict=True)}
    except (ValueError, KeyError) as error:
        raise UserError(
            "Line {number} of the table {table} does not fit its data dictionary ({reason}); "
            "write the tables again with `study data`.",
            number=number,
            table=name,
            reason=error,
        ) from error


def to_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return cells as CSV (RFC 4180): apart by commas, in quotes where one needs them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def guarded(text: str) -> str:
    """Return a text as a cell that no program takes for anything but text; never empty."""
    shown = escaped(text)
    if shown.startswith(tuple(_FORMULA)) or shown in ("", MISSING):
        return f"'{shown}"
    return shown


def unguarded(cell: str) -> str:
    """Read back what `guarded` returned."""
    return unescaped(cell[1:] if cell.startswith("'") else cell)


def escaped(text: str) -> str:
    """Write out what a terminal, a table or a page would act upon instead of showing it.

    Control characters, line breaks, halves of characters, and those that turn the direction of
    writing; letters that are written from right to left stay.
    """
    return "".join(_written(c) if _acts(c) else c for c in text)


def unescaped(text: str) -> str:
    """Read back what `escaped` returned."""
    return _ESCAPED.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else "\\", text)


def _acts(c: str) -> bool:
    return c == "\\" or unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _written(c: str) -> str:
    if c == "\\":
        return "\\\\"
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"
