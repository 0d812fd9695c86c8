"""Files that only grow, and small files that appear whole.

Responsible for getting bytes to disk in such a way that an append is there wholly or not at all,
and for saying in one sentence why it failed. Not responsible for what the bytes mean.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neurofeedback.errors import UserError

FILE_MODE = 0o600
FOLDER_MODE = 0o700
MIN_FREE_BYTES = 200_000_000

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_sync_data = getattr(os, "fdatasync", os.fsync)


class RecordingError(Exception):
    """Something could not be recorded: one sentence saying what, where and why."""


class AppendFile:
    """A file that only grows, written without a buffer.

    A failed append is taken back, so that it may be tried again when the cause is mended.

    Parameters
    ----------
    path : Path
        The file; it must not exist yet.
    head : bytes
        First bytes of the file.
    late : bool
        Whether the file is made by the first append that is not empty, not at once.

    Raises
    ------
    FileExistsError
        If the file exists.
    OSError
        If it cannot be created.
    RecordingError
        If `head` cannot be written.
    """

    def __init__(self, path: Path, head: bytes = b"", *, late: bool = False) -> None:
        self.path = path
        self._fd: int | None = None
        self._size = 0
        self._closed = False
        self._broken = False
        if late:
            return
        self._fd = os.open(path, _CREATE, FILE_MODE)
        try:
            self.append(head)
        except RecordingError:
            self.close()
            raise

    @property
    def size(self) -> int:
        """Number of bytes appended."""
        return self._size

    def append(self, data: bytes | memoryview) -> None:
        """Append bytes; after an error the file is as it was before.

        Parameters
        ----------
        data : bytes or memoryview
            One byte an item.

        Raises
        ------
        RecordingError
            If they could not all be written.
        """
        with self._taken_back_on_error():
            self._size += self._write(data)

    def append_line_committed(self, line: str) -> None:
        """Append a line that no reader ever sees half written, not even after a kill.

        It is written with a ``;`` (a comment in BrainVision files) in the place of its first
        character, which follows when the rest is there.

        Parameters
        ----------
        line : str
            Not empty, with its line break.

        Raises
        ------
        RecordingError
            If it could not be written.
        """
        data = line.encode()
        with self._taken_back_on_error():
            n_bytes = self._write(b";" + data[1:])
            fd = self._made()
            os.lseek(fd, self._size, os.SEEK_SET)
            self._write(data[:1])
            os.lseek(fd, 0, os.SEEK_END)
            self._size += n_bytes

    def cut(self, size: int) -> None:
        """Cut the file back to its first `size` bytes; if that fails nothing more is appended."""
        if self._fd is None:
            return
        try:
            os.ftruncate(self._fd, size)
            os.lseek(self._fd, size, os.SEEK_SET)
        except OSError:
            self._broken = True
        else:
            self._size = size

    def sync(self) -> None:
        """Wait until the bytes are on the disk.

        Raises
        ------
        RecordingError
            If the disk does not take them.
        """
        if self._fd is None:
            return
        try:
            _sync_data(self._fd)
        except OSError as error:
            raise _failed(self.path, error) from error

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._closed = True
        if self._fd is not None:
            fd, self._fd = self._fd, None
            os.close(fd)

    def _made(self) -> int:
        if self._fd is None:
            self._fd = os.open(self.path, _CREATE, FILE_MODE)
            sync_folder(self.path.parent)
        return self._fd

    def _write(self, data: bytes | memoryview) -> int:
        rest = memoryview(data)
        n_bytes = len(rest)
        while rest:
            rest = rest[os.write(self._made(), rest) :]
        return n_bytes

    @contextmanager
    def _taken_back_on_error(self) -> Iterator[None]:
        if self._closed:
            raise RecordingError(f"{self.path} is closed: the recording has ended.")
        if self._broken:
            raise RecordingError(
                f"Recording to {self.path} failed before and the file could not be set right; "
                "nothing more is appended to it."
            )
        try:
            yield
        except OSError as error:
            self.cut(self._size)
            raise _failed(self.path, error) from error
        except BaseException:  # The user's interrupt, for one.
            self.cut(self._size)
            raise


@contextmanager
def all_or_nothing(*files: AppendFile) -> Iterator[None]:
    """Take back what was appended to any of `files` when the body fails."""
    sizes = [file.size for file in files]
    try:
        yield
    except BaseException:
        for file, size in zip(files, sizes, strict=True):
            if file.size != size:
                file.cut(size)
        raise


def to_bytes(text: str) -> bytes:
    """Return text as UTF-8; what has no place in it is escaped as JSON would."""
    return text.encode("utf-8", "backslashreplace")


def replace_text(path: Path, text: str) -> None:
    """Write a small file so that a reader finds either the old or the new one, whole.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    fd = os.open(temporary, _CREATE, FILE_MODE)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(to_bytes(text))
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
            f"There is too little space in {folder}: {free / 1e6:.0f} MB are free and "
            f"{n_bytes / 1e6:.0f} MB are needed; free some or choose another output folder."
        )


def why(error: OSError) -> str:
    """Return the system's reason for an error as the end of a sentence, without full stop."""
    text = error.strerror or type(error).__name__
    return text[0].lower() + text[1:]


def _failed(path: Path, error: OSError) -> RecordingError:
    return RecordingError(
        f"Recording to {path} failed: {why(error)}; free space or check the disk."
    )
