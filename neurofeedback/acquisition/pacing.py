"""When the samples of a held recording are due.

Responsible for letting a file or a synthetic participant arrive in real time, or a
multiple of it, without drift, and for holding it and changing its pace meanwhile. Not responsible
for the samples.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from neurofeedback.errors import UserError


class Pacer:
    """Decides when sample number n may be handed out.

    Sample n is due ``n / (sfreq * speed)`` s after the first call of `wait`, whatever happened in
    between: a reader that was late catches up. Another speed counts from the moment it is set, and
    while samples are held none becomes due. One thread waits; any may set the speed or hold.

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
        _check(speed)
        self._sfreq = sfreq
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._held = False
        self._since: float | None = None  # when `_due` samples were due; None before the first wait
        self._due = 0.0
        self._asked = 0
        self._changes = 0

    @property
    def speed(self) -> float:
        """Speed in use."""
        return self._speed

    @property
    def held(self) -> bool:
        """Whether samples are held."""
        return self._held

    def set_speed(self, speed: float) -> None:
        """Go on at another speed.

        Raises
        ------
        UserError
            If it is not positive.
        """
        _check(speed)
        with self._lock:
            self._settle()
            self._speed = speed

    def hold(self, held: bool = True) -> None:
        """Let no further sample become due, or let them go on."""
        with self._lock:
            self._settle()
            self._held = held

    def step(self, n_samples: int) -> None:
        """Let so many more samples become due at once, also while they are held."""
        with self._lock:
            self._settle()
            self._due += n_samples

    def wait(self, n_samples: int, timeout: float) -> bool:
        """Wait until so many samples are due since the start, at most `timeout` s.

        Returns
        -------
        bool
            Whether they are due now.
        """
        with self._lock:
            missing, changes = self._missing(n_samples), self._changes
        if missing <= 0:
            return True
        if timeout > 0:
            self._sleep(min(missing, timeout))
        with self._lock:
            if changes != self._changes:
                return self._missing(n_samples) <= 0
        return missing <= timeout

    def _missing(self, n_samples: int) -> float:
        """Return how long it takes until so many samples are due, s."""
        self._asked = n_samples
        if self._since is None:
            self._since = self._clock()
        if n_samples <= self._due:
            return 0.0
        if self._held:
            return math.inf
        if math.isinf(self._speed):
            return 0.0
        return self._since + (n_samples - self._due) / (self._sfreq * self._speed) - self._clock()

    def _settle(self) -> None:
        """Begin to count from now."""
        self._changes += 1
        if self._since is None:
            return
        now = self._clock()
        if math.isinf(self._speed):
            if not self._held:
                self._due = max(self._due, float(self._asked))
        elif not self._held:
            self._due += (now - self._since) * self._sfreq * self._speed
        self._since = now


def _check(speed: float) -> None:
    if not speed > 0:
        raise UserError(
            "A speed of {speed} is not possible: give a number above 0, or 'max'.", speed=speed
        )
