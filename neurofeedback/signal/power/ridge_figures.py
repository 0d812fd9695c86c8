"""How late, how long and how noisy the ridge estimator is.

Responsible for figures that a person is told. Not responsible for those of estimators that are
linear in power (`signal.power.latency_noise`).

The delay and the window are those of the estimator for small changes of power, where each logarithm
counts by its slope. The noise is that of simulated Gaussian signals, since logarithms of single
outputs are far from their slopes; the simulation is the same each time.
"""

from __future__ import annotations

import math

import numpy as np

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.estimators import PowerDesign
from neurofeedback.signal.power.latency_noise import Density, Figures, lag_of
from neurofeedback.signal.power.pooled import RidgePower
from neurofeedback.signal.power.ridge import (
    COARSE,
    DELAYS,
    FINE,
    HANN,
    MUCH,
    N_COLUMNS,
    N_INSTANTS,
    RidgeDesign,
)

_SECONDS = 240.0


def ridge_figures(
    design: RidgeDesign,
    band: tuple[float, float],
    sfreq: float,
    hop: int,
    spectrum: Density | None = None,
) -> Figures:
    """Return the figures of a ridge design; see `latency_noise.figures_of`.

    Weights beyond those of its own columns (of `spatial`) count as one on the expected power: as if
    the other channels told nothing.
    """
    weights = design.weights[:N_COLUMNS].copy()
    weights[0] += design.weights[N_COLUMNS:].sum()
    small = PowerDesign(design.taps, _slopes(design, weights), 0.0, 1, design.block)
    window = small.degrees_of_freedom(hop) / (band[1] - band[0])
    signals = _noise(sfreq, hop, spectrum)
    power = RidgePower(hop, [0], [design])
    values = (power.columns(signals) @ weights)[power.support :, 0]
    return Figures(lag_of(small, band, sfreq, hop), window, float(values.std()))


def _slopes(design: RidgeDesign, weights: FloatArray) -> FloatArray:
    """Return by how much the value changes with each filter's squared output."""
    power = (np.abs(design.taps) ** 2).sum(axis=1)
    share = power / power.max()
    window, single = share[:N_INSTANTS], share[N_INSTANTS:]
    slopes = np.zeros(share.size)
    slopes[:N_INSTANTS] += weights[0] * HANN / (window @ HANN + design.missed)
    slopes[:N_INSTANTS] += weights[-1] / N_INSTANTS / (window.mean() + FINE)
    slopes[N_INSTANTS:] += weights[1 : 1 + DELAYS.size] / (single + FINE)
    slopes[N_INSTANTS + COARSE] += weights[1 + DELAYS.size : -1] / (single[COARSE] + MUCH)
    return slopes


def _noise(sfreq: float, hop: int, spectrum: Density | None) -> FloatArray:
    """Return Gaussian noise of a spectrum, shape (n_hops, hop, 1), V."""
    n = round(_SECONDS * sfreq / hop) * hop
    freqs = np.fft.rfftfreq(n, 1 / sfreq)
    density = np.ones(freqs.size) if spectrum is None else np.interp(freqs, *spectrum)
    random = np.random.default_rng(0)
    parts = random.standard_normal((2, freqs.size)) * np.sqrt(density)
    stream = np.fft.irfft(parts[0] + 1j * parts[1], n) * math.sqrt(n * sfreq / 4.0)
    return np.asarray(stream.reshape(-1, hop, 1))
