"""Lines that vouch for themselves.

Responsible for the running checksum at the end of each line of a table or log, and for reading
such a file back up to the first line that it does not hold for. Not responsible for what the lines
mean.

The checksum is the CRC-32 of the line's text, begun with the checksum of the line before: so a
changed, missing, repeated or displaced line is found, whatever became of the lines after it. What
it cannot find is an end that is missing; that is what SessionStopped is for.

==========  ==========================================================================
`TABLE`     a last cell; the header names it, and its checksum begins the chain
`LOG`       a last key of each JSON object; the chain begins with 0
==========  ==========================================================================
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from neurofeedback.errors import UserError
from neurofeedback.recording.files import to_bytes, why
from neurofeedback.words.message import Message

NAME = "line_crc32"
CRC_COLUMN = {
    NAME: "CRC-32 of the line up to here (without the tab), begun with that of the line before, "
    "hexadecimal."
}
_N_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Form:
    """How a line carries its checksum.

    Parameters
    ----------
    closing : bytes
        End of the text that follows the checksum instead.
    before : bytes
        What stands between text and checksum.
    after : bytes
        What stands between checksum and `closing`.
    """

    closing: bytes
    before: bytes
    after: bytes


TABLE = Form(b"", b"\t", b"")
LOG = Form(b"}", b', "' + NAME.encode() + b'": "', b'"')


@dataclass(frozen=True, slots=True)
class CheckedLines:
    """What a file of such lines holds, up to the first that cannot be trusted.

    Parameters
    ----------
    texts : list of str
        The lines without checksum and line break; the header is the first of a table.
    ends : list of int
        For each of them the place of the byte after it.
    crc : int
        Checksum that begins the next line.
    problem : Message or None
        What is wrong with the line after the last, in one sentence; None when nothing is.
    n_torn : int
        Bytes of a last line without its line break.
    """

    texts: list[str]
    ends: list[int]
    crc: int
    problem: Message | None
    n_torn: int

    @property
    def n_bytes(self) -> int:
        """Bytes up to the end of the last of these lines."""
        return self.ends[-1] if self.ends else 0


def add_checksums(texts: Iterable[str], crc: int, form: Form) -> tuple[bytes, int]:
    """Return lines as they stand in the file, and the checksum that begins the next.

    Parameters
    ----------
    texts : iterable of str
        Lines without line break.
    crc : int
        Checksum of the line before.
    form : Form
        `TABLE` or `LOG`.
    """
    parts = []
    n_closing = len(form.closing)
    for text in texts:
        data = to_bytes(text)
        crc = zlib.crc32(data, crc)
        head = data[: len(data) - n_closing]
        parts.append(b"%b%b%08x%b%b\n" % (head, form.before, crc, form.after, form.closing))
    return b"".join(parts), crc


def header_line(columns: Iterable[str]) -> tuple[bytes, int]:
    """Return the header of a table, and the checksum that begins its first row."""
    data = to_bytes("\t".join(columns))
    return data + TABLE.before + NAME.encode() + b"\n", zlib.crc32(data)


def read_table(path: Path) -> CheckedLines:
    """Read a table; see `CheckedLines`. A file that is not there has no lines.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    return _read(path, TABLE)


def read_log(path: Path) -> CheckedLines:
    """Read a log; see `CheckedLines`. A file that is not there has no lines.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    return _read(path, LOG)


class Lines:
    """The lines of a table or log, read one by one: memory does not grow with the file.

    Iterating yields the texts of the lines up to the first that cannot be trusted; see
    `CheckedLines`. Then the attributes tell the rest. A file that is not there has no lines.

    Parameters
    ----------
    path : Path
    form : Form
        `TABLE` or `LOG`.

    Attributes
    ----------
    end : int
        Place of the byte after the last line.
    crc : int
    problem : Message or None
    n_torn : int
        As in `CheckedLines`.
    """

    def __init__(self, path: Path, form: Form) -> None:
        self._path, self._form = path, form
        self.end = self.crc = self.n_torn = 0
        self.problem: Message | None = None

    def __iter__(self) -> Iterator[str]:
        """Yield the texts; once.

        Raises
        ------
        UserError
            If the file cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                yield from self._texts(file)
        except FileNotFoundError:
            return
        except OSError as error:
            raise UserError(
                "{path} cannot be read: {reason}.", path=self._path, reason=why(error)
            ) from error

    def _texts(self, file: BinaryIO) -> Iterator[str]:
        number = 0
        for line in file:
            if not line.endswith(b"\n"):
                self.n_torn = len(line)
            elif self.problem is None:
                number += 1
                text = self._text(line[:-1], number)
                if text is not None:
                    self.crc = zlib.crc32(text, self.crc)
                    self.end += len(line)
                    yield text.decode("utf-8", "replace")

    def _text(self, line: bytes, number: int) -> bytes | None:
        is_header = self._form is TABLE and number == 1
        text = _header(line) if is_header else _opened(line, self.crc, self._form)
        if text is None:
            what = Message("the line fails its checksum")
            if is_header:
                what = Message("unknown columns")
            self.problem = Message(
                "{path}, line {number}: {reason}.", path=self._path, number=number, reason=what
            )
        return text


def _read(path: Path, form: Form) -> CheckedLines:
    lines = Lines(path, form)
    texts: list[str] = []
    ends: list[int] = []
    for text in lines:
        texts.append(text)
        ends.append(lines.end)
    return CheckedLines(texts, ends, lines.crc, lines.problem, lines.n_torn)


def _header(line: bytes) -> bytes | None:
    name = TABLE.before + NAME.encode()
    return line[: -len(name)] if line.endswith(name) else None


def _opened(line: bytes, crc: int, form: Form) -> bytes | None:
    """Return the text of a line if its checksum holds."""
    tail = form.after + form.closing
    stop = len(line) - len(tail)
    start = stop - _N_DIGITS
    text = line[: max(start - len(form.before), 0)] + form.closing
    wanted = b"%b%08x%b" % (form.before, zlib.crc32(text, crc), tail)
    return text if line.endswith(wanted) else None
