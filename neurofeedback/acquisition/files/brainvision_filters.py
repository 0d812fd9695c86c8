"""What the comment of a BrainVision header says of filters.

Responsible for the tables that the recorder writes there: of the amplifier, and of filters in its
software. Not responsible for the rest of the header (`brainvision_header`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from neurofeedback.acquisition.header_filters import Corners, corner

_COMMENT = re.compile(r"^\s*\[comment\]\s*$", re.IGNORECASE | re.MULTILINE)
_COLUMNS = re.compile(r"\s{2,}|\t")
_LOW = re.compile(r"low cutoff \[(s|hz)\]", re.IGNORECASE)
_HIGH = re.compile(r"high cutoff \[(s|hz)\]", re.IGNORECASE)


def filters_of(text: str, labels: Sequence[str]) -> list[Corners]:
    """Return the corners of filters of each channel; none where the comment has no table.

    Parameters
    ----------
    text : str
        The header.
    labels : sequence of str
        Its channels.
    """
    comment = _COMMENT.split(text, maxsplit=1)[1:]
    found: dict[int, Corners] = {}
    for head, row in _rows("".join(comment).splitlines()):
        number = int(row[0]) - 1
        if not 0 <= number < len(labels) or not _is_of(labels[number], head, row):
            continue
        told = Corners(_cell(_LOW, head, row), _cell(_HIGH, head, row))
        found[number] = found.get(number, Corners()).narrowed(told)
    return [found.get(i, Corners()) for i in range(len(labels))] if found else []


def _rows(lines: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the rows of all tables with their head, in columns."""
    head: list[str] = []
    for line in lines:
        cells = _COLUMNS.split(line.strip())
        if cells[0] == "#":
            head = cells
        elif head and cells[0].isascii() and cells[0].isdigit():
            yield head, cells
        elif line.strip():
            head = []


def _is_of(label: str, head: Sequence[str], row: Sequence[str]) -> bool:
    """Whether a row is of a channel, and not of another one with its number."""
    return "Name" not in head or label == row[min(head.index("Name"), len(row) - 1)]


def _cell(column: re.Pattern[str], head: Sequence[str], row: Sequence[str]) -> float | None:
    for name, cell in zip(head, row, strict=False):
        if unit := column.fullmatch(name):
            return corner(cell, unit[1])
    return None
