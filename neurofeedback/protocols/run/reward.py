"""What is displayed of a score, and when staying past the threshold earns a reward.

Responsible for the displayed value, dwell and refractory time. Not responsible for the threshold.
"""

from __future__ import annotations

import math

from neurofeedback.protocols.spec import RewardSettings

NEUTRAL = 0.5  # shown before the first clean frame of a block; at the threshold
_PAST = math.nextafter(NEUTRAL, 1.0)


class RewardRule:
    """Give a reward after an uninterrupted dwell, not sooner than the refractory time allows.

    Parameters
    ----------
    settings : RewardSettings
        Kind of feedback; dwell and refractory time in s.
    frame_seconds : float
        Time between frames, s.
    """

    def __init__(self, settings: RewardSettings, frame_seconds: float) -> None:
        self._binary = settings.feedback == "binary"
        self._dwell = max(1, round(settings.dwell / frame_seconds))
        self._refractory = max(1, round(settings.refractory / frame_seconds))
        self.reset()

    def reset(self) -> None:
        """Forget everything; a new block starts."""
        self._run = 0
        self._since = self._refractory

    def update(self, success: bool) -> bool:
        """Count one frame; return whether a reward starts at it.

        Parameters
        ----------
        success : bool
            Whether the reward condition is met on clean data. A held frame is no success, so it
            interrupts the dwell.
        """
        self._run = self._run + 1 if success else 0
        self._since += 1
        if self._run >= self._dwell and self._since >= self._refractory:
            self._run = self._since = 0
            return True
        return False

    def value(self, margin: float, success: bool) -> float:
        """Return what is displayed, 0 to 1: more than 0.5 if and only if the condition is met.

        Parameters
        ----------
        margin : float
            Distance from the threshold in SD of the baseline.
        success : bool
            Whether the condition is met; an inhibit may forbid it past the threshold.
        """
        if self._binary:
            return 1.0 if success else 0.0
        value = 0.5 * (1.0 + math.tanh(0.5 * margin))
        return max(value, _PAST) if success else min(value, NEUTRAL)
