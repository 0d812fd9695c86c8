"""Band power on the hop grid: complex FIR filters, squared magnitude, moving average.

Responsible for the running power of several signals by several designs at once. Not responsible for
the designs (`signal.power.estimators`) nor for what is made of the power.

Every value depends on a finite, stated number of samples (`support`), so a bad sample is forgotten
completely once it has left that span, and nothing has to be reset after a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from neurofeedback.frames import FloatArray, IntArray
from neurofeedback.signal.power.estimators import PowerDesign


@dataclass(frozen=True, slots=True)
class _Group:
    """Columns that share one design, and the signals they take."""

    columns: IntArray
    signals: IntArray
    taps: FloatArray  # (n_taps, 2 * n_filters), oldest sample first, real and imaginary in turn
    weights: FloatArray  # (2 * n_filters, 1)
    offset: float


class BandPower:
    """Running band power of signals, one value per hop.

    Parameters
    ----------
    hop : int
        Samples in a hop.
    n_signals : int
        Number of signals that come in.
    columns : sequence of (int, PowerDesign)
        For each output column, the signal and how its power is estimated; columns with the same
        design object are computed together.
    """

    def __init__(
        self, hop: int, n_signals: int, columns: Sequence[tuple[int, PowerDesign]]
    ) -> None:
        self._hop = hop
        self._n_signals = n_signals
        designs = [design for _, design in columns]
        self._n_taps = max(design.n_samples for design in designs)
        self._n_mean = np.array([design.n_mean for design in designs])
        self._groups = [_group(columns, design) for design in dict.fromkeys(designs)]
        self.support = max(design.support(hop) for design in designs)
        self.reset()

    @property
    def n_columns(self) -> int:
        """Number of output columns."""
        return int(self._n_mean.size)

    def reset(self) -> None:
        """Forget all samples."""
        self._past = np.zeros((self._n_signals, self._n_taps - 1))
        self._past_power = np.zeros((int(self._n_mean.max()) - 1, self.n_columns))

    def process(self, signals: FloatArray) -> FloatArray:
        """Compute the power at the end of each hop.

        Parameters
        ----------
        signals : ndarray, shape (n_hops, hop, n_signals)
            Finite values, V.

        Returns
        -------
        ndarray, shape (n_hops, n_columns)
            Power of the analytic signal in V^2, as each column's design has it.
        """
        n_hops = signals.shape[0]
        power = np.concatenate((self._past_power, self._power(signals)))
        n_past = self._past_power.shape[0]
        self._past_power = power[n_hops:].copy()
        mean = power[n_past:].copy()
        for back in range(1, n_past + 1):  # a fixed order of additions, whatever the chunking
            mean += power[n_past - back : n_past - back + n_hops] * (back < self._n_mean)
        return np.asarray(mean / self._n_mean)

    def _power(self, signals: FloatArray) -> FloatArray:
        n_hops = signals.shape[0]
        new = signals.reshape(n_hops * self._hop, self._n_signals).T
        stream = np.concatenate((self._past, new), axis=1)
        self._past = stream[:, n_hops * self._hop :].copy()
        power = np.empty((n_hops, self.n_columns))
        for group in self._groups:
            windows = self._windows(stream[group.signals], group.taps.shape[0], n_hops)
            # Products of the same shape for each hop: their rounding cannot depend on the chunking.
            filtered = np.matmul(windows, group.taps)
            squared = np.matmul(filtered * filtered, group.weights)[:, :, 0]
            power[:, group.columns] = squared + group.offset
        return power

    def _windows(self, rows: FloatArray, n_taps: int, n_hops: int) -> FloatArray:
        """View the last `n_taps` samples at the end of each hop: (n_hops, n_signals, n_taps)."""
        row, item = rows.strides
        return as_strided(
            rows[:, self._n_taps - n_taps + self._hop - 1 :],
            (n_hops, rows.shape[0], n_taps),
            (self._hop * item, row, item),
            writeable=False,
        )


def _group(columns: Sequence[tuple[int, PowerDesign]], design: PowerDesign) -> _Group:
    members = [i for i, (_, other) in enumerate(columns) if other is design]
    oldest_first = design.sample_taps()[:, ::-1].T
    n_taps, n_filters = oldest_first.shape
    taps = np.empty((n_taps, 2 * n_filters))
    taps[:, 0::2], taps[:, 1::2] = oldest_first.real, oldest_first.imag
    return _Group(
        columns=np.array(members),
        signals=np.array([columns[i][0] for i in members]),
        taps=taps,
        weights=np.repeat(design.weights, 2)[:, None].copy(),
        offset=design.offset,
    )
