"""Keeping what is displayed from flashing.

Responsible for one rule: the displayed value may turn back by more than `LEAST_SWING` no sooner
than half a period of `HIGHEST` after it last did. Not responsible for smoothing. Knows no Qt and
reads no clock.

A flash is a pair of opposing changes. Movements below 3 Hz pass untouched; faster ones are held
near the last turning point, so that no more than three flashes a second can be seen whatever is
fed back.

References
----------
WCAG 2.2, success criterion 2.3.1, three flashes or below threshold.
"""

from __future__ import annotations

import math

HIGHEST = 3.0  # Hz
LEAST_SWING = 0.05  # less, either way, is seen as trembling, not as a flash


class FlashGuard:
    """Follow a value; refuse to turn back too soon."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew: the next value is free."""
        self._peak = math.nan
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
        if math.isnan(self._peak):
            self._peak = wanted
        onward = (wanted - self._peak) * self._direction
        if onward >= 0.0:
            self._peak = wanted
        elif onward < -LEAST_SWING:
            if self._age < 0.5 / HIGHEST:
                return self._peak - self._direction * LEAST_SWING
            self._direction, self._peak, self._age = -self._direction, wanted, 0.0
        return wanted
