"""Whether samples still arrive.

Responsible for noticing that a live stream has fallen silent, was lost or has returned, and for the
sentence that says so. Not responsible for holding feedback or logging (`session.runner`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from neurofeedback.events import EventKind
from neurofeedback.words.message import Message

STALE_SECONDS = 1.0


class StreamMonitor:
    """Watch one live stream.

    Parameters
    ----------
    name : str
        Name of the stream, for the sentence.
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self._name = name
        self._clock = clock
        self._last_arrival = math.nan
        self._connected = True
        self._stale = False

    @property
    def silent(self) -> float:
        """Seconds since samples last arrived; 0 before `start`."""
        if math.isnan(self._last_arrival):
            return 0.0
        return max(0.0, self._clock() - self._last_arrival)

    def start(self) -> None:
        """Begin to wait for samples."""
        self._last_arrival = self._clock()

    def arrived(self) -> float | None:
        """Note that samples arrived; return how long they had been missed if that was noticed."""
        missed = self.silent if self._stale or not self._connected else None
        self._last_arrival = self._clock()
        self._connected, self._stale = True, False
        return missed

    def poll(self, connected: bool) -> list[EventKind]:
        """Look at the clock and at what the source says; return what is newly wrong."""
        found = []
        if not connected and self._connected:
            self._connected = False
            found.append(EventKind.STREAM_LOST)
        if self.silent > STALE_SECONDS and not self._stale:
            self._stale = True
            found.append(EventKind.FEEDBACK_STALE)
        return found

    def alarm(self) -> Message | None:
        """Return one sentence if feedback must be held now, else None.

        It says what `look` has found, so that nobody is shown an alarm that is not logged.
        """
        silent = self.silent
        if not self._connected:
            return Message(
                "The stream {name!r} is lost (no samples for {seconds:.0f} s). Feedback "
                "is held; it resumes when the same stream returns.",
                name=self._name,
                seconds=silent,
            )
        if self._stale:
            return Message(
                "No samples from {name!r} for {seconds:.1f} s. Feedback is held.",
                name=self._name,
                seconds=silent,
            )
        return None
