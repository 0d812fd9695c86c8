"""The spectrum of a few electrodes of a running session, for the operator's screen.

Responsible for keeping their newest 4 s and for Welch's estimate of them, a few times a second at
most. Not responsible for drawing it (`gui.operator.spectrum`) nor for whether it may be shown: in a
session of a study it may not, because whoever sees power could tell the arm.

Windows of 2 s (Hann, mean removed) overlap by half: three lie in 4 s, every 0.5 Hz has a value.
Samples are as they are recorded, artefacts included. Nothing of it is fed back or recorded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are first used

from neurofeedback.frames import Chunk, FloatArray, StreamInfo

WINDOW_SECONDS = 2.0
SECONDS = 4.0
SHOWN = (1.0, 45.0)  # Hz
MOST = 4  # electrodes
EVERY = 0.25  # s of signal between two spectra
JUMP_SECONDS = 0.1  # a step in time that is not a late sample


@dataclass(frozen=True, slots=True)
class TrainedSpectrum:
    """Spectra of some electrodes over the last 4 s.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz.
    decibels : ndarray, shape (n_freqs, n_electrodes)
        Power density in dB of 1 uV^2/Hz; NaN for an electrode without values.
    """

    freqs: FloatArray
    decibels: FloatArray


class SpectrumReader:
    """Spectra of electrodes as their samples come.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    wanted : sequence of str
        Electrodes, most important first.

    Attributes
    ----------
    names : tuple of str
        Those of `wanted` that are EEG in volts, `MOST` at most.
    n_wanted : int
        How many there were before that.
    """

    def __init__(self, info: StreamInfo, wanted: Sequence[str]) -> None:
        measured = {info.ch_names[i]: i for i in info.eeg if info.units[i] == "V"}
        found = [name for name in wanted if name in measured]
        self.names, self.n_wanted = tuple(found[:MOST]), len(found)
        self._columns = [measured[name] for name in self.names]
        self._sfreq = info.sfreq
        self._step = max(1, round(WINDOW_SECONDS * info.sfreq / 2))
        self._taper = scipy.signal.get_window("hann", 2 * self._step)[:, None]
        freqs = np.arange(self._step + 1) * info.sfreq / (2 * self._step)
        self._bins = (freqs >= SHOWN[0]) & (freqs <= min(SHOWN[1], 0.45 * info.sfreq))
        self._freqs: FloatArray = freqs[self._bins]
        self.forget()

    def forget(self) -> None:
        """Begin anew, such as after a time in which no samples were given."""
        n_samples = round(SECONDS * self._sfreq)
        self._kept: FloatArray = np.empty((n_samples, len(self._columns)))
        self._n_filled = self._n_fresh = 0
        self._next: int | None = None
        self._last_time = math.nan

    @property
    def missing(self) -> float:
        """Seconds without a gap that are still to come before there is a spectrum."""
        return (len(self._kept) - self._n_filled) / self._sfreq

    def add(self, chunk: Chunk) -> None:
        """Take over new samples; a gap before or in them begins anew."""
        if chunk.n_times == 0:
            return
        steps = np.diff(chunk.timestamps, prepend=self._last_time)
        jumps = np.flatnonzero(np.abs(steps - 1.0 / self._sfreq) > JUMP_SECONDS)
        if jumps.size or chunk.first_sample != self._next:
            self._n_filled = 0
        data = chunk.data[jumps[-1] if jumps.size else 0 :, self._columns]
        self._next, self._last_time = chunk.stop_sample, float(chunk.timestamps[-1])
        data = data[-len(self._kept) :]
        # Samples lie at the end: the oldest leave at the front.
        self._kept[: len(self._kept) - len(data)] = self._kept[len(data) :]
        self._kept[len(self._kept) - len(data) :] = data
        self._n_filled = min(self._n_filled + len(data), len(self._kept))
        self._n_fresh += len(data)

    def poll(self) -> TrainedSpectrum | None:
        """Return a new spectrum, if `EVERY` s have come since the last one."""
        full = self._n_filled == len(self._kept)
        if not self.names or not full or self._n_fresh < EVERY * self._sfreq:
            return None
        self._n_fresh = 0
        power = np.zeros((len(self._freqs), len(self.names)))
        starts = range(0, len(self._kept) - 2 * self._step + 1, self._step)
        with np.errstate(all="ignore"):  # what is no number stays none
            for start in starts:
                piece = self._kept[start : start + 2 * self._step]
                piece = (piece - piece.mean(axis=0)) * self._taper
                power += np.abs(scipy.fft.rfft(piece, axis=0)[self._bins]) ** 2
            density = 2 * power / (len(starts) * self._sfreq * (self._taper**2).sum())
            decibels = 10 * np.log10(density * 1e12)
        decibels[~np.isfinite(decibels)] = np.nan
        return TrainedSpectrum(self._freqs, decibels)
