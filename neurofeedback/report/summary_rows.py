"""Log and feedback table of a session as far as they can be read.

Responsible for reading them up to the first line that cannot be trusted, and for saying so: an
summary is wanted of a damaged session too. Not responsible for computing anything from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofeedback.events import Event
from neurofeedback.frames import SETTLING, FloatArray, IntArray
from neurofeedback.protocols.run.evaluator import PAUSED
from neurofeedback.recording.read.lines import read_log, read_table
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.tables import FED, MISSING, to_float
from neurofeedback.words.message import Message

_FEATURE = "feature_"


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


def read_rows(reader: SessionReader) -> tuple[Rows, list[Message]]:
    """Return the frames whose samples are there, and what is wrong with the table."""
    table = read_table(reader.layout.feedback)
    problems = [table.problem] if table.problem else []
    names = table.texts[0].split("\t") if table.texts else []
    lines = [line.split("\t") for line in table.texts[1:]]
    stop = _stop_sample(reader)
    try:
        columns: dict[str, Sequence[str]] = {}
        if lines:
            columns.update(zip(names, zip(*lines, strict=True), strict=True))
        return _rows(columns, reader.info.sfreq, stop), problems
    except (ValueError, KeyError, OverflowError) as error:
        problems.append(
            Message(
                "{path}: its columns cannot be understood ({reason}).",
                path=reader.layout.feedback, reason=error,
            )
        )  # fmt: skip
        return _rows({}, reader.info.sfreq, stop), problems


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
    return _rows(columns, reader.info.sfreq, _stop_sample(reader))


def _stop_sample(reader: SessionReader) -> int:
    return reader.chunk_rows[-1].stop_sample if reader.chunk_rows else 0


def settled(held: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return causes with settling counted for what came before it, as the log does."""
    found = held.astype(object)
    for i in range(1, len(found)):
        if found[i] == SETTLING and found[i - 1] not in ("", PAUSED):
            found[i] = found[i - 1]
    return found.astype(np.str_)


def _rows(columns: Mapping[str, Sequence[str]], sfreq: float, stop: int) -> Rows:
    empty: Sequence[str] = ()

    def text(name: str) -> Sequence[str]:
        if name in FED and name not in columns:  # sealed
            return [MISSING] * len(text("sample"))
        return columns[name] if columns else empty

    def floats(name: str) -> FloatArray:
        return np.array([to_float(cell) for cell in text(name)], dtype=np.float64)

    samples = np.array([int(cell) for cell in text("sample")], dtype=np.int64)
    there = samples < stop
    block = [-1 if cell == MISSING else int(cell) for cell in text("block")]
    steps = np.diff(samples[there])
    return Rows(
        samples[there],
        np.array(block, dtype=np.int64)[there],
        np.array(["" if c == MISSING else c for c in text("held")], dtype=np.str_)[there],
        floats("feature")[there],
        floats("threshold")[there],
        np.array([c == "1" for c in text("success")], dtype=np.bool_)[there],
        np.array([c == "1" for c in text("reward")], dtype=np.bool_)[there],
        {
            name.removeprefix(_FEATURE): floats(name)[there]
            for name in columns
            if name.startswith(_FEATURE)
        },
        float(np.median(steps)) / sfreq if steps.size else 0.0,
    )
