"""Power spectra of whole recordings.

Responsible for Welch's estimate that never reaches across a gap, and for band power. Not
responsible for anything on the way to feedback (`power.envelope`), and not for what is made of the
numbers (`asymmetry`, `alpha`, `cordance`, `aperiodic`).

Power is averaged first, over windows and over the bins of the band; the logarithm comes last.

References
----------
Welch P (1967). The use of fast Fourier transform for the estimation of power spectra. IEEE Trans
Audio Electroacoust 15(2), 70-73. doi:10.1109/TAU.1967.1161901
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # its parts are loaded when they are first used

from neurofeedback.frames import FloatArray

ALPHA_BAND = (8.0, 13.0)  # Hz
WINDOW_SECONDS = 2.0

Window = Literal["hann", "hamming"]


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Power spectral density of several channels.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz.
    psd : ndarray, shape (n_freqs, n_channels)
        V^2/Hz.
    n_windows : int
        Number of windows averaged.
    """

    freqs: FloatArray
    psd: FloatArray
    n_windows: int

    def band_power(self, band: tuple[float, float] = ALPHA_BAND) -> FloatArray:
        """Return the mean density over the bins from ``band[0]`` to ``band[1]`` Hz inclusive.

        Returns
        -------
        ndarray, shape (n_channels,)
            V^2/Hz.

        Raises
        ------
        ValueError
            If no bin lies in the band.
        """
        # Half a thousandth of a bin: 13 Hz is in the band however the rate divides.
        slack = 5e-4 * self.resolution
        inside = (self.freqs >= band[0] - slack) & (self.freqs <= band[1] + slack)
        if not inside.any():
            raise ValueError(f"No frequency bin lies in the band {band}.")
        return np.asarray(self.psd[inside].mean(axis=0))

    def total_power(self, band: tuple[float, float]) -> FloatArray:
        """Return the power in a band: the sum over its bins, the upper edge left out.

        Bands that share an edge share no bin, so that their powers add up.

        Returns
        -------
        ndarray, shape (n_channels,)
            V^2.

        Raises
        ------
        ValueError
            If no bin lies in the band.
        """
        slack = 5e-4 * self.resolution
        inside = (self.freqs >= band[0] - slack) & (self.freqs < band[1] - slack)
        if not inside.any():
            raise ValueError(f"No frequency bin lies in the band {band}.")
        return np.asarray(self.psd[inside].sum(axis=0) * self.resolution)

    @property
    def resolution(self) -> float:
        """Distance of two bins, Hz."""
        return float(self.freqs[1] - self.freqs[0])


def welch_spectrum(
    data: FloatArray,
    sfreq: float,
    segments: Sequence[slice] = (slice(None),),
    window_seconds: float = WINDOW_SECONDS,
    window: Window = "hann",
) -> Spectrum:
    """Estimate spectra by Welch's method: windows overlap by half, their mean is removed.

    Parameters
    ----------
    data : ndarray, shape (n_times, n_channels)
        Volts.
    sfreq : float
        Sampling rate in Hz.
    segments : sequence of slice
        Stretches of samples without a gap; no window reaches across two. Stretches shorter than a
        window are left out.
    window_seconds : float
        Length of a window, s.
    window : 'hann' or 'hamming'
        Its shape, as for filters and spectra (periodic).

    Returns
    -------
    Spectrum
        The mean over all windows of all segments, each counting the same.

    Raises
    ------
    ValueError
        If no segment is as long as a window.
    """
    n_window = round(window_seconds * sfreq)
    n_overlap = n_window // 2
    total, n_windows = 0.0, 0
    freqs = np.arange(n_window // 2 + 1, dtype=np.float64) * (sfreq / n_window)
    for segment in segments:
        part = data[segment]
        if part.shape[0] < n_window:
            continue
        n = (part.shape[0] - n_overlap) // (n_window - n_overlap)
        _, psd = scipy.signal.welch(part, sfreq, window, n_window, n_overlap, axis=0)
        total = total + n * psd
        n_windows += n
    if n_windows == 0:
        raise ValueError(f"No stretch of samples is as long as a window of {window_seconds} s.")
    return Spectrum(freqs, np.asarray(total / n_windows), n_windows)


class RunningSpectrum:
    """Spectra as `welch_spectrum` estimates them, of samples that come in stretches.

    Nothing is kept but the sum over windows and the one window that is not full yet, so that the
    length of a recording costs no memory. It agrees with `welch_spectrum` to rounding; sessions,
    which are verified to the last bit, use that one.

    Parameters
    ----------
    n_channels : int
    sfreq, window_seconds, window
        As for `welch_spectrum`.
    """

    def __init__(
        self,
        n_channels: int,
        sfreq: float,
        window_seconds: float = WINDOW_SECONDS,
        window: Window = "hann",
    ) -> None:
        n_window = round(window_seconds * sfreq)
        self._sfreq, self._seconds = sfreq, window_seconds
        self._weights = scipy.signal.get_window(window, n_window)
        self._window = np.empty((n_channels, n_window))
        # Made once: large arrays, made anew for each window, cost as much as the transform.
        self._work = np.empty((n_channels, n_window))
        self._transformed = np.empty((n_channels, n_window // 2 + 1), dtype=np.complex128)
        self._filled = 0
        self._total = np.zeros((n_channels, n_window // 2 + 1))
        self.n_windows = 0

    def add(self, data: FloatArray) -> None:
        """Add the samples that follow, shape (n_times, n_channels)."""
        n_window = self._window.shape[1]
        n_overlap, at = n_window // 2, 0
        while at < len(data):
            n = min(n_window - self._filled, len(data) - at)
            self._window[:, self._filled : self._filled + n] = data[at : at + n].T
            self._filled += n
            at += n
            if self._filled == n_window:
                self._add_window()
                self._window[:, :n_overlap] = self._window[:, n_window - n_overlap :]
                self._filled = n_overlap

    def gap(self) -> None:
        """Say that the samples that come next do not follow: no window reaches across."""
        self._filled = 0

    def spectrum(self) -> Spectrum:
        """Return the mean over all windows.

        Raises
        ------
        ValueError
            If no stretch of samples was as long as a window.
        """
        if not self.n_windows:
            raise ValueError(f"No stretch of samples is as long as {self._seconds} s.")
        n_window = self._weights.size
        density = self._total.T / (self.n_windows * self._sfreq * (self._weights**2).sum())
        density[1 : (n_window + 1) // 2] *= 2  # both sides, but for 0 Hz and half the rate
        freqs = np.arange(n_window // 2 + 1, dtype=np.float64) * (self._sfreq / n_window)
        return Spectrum(freqs, density, self.n_windows)

    def _add_window(self) -> None:
        mean = self._window.mean(axis=1, keepdims=True)
        np.subtract(self._window, mean, out=self._work)
        self._work *= self._weights
        np.fft.rfft(self._work, axis=1, out=self._transformed)
        parts = self._transformed.view(np.float64)  # real and imaginary in turns
        parts *= parts
        self._total += parts[:, ::2]
        self._total += parts[:, 1::2]
        self.n_windows += 1
