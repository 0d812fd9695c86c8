"""A file that only grows.

Responsible for getting bytes to disk in such a way that an append is there wholly or not at all,
and for stopping when the disk has lost some. Not responsible for what the bytes mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurofeedback.recording.files import FILE_MODE, RecordingError, sync_folder, why

COPY_BYTES = 1 << 20

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_REOPEN = os.O_RDWR | getattr(os, "O_BINARY", 0)
_sync_data = getattr(os, "fdatasync", os.fsync)


class AppendFile:
    """A file that only grows, written without a buffer.

    A failed append is taken back, so that it may be tried again when the cause is mended; nothing
    more is appended before it could be taken back. After a failed sync, which may have lost bytes
    without a trace, nothing more is appended.

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
        self._dirty = False
        self._closed = False
        self._torn = False
        self._broken = False
        if late:
            return
        self._fd = os.open(path, _CREATE, FILE_MODE)
        try:
            self.append(head)
        except RecordingError:
            self.close()
            raise

    @classmethod
    def reopened(cls, path: Path, *, late: bool = False) -> AppendFile:
        """Return a file that was let go of, to be appended to again.

        Parameters
        ----------
        path : Path
            The file.
        late : bool
            As for the constructor: the file may be missing, and is made then by the first append.

        Raises
        ------
        OSError
            If it cannot be opened.
        """
        file = cls(path, late=True)
        if late and not path.exists():
            return file
        file._fd = os.open(path, _REOPEN)
        file._size = os.lseek(file._fd, 0, os.SEEK_END)
        return file

    @property
    def size(self) -> int:
        """Number of bytes in the file."""
        return self._size

    @property
    def vanished(self) -> bool:
        """Whether the file was removed or moved away; what is appended then ends up nowhere."""
        if self._fd is None:
            return False
        try:
            return os.fstat(self._fd).st_nlink == 0 or not os.path.lexists(self.path)
        except OSError:
            return False  # The next append will tell.

    def fileno(self) -> int:
        """Return the descriptor of the file, which must be open."""
        if self._fd is None:
            raise ValueError(f"{self.path} is not open.")
        return self._fd

    def append(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes; after an error the file is as it was before.

        Parameters
        ----------
        data : bytes, bytearray or memoryview
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
        """Cut the file back to its first `size` bytes.

        If that fails it is tried again before anything more is appended.
        """
        self._size = size
        if self._fd is None:
            return
        try:
            os.ftruncate(self._fd, size)
            os.lseek(self._fd, size, os.SEEK_SET)
        except OSError:
            self._torn = True
        else:
            self._torn = False

    def sync(self) -> None:
        """Wait until the bytes are on the disk.

        Raises
        ------
        RecordingError
            If the disk does not take them.
        """
        if self._fd is None or not self._dirty:
            return
        self._dirty = False  # Whatever is appended from here on is for the next call.
        try:
            _sync_data(self._fd)
        except OSError as error:
            self._broken = True  # A second try would succeed, whether or not bytes were lost.
            raise _failed(self.path, error) from error

    def copied_to(self, path: Path) -> AppendFile:
        """Return a new file with the same bytes, taken from the open one even if it was removed.

        Raises
        ------
        OSError, RecordingError
            If a byte cannot be read or written.
        """
        copy = AppendFile(path, late=self._fd is None)
        try:
            while copy.size < self._size:
                data = os.pread(self.fileno(), min(COPY_BYTES, self._size - copy.size), copy.size)
                if not data:
                    raise RecordingError(
                        "{path} is shorter than what was written to it.", path=self.path
                    )
                copy.append(data)
        except BaseException:
            copy.close()
            raise
        return copy

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

    def _write(self, data: bytes | bytearray | memoryview) -> int:
        rest = memoryview(data)
        n_bytes = len(rest)
        self._dirty = True
        while rest:
            rest = rest[os.write(self._made(), rest) :]
        return n_bytes

    @contextmanager
    def _taken_back_on_error(self) -> Iterator[None]:
        if self._closed:
            raise RecordingError("{path} is closed: the recording has ended.", path=self.path)
        if self._torn:
            self.cut(self._size)
        if self._broken or self._torn:
            raise RecordingError(
                "Recording to {path} failed before and the file could not be set right; "
                "nothing more is appended to it.",
                path=self.path,
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


def _failed(path: Path, error: OSError) -> RecordingError:
    return RecordingError(
        "Recording to {path} failed: {reason}; free space or check the disk.",
        path=path,
        reason=why(error),
    )
