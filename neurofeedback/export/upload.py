"""Files brought to another place in pieces, so that a cut connection costs one piece.

Responsible for going on where an earlier attempt stopped, and for proving at the end that what lies
there is what was sent. Not responsible for what is in the files, nor for encrypting them.

The place is a folder: a share of a server, a disk, a folder that a program keeps in step with a
cloud. A file grows there as ``NAME.part``, gets its name when all of it was read back and has the
SHA-256 of the original, and then has ``NAME.sha256`` beside it, as ``sha256sum --check`` reads it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from neurofeedback.errors import UserError
from neurofeedback.export.output import Progress
from neurofeedback.recording.files import make_folders, replace_text, why

PIECE = 4 << 20  # bytes
PART, SUM = ".part", ".sha256"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that has arrived.

    Parameters
    ----------
    path : Path
        Where it is now.
    sha256 : str
        Of what lies there, read back.
    n_kept : int
        Bytes that were there from an earlier attempt.
    """

    path: Path
    sha256: str
    n_kept: int


def upload(
    file: Path,
    folder: Path,
    *,
    force: bool = False,
    progress: Progress = lambda done: None,
    piece: int = PIECE,
) -> Uploaded:
    """Bring a file to a folder.

    Parameters
    ----------
    file : Path
    folder : Path
        Made where there is none.
    force : bool
        Whether another file of that name may be replaced.
    progress : callable
        Called with the share that is done, after each piece.
    piece : int
        Bytes that are written at once.

    Raises
    ------
    UserError
        If one of them cannot be used, another file is there, or what was read back differs.
    """
    target, part = folder / file.name, folder / f"{file.name}{PART}"
    try:
        make_folders(folder)
        with file.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
            if target.exists() and _digest(target) == digest:
                n_kept = target.stat().st_size
            else:
                _refuse_other(target, force=force)
                n_kept = _send(source, part, progress, piece)
                _publish(part, target, digest)
        replace_text(folder / f"{file.name}{SUM}", f"{digest}  {file.name}\n")
    except OSError as error:
        raise UserError(
            "{file} was not brought to {folder} as a whole: {reason}. The same command goes on "
            "where it stopped.",
            file=file, folder=folder, reason=why(error),
        ) from error  # fmt: skip
    return Uploaded(target, digest, n_kept)


def _refuse_other(target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise UserError(
            "{path} exists already and is another file: choose another folder or replace it with "
            "--force.",
            path=target,
        )


def _send(source: BinaryIO, part: Path, progress: Progress, piece: int) -> int:
    """Write what is missing of a file; return how much was there."""
    size = max(1, os.fstat(source.fileno()).st_size)
    with part.open("r+b" if part.exists() else "x+b") as target:
        n_kept = _equal(source, target, piece)
        target.truncate(n_kept)
        source.seek(n_kept)
        target.seek(n_kept)
        while content := source.read(piece):
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
            progress(target.tell() / size)
    return n_kept


def _equal(source: BinaryIO, target: BinaryIO, piece: int) -> int:
    """Return how many bytes of the beginning are the same, in whole pieces."""
    source.seek(0)
    n_bytes = 0
    while (content := source.read(piece)) and content == target.read(piece):
        n_bytes += len(content)
    return n_bytes


def _publish(part: Path, target: Path, digest: str) -> None:
    if _digest(part) != digest:
        part.unlink()
        raise UserError(
            "What lies in {folder} is not what was sent, and was removed: check that disk, then "
            "try again.",
            folder=target.parent,
        )
    os.replace(part, target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
