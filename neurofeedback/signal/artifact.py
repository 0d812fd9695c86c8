"""The artefact gate: which hops hold bad samples, and why.

Responsible for finding non-finite, flat and too large samples hop by hop. Not responsible for how
long feedback holds afterwards (`signal.pipeline`) nor for mending anything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray, IntArray
from neurofeedback.signal.settings import GateSettings

CAUSES = ("not a number", "flat", "amplitude")


class Gate:
    """Find bad hops among columns of samples.

    Parameters
    ----------
    names : sequence of str
        Name of each column, for the cause.
    limits : ndarray, shape (n_columns,)
        Largest deviation in V from the mean of the last second.
    settings : GateSettings
        Flatness.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    """

    def __init__(
        self,
        names: Sequence[str],
        limits: FloatArray,
        settings: GateSettings,
        sfreq: float,
        hop: int,
    ) -> None:
        self._names = tuple(names)
        self._limits = limits
        self._flat = settings.flat
        self._n_flat = max(1, round(settings.flat_seconds * sfreq / hop))
        self._n_level = max(1, round(sfreq / hop))
        self._mean = np.full((1, hop), 1.0 / hop)
        self.reset()

    def reset(self) -> None:
        """Forget all samples."""
        self._flat_run: IntArray = np.zeros(len(self._names), dtype=np.int64)
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
        flat = self._flat_runs(highest - lowest <= self._flat) >= self._n_flat
        level = self._level(np.matmul(self._mean, hops)[:, 0])
        loud = np.maximum(highest - level, level - lowest) > self._limits
        return hops, self._codes((~finite, flat, loud))

    def cause(self, code: int) -> str | None:
        """Put a code into words, e.g. ``amplitude F3``; None for 0."""
        if code == 0:
            return None
        kind, column = divmod(code - 1, len(self._names))
        return f"{CAUSES[kind]} {self._names[column]}"

    def _codes(self, kinds: Sequence[NDArray[np.bool_]]) -> IntArray:
        codes = np.zeros(kinds[0].shape[0], dtype=np.int64)
        for kind, bad in reversed(list(enumerate(kinds))):
            hit = bad.any(axis=1)
            codes[hit] = 1 + kind * len(self._names) + bad[hit].argmax(axis=1)
        return codes

    def _flat_runs(self, still: NDArray[np.bool_]) -> IntArray:
        """Count for each hop how many hops in a row, it included, each column has been still."""
        n_hops = still.shape[0]
        if n_hops == 0:
            return np.zeros(still.shape, dtype=np.int64)
        index = np.arange(1, n_hops + 1)[:, None]
        last_moved = np.maximum.accumulate(np.where(still, -self._flat_run, index), axis=0)
        runs = np.asarray(index - last_moved, dtype=np.int64)
        self._flat_run = runs[-1].copy()
        return runs

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
