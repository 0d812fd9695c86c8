"""Small files that appear whole, folders, free space, and the lock of a session.

Responsible for what all who write a session need of the file system, and for saying in one sentence
why it failed. Not responsible for files that grow (`recording.write.append_file`).
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from neurofeedback.errors import ReadableError, UserError
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

FILE_MODE = 0o600
FOLDER_MODE = 0o700
MIN_FREE_BYTES = 200_000_000

_REASONS = (
    later("no space left on device"), later("permission denied"), later("operation not permitted"),
    later("no such file or directory"), later("not a directory"), later("is a directory"),
    later("file exists"), later("read-only file system"), later("input/output error"),
    later("file name too long"), later("file too large"), later("disk quota exceeded"),
    later("too many open files"), later("device or resource busy"), later("stale file handle"),
    later("transport endpoint is not connected"), later("invalid argument"),
)  # fmt: skip

_LOCKED_BYTE = 1 << 40  # Windows keeps others from reading what is locked; nothing is there.

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class RecordingError(ReadableError):
    """Something could not be recorded: one sentence saying what, where and why."""


def to_bytes(text: str) -> bytes:
    """Return text as UTF-8; what has no place in it is escaped as JSON would."""
    return text.encode("utf-8", "backslashreplace")


def replace_text(path: Path, text: str) -> None:
    """Write a small file of text; see `replace_bytes`."""
    replace_bytes(path, to_bytes(text))


def replace_bytes(path: Path, data: bytes) -> None:
    """Write a small file so that a reader finds either the old or the new one, whole.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    # The number of a process is its own on one computer alone, and a folder may be shared.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    fd = os.open(temporary, _CREATE, FILE_MODE)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def write_text_once(path: Path, text: str) -> None:
    """Write a small file unless there is one of that name; see `replace_text`."""
    if not path.exists():
        replace_text(path, text)


def make_folders(path: Path) -> None:
    """Make a folder and those above it, private to the user; existing ones are left alone.

    Raises
    ------
    OSError
        If one cannot be made, or a file is in the way.
    """
    missing = []
    while not path.is_dir():
        missing.append(path)
        if path == path.parent:
            break
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def check_free_space(folder: Path, n_bytes: int) -> None:
    """Refuse to start where less than `n_bytes` are free.

    Raises
    ------
    UserError
        If space is short.
    OSError
        If the folder cannot be asked.
    """
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise UserError(
            "There is too little space in {folder}: {free:.0f} MB are free and "
            "{needed:.0f} MB are needed; free some space or choose another output folder.",
            folder=folder,
            free=free / 1e6,
            needed=n_bytes / 1e6,
        )


def why(error: OSError) -> Message:
    """Return the system's reason for an error as the end of a sentence, without full stop.

    The system says it in English; `_REASONS` puts the common ones into the catalogue.
    """
    text = error.strerror or type(error).__name__
    reason = text[0].lower() + text[1:]
    return Message(reason)


def take_lock(fd: int) -> bool:
    """Take the lock of an open file, unless another holds it; return whether it was taken.

    The system gives it back when the file is closed, and so when the program is killed: a lock is
    never left behind. Where a file system knows no locks it is as if nobody held one.
    """
    if sys.platform == "win32":
        import msvcrt

        place = os.lseek(fd, 0, os.SEEK_CUR)
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(fd, place, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
    return True
