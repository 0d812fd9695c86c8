"""Whether the parts of a file lie within one another, before others' readers go by them.

Responsible for files whose damage would not be refused by the package that reads them but end the
program, or keep it busy for ever: tags of FIF that lead in a circle, variables of MATLAB and chunks
of ANT Neuro that are larger than what they are in. Not responsible for what the parts mean.
"""

from __future__ import annotations

import gzip
import math
import mmap
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from neurofeedback.errors import UserError

_TAG = struct.Struct(">iIii")  # of FIF: kind, type, bytes, place of the next
RIFF = (b"RIFF", b"RF64")  # ANT's files; Neuroscan's have the same ending
_ENTRY = struct.Struct("<II")  # of MATLAB: type, bytes
_MATRIX, _COMPRESSED = 14, 15
_NAME, _SIZES = 1, 5
_NUMBERS = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13})
_LETTERS = frozenset({1, 2, 4, 16, 17, 18})
_CELL, _STRUCT, _OBJECT, _TEXT, _SPARSE, _HIGHEST_NUMBER = 1, 2, 3, 4, 5, 15


class _Broken(Exception):
    """A part of the file cannot be where it says it is."""


def check_structure(path: Path, kind: str) -> None:
    """Refuse a file whose parts do not lie within one another.

    Parameters
    ----------
    path : Path
    kind : str
        As `content.kind` tells it. Only of some kinds is anything checked.

    Raises
    ------
    UserError
        If it is damaged.
    OSError
        If it cannot be read.
    """
    check = _CHECKS.get(kind)
    try:
        if check is not None:
            check(path)
    except (_Broken, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(
            "{path} is damaged: its parts do not lie within one another. Get a fresh copy of it.",
            path=path,
        ) from error


def _check_fif(path: Path) -> None:
    """Follow the tags of a FIF file; none may lead back."""
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        at, seen = 0, set[int]()
        while (found := _tag(file, at)) is not None and found[1] >= 0:
            if at in seen:
                raise _Broken("tags in a circle")
            seen.add(at)
            at = found[1] if found[1] > 0 else at + _TAG.size + found[0]
            if at < 0:
                raise _Broken("a tag before the beginning")


def _tag(file: BinaryIO | gzip.GzipFile, at: int) -> tuple[int, int] | None:
    """Return size and next place of the tag at a place; None at the end."""
    file.seek(at)
    head = file.read(_TAG.size)
    if len(head) < _TAG.size:
        return None
    _, _, size, following = _TAG.unpack(head)
    return size, following


def _check_matlab(path: Path) -> None:
    """Follow the variables of a MATLAB file of version 5; compressed ones have checksums."""
    with path.open("rb") as file:
        head = file.read(128)
        if head[:10] != b"MATLAB 5.0" or head[126:] != b"IM":
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            at = 128
            while at + _ENTRY.size <= len(content):
                kind, start, stop, at = _part(content, at, len(content))
                if kind == _MATRIX:
                    _matrix(content, start, stop)
                elif kind != _COMPRESSED:
                    raise _Broken(f"a variable of the kind {kind}")


def _part(content: mmap.mmap, at: int, end: int) -> tuple[int, int, int, int]:
    """Return kind, beginning and end of a part, and where the next one begins."""
    if at + _ENTRY.size > end:
        raise _Broken("a part is missing")
    kind, size = _ENTRY.unpack_from(content, at)
    if kind >> 16:  # up to four bytes, which lie in the place of the size
        kind, size = kind & 0xFFFF, kind >> 16
        start, following = at + 4, at + _ENTRY.size
        if size > 4:
            raise _Broken("a short part that is long")
    else:
        start = at + _ENTRY.size
        following = start + (size if kind == _COMPRESSED else -(-size // 8) * 8)
    if start + size > end:
        raise _Broken("a part is larger than what it is in")
    return kind, start, start + size, min(following, end)


def _matrix(content: mmap.mmap, at: int, end: int, depth: int = 0) -> None:
    """Check a variable, and those in it."""
    if at == end:
        return  # an empty one
    kind, start, stop, at = _part(content, at, end)
    if (kind, stop - start) != (6, 8) or depth > 64:
        raise _Broken("a variable without flags")
    flags = content[start : start + 2]
    n, at = _size(content, at, end)
    at = _expect(content, at, end, frozenset({_NAME}))
    which = flags[0]
    if which in (_CELL, _STRUCT, _OBJECT):
        if which == _OBJECT:
            at = _expect(content, at, end, frozenset({_NAME}))
        if which != _CELL:
            n_fields, at = _fields(content, at, end)
            n *= n_fields
        for _ in range(n):
            kind, start, stop, at = _part(content, at, end)
            if kind != _MATRIX:
                raise _Broken("a cell without a variable")
            _matrix(content, start, stop, depth + 1)
    elif which == _TEXT:
        _expect(content, at, end, _LETTERS)
    elif which <= _HIGHEST_NUMBER:
        n_parts = (3 if which == _SPARSE else 1) + bool(flags[1] & 8)  # of complex numbers
        for _ in range(n_parts):
            at = _expect(content, at, end, _NUMBERS)


def _size(content: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    """Return how many elements a variable has, and where the next part begins."""
    kind, start, stop, at = _part(content, at, end)
    if kind != _SIZES or not 8 <= stop - start <= 128:
        raise _Broken("a variable without a size")
    sizes = struct.unpack_from(f"<{(stop - start) // 4}i", content, start)
    if min(sizes) < 0 or math.prod(sizes) > len(content):
        raise _Broken("a variable that is larger than the file")
    return math.prod(sizes), at


def _fields(content: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    """Return how many fields a structure has, and where the next part begins."""
    kind, start, stop, at = _part(content, at, end)
    width = struct.unpack_from("<i", content, start)[0] if stop - start == 4 else 0
    if kind != _SIZES or width < 1:
        raise _Broken("a structure without names")
    kind, start, stop, at = _part(content, at, end)
    if kind != _NAME or (stop - start) % width:
        raise _Broken("a structure without names")
    return (stop - start) // width, at


def _expect(content: mmap.mmap, at: int, end: int, kinds: frozenset[int]) -> int:
    """Return where the part after one begins, which must be of some kinds."""
    kind, _, _, at = _part(content, at, end)
    if kind not in kinds:
        raise _Broken(f"a part of the kind {kind}")
    return at


def _check_riff(path: Path) -> None:
    """Follow the chunks of a RIFF file, in which ANT Neuro keeps recordings."""
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        kind = file.read(4)
        if kind not in RIFF:
            return
        wide = kind == b"RF64"
        chunk = struct.Struct("<4sQ" if wide else "<4sI")
        file.seek(0)
        places = [(0, n_bytes)]
        while places:
            at, end = places.pop()
            while at + chunk.size <= end:
                file.seek(at)
                name, size = chunk.unpack(file.read(chunk.size))
                start = at + chunk.size
                if start + size > end:
                    raise _Broken("a chunk is larger than what it is in")
                if name in (b"RIFF", b"RF64", b"LIST"):
                    places.append((start + 4, start + size))
                at = start + size + size % 2


_CHECKS: dict[str, Callable[[Path], None]] = {
    ".fif": _check_fif,
    ".gz": _check_fif,
    ".set": _check_matlab,
    ".cnt": _check_riff,
}
