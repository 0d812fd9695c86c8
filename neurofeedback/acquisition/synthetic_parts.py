"""What a synthetic participant's signal consists of.

Responsible for the parts and how they spread over the scalp: 1/f background, rhythms, blinks,
muscle, mains. Not responsible for the level of the rhythms
(`synthetic_rhythms`) nor for pace and chunks (`synthetic`).

All amplitudes are in volts at the electrode where the part is strongest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are first used

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.acquisition.synthetic_rhythms import Rhythm
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray

BACKGROUND_RMS = 8e-6
SENSOR_RMS = 1.0e-6
MAINS_FREQUENCY = 50.0  # Hz
MAINS_AMPLITUDE = 0.7e-6
BLINK_AMPLITUDE = (100e-6, 250e-6)
BLINK_SECONDS = (0.25, 0.4)
BLINKS_A_SECOND = 0.2
MUSCLE_RMS = (15e-6, 40e-6)
MUSCLE_SECONDS = (0.3, 1.0)
MUSCLES_A_SECOND = 1 / 40
MUSCLE_BAND = (20.0, 80.0)  # Hz
N_SOURCES = 24
_CORNERS = 2.0 ** np.arange(-1, 7)  # Hz, the octaves whose sum falls off as 1/f


def spread(names: Sequence[str], centre: FloatArray, width: float) -> FloatArray:
    """Weight 0..1 of a source under `centre` at each electrode: a Gaussian of the angle.

    Parameters
    ----------
    names : sequence of str
        Electrodes.
    centre : ndarray, shape (3,)
        Direction (right, front, up).
    width : float
        Standard deviation of the Gaussian in radians.

    Returns
    -------
    ndarray, shape (n_channels,)

    Raises
    ------
    UserError
        If an electrode is not known by name.
    """
    known = positions()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(
            "A synthetic participant has no electrode {unknown}: give names of the 10-05 "
            "system, such as F3 or Cz.",
            unknown=", ".join(unknown),
        )
    points = np.array([known[name] for name in names])
    angle = np.arccos(np.clip(points @ (centre / np.linalg.norm(centre)), -1.0, 1.0))
    return np.asarray(np.exp(-0.5 * (angle / width) ** 2))


@dataclass(slots=True)
class _Burst:
    """A blink or a muscle burst: a bump in time, absolute samples."""

    start: int
    n_times: int
    amplitude: float
    site: int

    def envelope(self, first: int, n_times: int) -> FloatArray:
        phase = (np.arange(first, first + n_times) - self.start) / self.n_times
        bump = np.sin(np.pi * np.clip(phase, 0.0, 1.0)) ** 2
        return np.asarray(self.amplitude * bump)


class _Bursts:
    """Bursts at random times, remembered until they are over."""

    def __init__(
        self,
        rng: np.random.Generator,
        sfreq: float,
        rate: float,
        seconds: tuple[float, float],
        amplitude: tuple[float, float],
        n_sites: int,
    ) -> None:
        self._rng, self._sfreq, self._rate = rng, sfreq, rate
        self._seconds, self._amplitude = seconds, amplitude
        self._n_sites = n_sites
        self._running: list[_Burst] = []

    def block(self, first: int, n_times: int) -> FloatArray:
        """Return the sum of the bursts at each site, shape (n_times, n_sites)."""
        for _ in range(self._rng.poisson(self._rate * n_times / self._sfreq)):
            self._running.append(
                _Burst(
                    start=first + int(self._rng.integers(n_times)),
                    n_times=max(2, round(self._rng.uniform(*self._seconds) * self._sfreq)),
                    amplitude=self._rng.uniform(*self._amplitude),
                    site=int(self._rng.integers(self._n_sites)),
                )
            )
        total = np.zeros((n_times, self._n_sites))
        for burst in self._running:
            total[:, burst.site] += burst.envelope(first, n_times)
        end = first + n_times
        self._running = [b for b in self._running if b.start + b.n_times > end]
        return total


class _Background:
    """Independent 1/f noises of unit variance: sums of first-order processes, one an octave."""

    def __init__(self, rng: np.random.Generator, sfreq: float, n_sources: int) -> None:
        self._rng = rng
        self._poles = np.exp(-2 * np.pi * _CORNERS / sfreq)
        self._state = (
            rng.standard_normal((len(_CORNERS), 1, n_sources)) * self._poles[:, None, None]
        )
        self._n_sources = n_sources

    def block(self, n_times: int) -> FloatArray:
        total = np.zeros((n_times, self._n_sources))
        for i, pole in enumerate(self._poles):
            drive = self._rng.standard_normal((n_times, self._n_sources)) * np.sqrt(1 - pole**2)
            part, self._state[i] = scipy.signal.lfilter(
                [1.0], [1.0, -pole], drive, axis=0, zi=self._state[i]
            )
            total += part
        return np.asarray(total / np.sqrt(len(_CORNERS)))


class _NarrowBand:
    """Independent narrow-band processes of unit variance, waxing and waning by themselves."""

    def __init__(self, rng: np.random.Generator, sfreq: float, rhythms: Sequence[Rhythm]) -> None:
        self._rng = rng
        radius = np.exp(-np.pi * np.array([r.bandwidth for r in rhythms]) / sfreq)
        turn = np.exp(2j * np.pi * np.array([r.frequency for r in rhythms]) / sfreq)
        self._drive = np.sqrt(1 - radius**2)
        self._poles = radius * turn
        self._state = self._complex_noise((1, len(rhythms))) * self._poles

    def _complex_noise(self, shape: tuple[int, int]) -> np.ndarray:
        # Real and imaginary part of unit variance each: the real part is what is used.
        parts = self._rng.standard_normal((2, *shape))
        return np.asarray(parts[0] + 1j * parts[1])

    def block(self, n_times: int) -> FloatArray:
        waves = self._complex_noise((n_times, len(self._poles))) * self._drive
        for i, pole in enumerate(self._poles):
            waves[:, i], self._state[:, i] = scipy.signal.lfilter(
                [1.0], [1.0, -pole], waves[:, i], zi=self._state[:, i]
            )
        return np.asarray(waves.real)


class Participant:
    """Makes the signal, block after block.

    Each part has a random stream of its own, so that leaving one out does not change the others.

    Parameters
    ----------
    ch_names : sequence of str
        Electrodes of the 10-05 system.
    sfreq : float
        Sampling rate in Hz.
    seed : int
        Seed of everything random.
    rhythms : sequence of Rhythm
        Their levels are given with each block.
    artifacts : bool
        Whether there are blinks and muscle bursts.
    """

    def __init__(
        self,
        ch_names: Sequence[str],
        sfreq: float,
        seed: int,
        rhythms: Sequence[Rhythm],
        *,
        artifacts: bool,
    ) -> None:
        rngs = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(7)]
        self._sfreq, self._first = sfreq, 0
        self._n_channels = len(ch_names)
        self._background = _Background(rngs[0], sfreq, N_SOURCES)
        self._sensor = rngs[1]
        self._rhythms = _NarrowBand(rngs[2], sfreq, rhythms)
        self._mains = rngs[3].uniform(0.3, 1.0, self._n_channels) * MAINS_AMPLITUDE
        self._blinks = _Bursts(rngs[4], sfreq, BLINKS_A_SECOND, BLINK_SECONDS, BLINK_AMPLITUDE, 1)
        self._muscles = _Bursts(rngs[5], sfreq, MUSCLES_A_SECOND, MUSCLE_SECONDS, MUSCLE_RMS, 2)
        self._muscle_noise = rngs[6]
        top = min(MUSCLE_BAND[1], 0.45 * sfreq)
        self._muscle_filter = scipy.signal.butter(
            2, (MUSCLE_BAND[0], top), "bandpass", fs=sfreq, output="sos"
        )
        self._muscle_state = np.zeros((self._muscle_filter.shape[0], 2, 2))
        self._muscle_gain = np.sqrt(sfreq / 2 / (top - MUSCLE_BAND[0]))
        self._artifacts = artifacts
        self._set_topographies(ch_names, rhythms)

    def _set_topographies(self, names: Sequence[str], rhythms: Sequence[Rhythm]) -> None:
        mixing = np.array([spread(names, p, 0.7) for p in _directions(N_SOURCES)])
        self._mixing = mixing / np.sqrt((mixing**2).sum(axis=0)) * BACKGROUND_RMS
        at = positions()
        self._rhythm_maps = np.array([r.rms * _pattern(r, names) for r in rhythms])
        self._blink_map = spread(names, np.array([0.0, 1.0, -0.15]), 0.5)
        self._muscle_maps = np.array([spread(names, at[s], 0.35) for s in ("T7", "T8")])

    def block(self, n_times: int, levels: FloatArray) -> FloatArray:
        """Return the next samples.

        Parameters
        ----------
        n_times : int
            Number of samples.
        levels : ndarray, shape (n_times, n_rhythms)
            ln of the power of each rhythm over its usual power.

        Returns
        -------
        ndarray, shape (n_times, n_channels)
            Volts.
        """
        first, self._first = self._first, self._first + n_times
        volts: FloatArray = self._background.block(n_times) @ self._mixing
        volts += SENSOR_RMS * self._sensor.standard_normal((n_times, self._n_channels))
        volts += (self._rhythms.block(n_times) * np.exp(levels / 2)) @ self._rhythm_maps
        if self._sfreq > 2 * MAINS_FREQUENCY:
            phase = np.arange(first, first + n_times) * (MAINS_FREQUENCY / self._sfreq)
            volts += np.sin(2 * np.pi * (phase % 1.0))[:, None] * self._mains
        if self._artifacts:
            volts += self._blinks.block(first, n_times) * self._blink_map
            volts += self._muscle(first, n_times) @ self._muscle_maps
        return volts

    def _muscle(self, first: int, n_times: int) -> FloatArray:
        noise = self._muscle_noise.standard_normal((n_times, 2))
        noise, self._muscle_state = scipy.signal.sosfilt(
            self._muscle_filter, noise, axis=0, zi=self._muscle_state
        )
        return np.asarray(noise * self._muscle_gain * self._muscles.block(first, n_times))


def _pattern(rhythm: Rhythm, names: Sequence[str]) -> FloatArray:
    if rhythm.pattern is not None:
        return np.array(rhythm.pattern)
    return spread(names, np.array(rhythm.centre), rhythm.width)


def _directions(n: int) -> FloatArray:
    """Directions spread evenly over the upper head, shape (n, 3): a golden spiral."""
    i = np.arange(n) + 0.5
    up = 1 - 1.3 * i / n
    turn = np.pi * (1 + 5**0.5) * i
    flat = np.sqrt(1 - up**2)
    points: FloatArray = np.column_stack([flat * np.cos(turn), flat * np.sin(turn), up])
    return points
