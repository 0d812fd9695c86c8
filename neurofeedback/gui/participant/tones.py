"""The samples of what the participant hears.

Responsible for the tone, the chime and the loudness of both and of music, as arrays. Not
responsible for when something is heard (`gui.participant.sound`), for devices
(`gui.participant.speaker`) nor for files (`gui.participant.music`). Knows no Qt and reads no clock.

Samples are made hop by hop at absolute sample numbers, each hop by the same operations, so that
what comes out does not depend on how much is asked for at once. All that changes moves in straight
lines from one hop to the next, and what begins or ends does so along a quarter of a sine, which
keeps the power even: nothing clicks. The parts are scaled so that their sum cannot exceed
`CEILING`; nothing has to be cut off.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
FloatHop = NDArray[np.float64]  # a number for each sample of a hop, shape (HOP,)

RATE = 48_000
N_SIDES = 2  # left and right
HOP = 256
FADE = 0.15
SETTLING = 0.02
CEILING = 0.5
SOUND_PEAK = 0.32
CHIME_PEAK = 0.15
QUIETEST_DB = -30.0
CHORD = ((220, 1.0), (330, 0.6), (440, 0.5))  # Hz and share: what is always heard of the tone
OVERTONES = ((660, 1.0), (880, 0.7), (1100, 0.35))  # what comes to it as the value grows
BELL = ((880, 1.0, 0.22), (1320, 0.45, 0.16), (2640, 0.18, 0.08))  # Hz, share, decay in s
CHIME_SECONDS = 1.5
CHIME_ATTACK = 0.01
CHIME_GAP = 0.4
_GRID = 10  # Hz; every frequency of the tone is a multiple, so that a table of one period holds it
_RAMP = np.arange(1, HOP + 1) / HOP


class Carrier(Protocol):
    """What is made louder and softer."""

    def hop(self, start: int, value: FloatHop) -> Samples:
        """Return `HOP` samples from `start` on, shape (HOP, 2), within -1..1, for values 0..1."""
        ...


class Chord:
    """A soft chord that brightens with the value.

    Parameters
    ----------
    rate : int
        Samples per second; a multiple of 10.
    """

    def __init__(self, rate: int = RATE) -> None:
        self._period = rate // _GRID
        self._dark = _table(CHORD, rate)
        self._bright = _table(OVERTONES, rate)

    def hop(self, start: int, value: FloatHop) -> Samples:
        """Return the chord: overtones grow with the value, at even power."""
        at = slice(start % self._period, start % self._period + HOP)
        angle = value * (math.pi / 4)
        mono = (np.cos(angle) * self._dark[at] + np.sin(angle) * self._bright[at]) / math.sqrt(2)
        return np.repeat(mono[:, None], N_SIDES, axis=1).astype(np.float32)


def _table(partials: tuple[tuple[int, float], ...], rate: int) -> NDArray[np.float64]:
    """Return one period, a hop longer than that, with a peak of 1."""
    times = np.arange(rate // _GRID) / rate
    wave = np.zeros(times.size)
    for number, (hertz, share) in enumerate(partials):
        wave += share * np.sin(2 * np.pi * hertz * times + 2.4 * number)
    wave /= np.abs(wave).max()
    return np.concatenate([wave, wave[:HOP]])


def chime(rate: int = RATE) -> NDArray[np.float64]:
    """Return a soft bell, shape (n_samples,), with a peak of 1; begins and ends at nothing."""
    times = np.arange(HOP * math.ceil(CHIME_SECONDS * rate / HOP)) / rate
    wave = np.zeros(times.size)
    for hertz, share, decay in BELL:
        wave += share * np.sin(2 * np.pi * hertz * times) * np.exp(-times / decay)
    wave *= np.sin(np.pi / 2 * np.clip(times / CHIME_ATTACK, 0.0, 1.0)) ** 2
    wave *= np.sin(np.pi / 2 * np.clip((times[-1] - times) / FADE, 0.0, 1.0))
    wave /= np.abs(wave).max()
    return wave


def loudness(value: float) -> float:
    """Return the factor by which a value 0..1 makes the sound softer: `QUIETEST_DB` at 0."""
    return float(10.0 ** (QUIETEST_DB / 20.0 * (1.0 - value)))


class Synthesizer:
    """Makes the sound: told what should be heard, asked for samples.

    What is told takes effect at the next hop, 5 ms later at most, and moves there within
    `SETTLING` (value, volume) or `FADE` (beginning and end).

    Parameters
    ----------
    carrier : Carrier or None
        What follows the value; None where only chimes are heard.
    rate : int
        Samples per second.
    """

    def __init__(self, carrier: Carrier | None, rate: int = RATE) -> None:
        self.rate = rate
        self._carrier = carrier
        self._bell = chime(rate)
        self._settling = -math.expm1(-HOP / (SETTLING * rate))
        self._whole_fade = round(FADE * rate / HOP)
        self._gap = math.ceil(CHIME_GAP * rate / HOP) * HOP
        self._wanted_value, self._value = 0.0, 0.0
        self._wanted_volume, self._volume = 0.0, 0.0
        self._sounding = False
        self._faded_in = 0  # hops, 0 to `_whole_fade`
        self._position = 0
        self._bells: list[int] = []  # how far each chime is
        self._left: Samples = np.zeros((0, N_SIDES), dtype=np.float32)

    def follow(self, value: float, *, sounding: bool, volume: float) -> None:
        """Take over what should be heard.

        Parameters
        ----------
        value : float
            0..1 as displayed; of no effect while nothing sounds.
        sounding : bool
            False fades everything out, chimes too.
        volume : float
            Position of the volume setting, 0..1; its square is the factor.
        """
        self._sounding = sounding
        self._wanted_volume = min(max(volume, 0.0), 1.0) ** 2
        if sounding:
            self._wanted_value = min(max(value, 0.0), 1.0)

    def ring(self) -> None:
        """Begin a chime, unless nothing sounds or the last one began `CHIME_GAP` ago or less."""
        if self._sounding and not any(at < self._gap for at in self._bells):
            self._bells.append(0)

    def interrupted(self) -> None:
        """Fade in anew: what was made has not been heard without a break."""
        self._faded_in = 0

    def read(self, n: int) -> Samples:
        """Return the next samples.

        Parameters
        ----------
        n : int
            How many.

        Returns
        -------
        ndarray of float32, shape (n, 2)
            Left and right, within -`CEILING`..`CEILING`.
        """
        parts = [self._left]
        missing = n - len(self._left)
        while missing > 0:
            parts.append(self._hop())
            missing -= HOP
        joined = np.concatenate(parts)
        self._left = joined[n:]
        return joined[:n]

    def _hop(self) -> Samples:
        """Make the next hop."""
        old_value, old_volume, before = self._value, self._volume, self._faded_in
        self._value += (self._wanted_value - old_value) * self._settling
        self._volume += (self._wanted_volume - old_volume) * self._settling
        now = min(max(before + (1 if self._sounding else -1), 0), self._whole_fade)
        self._faded_in = now
        if before == now == 0:
            self._bells.clear()
            self._value = self._wanted_value
            return np.zeros((HOP, N_SIDES), dtype=np.float32)
        made = self._chimes()[:, None].repeat(N_SIDES, axis=1)
        if self._carrier is not None:
            values = _line(old_value, self._value)
            level = SOUND_PEAK * _line(loudness(old_value), loudness(self._value))
            made += level[:, None] * self._carrier.hop(self._position, values)
        self._position += HOP
        fade = np.sin(np.pi / 2 * _line(before / self._whole_fade, now / self._whole_fade))
        gain = fade * _line(old_volume, self._volume)
        return (gain[:, None] * made).astype(np.float32)

    def _chimes(self) -> NDArray[np.float64]:
        """Return the sum of the chimes that sound and move them on."""
        made = np.zeros(HOP)
        for at in self._bells:
            made += CHIME_PEAK * self._bell[at : at + HOP]
        self._bells = [at + HOP for at in self._bells if at + HOP < self._bell.size]
        return made


def _line(before: float, after: float) -> FloatHop:
    """Return a straight line that arrives at the last sample of a hop."""
    return before + (after - before) * _RAMP
