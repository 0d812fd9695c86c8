"""A library that reads files, in a process of its own.

On a damaged file some libraries end the program instead of refusing it, spoil its memory so that
it ends later, or never return. Such a library is loaded by a child process alone; if that ends, or
does not answer in time, one file is refused.

Responsible for the process and what is said to it: a line that names rows, and back a line of JSON,
then their samples. Not responsible for any format. A module for one library, to be run as
``python -m MODULE FILE``, calls `serve`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

LONGEST = 60.0  # s that an answer may take; of a stretch of samples it takes milliseconds


class ProcessEnded(Exception):
    """The process is gone, by itself or because it did not answer."""


class Library(Protocol):
    """A file that a library has opened."""

    def head(self) -> dict[str, Any]:
        """Return all but the samples, as JSON can hold it."""

    def rows(self, start: int, stop: int) -> NDArray[np.generic]:
        """Return samples, shape (stop - start, n_channels)."""


class Apart:
    """A file that is read in a process of its own, which lives as long as this does.

    Parameters
    ----------
    module : str
        What is run there; see `serve`.
    path : Path
        The file.

    Attributes
    ----------
    head : dict
        All but the samples.

    Raises
    ------
    ValueError
        If the library refuses the file.
    ProcessEnded
        If the library ended the process, or did not return.
    """

    def __init__(self, module: str, path: Path) -> None:
        # Modules are found where this program found them; -P: and not where the user happens to be.
        paths = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(path.absolute())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths},
        )  # fmt: skip
        self._lock = threading.Lock()
        self.close = weakref.finalize(self, _end, self._process)
        with self._in_time():
            self.head = self._line()

    def rows(self, start: int, stop: int) -> NDArray[np.generic]:
        """Return samples, shape (stop - start, n_channels).

        Raises
        ------
        ValueError
            If the library cannot read them.
        ProcessEnded
            If the library ended the process, now or before, or did not return.
        """
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answered is not None
        with self._lock, self._in_time():
            try:
                asked.write(f"{start} {stop}\n".encode())
                asked.flush()
            except OSError as error:
                raise ProcessEnded from error
            told = self._line()
            content = answered.read(told["n_bytes"])
        if len(content) < told["n_bytes"]:
            raise ProcessEnded
        return np.frombuffer(content, dtype=told["dtype"]).reshape(told["shape"])

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Kill the process if what it is asked takes too long; whoever waits reads its end."""
        limit = threading.Timer(LONGEST, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            yield
        finally:
            limit.cancel()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise ProcessEnded
        told: dict[str, Any] = json.loads(line)
        if "refused" in told:
            raise ValueError(told["refused"])
        return told


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has nothing to lose, and close what led to it."""
    process.kill()
    with suppress(OSError):  # what was not written yet
        process.communicate()


def serve(opened: Callable[[Path], Library]) -> None:
    """Open the file of the command line and answer until nobody asks; run in the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that asks
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints is no answer
    try:
        file = opened(Path(sys.argv[1]))
        _answer(answers, file.head())
    except Exception as error:  # a reader meets a broken file in more ways than can be listed
        _answer(answers, {"refused": str(error)})
        return
    for line in sys.stdin.buffer:
        start, stop = map(int, line.split())
        try:
            rows = np.ascontiguousarray(file.rows(start, stop))
        except Exception as error:
            _answer(answers, {"refused": str(error)})
            continue
        told = {"shape": rows.shape, "dtype": rows.dtype.str, "n_bytes": rows.nbytes}
        _answer(answers, told, rows.tobytes())


def _answer(answers: BinaryIO, told: dict[str, Any], samples: bytes = b"") -> None:
    answers.write(json.dumps(told).encode() + b"\n" + samples)
    answers.flush()
