"""Which sample a marker of another program belongs to.

Responsible for the sample nearest to a marker's time, for markers that come before their sample or
long after it, for the events that are logged, and for telling of markers that were lost. Not
responsible for receiving markers (`acquisition.lsl.markers`) nor for what a protocol does at one
(`session.runner`).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from neurofeedback.events import Event
from neurofeedback.frames import Chunk, FloatArray
from neurofeedback.words.message import Message

MEMORY_SECONDS = 60.0
TELL_SECONDS = 1.0
SHOWN_SECONDS = 5.0  # how long a loss is told of after it, so that it can be read


class Markers(Protocol):
    """Streams of markers; see `acquisition.lsl.markers.MarkerStreams`."""

    @property
    def found(self) -> Sequence[Mapping[str, Any]]:
        """What tells each stream from others; those that come later are added at the end."""
        ...

    @property
    def lost(self) -> Mapping[str, int]:
        """How many markers of each stream were dropped because it sends too many, by name."""
        ...

    def read(self, *, rest: bool = False) -> Sequence[Any]:
        """Return markers that have arrived, each with ``text, time, stream``; all as the `rest`."""
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
        self._past = _Past()
        self._waiting: list[Any] = []

    def after(self, chunk: Chunk) -> list[Event]:
        """Return the markers whose samples are recorded once this chunk is."""
        newest = self._past.add(chunk)
        self._waiting += self._source.read()
        # One beyond the newest sample may still get a nearer one.
        due = [m for m in self._waiting if not m.time > newest]
        self._waiting = [m for m in self._waiting if m.time > newest]
        return self._events(due)

    def rest(self) -> list[Event]:
        """Return the markers that came after the last sample, at that sample; listen no more."""
        late = [*self._waiting, *self._source.read(rest=True)] if self._past.begun else []
        self._source.close()
        return self._events(late)

    def _events(self, markers: Sequence[Any]) -> list[Event]:
        if not markers:
            return []
        found = self._past.nearest(np.array([marker.time for marker in markers]))
        return [
            Event.of_stream(sample, time, marker.text, marker.stream, away)
            for marker, (sample, time, away) in zip(markers, found, strict=True)
        ]


class LostMarkers:
    """Tells of markers that a stream sends too many of, about once a second; used by one thread.

    Parameters
    ----------
    source : Markers
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, source: Markers, clock: Callable[[], float]) -> None:
        self._source = source
        self._clock = clock
        self._told: dict[str, int] = {}
        self._when = -math.inf
        self._sentence: Message | None = None

    @property
    def alarm(self) -> Message | None:
        """What the operator should read; None where nothing was lost for some seconds."""
        return self._sentence if self._clock() - self._when <= SHOWN_SECONDS else None

    def look(self, *, last: bool = False) -> list[dict[str, object]]:
        """Return what to log: of each stream, how many were lost since that was last said."""
        now, found = self._clock(), []
        if now - self._when < TELL_SECONDS and not last:
            return []
        for name, n in self._source.lost.items():
            more = n - self._told.get(name, 0)
            if more:
                self._told[name], self._when = n, now
                self._sentence = Message(
                    "The marker stream {stream!r} sends more markers than can be recorded: {lost} "
                    "were lost. Have its program send fewer.",
                    stream=name, lost=n,
                )  # fmt: skip
                found.append({"stream": name, "lost": more})
        return found


class _Past:
    """The samples of the last minute, to be found by their local times."""

    def __init__(self) -> None:
        # Local time, stamp and number of each sample: new ones, and those in order of local time.
        self._new: deque[FloatArray] = deque()
        self._sorted: FloatArray = np.empty((0, 3))
        self._newest = np.empty(3)
        self.begun = False

    def add(self, chunk: Chunk) -> float:
        """Take the samples of a chunk; return the local time of the last, s."""
        offset = 0.0 if math.isnan(chunk.clock_offset) else chunk.clock_offset
        numbers = np.arange(chunk.first_sample, chunk.stop_sample, dtype=float)
        rows = np.column_stack([chunk.timestamps + offset, chunk.timestamps, numbers])
        self._newest, self.begun = rows[-1], True
        newest = float(rows[-1, 0])
        self._new.append(rows)
        while newest - self._new[0][-1, 0] > MEMORY_SECONDS:
            self._new.popleft()
        return newest

    def nearest(self, times: FloatArray) -> Iterator[tuple[int, float, float]]:
        """Yield number, stream time and distance, s, of the sample nearest to each local time."""
        self._sort()
        local = self._sorted[:, 0]
        if not len(local):
            _, stamp, number = self._newest
            yield from [(int(number), float(stamp), math.inf)] * len(times)
            return
        after = np.searchsorted(local, times).clip(1, max(1, len(local) - 1))
        before = after - 1
        after = np.minimum(after, len(local) - 1)
        nearer = np.abs(local[after] - times) < np.abs(local[before] - times)
        at = np.where(nearer, after, before)
        for row, away in zip(self._sorted[at], np.abs(local[at] - times), strict=True):
            yield int(row[2]), float(row[1]), float(away) if math.isfinite(away) else math.inf

    def _sort(self) -> None:
        """Put what is new in order; stamps may stand still, run backwards or be missing."""
        rows = np.concatenate([self._sorted, *self._new])
        self._new.clear()
        rows = rows[np.isfinite(rows[:, 0])]
        if (np.diff(rows[:, 0]) < 0).any():
            rows = rows[np.argsort(rows[:, 0], kind="stable")]
        oldest = float(self._newest[0]) - MEMORY_SECONDS
        if math.isfinite(oldest):
            rows = rows[np.searchsorted(rows[:, 0], oldest) :]
        self._sorted = rows
