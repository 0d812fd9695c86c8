"""Keeping what is displayed from flashing, without holding it back.

Responsible for how much light the large parts of a scene may have: less while the value goes up and
down faster than is safe. The value itself is never touched, so that what moves follows the brain at
every moment. Not responsible for smoothing. Knows no Qt and reads no clock.

A flash is a pair of opposing changes of light over some area. The edge of something that grows and
shrinks lights each place once a period; so as long as the value turns round no more than
`MOST_TURNS` times in a second, there are fewer than three flashes. Beyond that, large parts fade
toward what surrounds them and only thin lines are left, until the value is calmer. What is small
and moves lights too little of the picture to count.

References
----------
WCAG 2.2, success criterion 2.3.1, three flashes or below threshold.
"""

from __future__ import annotations

import math
from collections import deque

SWING = 0.12  # less, either way, lights too little to count
MOST_TURNS = 5  # in a second; the next makes the light fall
LEAST = 0.0  # light
FALL, RISE = 0.05, 0.8  # s, time constants


class FlashGuard:
    """Follow a value; say how much light may move with it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew: the next value may be anywhere."""
        self._extreme = math.nan  # farthest value in the direction of movement
        self._direction = 0.0
        self._turns: deque[float] = deque()  # times of the last second
        self._now = 0.0
        self._light = 1.0

    def step(self, value: float, seconds: float) -> float:
        """Return the light of large parts, `LEAST` to 1.

        Parameters
        ----------
        value : float
            As displayed now.
        seconds : float
            Time since the last call, s.
        """
        self._now += seconds
        self._see(value)
        while self._turns and self._now - self._turns[0] > 1.0:
            self._turns.popleft()
        falls = len(self._turns) > MOST_TURNS
        target, time_constant = (LEAST, FALL) if falls else (1.0, RISE)
        self._light += (target - self._light) * -math.expm1(-seconds / time_constant)
        return self._light

    def _see(self, value: float) -> None:
        """Notice where the value turns round."""
        if math.isnan(self._extreme):
            self._extreme = value
        moved = value - self._extreme
        if moved * self._direction > 0.0:
            self._extreme = value
        elif abs(moved) > SWING:
            if self._direction:
                self._turns.append(self._now)
            self._direction, self._extreme = math.copysign(1.0, moved), value
