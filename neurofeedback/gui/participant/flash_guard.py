"""Keeping what is displayed from flashing.

Responsible for how soon the displayed value may turn back after it last did. Not responsible for
smoothing. Knows no Qt and reads no clock.

A flash is a pair of opposing changes. The edge of something that grows and shrinks lights each
place once a period, so it may turn round at 3 Hz; something small that moves passes each place
twice a period, so it may at 1.5 Hz. Slower movements pass untouched; in faster ones the value stays
near the last turning point. So no more than three flashes a second can be seen, whatever is fed
back.

References
----------
WCAG 2.2, success criterion 2.3.1, three flashes or below threshold.
"""

from __future__ import annotations

import math

SWING = 0.02  # less, either way, is no more than trembling


class FlashGuard:
    """Follow a value; refuse to turn back too soon.

    Parameters
    ----------
    highest : float
        How often the value may go up and down in a second.
    """

    def __init__(self, highest: float) -> None:
        self._least_seconds = 0.5 / highest
        self.reset()

    def reset(self) -> None:
        """Begin anew: the next value is free."""
        self._peak = math.nan  # farthest value in the direction of movement
        self._direction = 1.0
        self._age = math.inf

    def step(self, wanted: float, seconds: float) -> float:
        """Return what may be displayed.

        Parameters
        ----------
        wanted : float
            The next value, between the one displayed and its target.
        seconds : float
            Time since the last call, s.

        Returns
        -------
        float
            `wanted`, or what lies on the way to it.
        """
        self._age += seconds
        back = (self._peak - wanted) * self._direction
        if math.isnan(back) or back <= 0.0:
            self._peak = wanted
        elif back > SWING:
            if self._age < self._least_seconds:
                return self._peak - self._direction * SWING
            self._direction, self._peak, self._age = -self._direction, wanted, 0.0
        return wanted
