"""The ridge estimator: a regression on logarithms of filter outputs, learned from other people.

Responsible for its columns and for its design from a spectrum. Not responsible for what was learned
(`signal.power.prior`) nor for running it (`signal.power.pooled`).

For one signal, with the outputs m_d of Wiener filters for the delays d, all divided by the square
root of its power in the band, the estimate is

    ln power[t] = ln band power + c + sum_i w_i ln(|m|^2 + e)_i

and an asymmetry is the difference of two of them: exactly antisymmetric, since both sides have the
same w, and independent of the gain. The w were learned for the difference. What a value depends on
ends with the filters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.estimators import PowerDesign, band_power
from neurofeedback.signal.power.filters import design_weighted_fir
from neurofeedback.signal.power.prior import Prior
from neurofeedback.signal.power.settings import EnvelopeSettings

LENGTH = 1.0  # s of filter beyond the lag, at least
LEAST_RATE = 100.0  # Hz; samples are averaged in blocks down to it
DELAYS = np.array([-0.2, -0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4])  # s
COARSE = np.array([2, 4, 6, 8])  # among the delays, those that are also taken with more added
FINE, MUCH = 0.03, 0.3  # shares of the band power that are added before a logarithm
_STEPS = 10
INSTANTS = np.arange(1 - _STEPS, _STEPS) / (2.0 * _STEPS)  # of the window, in windows
HANN = np.cos(np.pi * INSTANTS) ** 2
HANN /= HANN.sum()
N_INSTANTS = INSTANTS.size
N_FILTERS = N_INSTANTS + DELAYS.size
N_COLUMNS = 2 + DELAYS.size + COARSE.size


@dataclass(frozen=True, slots=True, eq=False)
class RidgeDesign:
    """A ridge estimator for one signal.

    Parameters
    ----------
    taps : ndarray of complex128, shape (N_FILTERS, n_taps)
        Newest first, for means of blocks of samples; the band has power 1 after them.
    missed : float
        Power that is expected beyond what the filters can know, as a share of that in the band.
    weights : ndarray, shape (N_COLUMNS,)
    constant : float
        Added to the weighted sum; ln V^2.
    block : int
        Samples in a block, a divisor of the hop.
    brief : PowerDesign or None
        What stands in after a bad hop until the longer filters are past it, with the same mean
        over the baseline. None for nothing: no value can be used until then.
    """

    taps: NDArray[np.complex128]
    missed: float
    weights: FloatArray
    constant: float
    block: int
    brief: PowerDesign | None = None

    @property
    def n_samples(self) -> int:
        """Length of the filters in samples."""
        return int(self.taps.shape[1]) * self.block

    def support(self, hop: int) -> int:
        """Return the number of hops, the current one included, that a value depends on."""
        return -(-self.n_samples // hop)


def ridge_block(sfreq: float, hop: int) -> int:
    """Return the samples in a block: the most that divide a hop and leave a fast enough rate."""
    most = max(1, int(sfreq / LEAST_RATE))
    return max(n for n in range(1, min(most, hop) + 1) if hop % n == 0)


def shrunk_spectrum(
    prior: Prior, channel: str, freqs: FloatArray, density: FloatArray
) -> tuple[FloatArray, float]:
    """Return a spectrum half-way between a person's own and the pooled one, and the band power.

    Parameters
    ----------
    prior : Prior
    channel : str
    freqs, density : ndarray, shape (n_freqs,)
        One-sided power density of the person in V^2/Hz.

    Returns
    -------
    (ndarray, float)
        Density whose power in the band is 1, the geometric mean of both; and the power of the
        analytic signal in the band, V^2, of the person.
    """
    own = band_power(freqs, density, prior.band)
    mean = np.exp(0.5 * (np.log(density / own) + prior.log_shape(channel, freqs)))
    return mean / band_power(freqs, mean, prior.band), own


def ridge_design(
    prior: Prior,
    envelope: EnvelopeSettings,
    channel: str,
    sfreq: float,
    hop: int,
    freqs: FloatArray,
    density: FloatArray,
    late: float = 0.0,
) -> RidgeDesign:
    """Design the estimator for a channel of known spectrum.

    Parameters
    ----------
    prior : Prior
        That serves for the envelope.
    envelope : EnvelopeSettings
    channel : str
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    freqs, density : ndarray, shape (n_freqs,)
        One-sided power density in V^2/Hz.
    late : float
        How late the samples are already, s; the filters make up for it.
    """
    block = ridge_block(sfreq, hop)
    rate = sfreq / block
    shape, own = shrunk_spectrum(prior, channel, freqs, density)
    delays = np.concatenate([envelope.window * INSTANTS, DELAYS]) + envelope.lag
    taps, missed = design_weighted_fir(
        rate,
        envelope.band,
        delays - late - (block - 1) / 2 / sfreq,
        filter_length(envelope, rate),
        freqs,
        shape,
    )
    return RidgeDesign(
        taps / np.sqrt(own),
        float(missed[:N_INSTANTS] @ HANN),
        prior.ridge_for(envelope),
        float(np.log(own)),
        block,
    )


def filter_length(envelope: EnvelopeSettings, rate: float) -> int:
    """Return the taps of all filters: a second, or half the window, more than the lag."""
    return round((max(LENGTH, envelope.window / 2) + envelope.lag) * rate)


def ridge_columns(power: FloatArray, missed: FloatArray) -> FloatArray:
    """Return the columns that the weights belong to.

    Parameters
    ----------
    power : ndarray, shape (..., N_FILTERS)
        Squared magnitudes of the filters' outputs.
    missed : ndarray, shape (...)
        See `RidgeDesign`.

    Returns
    -------
    ndarray, shape (..., N_COLUMNS)
    """
    window, single = power[..., :N_INSTANTS], power[..., N_INSTANTS:]
    expected = np.matmul(window, HANN[:, None])[..., 0] + missed
    mean = np.matmul(window, np.full((N_INSTANTS, 1), 1.0 / N_INSTANTS))[..., 0]
    parts = [
        expected[..., None],
        single + FINE,
        single[..., COARSE] + MUCH,
        mean[..., None] + FINE,
    ]
    return np.asarray(np.log(np.concatenate(parts, axis=-1)))
