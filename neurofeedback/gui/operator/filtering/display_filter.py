"""The filter of the traces: a choice of corner frequencies, and the filter itself.

Responsible for which corners a stream allows, for their words, and for filtering samples as they
come. For display only: nothing that is recorded or computed knows of it. Not responsible for where
samples come from (`gui.operator.filtering.store`) nor for the menu.

The high-pass is a running mean that is taken off (one pole), the low-pass a Butterworth filter of
second order (12 dB an octave, as amplifiers have), the notch a second-order filter 4 Hz wide. All
are causal: what is drawn never changes when later samples come.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy  # its parts are loaded when they are first used

from neurofeedback.frames import FloatArray
from neurofeedback.words.language import number, tr

HIGHPASS = (0.1, 0.5, 1.0, 5.0)
LOWPASS = (None, 70.0, 35.0, 15.0)
NOTCH = (None, 50.0, 60.0)
NOTCH_WIDTH = 4.0


@dataclass(frozen=True, slots=True)
class DisplayFilter:
    """Corner frequencies, Hz.

    Parameters
    ----------
    highpass : float
    lowpass, notch : float or None
        None for none.
    """

    highpass: float = 0.5
    lowpass: float | None = None
    notch: float | None = None

    def with_corner(self, name: str, corner: float | None) -> DisplayFilter:
        """Return it with another `highpass`, `lowpass` or `notch`."""
        changed: dict[str, Any] = {name: corner}
        return replace(self, **changed)

    def fits(self, sfreq: float) -> bool:
        """Return whether a stream of this rate, Hz, can be filtered so."""
        return all(corner < 0.45 * sfreq for corner in (self.lowpass, self.notch) if corner)

    def in_words(self) -> str:
        """Say it in a few words, such as ``0.5-35 Hz, notch 50 Hz``."""
        low = number(self.highpass, "g")
        if self.lowpass is None:
            said = tr("from {low} Hz", low=low)
        else:
            said = tr("{low}\u2013{high} Hz", low=low, high=number(self.lowpass, "g"))
        if self.notch is not None:
            said = tr("{band}, notch {hz} Hz", band=said, hz=number(self.notch, "g"))
        return said


USUAL = DisplayFilter()


class FilterRun:
    """A filter with the memory of one stretch of samples without a gap.

    Parameters
    ----------
    chosen : DisplayFilter
    sfreq : float
        Sampling rate in Hz.
    n_channels : int
    """

    def __init__(self, chosen: DisplayFilter, sfreq: float, n_channels: int) -> None:
        self._pole = float(np.exp(-2 * np.pi * chosen.highpass / sfreq))
        self._sections = _sections(chosen, sfreq)
        self._n_channels = n_channels
        self.begin()

    def begin(self) -> None:
        """Forget what was before: electrodes may have another offset after a gap."""
        self._drift: FloatArray | None = None
        self._level: FloatArray = np.zeros(self._n_channels)
        self._rest: FloatArray = np.zeros((len(self._sections), 2, self._n_channels))

    def __call__(self, data: FloatArray) -> FloatArray:
        """Filter the samples that follow.

        Parameters
        ----------
        data : ndarray, shape (n_times, n_channels)

        Returns
        -------
        ndarray, shape (n_times, n_channels)
            NaN where a sample is NaN or infinite; these leave nothing behind in the filter.
        """
        finite = np.isfinite(data)
        if self._drift is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                level = np.nanmean(np.where(finite, data, np.nan), axis=0)
            self._level = np.where(np.isfinite(level), level, 0.0)
            self._drift = self._pole * self._level[None, :]
        known = np.where(finite, data, self._level)
        drift, self._drift = scipy.signal.lfilter(
            [1 - self._pole], [1.0, -self._pole], known, axis=0, zi=self._drift
        )
        self._level = drift[-1]
        kept = known - drift
        if len(self._sections):
            kept, self._rest = scipy.signal.sosfilt(self._sections, kept, axis=0, zi=self._rest)
        return np.where(finite, kept, np.nan)


def _sections(chosen: DisplayFilter, sfreq: float) -> FloatArray:
    """Return low-pass and notch as second-order sections, shape (n, 6)."""
    found: list[FloatArray] = []
    if chosen.lowpass is not None:
        found.append(scipy.signal.butter(2, chosen.lowpass, fs=sfreq, output="sos"))
    if chosen.notch is not None:
        b, a = scipy.signal.iirnotch(chosen.notch, chosen.notch / NOTCH_WIDTH, fs=sfreq)
        found.append(np.concatenate([b, a])[None, :])
    return np.concatenate(found) if found else np.empty((0, 6))
