"""A session for the windows to look at, and a watch over what they leave behind.

`StandIn` is a running session held in memory: real frames, a real ring buffer, real protocol; only
time and trouble are made by the test.
"""

from __future__ import annotations

import gc
import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from store_parts import record

from neurofeedback.acquisition.ring_buffer import RingBuffer
from neurofeedback.frames import Chunk, FeedbackFrame, StreamInfo
from neurofeedback.gui._qt import QtCore, QtWidgets
from neurofeedback.gui.application import speak
from neurofeedback.gui.look import look
from neurofeedback.gui.style import dress
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.status import BlockProgress, RunState, Status
from neurofeedback.store.index import Index
from neurofeedback.store.keeping import IndexResponses
from neurofeedback.store.place import find_place

HOP = 0.032


def make_info(
    n_channels: int = 19, sfreq: float = 250.0, names: tuple[str, ...] = ()
) -> StreamInfo:
    names = names or ("F3", "F4", *(f"E{i}" for i in range(n_channels - 2)))
    kinds, units = ("eeg",) * len(names), ("V",) * len(names)
    return StreamInfo("test stream", "id", sfreq, names, kinds, units, "V", "synthetic")


class StandIn:
    """A running session in memory; see `session.runner.SessionRunner`."""

    def __init__(self, info: StreamInfo | None = None, spec: ProtocolSpec | None = None) -> None:
        self.info = info or make_info()
        self.spec = spec or load_protocol("faa-demo")
        self.score = SessionEngine(self.info, self.spec).score
        self.ring = RingBuffer(self.info.n_channels, int(20 * self.info.sfreq))
        self.concealed = False
        self.band = (8.0, 13.0)
        self.now = 100.0
        self.quality = None
        self.impedances: dict[str, float] = {}
        self.frames: list[FeedbackFrame] = []
        self.latest: FeedbackFrame | None = None
        self.calls: list[tuple[object, ...]] = []
        self.painted_frames: list[tuple[FeedbackFrame, str, float, float]] = []
        self.status_value = Status(
            RunState.RUNNING, BlockProgress(0, 4, "baseline", 3.0, 10.0, math.nan, 0.1), None,
            0.01, 0, 0.0, 0, 0.0, Path("/recordings/sub-01/ses-01"),
        )  # fmt: skip
        self._rng = np.random.default_rng(1)

    def clock(self) -> float:
        return self.now

    def status(self) -> Status:
        return self.status_value

    def change(self, **fields: object) -> None:
        self.status_value = replace(self.status_value, **fields)

    def frames_since(self, cursor: int) -> tuple[list[FeedbackFrame], int]:
        return self.frames[cursor:], len(self.frames)

    def command(self, *commands: Command) -> None:
        states = {CommandName.PAUSE: RunState.PAUSED, CommandName.RESUME: RunState.RUNNING}
        for command in commands:
            value = () if command.value is None else (command.value,)
            self.calls.append((command.name.replace("-", " "), *value))
            if command.name in states:
                self.change(state=states[command.name])

    def wait(self, timeout: float | None = None) -> bool:
        return True

    def stop(self, reason: str = "") -> None:
        self.calls.append(("stop", reason))
        self.change(state=RunState.FINISHED)

    def accept(self, source_id: str) -> None:
        self.calls.append(("accept", source_id))

    def note(self, text: str) -> None:
        self.calls.append(("note", text))

    def show_feedback(self, who: str, reason: str) -> None:
        self.calls.append(("show feedback", who, reason))

    def marker(self, label: str) -> None:
        self.calls.append(("marker", label))

    def painted(
        self, frame: FeedbackFrame, shown: str, value: float, when: float, *layers: float
    ) -> None:
        self.painted_frames.append((frame, shown, value, when))

    # -- what a test makes happen ---------------------------------------------------------------

    def feed(self, seconds: float) -> None:
        """Add synthetic samples: 10 Hz, 20 uV, noise, an offset as amplifiers have."""
        first = self.ring.cursor()
        times = (first + np.arange(round(seconds * self.info.sfreq))) / self.info.sfreq
        shape = (len(times), self.info.n_channels)
        data = 20e-6 * np.sin(2 * np.pi * 10 * times)[:, None] + 5e-3
        data = data + 4e-6 * self._rng.standard_normal(shape)
        self.ring.append(Chunk(data, times, first))
        recorded = self.ring.cursor()
        self.change(recorded_samples=recorded, recorded_seconds=recorded / self.info.sfreq)

    def frame(self, value: float = 0.5, **fields: object) -> FeedbackFrame:
        """Publish the next feedback frame."""
        sample = (len(self.frames) + 1) * 8 - 1
        base = FeedbackFrame(
            sample, len(self.frames) * HOP, value, value - 0.5, 0.0, False, value > 0.5, 1, "train"
        )
        self.latest = replace(base, **fields)
        self.frames.append(self.latest)
        return self.latest


@pytest.fixture
def session() -> StandIn:
    return StandIn()


@pytest.fixture
def make_session() -> Callable[..., StandIn]:
    def make(n_channels: int = 19, sfreq: float = 250.0, names: tuple[str, ...] = ()) -> StandIn:
        return StandIn(make_info(n_channels, sfreq, names))

    return make


@pytest.fixture
def layout(tmp_path: Path) -> SessionLayout:
    """A finished session on disk, of participant p01."""
    return SessionLayout.find(record(tmp_path / "data"))


@pytest.fixture
def index(layout: SessionLayout, tmp_path: Path) -> Index:
    """A real index of the dataset in which that session lies."""
    place = find_place(layout.root, str(tmp_path / "index" / "index.sqlite3"))
    assert place is not None
    return Index(place, who="A. Smith")


@pytest.fixture
def store(index: Index) -> IndexResponses:
    return IndexResponses(index)


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QtWidgets.QApplication) -> Iterator[None]:
    """Fail a test that leaves a widget or a thread behind."""
    if not qapp.styleSheet():
        dress(qapp)
    widgets = set(qapp.topLevelWidgets())
    threads = set(threading.enumerate())
    yield
    left: list[QtWidgets.QWidget] = []
    for attempt in range(2):
        if attempt:
            gc.collect()
        qapp.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
        qapp.processEvents()
        left = [w for w in qapp.topLevelWidgets() if w not in widgets]
        if not left:
            break
    assert not left, f"widgets left behind: {left}"
    started = [t for t in threading.enumerate() if t not in threads and t.is_alive()]
    for thread in started:
        thread.join(30.0)  # closing waits for a device for a moment only
    started = [t for t in started if t.is_alive()]
    assert not started, f"threads left behind: {started}"


@pytest.fixture(params=["en", "de"])
def spoken(request, qapp: QtWidgets.QApplication) -> Iterator[str]:
    """The language of the windows, one after the other."""
    speak(qapp, request.param)
    yield request.param
    speak(qapp, "en")


@pytest.fixture
def size_of_text(qapp: QtWidgets.QApplication) -> Iterator[Callable[[int], None]]:
    """Choose a size of text, in percent."""
    yield lambda percent: look().choose("light", percent)
    look().choose("system", 100)
