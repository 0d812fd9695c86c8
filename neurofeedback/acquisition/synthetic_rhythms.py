"""Rhythms of a synthetic participant that can be trained, and how they are learned.

Responsible for what such a rhythm is, for the level at which it is at each moment, and for what
feedback changes. Not responsible for the signal made of it (`synthetic_parts`).

A level is the logarithm of a rhythm's power over what is usual. It wanders: each second it moves to
a new random value, as attention does. A learner's levels also drift: whatever the participant just
did becomes more usual when the feedback is better than usual, and less when it is worse. The
participant knows nothing of the protocol; what can be learned is what feedback really follows, and
nothing is learned from feedback that follows something else.

This is a demonstration and nothing more. The constants are chosen so that minutes show an effect;
people need sessions, and many learn nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.frames import FeedbackFrame, FloatArray

WANDERING = 0.8  # standard deviation of a level at whole seconds
LEARNING_RATE = 0.3  # ln power a second, for feedback 1 better than usual at a level of 1
LEARNING_LIMIT = 0.5  # ln power, either way
HABIT = 10.0  # s over which feedback becomes usual
LONGEST_STEP = 0.1  # s that one frame of feedback can stand for
ALPHA_FREQUENCY = 10.0  # Hz
RMS_AT_ALPHA = 5e-6  # V; falls off with frequency as the background does


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A rhythm and where it is seen.

    Parameters
    ----------
    name : str
        For people.
    centre : tuple of float
        Direction (right, front, up) under which it is strongest.
    frequency : float
        Hz.
    bandwidth : float
        Hz; its inverse is the length of a burst.
    rms : float
        Root mean square where it is strongest, at a level of 0, V.
    width : float
        How far it is seen: standard deviation of a Gaussian of the angle, radians.
    pattern : tuple of float or None
        How it is seen at each electrode instead, at most 1.
    """

    name: str
    centre: tuple[float, float, float]
    frequency: float = ALPHA_FREQUENCY
    bandwidth: float = 1.0
    rms: float = RMS_AT_ALPHA
    width: float = 0.45
    pattern: tuple[float, ...] | None = None


def rhythm_in_band(
    name: str,
    centre: Sequence[float],
    band: tuple[float, float],
    pattern: Sequence[float] | None = None,
) -> Rhythm:
    """Return a rhythm in a band: at the participant's alpha where the band holds that.

    It is as much stronger than the background as frontal alpha is, at any frequency.

    Parameters
    ----------
    name : str
    centre : sequence of float
        Direction (right, front, up).
    band : (float, float)
        Hz.
    pattern : sequence of float or None
        See `Rhythm`.
    """
    low, high = band
    frequency = ALPHA_FREQUENCY if low <= ALPHA_FREQUENCY <= high else 0.5 * (low + high)
    right, front, up = centre
    return Rhythm(
        name,
        (right, front, up),
        frequency,
        bandwidth=max(1.0, (high - low) / 5.0),
        rms=RMS_AT_ALPHA * math.sqrt(ALPHA_FREQUENCY / frequency),
        pattern=None if pattern is None else tuple(pattern),
    )


def rhythm_at(electrode: str, band: tuple[float, float] = (8.0, 13.0)) -> Rhythm:
    """Return a rhythm under an electrode that `electrodes.positions` knows."""
    return rhythm_in_band(electrode, positions()[electrode].tolist(), band)


FRONTAL_ALPHA = (rhythm_at("F3"), rhythm_at("F4"))
POSTERIOR_ALPHA = tuple(
    replace(rhythm_at(electrode), rms=12e-6, width=0.6) for electrode in ("PO3", "PO4")
)


class Levels:
    """The levels of some rhythms, second by second.

    Parameters
    ----------
    start : ndarray, shape (n_rhythms,)
        Levels about which they wander at first.
    rng : Generator
        Of the wandering.
    rate : float
        Of learning; 0 for a participant who does not.

    Attributes
    ----------
    learned : ndarray, shape (n_rhythms,)
        By how much the levels have drifted.
    """

    def __init__(self, start: FloatArray, rng: np.random.Generator, rate: float) -> None:
        self._start, self._rng, self._rate = start, rng, rate
        self.learned = np.zeros(len(start))
        # Where the levels wandered to at the start of the second before this, this, and the next.
        self._wandering = rng.standard_normal((3, len(start))) * WANDERING
        self._usual = 0.5
        self._time = math.nan

    def next_second(self, n_times: int) -> FloatArray:
        """Return the levels over the next second, shape (n_times, n_rhythms)."""
        following = self._rng.standard_normal(len(self._start)) * WANDERING
        self._wandering = np.vstack([self._wandering[1:], following])
        _, here, there = self._wandering
        share = np.arange(n_times)[:, None] / n_times
        return np.asarray(self._start + self.learned + here + share * (there - here))

    def experience(self, frame: FeedbackFrame, share: float) -> None:
        """Learn from a frame of feedback.

        Parameters
        ----------
        frame : FeedbackFrame
            Without feedback, or held, it changes nothing.
        share : float
            How much of the current second has passed, 0..1.
        """
        if frame.held is not None or not math.isfinite(frame.value):
            self._time = math.nan
            return
        step = frame.time - self._time
        self._time = frame.time
        if not 0.0 < step <= LONGEST_STEP:
            return
        better = frame.value - self._usual
        self._usual += better * step / HABIT
        drift = self._rate * step * better * self._just_done(share)
        self.learned = np.clip(self.learned + drift, -LEARNING_LIMIT, LEARNING_LIMIT)

    def _just_done(self, share: float) -> FloatArray:
        """Mean of the wandering over the last second."""
        before, here, there = self._wandering
        last = before * (1.0 - share) + (here - before) * (1.0 - share**2) / 2.0
        this = here * share + (there - here) * share**2 / 2.0
        return np.asarray(last + this)
