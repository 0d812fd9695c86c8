"""Ways in which a disk fails under a running session.

Real ones wherever the system lets us: a file system of its own that is filled, a file that takes
no more writes, a folder that is removed. Slow writes are made by waiting before the system's call.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neurofeedback.recording.write import append_file
from neurofeedback.recording.write.writer import SessionRecorder

Undo = Callable[[], None]
LEFT = 150_000  # bytes that are left on a disk that is filled


class NotHere(Exception):
    """This system does not let us break a disk in that way."""


@contextmanager
def small_disk(where: Path, size: str = "300m", options: str = "") -> Iterator[Path]:
    """Mount a small file system; raises NotHere where that is not allowed."""
    where.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}{options}", "tmpfs", str(where)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(f"no file system may be mounted here: {done.stderr.strip()}")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def fill(recorder: SessionRecorder) -> Undo:
    """Fill the disk up; undone by removing what filled it."""
    root = recorder.layout.root.parent
    ballast = root / "ballast"
    with ballast.open("wb") as file:
        while (free := shutil.disk_usage(root).free) > LEFT:
            size = os.fstat(file.fileno()).st_size
            with suppress(OSError):  # the session took of it meanwhile
                os.posix_fallocate(file.fileno(), size, free - LEFT // 2)
    return ballast.unlink


def broken(name: str) -> Callable[[SessionRecorder], Undo]:
    """Have every write to a file fail with an input/output error."""
    return lambda recorder: _instead(recorder, name, "/proc/self/mem")


def unconfirmed(recorder: SessionRecorder) -> Undo:
    """Have writes succeed that no sync ever confirms."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    _pipe_size(writing)
    os.dup2(writing, _file(recorder, "raw").fileno())
    os.close(writing)
    return lambda: os.close(reading)


def protected(recorder: SessionRecorder) -> Undo:
    """Make the data file read-only, for root too; raises NotHere where that is not possible."""
    path = str(_file(recorder, "raw").path)
    done = subprocess.run(["chattr", "+i", path], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(f"no file can be protected here: {done.stderr.strip()}")
    return lambda: subprocess.run(["chattr", "-i", path], check=True) and None


def removed(recorder: SessionRecorder) -> Undo:
    """Remove the session's folder."""
    shutil.rmtree(recorder.layout.session_dir)
    return lambda: None


def moved(recorder: SessionRecorder) -> Undo:
    """Move the whole dataset away."""
    root = recorder.layout.root
    root.rename(root.with_name("elsewhere"))
    return lambda: None


def slow(seconds: float, ending: str = "") -> Callable[[SessionRecorder], Undo]:
    """Have each write take so long; of all files, or of that whose name ends so."""

    def fault(recorder: SessionRecorder) -> Undo:
        files = [file for file in _files(recorder).values() if file.path.name.endswith(ending)]
        for file in files:
            _wait_before(file, seconds)
        return lambda: [vars(file).pop("_write") for file in files] and None

    return fault


def _wait_before(file: append_file.AppendFile, seconds: float) -> None:
    write = getattr(file, "_write")  # noqa: B009

    def slowly(data: bytes) -> int:
        time.sleep(seconds)
        return write(data)

    setattr(file, "_write", slowly)  # noqa: B010


def slow_sync(seconds: float) -> Callable[[SessionRecorder], Undo]:
    """Have each sync of a file take so long."""

    def fault(recorder: SessionRecorder) -> Undo:
        true = append_file._sync_data  # noqa: SLF001

        def sync(fd: int) -> None:
            time.sleep(seconds)
            true(fd)

        append_file._sync_data = sync  # noqa: SLF001

        def undo() -> None:
            append_file._sync_data = true  # noqa: SLF001

        return undo

    return fault


def _files(recorder: SessionRecorder) -> dict[str, append_file.AppendFile]:
    return recorder._part.files  # noqa: SLF001


def _file(recorder: SessionRecorder, name: str) -> append_file.AppendFile:
    return _files(recorder)[name]


def _instead(recorder: SessionRecorder, name: str, device: str) -> Undo:
    """Put a device in the place of an open file."""
    file = _file(recorder, name)
    fd = file.fileno()
    kept, other = os.dup(fd), os.open(device, os.O_RDWR)
    os.dup2(other, fd)
    os.close(other)

    def undo() -> None:
        if vars(file)["_fd"] == fd:  # not closed meanwhile
            os.dup2(kept, fd)
        os.close(kept)

    return undo


def _pipe_size(fd: int) -> None:
    """Make a pipe take as much as it can, so that writing to it does not fail first."""
    import fcntl

    fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, 1 << 20)
