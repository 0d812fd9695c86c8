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
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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


def _read(path: Path, form: Form) -> CheckedLines:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
    *lines, torn = data.split(b"\n")
    texts: list[str] = []
    ends: list[int] = []
    crc = end = 0
    problem = None
    for line in lines:
        is_header = form is TABLE and not texts
        text = _header(line) if is_header else _opened(line, crc, form)
        if text is None:
            what = Message("the line fails its checksum")
            if is_header:
                what = Message("unknown columns")
            problem = Message(
                "{path}, line {number}: {reason}.", path=path, number=len(texts) + 1, reason=what
            )
            break
        crc = zlib.crc32(text, crc)
        end += len(line) + 1
        texts.append(text.decode("utf-8", "replace"))
        ends.append(end)
    return CheckedLines(texts, ends, crc, problem, len(torn))


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
