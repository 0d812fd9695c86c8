"""The recordings in a folder, each once, and what their files contain.

Responsible for finding what can be read, in a BIDS dataset or in any folder, for which files belong
to a recording, and for a digest of them. Not responsible for reading any (`replay`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.acquisition.files import brainvision, content, edf_samples, readers, text, xdf
from neurofeedback.errors import UserError

DATASET = "dataset_description.json"
_KNOWN = brainvision.SUFFIXES | edf_samples.SUFFIXES | readers.SUFFIXES | xdf.SUFFIXES
# Samples of a recording that nothing else could be: alone, they are a recording that lost its head.
_SAMPLES = frozenset({".eeg", ".fdt"})
_NAMED = re.compile(rb"^(?:Data|Marker)?File\s*=[ \t]*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_NAMING = frozenset({".vhdr", ".ahdr", ".lay"})
_PART = re.compile(r"(?:-\d+|_split-\d+.*)?\.")


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds.

    Parameters
    ----------
    recordings : tuple of Path
        The file to open of each, in order of their names.
    left_out : tuple of Path
        Tables and texts that are no recording of a program that is known.
    """

    recordings: tuple[Path, ...]
    left_out: tuple[Path, ...] = ()


def find_recordings(folder: Path) -> Found:
    """Find every recording below a folder.

    Of a BIDS dataset these are its ``*_eeg.*``; what is derived or hidden is passed by. Elsewhere
    they are all files that are of a known kind by their content, or else by their name.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Found

    Raises
    ------
    UserError
        If it is no folder, or holds no recording.
    OSError
        If a folder cannot be listed.
    """
    if not folder.is_dir():
        raise UserError("{folder} is not a folder of recordings.", folder=folder)
    in_bids = (folder / DATASET).is_file()
    heads: set[Path] = set()
    left_out: set[Path] = set()
    for path in _paths(folder):
        if in_bids and not _is_bids_eeg(path.relative_to(folder)):
            continue
        head = _head(path)
        if head is not None:
            heads.add(head)
        elif path.suffix.lower() in text.SUFFIXES:
            left_out.add(path)
    if not heads:
        raise UserError(
            "There is no recording in {folder}: give the folder of a BIDS dataset, or one with "
            "files of a format that is read.",
            folder=folder,
        )
    return Found(tuple(sorted(heads)), tuple(sorted(left_out)))


def files_of(head: Path) -> list[Path]:
    """Return every file that belongs to a recording, as far as it is there.

    Those with its name and another ending, later parts of a split recording, those that its header
    names, and all in it where it is a folder.
    """
    if head.is_dir():
        return sorted(path for path in head.rglob("*") if path.is_file())
    stem = _stem(head)
    found = {
        other
        for other in head.parent.iterdir()
        if other.name.startswith(stem) and _PART.match(other.name, len(stem)) and other.is_file()
    }
    if head.suffix.lower() in _NAMING:
        for name in _NAMED.findall(head.read_bytes()):
            named = name.decode("utf-8", "replace").replace("$b", head.stem)
            other = head.parent / Path(named.replace("\\", "/")).name
            found |= {other} if content.is_file(other) else set()
    return sorted(found | {head})


def content_digest(head: Path) -> tuple[str, int]:
    """Return the SHA-256 of what a recording consists of, and its size in bytes.

    The names of its files count, since they tell the format; where the folder lies does not.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    sums, size = [], 0
    for path in files_of(head):
        with path.open("rb") as file:
            name = path.relative_to(head.parent).as_posix()
            sums.append([name, hashlib.file_digest(file, "sha256").hexdigest()])
            size += file.tell()
    return hashlib.sha256(json.dumps(sums).encode()).hexdigest(), size


def _paths(folder: Path) -> Iterator[Path]:
    """Yield files, and folders that are a recording; links are followed, each place once."""
    seen: set[str] = set()

    def refuse(error: OSError) -> None:
        raise error

    for where, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        real = os.path.realpath(where)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        for name in sorted(folders):
            if name.lower().endswith(".mff"):
                yield Path(where, name)
        folders[:] = sorted(
            n for n in folders
            if not n.startswith(".") and n != "derivatives" and not n.lower().endswith(".mff")
        )  # fmt: skip
        yield from (Path(where, name) for name in sorted(files) if not name.startswith("."))


def _is_bids_eeg(path: Path) -> bool:
    return path.parts[0].startswith("sub-") and _stem(path).endswith("_eeg")


def _head(path: Path) -> Path | None:
    """Return the file to open of the recording that a file belongs to; None if it is of none."""
    if path.is_dir():
        return path
    try:
        head, _ = content.head_of(path)
        kind = content.kind(head)
        if kind in text.SUFFIXES:
            return head if text.reader_of(head) is not None else None
    except UserError:  # the sentence comes when it is read
        return path if path.suffix.lower() in _SAMPLES else None
    except OSError:
        head, kind = path, path.suffix.lower()
    if kind == ".gz":
        kind = Path(head.stem).suffix.lower()
    if kind not in _KNOWN | text.SUFFIXES:
        return None
    return _first_part(head)


def _first_part(head: Path) -> Path | None:
    """Return a recording, but None for a later part of one whose first part is there."""
    first = readers.first_part(head)
    return None if first is not None and first.is_file() else head


def _stem(path: Path) -> str:
    """Return the name without its ending, and without that of a compressed file."""
    return Path(path.stem).stem if path.suffix.lower() == ".gz" else path.stem
