"""A clock for streams that are sent and received on a machine that others keep busy.

Responsible for a time that stands still while a sender or a session falls behind it, so that what
is late is late because a fault makes it so, and never because the machine was busy. Not responsible
for what liblsl itself times: a stream that is lost or comes back needs the machine's own clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

import pylsl

TICK = 0.005  # s
LONGEST_STEP = 0.02  # s; a longer pause of the machine is none of the clock's
BEHIND = 0.1  # s, that anybody may be behind while the clock goes on
PATIENCE = 10.0  # s of the machine's clock, after which it goes on all the same


class PacedClock:
    """LSL's local clock, which goes at most as fast as all who follow it; a context manager.

    Parameters
    ----------
    speed : float
        How many of its seconds go by in one of the machine's, if everybody follows.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._now = pylsl.local_clock()
        self._followers: list[Callable[[], float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="paced-clock", daemon=True)

    def __call__(self) -> float:
        """Return the time, s; any thread may ask."""
        return self._now

    def follow(self, behind: Callable[[], float]) -> None:
        """Wait from now on for somebody who is so many seconds behind."""
        self._followers.append(behind)

    def __enter__(self) -> PacedClock:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        waited, before = 0.0, time.monotonic()
        while not self._over.wait(TICK):
            now = time.monotonic()
            step, before = min(now - before, LONGEST_STEP), now
            late = any(behind() > BEHIND for behind in tuple(self._followers))
            waited = waited + step if late else 0.0
            if not late or waited > PATIENCE:
                self._now += self._speed * step
