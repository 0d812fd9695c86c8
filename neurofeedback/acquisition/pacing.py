"""When the samples of a held recording are due.

Responsible for letting a file or a synthetic participant arrive at the pace of life, or a
multiple of it, without drift. Not responsible for the samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from neurofeedback.errors import UserError


class Pacer:
    """Decides when sample number n may be handed out.

    Sample n is due ``n / (sfreq * speed)`` s after the first call of `wait`, whatever happened in
    between: a reader that was late catches up.

    Parameters
    ----------
    sfreq : float
        Sampling rate in Hz.
    speed : float
        1 for real time, 10 for ten times as fast, infinity for no waiting at all.
    clock, sleep : callable
        Where the time comes from and how to wait, both in s.

    Raises
    ------
    UserError
        If `speed` is not positive.
    """

    def __init__(
        self,
        sfreq: float,
        speed: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        if not speed > 0:
            raise UserError(f"A speed of {speed} is not possible: give a number above 0, or 'max'.")
        self._rate = sfreq * speed
        self._clock = clock
        self._sleep = sleep
        self._start: float | None = None

    def wait(self, n_samples: int, timeout: float) -> bool:
        """Wait until so many samples are due since the start, at most `timeout` s.

        Returns
        -------
        bool
            Whether they are due now.
        """
        if math.isinf(self._rate):
            return True
        now = self._clock()
        if self._start is None:
            self._start = now
        missing = self._start + n_samples / self._rate - now
        if missing <= 0:
            return True
        if missing <= timeout:
            self._sleep(missing)
            return True
        if timeout > 0:
            self._sleep(timeout)
        return False
