"""A baseline's signals, and their spectrum from clean stretches.

Responsible for keeping the signals until the baseline is over, for telling which of them are clean,
for mending what is not where a filter must look across it, and for spectra. Not responsible for
what is learned from them (`signal.learning`).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy  # its parts are loaded when they are first used
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray, read_only

LEAST_SEGMENTS = 4
SEGMENT_SECONDS = (4.0, 2.0, 1.0)
N_TAPERS = 3
BLOCKS_IN_A_CYCLE = 24  # of the highest frequency; a mean keeps 99.7 % of it


class BaselineStore:
    """Keep the signals of a baseline, hop by hop.

    Parameters
    ----------
    hop : int
        Samples in a hop.
    n_signals : int
        Number of signals.
    """

    def __init__(self, hop: int, n_signals: int) -> None:
        self._hop = hop
        self._n_signals = n_signals
        self.clear()

    def clear(self) -> None:
        """Forget everything; a baseline begins."""
        self._signals: list[FloatArray] = []
        self._bad: list[NDArray[np.bool_]] = []

    def add(self, signals: FloatArray, bad: NDArray[np.bool_]) -> None:
        """Add hops.

        Parameters
        ----------
        signals : ndarray, shape (n_hops, hop, n_signals)
            Finite values, V.
        bad : ndarray of bool, shape (n_hops,)
            Hops that must not count.
        """
        self._signals.append(signals)
        self._bad.append(bad)

    @property
    def signals(self) -> FloatArray:
        """All signals, shape (n_hops, hop, n_signals), V."""
        empty = np.empty((0, self._hop, self._n_signals))
        return np.concatenate([empty, *self._signals])

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Which hops are bad, shape (n_hops,)."""
        return np.concatenate([np.empty(0, dtype=bool), *self._bad])


def clean_within(bad: NDArray[np.bool_], before: int, after: int = 0) -> NDArray[np.bool_]:
    """Say which hops have no bad one among the `before` up to them and the `after` behind them.

    Parameters
    ----------
    bad : ndarray of bool, shape (n_hops,)
    before : int
        Number of hops, the hop itself included; hops before the first count as bad.
    after : int
        Number of hops that follow; hops after the last count as bad.

    Returns
    -------
    ndarray of bool, shape (n_hops,)
    """
    count = np.concatenate(([0], np.cumsum(bad)))
    n = bad.size
    start, stop = np.arange(n) - before + 1, np.arange(n) + 1 + after
    inside = (start >= 0) & (stop <= n)
    return np.asarray(inside & (count[np.minimum(stop, n)] == count[np.maximum(start, 0)]))


def bridged(signals: FloatArray, bad: NDArray[np.bool_]) -> FloatArray:
    """Return signals without their bad hops and without the steps in offset across them.

    A filter that looks both ways would spread what is bad over clean seconds. Each run of bad hops
    is replaced by the level of the clean hop before it, and what follows is shifted to that level.

    Parameters
    ----------
    signals : ndarray, shape (n_hops, hop, n_signals)
        V.
    bad : ndarray of bool, shape (n_hops,)

    Returns
    -------
    ndarray, shape (n_hops, hop, n_signals)
        A copy.
    """
    bridge = signals.copy()
    edges = np.flatnonzero(np.diff(np.concatenate(([False], bad, [False])).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2):
        after = bridge[stop].mean(axis=0) if stop < len(bridge) else 0.0
        before = bridge[start - 1].mean(axis=0) if start else after
        bridge[start:stop] = before
        bridge[stop:] -= after - before
    return bridge


def block_length(sfreq: float, hop: int, highest: float) -> int:
    """Return the samples in a block: the most that divide a hop and leave a fast enough rate."""
    most = max(1, int(sfreq / (BLOCKS_IN_A_CYCLE * highest)))
    return max(n for n in range(1, min(most, hop) + 1) if hop % n == 0)


def block_means(signals: FloatArray, block: int) -> FloatArray:
    """Return the means of blocks of samples.

    Parameters
    ----------
    signals : ndarray, shape (n_hops, hop, n_signals)
        V.
    block : int
        Samples in a block, a divisor of `hop`.

    Returns
    -------
    ndarray, shape (n_hops, hop / block, n_signals)
    """
    n_hops, hop, n_signals = signals.shape
    return np.asarray(signals.reshape(n_hops, hop // block, block, n_signals).mean(axis=2))


def spectrum(
    signals: FloatArray, bad: NDArray[np.bool_], sfreq: float
) -> tuple[FloatArray, FloatArray] | None:
    """Estimate power density from clean stretches: multitaper, half overlapping, mean removed.

    Three orthogonal tapers see the same half minute as three looks at it. From so little data a
    single taper (Welch's estimate) gives peaks and holes that are chance, and filters designed
    from them fail on what follows.

    Parameters
    ----------
    signals : ndarray, shape (n_hops, hop, n_signals)
        V.
    bad : ndarray of bool, shape (n_hops,)
        Hops to leave out.
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    (freqs, density) or None
        Frequencies in Hz, shape (n_freqs,), and one-sided density in V^2/Hz, shape (n_freqs,
        n_signals); windows of 4 s, or of 2 or 1 s where fewer than 4 clean ones are found. None
        where there are not even 4 clean windows of 1 s.
    """
    n_hops, hop, n_signals = signals.shape
    stream = signals.reshape(-1, n_signals)
    usable = np.repeat(~bad, hop)
    for seconds in SEGMENT_SECONDS:
        n = round(seconds * sfreq)
        starts = np.arange(0, max(0, len(stream) - n + 1), max(1, n // 2))
        starts = starts[[bool(usable[s : s + n].all()) for s in starts]] if starts.size else starts
        if starts.size >= LEAST_SEGMENTS:
            break
    else:
        return None
    tapers = _tapers(n)
    density = np.zeros((n // 2 + 1, n_signals))
    for start in starts:
        segment = stream[start : start + n]
        for taper in tapers:
            seen = np.fft.rfft((segment - segment.mean(axis=0)) * taper[:, None], axis=0)
            density += np.abs(seen) ** 2
    density *= 2.0 / (sfreq * N_TAPERS * starts.size)
    density[0] = density[1]  # the mean was removed, but drift and offset were there
    floor = 1e-6 * density.max(axis=0, initial=1e-30)
    freqs = np.asarray(np.arange(n // 2 + 1) * (sfreq / n), dtype=np.float64)
    return freqs, np.asarray(np.maximum(density, floor), dtype=np.float64)


@cache
def _tapers(n: int) -> FloatArray:
    """Tapers of `n` samples, each of energy 1; they take longer to compute than to use."""
    return read_only(np.asarray(scipy.signal.windows.dpss(n, (N_TAPERS + 1) / 2, N_TAPERS)))
