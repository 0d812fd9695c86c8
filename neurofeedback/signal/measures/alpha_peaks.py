"""Alpha peaks in the spectra of single channels.

Responsible for smoothing, for telling peaks from background and from interference, and for the
flanks of peaks. Not responsible for what several channels say together (`alpha`, which has the
reference).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are first used
from pydantic import Field

from neurofeedback.frames import FloatArray
from neurofeedback.signal.measures.spectrum import Spectrum
from neurofeedback.signal.power.bands import ALPHA_SEARCH, Band
from neurofeedback.signal.settings_base import Settings

_NEAR = 0.3  # Hz; how far a peak may lie from where a finer spectrum has it
_LINE = 0.1  # Hz; half the width of a line in spectra of 16 s windows
_AROUND = (0.2, 0.6)  # Hz from the line; its main lobe does not reach there


class AlphaSettings(Settings):
    """How the individual alpha frequency is looked for.

    Attributes
    ----------
    search : (float, float)
        Where peaks are looked for, Hz.
    fit : (float, float)
        Range of the straight line and of the mean density, Hz.
    frame, order : int
        Savitzky-Golay filter: number of bins (odd) and order of the polynomial.
    excess : float
        How far above the line a peak must lie, in standard deviations.
    lead : float
        How much higher than the next peak a clear peak must be, as a share.
    min_channels : int
        How many channels must have a clear peak.
    surroundings : float
        A peak is interference when the density 0.2-0.6 Hz away from it is less than this share of
        the density within 0.1 Hz of it, which is so for rhythms narrower than 0.5 Hz. Not part of
        Corcoran's method. In the resting recordings it was set by, rhythms have .26 or more, the
        harmonics of a disturbance .06-.16.
    """

    search: Band = ALPHA_SEARCH
    fit: Band = (1.0, 40.0)
    frame: int = Field(default=11, ge=5, le=99)
    order: int = Field(default=5, ge=2, le=9)
    excess: float = Field(default=1.0, ge=0.0, le=5.0)
    lead: float = Field(default=0.2, ge=0.0, le=1.0)
    min_channels: int = Field(default=3, ge=1, le=64)
    surroundings: float = Field(default=0.2, ge=0.0, lt=1.0)


@dataclass(frozen=True, slots=True)
class Smoothed:
    """Smoothed spectra, relative to each channel's mean density over the fitted range.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz.
    density : ndarray, shape (n_freqs, n_channels)
        After the Savitzky-Golay filter.
    background : ndarray, shape (n_freqs, n_channels)
        What a peak must exceed.
    """

    freqs: FloatArray
    density: FloatArray
    background: FloatArray


@dataclass(frozen=True, slots=True)
class Peaks:
    """Peaks of one channel.

    Parameters
    ----------
    freqs : tuple of float
        Every peak that is no interference, Hz, lowest first.
    lines : tuple of float
        Peaks that are interference, Hz.
    clear : float or None
        The peak that stands out, Hz.
    flanks : (float, float)
        Foot of the lowest peak on its left and of the highest on its right, Hz; (0, 0) without a
        peak.
    weight : float
        Mean relative density between the inflection points of the clear peak; 0 without one.
    """

    freqs: tuple[float, ...]
    lines: tuple[float, ...]
    clear: float | None
    flanks: tuple[float, float]
    weight: float


def smooth(spectrum: Spectrum, settings: AlphaSettings) -> Smoothed:
    """Smooth spectra and fit the background.

    Raises
    ------
    ValueError
        If the spectra end below the search range.
    """
    low, high = settings.fit
    inside = (spectrum.freqs >= low) & (spectrum.freqs <= high)
    freqs = spectrum.freqs[inside]
    if freqs.size < settings.frame or freqs[-1] < settings.search[1]:
        raise ValueError(f"Spectra end at {spectrum.freqs[-1]:g} Hz, too low for an alpha peak.")
    density = spectrum.psd[inside]
    mean = density.mean(axis=0)
    density = density / np.where(mean > 0, mean, 1.0)
    smoothed = scipy.signal.savgol_filter(density, settings.frame, settings.order, axis=0)
    logs = np.log10(np.maximum(density, 1e-30))
    offset, slope = np.polynomial.polynomial.polyfit(freqs, logs, 1)
    fitted = offset + np.outer(freqs, slope)
    spread = np.sqrt(((logs - fitted) ** 2).sum(axis=0) / (freqs.size - 2))
    return Smoothed(freqs, np.asarray(smoothed), 10 ** (fitted + settings.excess * spread))


def peaks_of(
    smoothed: Smoothed, channel: int, settings: AlphaSettings, fine: Spectrum | None = None
) -> Peaks:
    """Find the peaks of one channel.

    Parameters
    ----------
    smoothed : Smoothed
        Spectra of all channels.
    channel : int
        Which of them.
    settings : AlphaSettings
    fine : Spectrum, optional
        Of the same channels with windows of 16 s, to tell interference from rhythms; without it no
        peak counts as interference.
    """
    freqs = smoothed.freqs
    density, background = smoothed.density[:, channel], smoothed.background[:, channel]
    maxima = _maxima(freqs, density, background, settings.search)
    lines = (
        []
        if fine is None
        else [i for i in maxima if _surroundings(fine, channel, freqs[i]) < settings.surroundings]
    )
    # Smoothing makes ripples beside a line; they are no peaks either.
    reach = settings.frame // 2 + 1
    bins = [
        i
        for i in maxima
        if not any(abs(i - k) <= reach and density[i] <= density[k] for k in lines)
    ]
    where = tuple(float(freqs[i]) for i in lines)
    if not bins:
        return Peaks((), where, None, (0.0, 0.0), 0.0)
    left = _foot(density, background, bins[0], -1)
    right = _foot(density, background, bins[-1], +1)
    found = tuple(float(freqs[i]) for i in bins)
    flanks = (float(freqs[left]), float(freqs[right]))
    by_height = sorted(bins, key=lambda i: -float(density[i]))
    top = by_height[0]
    if len(bins) > 1 and density[top] <= (1 + settings.lead) * density[by_height[1]]:
        return Peaks(found, where, None, flanks, 0.0)
    inflection = _between_inflections(density, top, left, right)
    return Peaks(found, where, float(freqs[top]), flanks, float(density[inflection].mean()))


def centres_of_gravity(smoothed: Smoothed, found: Sequence[Peaks]) -> dict[int, float]:
    """Return each channel's centre of gravity (Hz) between the flanks averaged over channels.

    Channels without a peak have none.
    """
    channels = [i for i, peaks in enumerate(found) if peaks.freqs]
    if not channels:
        return {}
    low, high = np.mean([found[i].flanks for i in channels], axis=0)
    inside = (smoothed.freqs >= low) & (smoothed.freqs <= high)
    freqs, mass = smoothed.freqs[inside], smoothed.density[inside]
    return {i: float(freqs @ mass[:, i] / mass[:, i].sum()) for i in channels}


def _maxima(
    freqs: FloatArray, density: FloatArray, background: FloatArray, search: tuple[float, float]
) -> list[int]:
    inner = np.arange(1, density.size - 1)
    highest = (density[inner] > density[inner - 1]) & (density[inner] >= density[inner + 1])
    wanted = (freqs[inner] >= search[0]) & (freqs[inner] <= search[1])
    return [int(i) for i in inner[highest & wanted & (density[inner] > background[inner])]]


def _surroundings(fine: Spectrum, channel: int, freq: float) -> float:
    """Return the density around a peak as a share of the density at the peak."""
    near = np.flatnonzero(np.abs(fine.freqs - freq) <= _NEAR)
    psd = fine.psd[:, channel]
    top = fine.freqs[near[psd[near].argmax()]]
    away = np.abs(fine.freqs - top)
    around = (away > _AROUND[0]) & (away < _AROUND[1])
    return float(psd[around].mean() / psd[away < _LINE].mean())


def _foot(density: FloatArray, background: FloatArray, start: int, step: int) -> int:
    """Walk down from a peak to its foot: a minimum, or the background."""
    at = start
    while (
        0 < at < density.size - 1
        and density[at] > background[at]
        and density[at + step] < density[at]
    ):
        at += step
    return at


def _between_inflections(density: FloatArray, top: int, left: int, right: int) -> slice:
    """Return the bins around a peak where the density is bent downwards, within its feet."""
    bent = np.diff(density, 2)  # bent[i - 1] belongs to bin i
    first, last = top, top
    while first > left and bent[first - 2] < 0:
        first -= 1
    while last < right and bent[last] < 0:
        last += 1
    return slice(first, last + 1)
