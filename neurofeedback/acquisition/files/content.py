"""What a file holds, told by its first bytes and by what lies beside it, before its name counts.

Responsible for compressed files, for files that are a part of a recording (samples or markers given
instead of the header), and for the kind of a file. Not responsible for any format.
"""

from __future__ import annotations

import codecs
import gzip
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.words.message import Message

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GZIP = b"\x1f\x8b"
_KINDS = (
    (".xdf", re.compile(rb"XDF:")),
    (".edf", re.compile(rb"0([ ]{7}|\0{7})|\xffBIOSEMI")),
    (".vhdr", re.compile(rb"\s*Brain ?Vision( Core| V-Amp)? Data( Exchange)? Header")),
    (".vmrk", re.compile(rb"\s*Brain ?Vision( Core| V-Amp)? Data( Exchange)? Marker")),
    (".gdf", re.compile(rb"GDF \d\.")),
    (".nihon", re.compile(rb"(EEG-\d{4}[A-Z]|DAE-2100D|QI-403A) +V\d")),
)
# Files that are parts of a recording, and the end of the name of the one that is opened.
_HEADS = {".eeg": ".vhdr", ".dat": ".vhdr", ".vmrk": ".vhdr", ".fdt": ".set"}
_HEADS |= {".pnt": ".eeg", ".log": ".eeg", ".21e": ".eeg", ".dpa": ".cdt"}
_LARGEST_HEAD = 1 << 20  # bytes


def kind(path: Path) -> str:
    """Return the kind of a file as the end of a name: by its first bytes, else by its name."""
    if path.is_file():
        with path.open("rb") as file:
            first = file.read(160)
        # Texts may begin with a byte order mark, and be of two bytes a letter.
        first = (
            first.removeprefix(codecs.BOM_UTF8)
            if first[:2] not in _WIDE
            else first[2:].replace(b"\0", b"")
        )
        for name, begins in _KINDS:
            if begins.match(first):
                return name
    return path.suffix.lower()


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Give a compressed file in the clear, for as long as it is read; others as they are.

    Raises
    ------
    UserError
        If the compressed file is broken.
    """
    packed = path.is_file() and path.name.lower() != path.name.lower().removesuffix(".fif.gz")
    if packed or not path.is_file() or not _begins(path, _GZIP):
        yield path  # MNE unpacks FIF itself
        return
    name = path.stem if path.suffix.lower() == ".gz" else path.name
    with tempfile.TemporaryDirectory(prefix="neurofeedback-") as folder:
        clear = Path(folder) / name
        try:
            with gzip.open(path) as source, clear.open("wb") as target:
                shutil.copyfileobj(source, target)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UserError(
                "{path} is compressed and broken: get a fresh copy of it.", path=path
            ) from error
        with speaking_of(path, clear):
            yield clear


@contextmanager
def speaking_of(path: Path, stand_in: Path) -> Iterator[None]:
    """Let refusals name the user's file, and not the one that is read in its place."""
    try:
        yield
    except UserError as error:
        fields = {
            name: value if isinstance(value, Message)
            else str(value).replace(str(stand_in), str(path)) if isinstance(value, str | Path)
            else value
            for name, value in error.message.fields.items()
        }  # fmt: skip
        raise UserError(error.message.template, **fields) from error


def head_of(path: Path) -> tuple[Path, Message | None]:
    """Return the file to open for one that is a part of a recording, and a note.

    Raises
    ------
    UserError
        If a part was given and the file to open is not beside it.
    """
    suffix = kind(path)
    if suffix not in _HEADS:
        return path, None
    wanted = _HEADS[suffix]
    found = beside(path, wanted) or _naming(path, wanted)
    if found is None:
        raise UserError(
            "{path} is a part of a recording that is opened by its {wanted} file: put that beside "
            "it, and give either.",
            path=path,
            wanted=wanted,
        )
    note = Message(
        "{name} is a part of a recording; it is read by {head}.", name=path.name, head=found.name
    )
    return found, note


def is_file(path: Path) -> bool:
    """Whether there is a file of a name that was read in another, and so may be no name at all."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def beside(path: Path, *suffixes: str) -> Path | None:
    """Return the file of the same name that ends otherwise, in whatever case."""
    for suffix in suffixes:
        wanted = f"{path.stem}{suffix}".casefold()
        for other in path.parent.iterdir():
            if other.name.casefold() == wanted and other != path:
                return other
    return None


def _naming(path: Path, suffix: str) -> Path | None:
    """Return a file of the folder that names this one as a part of it."""
    for other in sorted(path.parent.iterdir()):
        if other.suffix.lower() == suffix and other.stat().st_size < _LARGEST_HEAD:
            text = other.read_bytes()
            if re.search(rb"=\s*" + re.escape(path.name.encode()) + rb"\s", text):
                return other
    return None


def _begins(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic
