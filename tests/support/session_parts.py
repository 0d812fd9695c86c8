"""Sources and sinks that the session tests steer."""

import math
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neurofeedback.events import Event
from neurofeedback.frames import (
    Chunk,
    FeedbackFrame,
    StreamInfo,
    from_storage,
    to_storage,
)
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.sink import Frames, Record

SFREQ = 128.0
NAMES = ("F3", "F4", "Cz", "Pz")
INFO = StreamInfo("amp", "id-1", SFREQ, NAMES, ("eeg",) * 4, ("V",) * 4, "microvolts", "lsl")


def short_protocol(baseline: float = 4.0, train: float = 6.0, repeat: int = 2) -> ProtocolSpec:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["blocks"] = [
        {"kind": "baseline", "seconds": baseline},
        {"kind": "train", "seconds": train, "repeat": repeat, "rest": 1.0},
    ]
    return ProtocolSpec.model_validate(fields)


def eeg(seconds: float, seed: int = 0, artefacts: bool = True) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n_times = round(seconds * SFREQ)
    data = rng.standard_normal((n_times, len(NAMES))) * 1e-5
    if artefacts:
        data[round(1.5 * SFREQ)] += 4e-4
        data[round(8 * SFREQ), 1] = np.nan
    return from_storage(to_storage(data, INFO.storage_scale), INFO.storage_scale)


def cut(data: np.ndarray, cuts: Sequence[int], gaps: dict[int, float] | None = None) -> list[Chunk]:
    gaps = gaps or {}
    edges = sorted({0, len(data), *cuts, *gaps})
    edges = [edge for edge in edges if 0 <= edge <= len(data)]
    times = 100.0 + np.arange(len(data)) / SFREQ
    return [
        Chunk(data[a:b].copy(), times[a:b].copy(), a, gaps.get(a, 0.0), arrival=a / SFREQ)
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]


class FeedSource:
    """Hands out the chunks that the test feeds it; None ends it, an exception is raised.

    Live, it does not tell when chunks arrived, so that long ones are not late.
    """

    def __init__(self, *, live: bool) -> None:
        self.live = live
        self.connected = True
        self.exhausted = False
        self.closed = 0
        self._chunks: queue.SimpleQueue[Chunk | Exception | None] = queue.SimpleQueue()

    def feed(self, *chunks: Chunk | Exception | None) -> None:
        for chunk in chunks:
            if self.live and isinstance(chunk, Chunk):
                chunk = replace(chunk, arrival=math.nan)
            self._chunks.put(chunk)

    def open(self) -> StreamInfo:
        return INFO

    def read(self, timeout: float) -> Chunk | None:
        try:
            item = self._chunks.get(timeout=min(timeout, 0.005))
        except queue.Empty:
            return None
        if isinstance(item, Exception):
            raise item
        if item is None:
            self.exhausted = True
        return item

    def close(self) -> None:
        self.closed += 1


class ListSink:
    """Keeps what it is given, in order; can be told to wait or to fail."""

    def __init__(self) -> None:
        self.alarm: str | None = None
        self.calls: list[tuple[str, Any]] = []
        self.changed = threading.Condition()
        self.let_through = threading.Event()
        self.let_through.set()
        self.fail_on: dict[str, Exception] = {}

    def _add(self, what: str, value: Any) -> None:
        with self.changed:
            self.calls.append((what, value))
            self.changed.notify_all()

    def append(self, records: Sequence[Record]) -> None:
        self.let_through.wait()
        for what, kind in (("chunk", Chunk), ("features", Frames), ("events", Event)):
            if what in self.fail_on and any(isinstance(record, kind) for record in records):
                raise self.fail_on[what]
        for record in records:
            if isinstance(record, Chunk):
                self._add("chunk", record)
            elif isinstance(record, Frames):
                self._add("features", record.features)
                self._add("feedback", list(record.feedback))
            elif isinstance(record, Event):
                self._add("events", [record])
            else:
                self._add("display", [record])

    def poll(self) -> None:
        pass

    def sync(self) -> None:
        pass

    def finalize(self, status: str, reason: str) -> None:
        self._add("finalize", (status, reason))

    def of(self, what: str) -> list[Any]:
        return [value for kind, value in self.calls if kind == what]

    def events(self) -> list[Event]:
        return [event for events in self.of("events") for event in events]

    def feedback(self) -> list[FeedbackFrame]:
        return [frame for frames in self.of("feedback") for frame in frames]

    def wait_until(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        with self.changed:
            if not self.changed.wait_for(condition, timeout):
                raise AssertionError("the session did not get there in time")


class ManualClock:
    """A clock that goes when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
