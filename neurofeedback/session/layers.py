"""The three layers of what is displayed, as numbers.

Responsible for the fast value, the slow ground and the rare lights, and for how each follows what
is fed back. Not responsible for painting them (`gui`). Reads no clock: whoever displays them says
how much time has passed, and what a watcher could tell from them is computed by the same steps
(`session.explain.contingency`).

The value is a low-pass of what is fed back, just enough to move smoothly. It is mostly noise of the
moment. The ground is a mean of the value over tens of seconds, the surest thing a participant can
see of it. The lights are rewards, counted.
"""

from __future__ import annotations

import math

NEUTRAL = 0.5  # at the threshold
GROUND_SMOOTHING = 20.0  # s; two thirds of it are of the last 20 s, three quarters of the last 30
GROUND_GAIN = 2.0  # a mean moves less than what it is a mean of
NEGLIGIBLE = 1e-4


class Layers:
    """What is displayed of the frames so far.

    Parameters
    ----------
    smoothing : float
        Time constant of the value, s; see `DisplaySettings.smoothing`.

    Attributes
    ----------
    value : float
        As displayed, 0..1; NaN where none is.
    lights : int
        Rewards of this block with feedback.
    earlier : tuple of int
        Rewards of each block with feedback before this one.
    """

    def __init__(self, smoothing: float) -> None:
        self.smoothing = smoothing
        self.value = math.nan
        self.lights = 0
        self.earlier: tuple[int, ...] = ()
        self._mean = NEUTRAL
        self._begun = False

    @property
    def ground(self) -> float:
        """The slow layer, 0..1."""
        return min(max(NEUTRAL + GROUND_GAIN * (self._mean - NEUTRAL), 0.0), 1.0)

    def begin_block(self) -> None:
        """Begin a block with feedback: keep the lights of the one before, start anew from 0."""
        if self._begun:
            self.earlier += (self.lights,)
        self._begun, self.lights, self._mean = True, 0, NEUTRAL

    def step(self, target: float, seconds: float) -> None:
        """Move on by some time toward what is fed back, 0..1."""
        start = target if math.isnan(self.value) else self.value
        self.value = toward(start, target, seconds, self.smoothing)
        self._mean = toward(self._mean, self.value, seconds, GROUND_SMOOTHING, negligible=0.0)


def toward(
    value: float,
    target: float,
    seconds: float,
    time_constant: float,
    negligible: float = NEGLIGIBLE,
) -> float:
    """One step of a one-pole low-pass; lands on the target once it cannot be told from it."""
    moved = value + (target - value) * -math.expm1(-seconds / time_constant)
    return target if abs(moved - target) < negligible else moved
