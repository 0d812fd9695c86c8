"""Samples that stay in their file until they are asked for.

Responsible for rows of a recording that are read in stretches, so that the memory a recording takes
does not grow with its length. Not responsible for any format, nor for units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from neurofeedback.frames import FloatArray, from_storage, read_only, to_storage

# Values that are read at once: 2 MB, and a few seconds of any recording. Not a power of two: rows
# a power of two apart share a few lines of the cache, and turning them over takes six times as
# long.
STRETCH = 250_000


def any_numbers() -> np.errstate:
    """Return what allows samples of a broken file: no numbers, or beyond all bounds."""
    return np.errstate(invalid="ignore", over="ignore")


class Rows(Protocol):
    """Rows that can be had by slices, wherever they are; a NumPy array is one of these."""

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array of all rows."""
        ...

    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the rows, in order and without a step."""
        ...


class StoredRows:
    """Rows in volts, each value exactly what a stored float32 scales to.

    Parameters
    ----------
    values : Rows
        As a reader gives them, shape (n_times, n_channels).
    factors : ndarray, shape (n_channels,)
        From these to volts.
    scale : ndarray, shape (n_channels,)
        `StreamInfo.storage_scale`.
    """

    def __init__(self, values: Rows, factors: FloatArray, scale: FloatArray) -> None:
        self._values, self._factors, self._scale = values, factors, scale
        self.shape = values.shape

    @any_numbers()
    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the rows; a new array."""
        volts = self._values[rows] * self._factors
        return from_storage(to_storage(volts, self._scale), self._scale)


class Stretches:
    """Rows of others, read a stretch at a time; the last stretch is kept.

    Stretches begin at multiples of their length, so that small steps through a recording read every
    row once, and the same rows are read together whoever asks.

    Parameters
    ----------
    rows : Rows
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.shape = rows.shape
        self._n = max(1, STRETCH // math.prod(self.shape[1:]))
        self._kept: tuple[int, FloatArray] = (-1, np.empty(0))  # replaced as a whole: any thread

    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the rows; read-only."""
        start, stop, _ = rows.indices(self.shape[0])
        stop = max(start, stop)
        first, last = start // self._n, max(start, stop - 1) // self._n
        if first == last:
            return self._stretch(first)[start - first * self._n : stop - first * self._n]
        found = np.empty((stop - start, *self.shape[1:]))
        for at in range(first, last + 1):
            part = self._stretch(at)
            begin = at * self._n
            inside = part[max(0, start - begin) : stop - begin]
            begin = max(begin, start) - start
            found[begin : begin + len(inside)] = inside
        return read_only(found)

    def _stretch(self, at: int) -> FloatArray:
        number, part = self._kept
        if number != at:
            part = read_only(self._rows[at * self._n : (at + 1) * self._n])
            self._kept = (at, part)
        return part


class PickedRows:
    """Some columns of rows.

    Parameters
    ----------
    rows : Rows
    columns : sequence of int
    """

    def __init__(self, rows: Rows, columns: Sequence[int]) -> None:
        self.shape = (rows.shape[0], len(columns))
        self._rows, self._columns = rows, list(columns)

    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the rows."""
        return np.asarray(self._rows[rows][:, self._columns])


class RegularTimes:
    """Times of samples that follow one another without a gap, from 0 s.

    Parameters
    ----------
    n_times : int
    sfreq : float
        Hz.
    """

    def __init__(self, n_times: int, sfreq: float) -> None:
        self.shape = (n_times,)
        self._sfreq = sfreq

    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the times, s."""
        start, stop, _ = rows.indices(self.shape[0])
        return np.asarray(np.arange(start, stop) / self._sfreq)


class RecordTimes:
    """Times of samples in records that each have an onset of their own.

    Parameters
    ----------
    onsets : ndarray, shape (n_records,)
        s.
    n_samples : int
        Samples in a record.
    sfreq : float
        Hz.
    """

    def __init__(self, onsets: FloatArray, n_samples: int, sfreq: float) -> None:
        self.shape = (len(onsets) * n_samples,)
        self._onsets, self._n_samples, self._sfreq = onsets, n_samples, sfreq

    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the times, s."""
        start, stop, _ = rows.indices(self.shape[0])
        record, within = np.divmod(np.arange(start, stop), self._n_samples)
        return np.asarray(self._onsets[record] + within / self._sfreq)
