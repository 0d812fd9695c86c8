"""Marker streams of LSL: what other programs say of moments.

Responsible for finding them, for receiving every marker, and for its time on the local clock. Not
responsible for which sample of an EEG stream that is (`session.markers`).

Anything that is sent irregularly is a marker stream: strings, or numbers. What several channels say
at one time is one marker.

A program may be started after the session was. Its stream is looked for in a thread, which connects
to it, so that no sample waits.

No experiment needs more than `PER_SECOND` markers, but a program that has lost its way may send ten
thousand, and Python would have no time for the samples. Each stream has an allowance that fills
with so many a second, up to `BURST`; what is sent beyond it is dropped by liblsl, and counted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import numpy as np
import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as TimedOut

from neurofeedback.acquisition.out.lsl import OWN
from neurofeedback.errors import UserError
from neurofeedback.words.message import Message, joined

SEARCH_SECONDS = 1.0
LOOK_SECONDS = 0.5  # between two looks for streams that come later
ANSWER_SECONDS = 3.0
OFFSET_SECONDS = 5.0  # between two looks at a clock offset
PER_SECOND = 1000  # markers of one stream
BURST = 5000
AT_ONCE = 256  # in one look, which the samples wait for
_BUFFER = 3600  # hundreds of markers that wait to be read; then the oldest would be dropped


@dataclass(frozen=True, slots=True)
class StreamMarker:
    """What was said.

    Parameters
    ----------
    text : str
    time : float
        When, on the local clock of LSL, s.
    stream : str
        Name of the stream.
    """

    text: str
    time: float
    stream: str


@dataclass(slots=True)
class _Inlet:
    inlet: Any
    name: str
    identity: dict[str, str | float]
    offset: float
    due: float = field(default_factory=lambda: pylsl.local_clock() + OFFSET_SECONDS)
    allowance: float = BURST
    filled: float = field(default_factory=pylsl.local_clock)

    def allow(self, most: int) -> int:
        """Return how many markers may be taken now."""
        now = pylsl.local_clock()
        self.allowance = min(BURST, self.allowance + PER_SECOND * (now - self.filled))
        self.filled = now
        return min(most, int(self.allowance))


class MarkerStreams:
    """Marker streams that are listened to; read by one thread.

    Parameters
    ----------
    names : sequence of str or None
        Which ones; None for every one that is found on this machine, now or later.
    seconds : float
        How long to look for them at first.

    Attributes
    ----------
    found : tuple of dict
        ``name``, ``source_id``, ``uid``, ``host`` and ``created_at`` of each, for the log; in the
        order in which they were found.

    Raises
    ------
    UserError
        If one that was asked for is not there or does not answer.
    """

    def __init__(self, names: Sequence[str] | None = None, seconds: float = SEARCH_SECONDS) -> None:
        infos = {i.uid(): i for i in pylsl.resolve_streams(seconds) if i.nominal_srate() == 0.0}
        there = sorted(infos.values(), key=lambda i: (i.name(), i.source_id()))
        missing = [n for n in names or () if n not in [i.name() for i in there]]
        if missing:
            raise UserError(_missing(missing[0], [i.name() for i in there]))
        wanted = [i for i in there if names is None or i.name() in names]
        opened = [_open(info) for info in wanted]
        if names is not None and None in opened:
            raise UserError(
                "The marker stream {stream!r} was found but does not answer: is its sender still "
                "running?",
                stream=wanted[opened.index(None)].name(),
            )
        self._inlets = [inlet for inlet in opened if inlet is not None]
        self._lost: Counter[str] = Counter()
        self._newcomers = _Newcomers(names, wanted)
        self.found = tuple({"name": i.name, **i.identity} for i in self._inlets)

    @property
    def lost(self) -> Mapping[str, int]:
        """How many markers of each stream were dropped, by name; only of those that lost any."""
        return dict(self._lost)

    def read(self, *, rest: bool = False) -> list[StreamMarker]:
        """Return markers that have arrived, without waiting, in order of time.

        Parameters
        ----------
        rest : bool
            Whether nobody will ask again: all that may be taken, not only `AT_ONCE` of each stream.
        """
        for inlet in self._newcomers.joined():
            self._inlets.append(inlet)
            self.found += ({"name": inlet.name, **inlet.identity},)
        most = BURST if rest else AT_ONCE
        markers: list[StreamMarker] = []
        for inlet in self._inlets:
            arrived, n_lost = _read(inlet, most)
            markers += arrived
            if n_lost:
                self._lost[inlet.name] += n_lost
        return sorted(markers, key=lambda marker: marker.time)

    def close(self) -> None:
        """Listen no more. May be called twice."""
        self._newcomers.end()
        self._inlets.clear()


class _Newcomers:
    """Looks for streams that come later, and connects to them.

    Of a stream with a source id that is known, liblsl itself finds the next outlet. What this
    program sends, it does not record.

    Parameters
    ----------
    names : sequence of str or None
        Which ones; None for all.
    known : sequence of pylsl.StreamInfo
        Those that are listened to.
    """

    def __init__(self, names: Sequence[str] | None, known: Sequence[Any]) -> None:
        self._names = names
        self._uids = {info.uid() for info in known}
        self._source_ids = {(info.name(), info.source_id()) for info in known if info.source_id()}
        self._joined: SimpleQueue[_Inlet] = SimpleQueue()
        self._over = Event()
        self._thread = Thread(target=self._look, name="lsl-markers", daemon=True)
        self._thread.start()

    def joined(self) -> Iterator[_Inlet]:
        """Yield those that have been connected to since it was last asked."""
        while not self._joined.empty():
            yield self._joined.get()

    def end(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        resolver = pylsl.ContinuousResolver()
        while not self._over.wait(LOOK_SECONDS):
            for info in resolver.results():
                if not self._over.is_set() and self._is_new(info):
                    self._join(info)

    def _is_new(self, info: Any) -> bool:
        return (
            info.nominal_srate() == 0.0
            and (self._names is None or info.name() in self._names)
            and info.uid() not in self._uids
            and (info.name(), info.source_id()) not in self._source_ids
            and not info.source_id().startswith(OWN)
        )

    def _join(self, info: Any) -> None:
        inlet = _open(info)
        if inlet is not None:  # otherwise it is tried again
            self._uids.add(info.uid())
            if info.source_id():
                self._source_ids.add((info.name(), info.source_id()))
            self._joined.put(inlet)


def _open(info: Any) -> _Inlet | None:
    # Unlike EEG, markers may come back from another outlet: that changes nothing that is fed back.
    inlet = pylsl.StreamInlet(info, max_buflen=_BUFFER, recover=True)
    try:
        inlet.open_stream(ANSWER_SECONDS)
        offset = float(inlet.time_correction(ANSWER_SECONDS))
    except (TimedOut, LostError):
        return None
    identity = {
        "source_id": info.source_id(),
        "uid": info.uid(),
        "host": info.hostname(),
        "created_at": float(info.created_at()),
    }
    return _Inlet(inlet, info.name() or "unnamed", identity, offset)


def _read(source: _Inlet, most: int) -> tuple[list[StreamMarker], int]:
    """Return the markers of a stream, and how many were dropped."""
    try:
        if pylsl.local_clock() >= source.due:
            source.due = pylsl.local_clock() + OFFSET_SECONDS
            source.offset = float(source.inlet.time_correction(0.0))
    except (TimedOut, LostError):
        pass  # the last one known holds
    values: Any = ()
    times: Any = ()
    try:
        if n_wanted := source.allow(most):
            values, times = source.inlet.pull_chunk(0.0, n_wanted, as_numpy=True)
    except LostError:
        return [], 0
    source.allowance -= len(times)
    n_lost = source.inlet.flush() if source.allowance < 1.0 else 0
    texts = zip((_text(value) for value in values), times, strict=True)
    markers = [
        StreamMarker(text, float(time) + source.offset, source.name)
        for text, time in texts
        if text and math.isfinite(time)
    ]
    return markers, n_lost


def _text(value: Sequence[Any]) -> str:
    """Return what all channels say at one time; texts come as they were sent, in bytes."""
    parts = [
        _decoded(part) if isinstance(part, bytes)
        else f"{part:.15g}" if isinstance(part, np.floating)
        else str(part)
        for part in value
    ]  # fmt: skip
    return ", ".join(part for part in parts if part)


def _decoded(text: bytes) -> str:
    """Return a text; programs of Windows write that of their language, not UTF-8."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _missing(name: str, there: Sequence[str]) -> Message:
    if not there:
        return Message("No marker stream {stream!r} was found, nor any other.", stream=name)
    return Message(
        "No marker stream {stream!r} was found; there is: {there}.",
        stream=name, there=joined(map(repr, there), ", "),
    )  # fmt: skip
