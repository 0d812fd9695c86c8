"""Band power of each electrode of a running session, for a map on the operator's screen.

Responsible for power of the newest samples in the ring buffer, when asked, a little at a time. Not
responsible for the map (`signal.measures.scalp_map`) nor for whether it may be shown: in a session
of a study it may not, because whoever sees power could tell the arm.

Windows of 2 s (Hann, mean removed) that overlap by half lie at whole seconds of absolute sample
numbers; three of them are the newest 4 s, and together Welch's estimate. Of each, the coefficients
within the band are kept. The reference is linear: the average is taken off the coefficients, over
the electrodes in use then. Nothing of it is fed back or recorded.

No product of matrices here: a threaded one waits for other cores in the middle of a tick.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy  # its parts are loaded when they are first used
from numpy.typing import NDArray

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.frames import Chunk, FloatArray, StreamInfo
from neurofeedback.signal.quality import QualityReport
from neurofeedback.words.message import Message

WINDOW_SECONDS = 2.0
N_WINDOWS = 3
SECONDS = WINDOW_SECONDS * (N_WINDOWS + 1) / 2
FEWEST = 4  # electrodes; the average of fewer is no reference
AT_ONCE = 2**17  # samples that are transformed in one look: 64 channels of 2 s at 1 kHz
JUMP_SECONDS = 0.1  # a step in time that is not a late sample
NO_VALUES, FLAT = Message("no values"), Message("flat")  # as `signal.quality` calls them

Band = tuple[float, float]
ComplexArray = NDArray[np.complex128]


class SampleReader(Protocol):
    """Samples that can be read by a cursor; see `acquisition.ring_buffer`."""

    def cursor(self) -> int:
        """Return the absolute number of the next sample to arrive."""
        ...

    def read_since(self, cursor: int, max_samples: int | None = None) -> tuple[Chunk, int]:
        """Return the samples since `cursor`, and how many were overwritten before."""
        ...


@dataclass(frozen=True, slots=True)
class ScalpReading:
    """Band power over the last 4 s.

    Parameters
    ----------
    band : (float, float)
        Lower and upper edge, Hz; both are in it.
    used : ndarray of int, shape (n_used,)
        Which of `ScalpPower.names` have a value. Empty where 4 s without a gap are still to come,
        or fewer than `FEWEST` electrodes can be used.
    decibels : ndarray, shape (n_used,)
        Power against the average reference, in dB around the mean of the electrodes' dB.
    left_out : tuple of (str, str)
        Electrodes at known places that are not used, and why, as `signal.quality` says it.
    waiting : bool
        Whether the samples do not reach for a value yet.
    """

    band: Band
    used: NDArray[np.intp]
    decibels: FloatArray
    left_out: tuple[tuple[str, str], ...] = ()
    waiting: bool = False


class ScalpPower:
    """Compute band power from a ring buffer, a little at a time.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    ring : SampleReader
        Its newest samples; holds at least 5 s.
    band : (float, float)
        Hz.

    Attributes
    ----------
    names : tuple of str
        EEG channels in volts at known places of the 10-05 system.
    unplaced : tuple of str
        Those whose place is not known; they are in neither map nor reference.
    points : ndarray, shape (n_names, 3)
        Unit vectors (right, front, up) of `names`.
    """

    def __init__(self, info: StreamInfo, ring: SampleReader, band: Band) -> None:
        known = positions()
        judged = [i for i in info.eeg if info.units[i] == "V"]
        self._columns = [i for i in judged if info.ch_names[i] in known]
        self.names = tuple(info.ch_names[i] for i in self._columns)
        self.unplaced = tuple(info.ch_names[i] for i in judged if info.ch_names[i] not in known)
        self.points = np.array([known[name] for name in self.names]).reshape(-1, 3)
        self._ring, self._sfreq = ring, info.sfreq
        self._step = max(1, round(WINDOW_SECONDS * info.sfreq / 2))
        self._taper = scipy.signal.get_window("hann", 2 * self._step)[:, None]
        self._at_once = max(1, AT_ONCE // (2 * self._step))
        self._windows: dict[int, ComplexArray | None] = {}
        self._told: int | None = None
        self._begun: int | None = None  # a window whose channels are not all transformed
        self._piece: FloatArray | None = None
        self._parts: list[ComplexArray] = []
        self.choose(band)

    @property
    def enough(self) -> bool:
        """Whether the stream has electrodes enough for a map."""
        return len(self.names) >= FEWEST

    @property
    def band(self) -> Band:
        """The band in use, Hz."""
        return self._band

    def choose(self, band: Band) -> None:
        """Take another band from now on.

        Parameters
        ----------
        band : (float, float)
            Hz; where no multiple of 0.5 Hz lies in it, the one nearest to its middle is taken.
        """
        self._band = band
        self._bins = _bins_in(band, 2 * self._step, self._sfreq)
        self._windows.clear()
        self._told = None
        self._forget_begun()

    def poll(self, quality: QualityReport | None) -> tuple[bool, ScalpReading | None]:
        """Do the next piece of work, if there is any: `AT_ONCE` samples of one window at most.

        Parameters
        ----------
        quality : QualityReport or None
            The newest verdict; electrodes with a bad light are left out.

        Returns
        -------
        worked : bool
            Whether there was something to do.
        reading : ScalpReading or None
            A new one, once a second; one that says it waits as soon as there is a gap.
        """
        if not self.enough:
            return False, None
        newest = self._ring.cursor() // self._step - 2
        wanted = range(newest - N_WINDOWS + 1, newest + 1)
        self._windows = {k: v for k, v in self._windows.items() if k in wanted}
        missing = [k for k in wanted if k not in self._windows]
        if missing:
            self._work_on(missing[0])
        if any(k not in self._windows for k in wanted) or self._told == newest:
            return bool(missing), None
        self._told = newest
        return True, self._reading(quality)

    def _work_on(self, number: int) -> None:
        """Read a window if that is still to be done, and transform some of its channels."""
        if self._begun != number:
            self._begun, self._piece, self._parts = number, self._read(number), []
        if self._piece is None:
            self._windows[number] = None
            return
        done = sum(part.shape[1] for part in self._parts)
        with np.errstate(invalid="ignore", over="ignore"):
            data = self._piece[:, self._columns[done : done + self._at_once]]
            data = (data - data.mean(axis=0)) * self._taper
            self._parts.append(np.asarray(scipy.fft.rfft(data, axis=0)[self._bins]))
        if done + data.shape[1] == len(self._columns):
            self._windows[number] = np.concatenate(self._parts, axis=1)
            self._forget_begun()

    def _forget_begun(self) -> None:
        self._begun, self._piece, self._parts = None, None, []

    def _read(self, number: int) -> FloatArray | None:
        """Return the samples of a window, shape (n_times, n_channels); None for a gap."""
        start, length = number * self._step, 2 * self._step
        if start < 0:
            return None
        piece, n_lost = self._ring.read_since(start, length)
        if n_lost or piece.n_times < length or piece.first_sample != start:
            return None
        if (np.abs(np.diff(piece.timestamps) - 1.0 / self._sfreq) > JUMP_SECONDS).any():
            return None
        return piece.data

    def _reading(self, quality: QualityReport | None) -> ScalpReading:
        found = [self._windows[k] for k in sorted(self._windows)]
        windows = [w for w in found if w is not None]
        nothing = np.empty(0, dtype=np.intp), np.empty(0)
        if len(windows) < N_WINDOWS:
            return ScalpReading(self._band, *nothing, waiting=True)
        coefficients = np.concatenate(windows)
        reasons = self._reasons(coefficients, quality)
        used = np.array([n not in reasons for n in self.names])
        if used.sum() >= FEWEST:
            coefficients = coefficients - coefficients[:, used].mean(axis=1, keepdims=True)
            power = (np.abs(coefficients[:, used]) ** 2).mean(axis=0)
            where = np.flatnonzero(used)
            reasons |= {self.names[i]: FLAT for i in where[power <= 0]}
            where, power = where[power > 0], power[power > 0]
            if len(where) >= FEWEST:
                decibels = 10 * np.log10(power)
                left_out = self._in_order(reasons)
                return ScalpReading(self._band, where, decibels - decibels.mean(), left_out)
        return ScalpReading(self._band, *nothing, self._in_order(reasons))

    def _reasons(self, coefficients: ComplexArray, quality: QualityReport | None) -> dict[str, str]:
        """Return the electrodes that cannot be used, name to reason."""
        states = () if quality is None else quality.states
        finite = np.asarray(np.isfinite(coefficients).all(axis=0))
        reasons = {n: NO_VALUES for n, ok in zip(self.names, finite, strict=True) if not ok}
        return reasons | {s.name: s.reason for s in states if s.light == "bad"}

    def _in_order(self, reasons: dict[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple((name, reasons[name]) for name in self.names if name in reasons)


def _bins_in(band: Band, length: int, sfreq: float) -> slice:
    """Return which bins of a window's transform lie in a band: one at least."""
    resolution = sfreq / length
    # Half a thousandth of a bin: 13 Hz is in the band however the rate divides.
    first = math.ceil(band[0] / resolution - 5e-4)
    last = math.floor(band[1] / resolution + 5e-4)
    if last < first:
        first = last = round((band[0] + band[1]) / 2 / resolution)
    return slice(first, last + 1)
