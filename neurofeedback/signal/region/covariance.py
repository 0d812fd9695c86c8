"""Covariance of channels within a band, from the clean stretches of a baseline.

Responsible for what a beamformer needs to know of the data. Not responsible for the beamformer
(`kernel`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.baseline import SEGMENT_SECONDS

VALUES_PER_CHANNEL = 2.0  # independent values in the band; with fewer, the covariance is noise


def seconds_needed(n_channels: int, band: tuple[float, float]) -> float:
    """Return the seconds of data from which a covariance in a band (Hz) can be known."""
    return VALUES_PER_CHANNEL * n_channels / (2.0 * (band[1] - band[0]))


def band_covariance(
    data: FloatArray, bad: NDArray[np.bool_], band: tuple[float, float], sfreq: float
) -> tuple[FloatArray, float]:
    """Estimate the covariance in a band from cross-spectra: Hann windows, half overlapping.

    Parameters
    ----------
    data : ndarray, shape (n_hops, hop, n_channels)
        V.
    bad : ndarray of bool, shape (n_hops,)
        Hops to leave out.
    band : (float, float)
        Hz.
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    covariance : ndarray, shape (n_channels, n_channels)
        V^2; zero where there is no clean window.
    seconds : float
        Clean data it comes from. Windows have 4 s; where less than half of the clean data lies in
        such, 2 or 1 s.
    """
    n_hops, hop, n_channels = data.shape
    stream, usable = data.reshape(-1, n_channels), np.repeat(~bad, hop)
    for window in SEGMENT_SECONDS:
        n = round(window * sfreq)
        starts = _clean_starts(usable, n)
        covered = np.zeros(len(usable), dtype=bool)
        for start in starts:
            covered[start : start + n] = True
        if 2 * covered.sum() >= usable.sum():
            break
    low, high = (round(edge * n / sfreq) for edge in band)
    bins = np.arange(low, max(high, low + 1))  # as many as the band is wide
    turns = np.exp(-2j * np.pi * np.outer(bins, np.arange(n)) / n)
    taper = np.hanning(n + 1)[:-1, None]
    total = np.zeros((n_channels, n_channels))
    for start in starts:
        segment = stream[start : start + n]
        parts = turns @ ((segment - segment.mean(axis=0)) * taper)
        total += (parts.T @ parts.conj()).real
    total *= 2.0 / (n * float((taper**2).sum()) * max(1, len(starts)))
    return total, float(covered.sum()) / sfreq


def _clean_starts(usable: NDArray[np.bool_], n: int) -> list[int]:
    """Return the starts of windows of `n` samples, half a window apart, that are clean."""
    return [s for s in range(0, len(usable) - n + 1, max(1, n // 2)) if usable[s : s + n].all()]
