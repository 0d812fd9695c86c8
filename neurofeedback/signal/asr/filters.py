"""What artifact subspace reconstruction (ASR) looks at: samples without offset, and shaped.

Responsible for taking offset and drift off the samples, and for the filtered copy that the
statistics are made from. Not responsible for statistics (`signal.asr.calibration`,
`signal.asr.cleaner`).

Everything has finite memory, `AsrFilters.memory` hops, and is computed hop by hop.
"""

from __future__ import annotations

import numpy as np
import scipy  # its parts are loaded when they are first used
from numpy.lib.stride_tricks import as_strided

from neurofeedback.frames import FloatArray

LEVEL_SECONDS = 0.75  # of the running level that is taken off; from 4 Hz on it holds 0.1 %
SHAPING_SECONDS = 0.5
LEAST_RATE = 200.0  # Hz, of the copy that is shaped
GAINS = ((0.0, 3.0), (2.0, 0.75), (3.0, 0.33), (13.0, 0.33), (16.0, 1.0), (40.0, 1.0), (80.0, 3.0))


class AsrFilters:
    """Filter hops for ASR.

    Parameters
    ----------
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    n_channels : int
        Number of channels.

    Attributes
    ----------
    n_rows : int
        Rows of the shaped copy in a hop; each is the mean of a block of samples, filtered.
    memory : int
        Hops before a hop that its result depends on.
    """

    def __init__(self, sfreq: float, hop: int, n_channels: int) -> None:
        self._n_channels = n_channels
        most = max(1, int(sfreq / LEAST_RATE))
        block = max(n for n in range(1, min(most, hop) + 1) if hop % n == 0)
        self.n_rows = hop // block
        taps = shaping_taps(sfreq / block)
        n_level = round(LEVEL_SECONDS * sfreq / hop)
        self._level = np.blackman(n_level + 2)[1:-1]
        self._level /= self._level.sum()
        self._rise = (np.arange(1, hop + 1) / hop)[:, None]
        self._hop_mean = np.full((1, hop), 1.0 / hop)
        self._block_mean = np.kron(np.eye(self.n_rows), np.full((1, block), 1.0 / block))
        self._n_past = len(taps) - 1
        self._fir = np.zeros((self.n_rows, self._n_past + self.n_rows))
        for row in range(self.n_rows):
            self._fir[row, row : row + len(taps)] = taps[::-1]
        self.memory = n_level + -(-self._n_past // self.n_rows)
        self.reset()

    def reset(self) -> None:
        """Forget all samples."""
        self._past_means: FloatArray | None = None
        self._past_rows = np.zeros((self._n_past, self._n_channels))

    def process(self, hops: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Filter hops.

        Parameters
        ----------
        hops : ndarray, shape (n_hops, hop, n_channels)
            Finite values, V.

        Returns
        -------
        passed : ndarray, shape (n_hops, hop, n_channels)
            Without offset and drift, undelayed: the level of the last 0.75 s, a smooth weighted
            mean of hop means joined by straight lines, is taken off.
        shaped : ndarray, shape (n_hops, n_rows, n_channels)
            Of `passed`, slow waves and muscle strengthened against alpha.
        """
        passed = hops - self._levels(np.matmul(self._hop_mean, hops))
        rows = np.matmul(self._block_mean, passed).reshape(-1, self._n_channels)
        stream = np.concatenate((self._past_rows, rows))
        self._past_rows = stream[len(rows) :].copy()
        row, item = stream.strides
        windows = as_strided(
            stream,
            (len(hops), self._fir.shape[1], self._n_channels),
            (self.n_rows * row, row, item),
            writeable=False,
        )
        return passed, np.matmul(self._fir, windows)

    def _levels(self, means: FloatArray) -> FloatArray:
        """Return the level at each sample, from hop means of shape (n_hops, 1, n_channels)."""
        n_hops, n_level = len(means), len(self._level)
        if n_hops == 0:
            return means
        if self._past_means is None:
            self._past_means = np.repeat(means[:1], n_level, axis=0)
        stream = np.concatenate((self._past_means, means))
        self._past_means = stream[n_hops:].copy()
        levels = self._level[0] * stream[n_level - 1 :]
        for back in range(1, n_level):  # a fixed order of additions, whatever the chunking
            levels += self._level[back] * stream[n_level - 1 - back : len(stream) - back]
        return np.asarray(levels[:-1] + self._rise * np.diff(levels, axis=0))


def shaping_taps(sfreq: float) -> FloatArray:
    """Design the filter that makes the statistics heed slow waves and muscle more than alpha.

    Newest first. The gains are those of Mullen et al. with minimum phase, smeared by the length,
    but zero at 0 Hz: with the level that is taken off before, steady drift leaves nothing.
    """
    inside = [(f, gain) for f, gain in GAINS if f < 0.48 * sfreq]
    freqs, gains = zip(*inside, (sfreq / 2, inside[-1][1]), strict=True)
    n = 2 * round(SHAPING_SECONDS * sfreq / 2) + 1
    taps = scipy.signal.minimum_phase(scipy.signal.firwin2(n, freqs, gains, fs=sfreq), half=False)
    smooth = np.hanning(n + 2)[1:-1]
    return np.asarray(taps - taps.sum() * smooth / smooth.sum())
