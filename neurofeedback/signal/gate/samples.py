"""The artefact gate sample by sample: which hops hold bad samples, and why.

Responsible for finding non-finite, railed, flat, too large and too steep samples hop by hop. Not
responsible for what takes a filter to see (`signal.gate.artifact_filters`), for how long feedback
holds afterwards (`signal.pipeline`), nor for mending anything.

What a verdict looks back on: the hop itself for numbers, rail and steepness (and up to 4 ms before
it); `GateSettings.flat_seconds` for flat channels; the last second's mean for amplitude; two
seconds, and the channel's run at their extreme, for clipping.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray, IntArray
from neurofeedback.signal.gate.settings import GateSettings
from neurofeedback.words.message import Message

CAUSES = (
    Message("not a number"),
    Message("railed"),
    Message("flat"),
    Message("amplitude"),
    Message("gradient"),
)
STEP_SECONDS = 0.004  # a step is measured over this time, or over one sample where that is longer
EXTREME_SECONDS = 2.0  # clipping is judged against the extreme of this time


class Gate:
    """Find bad hops among columns of samples.

    Parameters
    ----------
    names : sequence of str
        Name of each column, for the cause.
    limits : ndarray, shape (n_columns,)
        Largest deviation in V from the mean of the last second.
    settings : GateSettings
        Flatness, rail, clipping.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    gradient : float, optional
        Largest step in V; not looked at when left out. See `GateSettings.gradient`.
    """

    def __init__(
        self,
        names: Sequence[str],
        limits: FloatArray,
        settings: GateSettings,
        sfreq: float,
        hop: int,
        gradient: float | None = None,
    ) -> None:
        self._names = tuple(names)
        self._causes = [told(cause, name) for cause in CAUSES for name in self._names]
        self._limits = limits
        self._flat = settings.flat
        self._rail = settings.rail
        self._steps = Steps(len(self._names), sfreq, hop, gradient)
        self._n_flat = max(1, round(settings.flat_seconds * sfreq / hop))
        self._n_level = max(1, round(sfreq / hop))
        self._n_extreme = max(2, round(EXTREME_SECONDS * sfreq / hop))
        clipped = settings.clipped_seconds
        self._n_clipped = None if clipped is None else max(2, round(clipped * sfreq / hop))
        self._mean = np.full((1, hop), 1.0 / hop)
        self.reset()

    def reset(self) -> None:
        """Forget all samples."""
        n = len(self._names)
        self._flat_run: IntArray = np.zeros(n, dtype=np.int64)
        self._high_run: IntArray = np.zeros(n, dtype=np.int64)
        self._low_run: IntArray = np.zeros(n, dtype=np.int64)
        self._past_high = np.full((self._n_extreme, n), -np.inf)
        self._past_low = np.full((self._n_extreme, n), np.inf)
        self._steps.reset()
        self._levels: FloatArray | None = None

    def process(self, hops: FloatArray) -> tuple[FloatArray, IntArray]:
        """Judge each hop.

        Parameters
        ----------
        hops : ndarray, shape (n_hops, hop, n_columns)
            Volts; may hold NaN and infinities.

        Returns
        -------
        clean : ndarray, shape (n_hops, hop, n_columns)
            The same with non-finite samples set to zero; the input itself where there are none.
        codes : ndarray of int64, shape (n_hops,)
            0 for a good hop, else a number that `cause` puts into words.
        """
        highest, lowest = hops.max(axis=1), hops.min(axis=1)
        finite = np.isfinite(highest) & np.isfinite(lowest)
        if not finite.all():
            hops = np.where(np.isfinite(hops), hops, 0.0)
            highest, lowest = hops.max(axis=1), hops.min(axis=1)
        still = highest - lowest <= self._flat
        runs = in_a_row(still, self._flat_run)
        self._flat_run = runs[-1].copy() if len(runs) else self._flat_run
        level = self._level(np.matmul(self._mean, hops)[:, 0])
        loud = np.maximum(highest - level, level - lowest) > self._limits
        railed = self._railed(highest, lowest, still)
        steep = self._steps.process(hops)
        return hops, self._codes((~finite, railed, runs >= self._n_flat, loud, steep))

    def cause(self, code: int) -> Message | None:
        """Put a code into words, e.g. ``amplitude F3``; None for 0."""
        return None if code == 0 else self._causes[code - 1]

    def _codes(self, kinds: Sequence[NDArray[np.bool_]]) -> IntArray:
        codes = np.zeros(kinds[0].shape[0], dtype=np.int64)
        for kind, bad in reversed(list(enumerate(kinds))):
            if bad.any():
                hit = bad.any(axis=1)
                codes[hit] = 1 + kind * len(self._names) + bad[hit].argmax(axis=1)
        return codes

    def _railed(
        self, highest: FloatArray, lowest: FloatArray, still: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Tell what is beyond the rail, or moves but stops at the extreme of the hops before."""
        railed = np.zeros(highest.shape, dtype=bool)
        if self._rail is not None:
            railed = np.maximum(highest, -lowest) >= self._rail
        if self._n_clipped is None or not len(highest):
            return railed
        n = len(highest)
        stream = np.concatenate((self._past_high, highest))
        self._past_high = stream[n:].copy()
        high_runs = in_a_row(highest == _sliding_max(stream, self._n_extreme)[:n], self._high_run)
        self._high_run = high_runs[-1].copy()
        stream = np.concatenate((self._past_low, lowest))
        self._past_low = stream[n:].copy()
        low_runs = in_a_row(lowest == -_sliding_max(-stream, self._n_extreme)[:n], self._low_run)
        self._low_run = low_runs[-1].copy()
        # A channel that does not move at all is flat, wherever it stands.
        return railed | ((np.maximum(high_runs, low_runs) >= self._n_clipped) & ~still)

    def _level(self, means: FloatArray) -> FloatArray:
        """Mean of the last second's hop means, shape (n_hops, n_columns)."""
        n_hops = means.shape[0]
        if n_hops == 0:
            return means
        if self._levels is None:
            self._levels = np.repeat(means[:1], self._n_level - 1, axis=0)
        stream = np.concatenate((self._levels, means))
        self._levels = stream[n_hops:].copy()
        level = stream[self._n_level - 1 :].copy()
        for back in range(1, self._n_level):  # a fixed order of additions, whatever the chunking
            level += stream[self._n_level - 1 - back : self._n_level - 1 - back + n_hops]
        return level / self._n_level


class Steps:
    """Find steps: large changes from one sample to the next, or within 4 ms in fast streams.

    Parameters
    ----------
    n_columns : int
        Number of columns.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    limit : float or None
        Largest change in V that is none; without it, nothing is found.
    """

    def __init__(self, n_columns: int, sfreq: float, hop: int, limit: float | None) -> None:
        self._n_columns, self._limit = n_columns, limit
        self._lag = min(max(1, int(STEP_SECONDS * sfreq + 1e-9)), hop)
        self.reset()

    def reset(self) -> None:
        """Forget all samples."""
        self._past: FloatArray | None = None

    def process(self, hops: FloatArray) -> NDArray[np.bool_]:
        """Say which hops end a step.

        Parameters
        ----------
        hops : ndarray, shape (n_hops, hop, n_columns)
            Finite values, V.

        Returns
        -------
        ndarray of bool, shape (n_hops, n_columns)
        """
        n_hops, hop, _ = hops.shape
        if self._limit is None or hops.size == 0:
            return np.zeros((n_hops, self._n_columns), dtype=bool)
        new, lag = hops.reshape(n_hops * hop, self._n_columns), self._lag
        if self._past is None:
            self._past = np.repeat(new[:1], lag, axis=0)
        steps = np.empty_like(new)
        np.subtract(new[lag:], new[:-lag], out=steps[lag:])
        np.subtract(new[:lag], self._past, out=steps[:lag])
        self._past = new[-lag:].copy()
        if steps.max() <= self._limit and steps.min() >= -self._limit:  # the usual case, and fast
            return np.zeros((n_hops, self._n_columns), dtype=bool)
        in_hops = steps.reshape(hops.shape)
        largest = np.maximum(in_hops.max(axis=1), -in_hops.min(axis=1))
        return np.asarray(largest > self._limit)


def told(cause: Message, channel: str) -> Message:
    """Return why a hop is bad, e.g. ``amplitude F3``."""
    return Message("{cause} {channel}", cause=cause, channel=channel)


def in_a_row(true: NDArray[np.bool_], before: IntArray) -> IntArray:
    """Count for each hop how many in a row, it included, have been true; `before` of them earlier.

    Parameters
    ----------
    true : ndarray of bool, shape (n_hops, n_columns)
    before : ndarray of int64, shape (n_columns,)

    Returns
    -------
    ndarray of int64, shape (n_hops, n_columns)
    """
    if not true.any():
        return np.zeros(true.shape, dtype=np.int64)
    index = np.arange(1, len(true) + 1)[:, None]
    last_false = np.maximum.accumulate(np.where(true, -before, index), axis=0)
    return np.asarray(index - last_false, dtype=np.int64)


def _sliding_max(stream: FloatArray, n: int) -> FloatArray:
    """Return the maximum of each `n` rows in a row, shape (n_rows - n + 1, n_columns)."""
    span = 1
    while span < n:
        step = min(span, n - span)
        stream = np.maximum(stream[step:], stream[:-step])
        span += step
    return stream
