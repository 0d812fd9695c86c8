"""What is normal for muscle: a slow reference of high-frequency power, channel by channel.

Responsible for remembering power over minutes and for its lower quartile. Not responsible for
measuring the power nor for the verdict (`signal.gate.artifact_filters`).

People learn to raise muscle tone when it moves the feedback (Paluch et al. 2017: 7 of 14
trainees). A reference that follows within a minute would let that pass; this one follows only when
the quieter quarter of the last ten minutes has become louder.

References
----------
Paluch K, Jurewicz K, Rogala J, Krauz R, Szczypinska M, Mikicin M, Wrobel A, Kublik E (2017).
Beware: recruitment of muscle activity by the EEG-neurofeedback trainings of high frequencies.
Front Hum Neurosci 11, 119. https://doi.org/10.3389/fnhum.2017.00119
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray

BLOCK_SECONDS = 2.0
LEAST_BLOCKS = 3  # nothing is called normal before that many
QUANTILE = 0.25


class MuscleLevel:
    """Lower quartile of power over the last minutes.

    Parameters
    ----------
    n_columns : int
        Number of channels.
    hop_seconds : float
        Length of a hop in s.
    memory : float
        How far back, in s.
    """

    def __init__(self, n_columns: int, hop_seconds: float, memory: float) -> None:
        self._n_columns = n_columns
        self._n_block = max(1, round(BLOCK_SECONDS / hop_seconds))
        self._n_blocks = max(LEAST_BLOCKS, round(memory / (self._n_block * hop_seconds)))
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._blocks = np.empty((0, self._n_columns))
        self._sum = np.zeros((1, self._n_columns))
        self._count = np.zeros(self._n_columns, dtype=np.int64)
        self._filled = 0
        self._level = np.full(self._n_columns, np.nan)

    def process(self, power: FloatArray, valid: NDArray[np.bool_]) -> FloatArray:
        """Add the power of hops.

        Parameters
        ----------
        power : ndarray, shape (n_hops, n_columns)
            V^2.
        valid : ndarray of bool, shape (n_hops, n_columns)
            Where it may be used.

        Returns
        -------
        ndarray, shape (n_hops, n_columns)
            The reference at each hop in V^2, made of whole blocks of 2 s before it; NaN until there
            are three of at least half valid hops.
        """
        used = np.where(valid, power, 0.0)
        levels = np.empty_like(used)
        at = 0
        while at < len(used):
            stop = min(len(used), at + self._n_block - self._filled)
            levels[at:stop] = self._level
            # Added one by one, so that the chunking cannot change the rounding.
            self._sum = np.cumsum(np.concatenate((self._sum, used[at:stop])), axis=0)[-1:]
            self._count = self._count + valid[at:stop].sum(axis=0)
            self._filled += stop - at
            if self._filled == self._n_block:
                self._close()
            at = stop
        return levels

    def _close(self) -> None:
        """Finish a block and take the quartile anew."""
        enough = 2 * self._count >= self._n_block
        mean = np.where(enough, self._sum / np.maximum(self._count, 1), np.nan)
        self._blocks = np.concatenate((self._blocks, mean))[-self._n_blocks :]
        n_known = (~np.isnan(self._blocks)).sum(axis=0)
        rank = np.maximum(np.floor(QUANTILE * (n_known - 1)), 0).astype(np.int64)
        in_order = np.sort(self._blocks, axis=0)  # NaN last
        chosen = np.take_along_axis(in_order, rank[None], axis=0)[0]
        self._level = np.where(n_known >= LEAST_BLOCKS, chosen, np.nan)
        self._sum = np.zeros((1, self._n_columns))
        self._count = np.zeros(self._n_columns, dtype=np.int64)
        self._filled = 0
