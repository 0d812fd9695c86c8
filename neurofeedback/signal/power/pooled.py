"""Running the ridge estimator on the hop grid.

Responsible for outputs of filters of several signals at the end of each hop, and for the power of
signals by `ridge`. Not responsible for its design (`signal.power.ridge`).

A value depends on the samples of one filter's length.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.baseline import block_means
from neurofeedback.signal.power.ridge import RidgeDesign, ridge_columns
from neurofeedback.signal.power.spatial import Complex


class Windows:
    """The last blocks of samples at the end of each hop.

    Parameters
    ----------
    hop : int
        Samples in a hop.
    block : int
        Samples in a block, a divisor of the hop.
    n_signals : int
    n_blocks : int
        The most that `last` is asked for.
    """

    def __init__(self, hop: int, block: int, n_signals: int, n_blocks: int) -> None:
        self._block, self._step = block, hop // block
        self._n_signals, self._n_blocks = n_signals, n_blocks
        self.reset()

    def reset(self) -> None:
        """Forget all samples."""
        self._past = np.zeros((self._n_signals, self._n_blocks - 1))

    def push(self, signals: FloatArray) -> None:
        """Take hops, shape (n_hops, hop, n_signals)."""
        n_hops = len(signals)
        new = block_means(signals, self._block).reshape(n_hops * self._step, -1).T
        self._stream = np.concatenate((self._past, new), axis=1)
        self._past = self._stream[:, n_hops * self._step :].copy()
        self._n_hops = n_hops

    def last(self, rows: slice, n_blocks: int) -> FloatArray:
        """View the last blocks of some signals, shape (n_hops, n_rows, n_blocks), oldest first."""
        chosen = self._stream[rows]
        row, item = chosen.strides
        return as_strided(
            chosen[:, self._n_blocks - n_blocks + self._step - 1 :],
            (self._n_hops, len(chosen), n_blocks),
            (self._step * item, row, item),
            writeable=False,
        )


def real_taps(taps: Complex) -> FloatArray:
    """Return taps as real and imaginary parts in turn, oldest first, shape (..., n_taps, 2 n)."""
    oldest = np.moveaxis(taps[..., ::-1], -1, -2)
    return np.ascontiguousarray(oldest).view(np.float64)


def filtered(windows: FloatArray, taps: FloatArray) -> Complex:
    """Return each signal's own filters' outputs, shape (n_hops, n_signals, n_filters)."""
    # Products of the same shape for each hop: their rounding cannot depend on the chunking.
    seen = np.matmul(windows[:, :, None, :], taps)[:, :, 0]
    return np.ascontiguousarray(seen).view(np.complex128)


class RidgePower:
    """Power of signals by ridge estimators of one filter length.

    Parameters
    ----------
    hop : int
        Samples in a hop.
    signals : sequence of int
        The signal of each design.
    designs : sequence of RidgeDesign
    """

    def __init__(self, hop: int, signals: Sequence[int], designs: Sequence[RidgeDesign]) -> None:
        self._signals = np.array(signals)
        self._taps = np.stack([real_taps(design.taps) for design in designs])
        self._missed = np.array([design.missed for design in designs])
        self._weights = np.stack([design.weights for design in designs])[:, :, None]
        self._constant = np.array([design.constant for design in designs])
        self._n_taps = self._taps.shape[1]
        self._windows = Windows(hop, designs[0].block, len(designs), self._n_taps)
        self.support = designs[0].support(hop)

    def reset(self) -> None:
        """Forget all samples."""
        self._windows.reset()

    def process(self, signals: FloatArray) -> FloatArray:
        """Return the power at the end of each hop, shape (n_hops, n_designs), V^2.

        Parameters
        ----------
        signals : ndarray, shape (n_hops, hop, n_signals)
            Finite values, V.
        """
        return np.asarray(np.exp(weighted(self.columns(signals), self._weights) + self._constant))

    def columns(self, signals: FloatArray) -> FloatArray:
        """Return the columns at the end of each hop, shape (n_hops, n_designs, N_COLUMNS)."""
        self._windows.push(signals[:, :, self._signals])
        seen = filtered(self._windows.last(slice(None), self._n_taps), self._taps)
        return ridge_columns(seen.real**2 + seen.imag**2, self._missed)


def weighted(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """Return weighted sums, shape (n_hops, n_designs); weights of shape (n_designs, n, 1)."""
    return np.asarray(np.matmul(columns[:, :, None, :], weights)[:, :, 0, 0])
