"""When staying past the threshold earns a reward.

Responsible for dwell and refractory time. Not responsible for the threshold.
"""

from __future__ import annotations

from neurofeedback.protocols.spec import RewardSettings


class RewardRule:
    """Give a reward after an uninterrupted dwell, not sooner than the refractory time allows.

    Parameters
    ----------
    settings : RewardSettings
        Dwell and refractory time in s.
    frame_seconds : float
        Time between frames, s.
    """

    def __init__(self, settings: RewardSettings, frame_seconds: float) -> None:
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
            Whether the feature is past the threshold on clean data. A held frame is no success,
            so it interrupts the dwell.
        """
        self._run = self._run + 1 if success else 0
        self._since += 1
        if self._run >= self._dwell and self._since >= self._refractory:
            self._run = self._since = 0
            return True
        return False
