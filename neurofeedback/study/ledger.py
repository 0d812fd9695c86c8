"""A file of entries in which none can be changed, moved or taken out unnoticed.

Responsible for appending entries one at a time, also from several programs, and for checking the
chain when reading. Not responsible for what is entered.

Each line is JSON and carries the SHA-256 of the line before. What a chain alone cannot show is that
its last entries were cut off: for that its head is noted elsewhere (`study.ledgers`).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.recording.files import why

if sys.platform != "win32":
    import fcntl

START = "0" * 64
# What entries of a kind are read for, and what they have only in some studies.
_NAMED: dict[str, type] = {"participant": str, "when": str}
_FIELDS: dict[str, dict[str, type]] = {
    "place": {**_NAMED, "stratum": str, "place": int},
    "session": {**_NAMED, "folder": str, "pool": list},
    "withdrawal": _NAMED,
}
_WHERE_THERE: dict[str, type] = {"levels": dict, "places": str, "unblindings": str, "what": str}


@dataclass(frozen=True, slots=True)
class Head:
    """Where a ledger ended at some moment.

    Parameters
    ----------
    length : int
        Number of entries.
    link : str
        SHA-256 of the last one.
    """

    length: int
    link: str

    def __str__(self) -> str:
        return f"{self.length}:{self.link}"

    @classmethod
    def parse(cls, text: object) -> Head:
        """Read back what ``str`` gives; anything else is the head of no ledger."""
        length, _, link = str(text).partition(":")
        return cls(int(length) if length.isdecimal() and len(length) < 10 else -1, link)


class Ledger:
    """Entries of a study.

    Parameters
    ----------
    path : Path
        The file; made when it is first written to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def head(self) -> Head:
        """Where it ends now; see `entries` for what is raised."""
        entries, links = self._read()
        return Head(len(entries), links[-1])

    def has(self, head: Head) -> bool:
        """Whether it once ended so, and has all entries up to there; see `entries`."""
        _, links = self._read()
        return 0 <= head.length < len(links) and links[head.length] == head.link

    def entries(self) -> list[dict[str, Any]]:
        """Return all entries in order; none where there is no file yet.

        Raises
        ------
        UserError
            If the file cannot be read, or an entry was changed, moved or taken out.
        """
        return self._read()[0]

    @contextmanager
    def writing(self) -> Iterator[Callable[..., None]]:
        """Keep other programs out, and yield a function that appends entries.

        Raises
        ------
        UserError
            If another program is at it, or the file cannot be written.
        """
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise UserError(
                "{path} cannot be written: {reason}.", path=self._path, reason=why(error)
            ) from error
        try:
            self._lock(fd)
            yield lambda *entries: self._append(fd, entries)
        finally:
            os.close(fd)

    def _lock(self, fd: int) -> None:
        if sys.platform != "win32":
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise UserError(
                    "Another session is being started in {folder}; try again shortly.",
                    folder=self._path.parent,
                ) from error

    def _append(self, fd: int, entries: Sequence[dict[str, Any]]) -> None:
        before = self._read()[1][-1]
        text = ""
        for entry in entries:
            line = json.dumps({**entry, "before": before}, ensure_ascii=False, allow_nan=False)
            before = _link(line)
            text += line + "\n"
        size, data = os.fstat(fd).st_size, text.encode()
        try:
            if os.write(fd, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(fd)
        except OSError as error:
            os.ftruncate(fd, size)
            raise UserError(
                "{path} cannot be written: {reason}.", path=self._path, reason=why(error)
            ) from error

    def _read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the entries, and the link before each and after the last."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            text = ""
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                "{path} cannot be read: {reason}.", path=self._path, reason=error
            ) from error
        entries, links = [], [START]
        for number, line in enumerate(text.split("\n")[:-1], start=1):
            try:
                entry = json.loads(line)
                follows = entry.pop("before") == links[-1] and _is_whole(entry)
            except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
                follows = False
            if not follows:
                raise UserError(
                    "{path}, line {number}: an entry was changed, moved or removed. "
                    "Restore the file from a copy; nothing is allocated until then.",
                    path=self._path,
                    number=number,
                )
            links.append(_link(line))
            entries.append(entry)
        return entries, links


def _is_whole(entry: Mapping[str, Any]) -> bool:
    """Whether an entry has what its kind needs; nothing follows the last one and vouches for it."""
    needed = _FIELDS.get(str(entry.get("what")), {})
    return all(isinstance(entry.get(name), kind) for name, kind in needed.items()) and all(
        isinstance(entry[name], kind) for name, kind in _WHERE_THERE.items() if name in entry
    )


def _link(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
