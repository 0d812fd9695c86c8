"""How many samples are on their way between acquisition and disk.

Responsible for bounding that number. Not responsible for the queues themselves, which need no bound
of their own because of this one.
"""

from __future__ import annotations

import threading

BACKLOG_SECONDS = 30.0


class Backlog:
    """Count samples in flight, up to a limit.

    Parameters
    ----------
    limit : int
        Most samples in flight; one chunk larger than that may pass alone.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_flight = 0
        self._changed = threading.Condition()

    @property
    def fill(self) -> float:
        """Share of the limit in use, 0..1 (more for one oversized chunk)."""
        return self._in_flight / self._limit

    def reserve(self, n: int, timeout: float) -> bool:
        """Take room for `n` samples, waiting up to `timeout` s; return whether there was room."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._room_for(n), timeout):
                return False
            self._in_flight += n
            return True

    def release(self, n: int) -> None:
        """Give back the room of `n` samples."""
        with self._changed:
            self._in_flight -= n
            self._changed.notify()

    def _room_for(self, n: int) -> bool:
        return self._in_flight == 0 or self._in_flight + n <= self._limit
