"""The events that follow from frames, until they are taken.

Responsible for their place in the stream and for saying once when feedback is held and when no
longer. Not responsible for what else happens.
"""

from __future__ import annotations

import math
from typing import Any

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import SETTLING


class EventLog:
    """Collect events.

    Attributes
    ----------
    sample, time : int, float
        Those of the newest frame, at which everything is logged; time is in s.
    """

    def __init__(self) -> None:
        self.sample, self.time = -1, math.nan
        self._cause: str | None = None
        self._events: list[Event] = []

    def emit(self, kind: EventKind, **details: Any) -> None:
        """Log an event at the newest frame."""
        self._events.append(Event(kind, self.sample, self.time, details))

    def see_hold(self, held: str | None) -> None:
        """Log the beginning and the end of holds; settling belongs to what caused it."""
        if held == self._cause or (held == SETTLING and self._cause is not None):
            return
        self._cause = held
        if held is None:
            self.emit(EventKind.HOLD_ENDED)
        else:
            self.emit(EventKind.HOLD_STARTED, cause=held)

    def take(self) -> list[Event]:
        """Return the events since the last call, in order."""
        events, self._events = self._events, []
        return events
