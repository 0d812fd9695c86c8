"""Band power on the hop grid: complex FIR filters, squared magnitude, moving average.

Responsible for the running power of several signals in several bands at once. Not responsible for
filter design (`signal.filters`) nor for what is made of the power.

Every value depends on a finite, stated number of samples (`support`), so a bad sample is forgotten
completely once it has left that span, and nothing has to be reset after a gap.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided

from neurofeedback.frames import FloatArray
from neurofeedback.signal.filters import design_analytic_fir
from neurofeedback.signal.settings import EnvelopeSettings


class BandPower:
    """Running band power of signals, one value per hop.

    Parameters
    ----------
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    n_signals : int
        Number of signals that come in.
    columns : sequence of (int, EnvelopeSettings)
        For each output column, the signal and how its power is estimated.

    Notes
    -----
    Delay of a column: the filter's delay plus half the smoothing window (plus half a hop on
    average until the next value).
    """

    def __init__(
        self,
        sfreq: float,
        hop: int,
        n_signals: int,
        columns: Sequence[tuple[int, EnvelopeSettings]],
    ) -> None:
        self._hop = hop
        self._n_signals = n_signals
        filters = list(dict.fromkeys((e.band, e.delay, e.length) for _, e in columns))
        n_taps = [max(2, round(length * sfreq)) for _, _, length in filters]
        self._n_taps = max(n_taps)
        taps = np.zeros((self._n_taps, 2 * len(filters)))
        for i, ((band, delay, _), n) in enumerate(zip(filters, n_taps, strict=True)):
            designed = design_analytic_fir(sfreq, band, delay, n)[::-1]
            taps[-n:, 2 * i], taps[-n:, 2 * i + 1] = designed.real, designed.imag
        self._taps = taps
        self._signal = np.array([signal for signal, _ in columns])
        self._filter = np.array([filters.index((e.band, e.delay, e.length)) for _, e in columns])
        self._n_mean = np.array([max(1, round(e.smoothing * sfreq / hop)) for _, e in columns])
        hops_of_taps = -(-np.array(n_taps)[self._filter] // hop)
        self._support = int((hops_of_taps + self._n_mean - 1).max())
        self.reset()

    @property
    def n_columns(self) -> int:
        """Number of output columns."""
        return int(self._signal.size)

    @property
    def support(self) -> int:
        """Number of hops, the current one included, that a value may depend on."""
        return self._support

    def degrees_of_freedom(self) -> FloatArray:
        """Return how many independent instants of power each column averages over.

        Returns
        -------
        ndarray, shape (n_columns,)
            At least 1. For a white input, mean power then has a variance of ``mean^2 / n``: with w
            the smoothing weights and r the autocorrelation of the filter output,
            ``1 / n = sum_ij w_i w_j |r(i - j)|^2``.
        """
        result = np.empty(self.n_columns)
        for column, (which, n_mean) in enumerate(zip(self._filter, self._n_mean, strict=True)):
            taps = self._taps[:, 2 * which] + 1j * self._taps[:, 2 * which + 1]
            lags = np.arange(n_mean) * self._hop
            overlapping = lags[lags < taps.size]
            r = np.zeros(n_mean, dtype=complex)
            r[: overlapping.size] = [
                np.vdot(taps[lag:], taps[: taps.size - lag]) for lag in overlapping
            ]
            weights = np.where(lags == 0, 1.0, 2.0) * (n_mean - np.arange(n_mean)) / n_mean**2
            result[column] = 1.0 / np.sum(weights * np.abs(r / r[0]) ** 2)
        return result

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
            Mean power in V^2 of the analytic signal over each column's smoothing window.
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
        row, item = stream.strides
        windows = as_strided(
            stream[:, self._hop - 1 :],
            (n_hops, self._n_signals, self._n_taps),
            (self._hop * item, row, item),
            writeable=False,
        )
        # One product of the same shape per hop: its rounding cannot depend on the chunking.
        filtered = np.matmul(windows, self._taps)[:, self._signal]
        columns = np.arange(self.n_columns)
        real = filtered[:, columns, 2 * self._filter]
        imag = filtered[:, columns, 2 * self._filter + 1]
        return np.asarray(real * real + imag * imag)
