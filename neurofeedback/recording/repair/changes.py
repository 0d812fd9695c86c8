"""Changing the files of a session so that nothing is lost by it.

Responsible for what differs between files and what they should be, for keeping every byte that
goes, and for the order that makes an interruption harmless. Not responsible for what the files
should be (`recording.repair.recover`).
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.recording.files import (
    FILE_MODE,
    FOLDER_MODE,
    make_folders,
    replace_bytes,
    replace_text,
    sync_folder,
)
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.words.language import later

MANIFEST = "README.json"
_COPY_BYTES = 1 << 20
_ABOUT = (
    "What was cut off when this session was put in order. The original of a file is its first "
    "'kept_bytes' bytes as they are now, then the file here of the same name, which has "
    "'cut_bytes' bytes; null where there was no such file."
)


@dataclass(frozen=True, slots=True)
class FilePart:
    """Bytes that are in another file.

    Parameters
    ----------
    path : Path
        The file.
    start, stop : int
        Where they begin and end.
    """

    path: Path
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Change:
    """How a file becomes what it should be.

    Parameters
    ----------
    path : Path
        The file.
    size : int or None
        Its size now; None when there is none.
    kept : int
        Bytes of it that stay.
    added : bytes, FilePart or None
        What follows them; None for a file that must not be there.
    """

    path: Path
    size: int | None
    kept: int
    added: bytes | FilePart | None

    @property
    def n_cut(self) -> int:
        """Bytes that go."""
        return (self.size or 0) - self.kept


def to_become(path: Path, wanted: bytes) -> Change | None:
    """Return the change that makes a file what is wanted; None when it is that already."""
    data = path.read_bytes() if path.exists() else None
    if data == wanted:
        return None
    if data is None:
        return Change(path, None, 0, wanted)
    kept = _n_common(data, wanted)
    return Change(path, len(data), kept, wanted[kept:])


def to_be_cut(path: Path, size: int) -> Change | None:
    """Return the change that leaves the first `size` bytes; a file without any must not be."""
    if not path.exists():
        return None
    now = path.stat().st_size
    if size == 0:
        return Change(path, now, 0, None)
    return Change(path, now, size, b"") if now > size else None


def keep_originals(layout: SessionLayout, changes: Sequence[Change]) -> Path:
    """Write down what the changes will cut; return the folder.

    Raises
    ------
    UserError
        If there is no space for that and for what the changes add.
    OSError
        If it cannot be written.
    """
    parent = layout.derivatives_dir.parent
    make_folders(parent)
    _check_space(layout, parent, changes)
    names = (f"recovered_run-{layout.run:02d}" + (f"-{n}" if n > 1 else "") for n in count(1))
    folder = next(parent / name for name in names if not (parent / name).exists())
    making = parent / f".{folder.name}.tmp"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=FOLDER_MODE)
    told = {}
    for change in changes:
        told[change.path.name] = {
            "kept_bytes": None if change.size is None else change.kept,
            "cut_bytes": None if change.size is None else change.n_cut,
        }
        if change.size is not None and change.n_cut:
            end = FilePart(change.path, change.kept, change.size)
            _write_in_place(making / change.path.name, 0, end)
    text = json.dumps({"about": _ABOUT, "files": told}, indent=2)
    replace_text(making / MANIFEST, text + "\n")
    sync_folder(making)
    making.rename(folder)
    sync_folder(parent)
    return folder


def apply(changes: Iterable[Change], last: Path) -> None:
    """Change the files, `last` as the last and in its place (it is locked).

    Raises
    ------
    OSError
        If one cannot be changed; calling again with what then differs goes on.
    """
    for change in sorted(changes, key=lambda change: change.path == last):
        make_folders(change.path.parent)
        added = change.added
        if added is None:
            change.path.unlink()
        elif change.path == last or isinstance(added, FilePart) or not added:
            _write_in_place(change.path, change.kept, added)
        else:
            kept = change.path.read_bytes()[: change.kept] if change.kept else b""
            replace_bytes(change.path, kept + added)
        sync_folder(change.path.parent)


def _check_space(layout: SessionLayout, folder: Path, changes: Sequence[Change]) -> None:
    n_bytes = sum(change.n_cut + len(change.added or b"") for change in changes)
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise UserError(
            "{folder}: to put it in order takes {needed:.1f} MB, and {free:.1f} MB are "
            "free; free some first.",
            folder=layout.session_dir,
            needed=n_bytes / 1e6,
            free=free / 1e6,
        )


def _write_in_place(path: Path, kept: int, added: bytes | FilePart) -> None:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    fd = os.open(path, flags, FILE_MODE)
    with os.fdopen(fd, "rb+") as file:
        file.truncate(kept)
        file.seek(kept)
        for data in _pieces(added):
            file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _pieces(data: bytes | FilePart) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    with data.path.open("rb") as file:
        file.seek(data.start)
        left = len(data)
        while left:
            piece = file.read(min(left, _COPY_BYTES))
            if not piece:
                raise OSError(errno.EIO, later("the file is shorter than it was"), str(data.path))
            left -= len(piece)
            yield piece


def _n_common(a: bytes, b: bytes) -> int:
    n = min(len(a), len(b))
    differing = np.frombuffer(a, np.uint8, n) != np.frombuffer(b, np.uint8, n)
    return int(differing.argmax()) if differing.any() else n
