"""Filters of the artefact gate: wide bands without the mains, and the mains alone.

Responsible for their coefficients. Not responsible for running them
(`signal.gate.artifact_filters`) nor for the filters that features are made of
(`signal.power.filters`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

OFF_MAINS = 3.0  # Hz left out on either side of the mains


def off_mains(
    bands: Sequence[tuple[float, float]], mains: Sequence[float], top: float
) -> list[tuple[float, float]]:
    """Cut the neighbourhood of the mains and everything above `top` out of bands.

    Parameters
    ----------
    bands : sequence of (float, float)
        Lower and upper edges in Hz.
    mains : sequence of float
        Frequencies in Hz.
    top : float
        Highest frequency to be used, Hz.

    Returns
    -------
    list of (float, float)
        What is left of them, pieces under 1 Hz left out; possibly nothing.
    """
    parts = [(low, min(high, top)) for low, high in bands]
    for line in mains:
        parts = [
            piece
            for low, high in parts
            for piece in ((low, min(high, line - OFF_MAINS)), (max(low, line + OFF_MAINS), high))
        ]
    return [(low, high) for low, high in parts if high - low > 1.0]


def band_taps(
    sfreq: float, bands: Sequence[tuple[float, float]], n: int, mains: Sequence[float]
) -> NDArray[np.complex128]:
    """Design an analytic filter for bands that lets nothing through at the mains.

    The ideal impulse response under a Hann window, projected off constants, ramps and the mains
    frequencies, which it therefore removes exactly.

    Parameters
    ----------
    sfreq : float
        Sampling rate in Hz.
    bands : sequence of (float, float)
        Passed, Hz.
    n : int
        Number of taps.
    mains : sequence of float
        Removed, Hz.

    Returns
    -------
    ndarray of complex128, shape (n,)
        Newest sample first. The mean of half the squared magnitude of the output is the power in
        the bands. Delay: half the length.
    """
    lag = (np.arange(n) - (n - 1) / 2) / sfreq
    taps = np.zeros(n, dtype=complex)
    for low, high in bands:
        width, centre = high - low, (low + high) / 2
        taps += 2 * width / sfreq * np.sinc(width * lag) * np.exp(2j * np.pi * centre * lag)
    taps *= np.hanning(n + 2)[1:-1]
    slope = lag / np.abs(lag).max()
    null = [np.ones(n, dtype=complex), slope.astype(complex)]
    for f in mains:
        wave = np.exp(2j * np.pi * f * lag)
        null += [wave, wave.conj(), slope * wave, slope * wave.conj()]
    basis, _ = np.linalg.qr(np.stack(null, axis=1))
    return np.asarray(taps - basis @ (basis.conj().T @ taps))


def line_taps(sfreq: float, f: float, n: int) -> NDArray[np.complex128]:
    """Design the narrow analytic filter at one frequency.

    Parameters
    ----------
    sfreq, f : float
        Sampling rate and frequency in Hz.
    n : int
        Number of taps.

    Returns
    -------
    ndarray of complex128, shape (n,)
        Newest sample first; gain 2 at `f`, so that the magnitude of the output is the amplitude.
        Delay: half the length.
    """
    lag = np.arange(n) / sfreq
    window = np.hanning(n + 2)[1:-1]
    return np.asarray(2 * window / window.sum() * np.exp(2j * np.pi * f * lag))
