"""How running band power is estimated: the designs that `signal.power.envelope` runs.

Responsible for turning envelope settings, and where they ask for it a spectrum, into filters,
weights and an offset. Not responsible for running them, nor for the spectrum
(`signal.power.baseline`).

Every design has the same form: with complex filters b_k, weights w_k and an offset c,

    power[t] = mean over the last n_mean hops of  sum_k w_k |(b_k * x)[t]|^2  +  c
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.filters import design_analytic_fir, design_weighted_fir
from neurofeedback.signal.power.settings import EnvelopeSettings, Estimator

POSTERIOR_STEP = 0.05  # s between the instants of the window whose power is expected


@dataclass(frozen=True, slots=True, eq=False)
class PowerDesign:
    """An estimator of band power with finite memory.

    Parameters
    ----------
    taps : ndarray of complex128, shape (n_filters, n_taps)
        Newest first.
    weights : ndarray, shape (n_filters,)
        Weight of each filter's squared output.
    offset : float
        Power in V^2 that is expected beyond what the filters can know.
    n_mean : int
        Number of hops averaged.
    block : int
        Samples in a block, a divisor of the hop; a tap is for the mean of a block.
    """

    taps: NDArray[np.complex128]
    weights: FloatArray
    offset: float
    n_mean: int
    block: int = 1

    def support(self, hop: int) -> int:
        """Return the number of hops, the current one included, that a value depends on."""
        return -(-self.n_samples // hop) + self.n_mean - 1

    @property
    def n_samples(self) -> int:
        """Length of the filters in samples."""
        return int(self.taps.shape[1]) * self.block

    def sample_taps(self) -> NDArray[np.complex128]:
        """Return taps for single samples, shape (n_filters, n_samples), newest first."""
        return np.repeat(self.taps, self.block, axis=1) / self.block

    def degrees_of_freedom(self, hop: int) -> float:
        """Return how many independent instants of power a value averages over.

        For a white input of the band's own power, ``var(power) = mean(power)^2 / n``. With the
        correlation C between the filters' outputs at each lag, ``var = sum w w |C|^2``.
        """
        n_taps = self.taps.shape[1]
        pairs = np.outer(self.weights, self.weights)
        variance = 0.0
        for back in range(self.n_mean):
            lag = back * hop // self.block
            if lag >= n_taps:
                break
            c = self.taps[:, lag:].conj() @ self.taps[:, : n_taps - lag].T
            count = (self.n_mean - back) * (1 if back == 0 else 2) / self.n_mean**2
            variance += count * float((pairs * np.abs(c) ** 2).sum())
        mean = float(self.weights @ (np.abs(self.taps) ** 2).sum(axis=1))
        return mean**2 / variance


def cfir(envelope: EnvelopeSettings, sfreq: float, hop: int, late: float = 0.0) -> PowerDesign:
    """Design one analytic filter and a moving average; needs no baseline."""
    n_taps = _n_taps(envelope, sfreq)
    taps = design_analytic_fir(sfreq, envelope.band, envelope.delay + envelope.lag - late, n_taps)
    return PowerDesign(taps[None], np.ones(1), 0.0, _n_mean(envelope, sfreq, hop))


def fitted(
    estimator: Estimator,
    envelope: EnvelopeSettings,
    sfreq: float,
    hop: int,
    freqs: FloatArray,
    density: FloatArray,
    late: float = 0.0,
) -> PowerDesign:
    """Design an estimator for a signal of known spectrum.

    Parameters
    ----------
    estimator : {'cfir', 'wiener', 'posterior'}
    envelope : EnvelopeSettings
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    freqs, density : ndarray, shape (n_freqs,)
        One-sided power density in V^2/Hz.
    late : float
        How late the samples are already, s; the filters make up for it.

    Returns
    -------
    PowerDesign

    Notes
    -----
    ``posterior``: for a Gaussian signal with this spectrum, the band signal at each instant of the
    window, given the past, is Gaussian around the output m of the Wiener filter for that instant,
    with a known variance v. The expected power there is ``|m|^2 + v``; the estimate is its mean
    over a centred Hann window. Instants still to come are predicted; as far as they cannot be, v
    stands for them.
    """
    if estimator == "cfir":
        return cfir(envelope, sfreq, hop, late)
    n_taps = _n_taps(envelope, sfreq)
    if estimator == "wiener":
        taps, _ = design_weighted_fir(
            sfreq, envelope.band, [envelope.delay + envelope.lag - late], n_taps, freqs, density
        )
        return PowerDesign(taps, np.ones(1), 0.0, _n_mean(envelope, sfreq, hop))
    half = envelope.window / 2
    n_steps = max(2, round(half / POSTERIOR_STEP))
    delays = half * np.arange(1 - n_steps, n_steps) / n_steps
    weights = np.cos(np.pi * delays / envelope.window) ** 2
    weights /= weights.sum()
    taps, missed = design_weighted_fir(
        sfreq, envelope.band, delays + envelope.lag - late, n_taps, freqs, density
    )
    expected = band_power(freqs, density, envelope.band)
    return PowerDesign(taps, weights, float(weights @ missed) * expected, 1)


def pooled_posterior(
    envelope: EnvelopeSettings, sfreq: float, hop: int, freqs: FloatArray, density: FloatArray
) -> PowerDesign:
    """Design posterior power where only the shape of the spectrum is known, not its size.

    What the filters cannot know is expected in proportion to what they tell, instead of as a number
    of V^2: the mean is as true, and the gain does not matter.

    Parameters
    ----------
    envelope, sfreq, hop
        As in `fitted`.
    freqs, density : ndarray, shape (n_freqs,)
        One-sided power density in any unit.
    """
    design = fitted("posterior", envelope, sfreq, hop, freqs, density)
    missed = design.offset / band_power(freqs, density, envelope.band)
    return replace(design, weights=design.weights / (1.0 - missed), offset=0.0)


def band_power(freqs: FloatArray, density: FloatArray, band: tuple[float, float]) -> float:
    """Return the power of the analytic signal in a band, V^2, for a one-sided density."""
    grid = np.linspace(*band, 200)
    return 2.0 * float(np.trapezoid(np.interp(grid, freqs, density), grid))


def _n_taps(envelope: EnvelopeSettings, sfreq: float) -> int:
    return max(2, round((envelope.length + envelope.lag) * sfreq))


def _n_mean(envelope: EnvelopeSettings, sfreq: float, hop: int) -> int:
    return max(1, round(envelope.smoothing * sfreq / hop))
