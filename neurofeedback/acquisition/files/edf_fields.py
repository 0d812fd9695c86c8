"""Fields of EDF and BDF headers: texts and numbers of fixed width, written by many programs.

Responsible for what a field says, in whatever encoding and with whatever decimal sign. Not
responsible for what it means (`edf`).
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.words.message import Message

_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
# Fields of a signal's header after the fixed 256 bytes: name and width, in order.
_FIELDS = (
    ("label", 16),
    ("transducer", 80),
    ("unit", 8),
    ("physical_min", 8),
    ("physical_max", 8),
    ("digital_min", 8),
    ("digital_max", 8),
    ("prefilter", 80),
    ("n_samples", 8),
    ("reserved", 32),
)


def signal_fields(rest: bytes, n_signals: int) -> dict[str, list[bytes]]:
    """Return the fields of all signals, by name, from the header after the fixed part."""
    found, at = {}, 0
    for name, width in _FIELDS:
        found[name] = [rest[at + i * width : at + (i + 1) * width] for i in range(n_signals)]
        at += width * n_signals
    return found


def field_text(field: bytes) -> str:
    """Return a text without padding."""
    return decoded(field).replace("\x00", " ").strip()


def decoded(text: bytes) -> str:
    """Return a text; the standard wants UTF-8 or ASCII, older recorders write Latin-1."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def finite(field: bytes) -> float | None:
    """Return a number, whose decimals may follow a comma; None if it is none."""
    text = field_text(field)
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text.replace(",", "."))
    return value if math.isfinite(value) else None


def number(path: Path, field: bytes, what: Message) -> float:
    """Return a number.

    Raises
    ------
    UserError
        If it is none, or not finite.
    """
    value = finite(field)
    if value is None:
        raise broken(path, Message("{what} is {text!r}", what=what, text=field_text(field)))
    return value


def integer(path: Path, field: bytes, what: Message) -> int:
    """Return a whole number.

    Raises
    ------
    UserError
        If it is none.
    """
    value = number(path, field, what)
    if value != int(value) or b"," in field:  # which may be one of thousands
        raise broken(path, Message("{what} is {text!r}", what=what, text=field_text(field)))
    return int(value)


def broken(path: Path, what: Message) -> UserError:
    """Return the refusal of a file that contradicts itself."""
    return UserError(
        "{path} is not a whole EDF or BDF file: {what}. Get a fresh copy of it.",
        path=path,
        what=what,
    )
