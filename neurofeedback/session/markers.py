"""Which sample a marker of another program belongs to.

Responsible for the sample nearest to a marker's time, for markers that come before their sample or
long after it, and for the events that are logged. Not responsible for receiving markers
(`acquisition.lsl.markers`) nor for what a protocol does at one (`session.runner`).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from neurofeedback.events import Event
from neurofeedback.frames import Chunk, FloatArray

MEMORY_SECONDS = 60.0


class Markers(Protocol):
    """Streams of markers; see `acquisition.lsl.markers.MarkerStreams`."""

    @property
    def found(self) -> Sequence[Mapping[str, Any]]:
        """What tells each stream from others."""
        ...

    def read(self) -> Sequence[Any]:
        """Return the markers that have arrived, each with ``text, time, stream``."""
        ...

    def close(self) -> None:
        """Listen no more."""
        ...


class PlacedMarkers:
    """Markers in the order of their arrival, each at its sample; used by one thread.

    Parameters
    ----------
    source : Markers
    """

    def __init__(self, source: Markers) -> None:
        self._source = source
        self._past: deque[tuple[int, FloatArray, FloatArray]] = deque()
        self._waiting: list[Any] = []

    def after(self, chunk: Chunk) -> list[Event]:
        """Return the markers whose samples are recorded once this chunk is."""
        offset = 0.0 if math.isnan(chunk.clock_offset) else chunk.clock_offset
        self._past.append((chunk.first_sample, chunk.timestamps, chunk.timestamps + offset))
        newest = self._past[-1][2][-1]
        while newest - self._past[0][2][-1] > MEMORY_SECONDS:
            self._past.popleft()
        self._waiting += self._source.read()
        # One beyond the newest sample may still get a nearer one.
        due = [m for m in self._waiting if not m.time > newest]
        self._waiting = [m for m in self._waiting if m.time > newest]
        return [self._event(marker) for marker in due]

    def rest(self) -> list[Event]:
        """Return the markers that came after the last sample, at that sample; listen no more."""
        late = [*self._waiting, *self._source.read()] if self._past else []
        self._source.close()
        return [self._event(marker) for marker in late]

    def _event(self, marker: Any) -> Event:
        away, sample, time = min(
            (_nearest(first, stamps, local, marker.time) for first, stamps, local in self._past),
            key=lambda found: found[0],
        )
        return Event.of_stream(sample, time, marker.text, marker.stream, away)


def _nearest(
    first: int, stamps: FloatArray, local: FloatArray, time: float
) -> tuple[float, int, float]:
    """Return the distance, s, number and stream time of the sample nearest to a local time."""
    distances = np.abs(local - time)
    at = int(np.nanargmin(distances)) if np.isfinite(distances).any() else len(stamps) - 1
    away = float(distances[at])
    return (away if math.isfinite(away) else math.inf), first + at, float(stamps[at])
