"""Files that appear whole, under their name, or not at all.

Responsible for the folder in which exports are made, for moving what is complete to its place,
encrypted where that is wanted, and for never replacing a file that nobody gave up. Not responsible
for what is in the files.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.export import age, first_format
from neurofeedback.export.stream import Stream
from neurofeedback.recording.files import make_folders, why
from neurofeedback.words.message import Message

ENCRYPTED = ".age"
ENCRYPTED_FIRST = ".enc"  # by version 0.1

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer says of the file it made.

    Parameters
    ----------
    rounding : float
        Largest difference, in µV, between a sample as recorded and as the file has it.
    remarks : tuple of Message
        What a reader of the file must know, a sentence each.
    """

    rounding: float = 0.0
    remarks: tuple[Message, ...] = ()


def share(progress: Progress, i: int, n: int) -> Progress:
    """Return the progress of the `i`-th of `n` equal parts."""
    return lambda done: progress((i + done) / n)


@contextmanager
def workshop(folder: Path) -> Iterator[Path]:
    """Make a private folder inside `folder`, for the body; nothing of it stays.

    Raises
    ------
    UserError
        If nothing can be made there.
    """
    try:
        make_folders(folder)
        made = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    except OSError as error:
        reason = why(error)
        if folder.is_file():
            reason = Message("a file of that name already exists")
        raise UserError(
            "Nothing can be written to {folder}: {reason}; choose another folder.",
            folder=folder,
            reason=reason,
        ) from error
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def refuse_existing(targets: Iterable[Path], *, force: bool) -> None:
    """Refuse where a target is there already, unless it may be replaced.

    Raises
    ------
    UserError
        If one is.
    """
    for target in targets:
        if target.is_dir():
            raise UserError("{path} exists already: choose another folder.", path=target)
        if target.exists() and not force:
            raise UserError(
                "{path} exists already: choose another folder or replace it with --force.",
                path=target,
            )


def publish(made: Path, target: Path, *, force: bool) -> None:
    """Move a complete file to its place.

    Raises
    ------
    UserError
        If a file is there by now, and may not be replaced.
    """
    refuse_existing([target], force=force)
    made.chmod(0o600)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(made, target)


def encrypt_file(plain: Path, passphrase: str, progress: Progress = lambda done: None) -> Path:
    """Put an encrypted file in the place of a plain one, and return its path.

    Raises
    ------
    UserError
        If the passphrase is too short.
    """
    locked = plain.with_name(plain.name + ENCRYPTED)
    size = max(plain.stat().st_size, 1)
    with plain.open("rb") as source, locked.open("xb") as target:
        stream = age.write_head(target, passphrase)
        stream.encrypt(source, target, lambda n_bytes: progress(n_bytes / size))
    plain.unlink()
    return locked


def decrypt_file(
    locked: Path,
    target: Path,
    passphrase: str,
    *,
    force: bool = False,
    progress: Progress = lambda done: None,
) -> None:
    """Decrypt a file; the plain one appears when all of it has proved genuine.

    Parameters
    ----------
    locked, target : Path
    passphrase : str
    force : bool
        Whether `target` may be replaced.
    progress : callable
        Called with the share that is done.

    Raises
    ------
    UserError
        If the file cannot be read, is not one that a passphrase opens, was damaged, the passphrase
        is another, or the target exists.
    """
    refuse_existing([target], force=force)
    try:
        source = locked.open("rb")
    except OSError as error:
        raise UserError(
            "{path} cannot be read: {reason}.", path=locked, reason=why(error)
        ) from error
    with source:
        stream = _stream(source, passphrase, str(locked))
        size = max(locked.stat().st_size, 1)
        with workshop(target.parent) as folder:
            made = folder / "plain"
            with made.open("xb") as file:
                stream.decrypt(source, file, str(locked), lambda n_bytes: progress(n_bytes / size))
            publish(made, target, force=force)


def _stream(source: BufferedReader, passphrase: str, name: str) -> Stream:
    """Read the beginning of an encrypted file of either format."""
    first_line = source.readline(len(age.FIRST_LINE))
    if first_line == age.FIRST_LINE:
        return age.read_head(source, passphrase, name)
    if first_line == first_format.FIRST_LINE:
        return first_format.read_head(source, passphrase, name)
    raise UserError(
        "{name} is neither a binary age file nor an export that version 0.1 "
        "encrypted; choose another.",
        name=name,
    )
