"""How late, how long and how noisy an estimate of band power is, from its design.

Responsible for figures that a person is told. Not responsible for designs (`estimators`) nor for
wording (`descriptors`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are first used

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.estimators import PowerDesign

_FREQUENCIES = 65  # points across the band
_MOST_TERMS = 128
_LOGS = np.arange(-40.0, 40.0, 0.01)

Density = tuple[FloatArray, FloatArray]  # frequencies in Hz, and one-sided density in V^2/Hz


@dataclass(frozen=True, slots=True)
class Figures:
    """What an estimate of band power is like.

    Parameters
    ----------
    lag : float
        Time in s by which it lags the brain; see `lag_of`.
    window : float
        Effective averaging window in s: independent instants, for a signal that is white within the
        band, over the width of the band.
    log_sd : float
        Standard deviation of the logarithm of the estimate while the power does not change, for the
        signal's own spectrum where that is known, else for a flat one.
    """

    lag: float
    window: float
    log_sd: float


def figures_of(
    design: PowerDesign,
    band: tuple[float, float],
    sfreq: float,
    hop: int,
    spectrum: Density | None = None,
) -> Figures:
    """Return the figures of a design.

    Parameters
    ----------
    design : PowerDesign
    band : (float, float)
        The band it is for, Hz.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    spectrum : (ndarray, ndarray), optional
        Frequencies in Hz and one-sided density in V^2/Hz of the signal, where they are known.
    """
    window = design.degrees_of_freedom(hop) / (band[1] - band[0])
    terms = _terms(design, band, sfreq, hop, spectrum)
    offset = 0.0 if spectrum is None else design.offset  # it belongs to a spectrum
    return Figures(lag_of(design, band, sfreq, hop), window, _log_sd(*terms, offset))


def lag_of(design: PowerDesign, band: tuple[float, float], sfreq: float, hop: int) -> float:
    """Return the time in s by which an estimate lags the power of the band.

    It is the mean of the filters' group delay over the band, weighted by the power they let
    through, and half of the moving average. For a signal that is white within the band this is the
    centre of the covariance between the estimate and the true power earlier on. A filter designed
    for a delay shorter than it can have with its length has a longer one; this is the one it has.
    """
    freqs = np.linspace(*band, _FREQUENCIES)
    n = np.arange(design.taps.shape[1]) * design.block + (design.block - 1) / 2
    turns = np.exp(-2j * np.pi * np.outer(n, freqs) / sfreq)
    response, moment = design.taps @ turns, (design.taps * n) @ turns
    passed = float(design.weights @ (np.abs(response) ** 2).sum(axis=1))
    delayed = float(design.weights @ (moment * response.conj()).real.sum(axis=1))
    return delayed / passed / sfreq + smoothing_lag(design.n_mean, sfreq, hop)


def smoothing_lag(n_mean: int, sfreq: float, hop: int) -> float:
    """Return the delay in s of a moving average over hops."""
    return (n_mean - 1) / 2 * hop / sfreq


def asymmetry_noise(left: Figures, right: Figures, n_pairs: int, form: str) -> float:
    """Return the standard deviation of an asymmetry whose true value is zero.

    Both sides are taken as independent Gaussian signals of constant power, the pairs as independent
    of each other; for the ratio, each estimate as a gamma variable.

    Parameters
    ----------
    left, right : Figures
        Of the power of each side.
    n_pairs : int
        Pairs that are averaged.
    form : {'log', 'ratio'}
        See `settings.AsymmetryFeature`.
    """
    variance = (left.log_sd**2 + right.log_sd**2) / n_pairs
    if form == "log":
        return math.sqrt(variance)
    # Of two gamma variables of shape n, whose logarithms have the variance trigamma(n), the ratio
    # (R - L) / (R + L) has the variance 1 / (2 n + 1).
    n = scipy.optimize.brentq(
        lambda shape: float(scipy.special.polygamma(1, shape)) - variance / 2, 1e-3, 1e9
    )
    return 1.0 / math.sqrt(2.0 * n + 1.0)


def _terms(
    design: PowerDesign,
    band: tuple[float, float],
    sfreq: float,
    hop: int,
    spectrum: Density | None,
) -> tuple[FloatArray, FloatArray]:
    """Return l and m so that an estimate is distributed as ``sum l G + offset``.

    Each G is a gamma variable of shape m. The l are the eigenvalues (m = 1) of the covariance of
    all filters' outputs over the moving average, each output weighted as it enters it. Of a long
    average, which hardly differs from one gamma variable, that one is returned.
    """
    n = np.arange(design.taps.shape[1]) * design.block
    memory = (design.n_samples + design.n_mean * hop) / sfreq
    freqs = np.arange(0.0, min(sfreq / 2, 4.0 * band[1]), 0.5 / memory)
    density = np.ones(freqs.size) if spectrum is None else np.interp(freqs, *spectrum)
    response = design.taps @ np.exp(-2j * np.pi * np.outer(n, freqs) / sfreq)
    response *= np.sqrt(design.weights[:, None] * density * freqs[1] / 2.0 / design.n_mean)
    n_filters, n_mean = design.weights.size, design.n_mean
    turns = np.exp(2j * np.pi * np.outer(np.arange(n_mean) * hop / sfreq, freqs))
    lagged = np.stack([(response * turn) @ response.conj().T for turn in turns])
    if n_filters * n_mean > _MOST_TERMS:
        mean = n_mean * float(np.trace(lagged[0]).real)
        count = np.where(np.arange(n_mean) == 0, 1, 2) * (n_mean - np.arange(n_mean))
        variance = float(count @ (np.abs(lagged) ** 2).sum(axis=(1, 2)))
        return np.array([variance / mean]), np.array([mean**2 / variance])
    covariance = np.empty((n_mean, n_filters, n_mean, n_filters), dtype=complex)
    for a in range(n_mean):
        for b in range(n_mean):
            covariance[a, :, b] = lagged[a - b] if a >= b else lagged[b - a].conj().T
    values = np.linalg.eigvalsh(covariance.reshape(n_mean * n_filters, -1))
    return np.maximum(values, 0.0), np.ones(values.size)


def _log_sd(values: FloatArray, shapes: FloatArray, offset: float) -> float:
    """Return the standard deviation of ``ln(sum l G + offset)``, G gamma variables.

    For an exponential variable E apart from them, ``ln E - ln(sum l G + offset)`` exceeds u with
    the probability ``exp(-offset t) / prod (1 + l t)^m`` at ``t = exp(u)``. Its variance is that of
    ln E, which is pi^2 / 6, and the one wanted.
    """
    scale = float(values @ shapes) + offset
    t = np.exp(_LOGS)
    exponent = offset / scale * t
    for value, shape in zip(values / scale, shapes, strict=True):
        if value > 1e-12:
            exponent += shape * np.log1p(value * t)
    probability = -np.diff(np.exp(-exponent))
    middle, step = (_LOGS[1:] + _LOGS[:-1]) / 2, _LOGS[1] - _LOGS[0]
    mean = float(probability @ middle)
    variance = float(probability @ (middle - mean) ** 2) - step**2 / 12
    return math.sqrt(max(0.0, variance - math.pi**2 / 6))
