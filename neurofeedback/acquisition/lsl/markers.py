"""Marker streams of LSL: what other programs say of moments.

Responsible for finding them, for receiving every marker, and for its time on the local clock. Not
responsible for which sample of an EEG stream that is (`session.markers`).

Anything that is sent irregularly is a marker stream: strings, or numbers. What several channels say
at one time is one marker.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as TimedOut

from neurofeedback.errors import UserError
from neurofeedback.words.message import Message, joined

SEARCH_SECONDS = 1.0
ANSWER_SECONDS = 3.0
OFFSET_SECONDS = 5.0  # between two looks at a clock offset
_PULL = 256
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


class MarkerStreams:
    """Marker streams that are listened to; read by one thread.

    Parameters
    ----------
    names : sequence of str or None
        Which ones; None for every one that is found on this machine.
    seconds : float
        How long to look for them.

    Attributes
    ----------
    found : tuple of dict
        ``name``, ``source_id``, ``uid``, ``host`` and ``created_at`` of each, for the log.

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
        self.found = tuple({"name": i.name, **i.identity} for i in self._inlets)

    def read(self) -> list[StreamMarker]:
        """Return the markers that have arrived, without waiting, in order of time."""
        markers = [marker for inlet in self._inlets for marker in _read(inlet)]
        return sorted(markers, key=lambda marker: marker.time)

    def close(self) -> None:
        """Listen no more. May be called twice."""
        self._inlets.clear()


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


def _read(source: _Inlet) -> list[StreamMarker]:
    markers: list[StreamMarker] = []
    try:
        if pylsl.local_clock() >= source.due:
            source.due = pylsl.local_clock() + OFFSET_SECONDS
            source.offset = float(source.inlet.time_correction(0.0))
    except (TimedOut, LostError):
        pass  # the last one known holds
    while True:
        try:
            values, times = source.inlet.pull_chunk(0.0, _PULL)
        except LostError:
            break
        for value, time in zip(values, times, strict=True):
            text = _text(value)
            if text and math.isfinite(time):
                markers.append(StreamMarker(text, time + source.offset, source.name))
        if len(times) < _PULL:
            break
    return markers


def _text(value: Sequence[Any]) -> str:
    parts = [part if isinstance(part, str) else f"{part:.15g}" for part in value]
    return ", ".join(part for part in parts if part)


def _missing(name: str, there: Sequence[str]) -> Message:
    if not there:
        return Message("No marker stream {stream!r} was found, nor any other.", stream=name)
    return Message(
        "No marker stream {stream!r} was found; there is: {there}.",
        stream=name, there=joined(map(repr, there), ", "),
    )  # fmt: skip
