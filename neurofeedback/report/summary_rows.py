"""Log and feedback table of a session as far as they can be read.

Responsible for reading them up to the first line that cannot be trusted, and for saying so: an
summary is wanted of a damaged session too. Not responsible for computing anything from them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import intern

import numpy as np
from numpy.typing import NDArray

from neurofeedback.events import Event
from neurofeedback.frames import SETTLING, FloatArray, IntArray
from neurofeedback.protocols.run.evaluator import PAUSED
from neurofeedback.recording.read.lines import TABLE, Lines, read_log
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.tables import FED, MISSING, to_float
from neurofeedback.words.message import Message

_FEATURE = "feature_"
LINES_EACH = 1000  # between two words of progress

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Rows:
    """The frames of a session, shape (n_frames,) each.

    Parameters
    ----------
    samples, blocks : ndarray of int64
        Absolute sample numbers; indices in the schedule, -1 for none.
    held : ndarray of str
        Why feedback was held; empty for not.
    fed, threshold : ndarray of float64
        What was fed back, and its threshold; NaN where unknown or sealed.
    success, reward : ndarray of bool
    features : dict of str to ndarray of float64
        The brain's own, by name.
    frame_seconds : float
        Stream time between frames, s.
    """

    samples: IntArray
    blocks: IntArray
    held: NDArray[np.str_]
    fed: FloatArray
    threshold: FloatArray
    success: NDArray[np.bool_]
    reward: NDArray[np.bool_]
    features: dict[str, FloatArray]
    frame_seconds: float

    def running(self, rows: slice) -> NDArray[np.bool_]:
        """Return in which of some frames the protocol was not paused."""
        return np.asarray(self.held[rows] != PAUSED)

    def clean(self, rows: slice | IntArray) -> NDArray[np.bool_]:
        """Return which of some frames were not held."""
        return np.asarray(self.held[rows] == "")

    def within(self, start: int, stop: int, block: int) -> slice:
        """Return the rows of a block from sample `start` up to, not including, `stop`."""
        first, last = np.searchsorted(self.samples, [start, stop])
        other = np.flatnonzero(self.blocks[first:last] != block)
        return slice(int(first), int(first + other[0] if other.size else last))


def read_events(reader: SessionReader) -> tuple[list[Event], list[Message]]:
    """Return the events up to the first line that cannot be trusted, and what is wrong there."""
    log = read_log(reader.layout.log)
    events: list[Event] = []
    for number, line in enumerate(log.texts, start=1):
        try:
            events.append(Event.from_json(line))
        except (ValueError, TypeError, OverflowError, RecursionError):
            path = reader.layout.log
            return events, [Message("{path}, line {number}: no event.", path=path, number=number)]
    return events, [log.problem] if log.problem else []


def read_rows(
    reader: SessionReader, progress: Progress = lambda _: None
) -> tuple[Rows, list[Message]]:
    """Return the frames whose samples are there, and what is wrong with the table.

    Parameters
    ----------
    reader : SessionReader
        Of the session.
    progress : callable
        Is told now and then which share is read, 0..1.
    """
    n_told, size = 0, max(_size(reader.layout.feedback), 1)
    lines = Lines(reader.layout.feedback, TABLE)
    problems = []
    stop = _stop_sample(reader)
    columns = _Columns()
    try:
        for number, line in enumerate(lines):
            columns.add(line.split("\t"))
            n_told += len(line) + 1
            if number % LINES_EACH == 0:
                progress(min(n_told / size, 1.0))
        rows = columns.rows(reader.info.sfreq, stop)
    except (ValueError, KeyError, OverflowError) as error:
        problems.append(
            Message(
                "{path}: its columns cannot be understood ({reason}).",
                path=reader.layout.feedback, reason=error,
            )
        )  # fmt: skip
        rows = _Columns().rows(reader.info.sfreq, stop)
    progress(1.0)
    return rows, [*([lines.problem] if lines.problem else []), *problems]


def _size(path: Path) -> int:
    """Return the length of a file in bytes; 0 where there is none."""
    return path.stat().st_size if path.is_file() else 0


def rows_of(reader: SessionReader, columns: Mapping[str, Sequence[str]]) -> Rows:
    """Return the frames of a feedback table that was read or computed already.

    Parameters
    ----------
    reader : SessionReader
        Of the session.
    columns : mapping of str to sequence of str
        Columns as raw text.

    Raises
    ------
    ValueError, KeyError, OverflowError
        If a column is missing or holds something else.
    """
    table = _Columns()
    if columns:
        table.add(list(columns))
        for cells in zip(*columns.values(), strict=True):
            table.add(cells)
    return table.rows(reader.info.sfreq, _stop_sample(reader))


def _stop_sample(reader: SessionReader) -> int:
    return reader.chunk_rows[-1].stop_sample if reader.chunk_rows else 0


def settled(held: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return causes with settling counted for what came before it, as the log does."""
    found = held.astype(object)
    for i in range(1, len(found)):
        if found[i] == SETTLING and found[i - 1] not in ("", PAUSED):
            found[i] = found[i - 1]
    return found.astype(np.str_)


class _Columns:
    """The columns of a table while it is read, each as narrow as its numbers are."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._texts: dict[str, list[str]] = {"held": []}
        self._integers = {"sample": array("q"), "block": array("q")}
        self._truths = {"success": array("b"), "reward": array("b")}
        self._floats: dict[str, array[float]] = {}

    def add(self, cells: Sequence[str]) -> None:
        """Add a line: the header first.

        Raises
        ------
        ValueError, OverflowError
            If it has another number of cells, or one that is no number.
        """
        if not self._names:
            self._names = list(cells)
            numbers = [n for n in cells if n.startswith(_FEATURE)] + ["feature", "threshold"]
            self._floats = {name: array("d") for name in numbers}
            return
        row = dict(zip(self._names, cells, strict=True))
        for name, floats in self._floats.items():
            floats.append(to_float(_cell(row, name)))
        for name, integers in self._integers.items():
            integers.append(-1 if name == "block" and row[name] == MISSING else int(row[name]))
        for name, truths in self._truths.items():
            truths.append(_cell(row, name) == "1")
        held = row["held"]
        self._texts["held"].append("" if held == MISSING else intern(held))

    def rows(self, sfreq: float, stop: int) -> Rows:
        """Return the frames of samples before `stop`."""
        samples = np.array(self._integers["sample"], dtype=np.int64)
        there = samples < stop
        floats = {
            name: np.array(values, dtype=np.float64)[there] for name, values in self._floats.items()
        }
        truths = {
            name: np.array(values, dtype=np.bool_)[there] for name, values in self._truths.items()
        }
        steps = np.diff(samples[there])
        nothing = np.empty(0)
        return Rows(
            samples[there],
            np.array(self._integers["block"], dtype=np.int64)[there],
            np.array(self._texts["held"], dtype=np.str_)[there],
            floats.get("feature", nothing),
            floats.get("threshold", nothing),
            truths["success"],
            truths["reward"],
            {
                name.removeprefix(_FEATURE): values
                for name, values in floats.items()
                if name.startswith(_FEATURE)
            },
            float(np.median(steps)) / sfreq if steps.size else 0.0,
        )


def _cell(row: dict[str, str], name: str) -> str:
    """Return a cell; where what was fed back is sealed, its columns may be missing."""
    return MISSING if name in FED and name not in row else row[name]
