"""The one contact between the windows and a running session.

Responsible for asking the session what is new, at display rate, from the GUI thread, for passing
that on as plain signals and for handing back what was painted. Not responsible for showing
anything. Starts no thread: one timer drives all windows, and nothing below ever calls into Qt.

Every tick serves the participant's picture first. What is slower, traces and everything else of the
operator's window, takes turns, so that no tick is long and the picture moves evenly.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import Qt, QtCore, Signal
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import ENDED, Status
from neurofeedback.signal.quality import QualityReport

POLL_INTERVAL_MS = 3
DISPLAY_INTERVAL = 0.0155
TRACE_INTERVAL = 0.02
STATUS_INTERVAL = 0.1


class Bridge(QtCore.QObject):
    """Polls a session and tells the windows.

    Parameters
    ----------
    session : SessionRunner
        Started by the caller.
    clock : callable
        Monotonic time in s.

    Attributes
    ----------
    ticked : Signal(object, object, bool, float)
        At display rate or a little faster: newest frame or None, newest status, whether a reward
        started since the last tick, clock time.
    frames_arrived : Signal(object)
        Feedback frames since the last tick, a non-empty sequence.
    samples_arrived : Signal(object)
        Samples since the last time (at every other tick or so), a non-empty Chunk.
    quality_changed : Signal(object)
        A new QualityReport, about once a second.
    status_changed : Signal(object)
        A fresh Status, ten times a second.
    spare : Signal()
        A tick without samples, about 30 times a second: time to paint what is not urgent.
    ended : Signal(object)
        The session has ended, once; the last Status.
    """

    ticked = Signal(object, object, bool, float)
    frames_arrived = Signal(object)
    samples_arrived = Signal(object)
    quality_changed = Signal(object)
    status_changed = Signal(object)
    spare = Signal()
    ended = Signal(object)

    def __init__(
        self,
        session: SessionRunner,
        clock: Callable[[], float] = time.monotonic,
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.status: Status = session.status()
        self._clock = clock
        self._samples_at = 0
        self._frames_at = 0
        self._next_traces = self._next_status = self._next_tick = -math.inf
        self._seen = -1
        self._traces_turn = False
        self._quality: QualityReport | None = None
        self._has_ended = False
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(POLL_INTERVAL_MS)
        self._timer.timeout.connect(self._wake)

    def start(self) -> None:
        """Begin to poll."""
        self._timer.start()

    def stop(self) -> None:
        """Cease to poll."""
        self._timer.stop()

    def _wake(self) -> None:
        """Tick at display rate, and at once when there is a new frame: it should not wait."""
        frame = self.session.latest
        fresh = frame is not None and frame.sample != self._seen
        if fresh or self._clock() >= self._next_tick:
            self._seen = self._seen if frame is None else frame.sample
            self.tick()

    def tick(self) -> None:
        """Ask for what is new and pass it on; called by the timer, or by a test."""
        now = self._clock()
        self._next_tick = now + DISPLAY_INTERVAL - POLL_INTERVAL_MS / 2000
        asked = now >= self._next_status
        if asked:
            self._next_status = now + STATUS_INTERVAL
            self.status = self.session.status()
        frames, self._frames_at = self.session.frames_since(self._frames_at)
        rewarded = any(f.reward for f in frames)
        self.ticked.emit(self.session.latest, self.status, rewarded, now)
        if frames:
            self.frames_arrived.emit(frames)
        if asked:
            self._tell_status()
        # In turns also where ticks are slow: neither must starve.
        self._traces_turn = not self._traces_turn and now >= self._next_traces
        if self._traces_turn:
            self._next_traces = now + TRACE_INTERVAL
            self._poll_samples()
        else:
            self.spare.emit()

    def report_painted(
        self,
        frame: FeedbackFrame,
        shown: str,
        value: float,
        when: float,
        ground: float = math.nan,
        lights: int = 0,
    ) -> None:
        """Hand back to the session what the participant's window has painted."""
        self.session.painted(frame, shown, value, when, ground, lights)

    def _tell_status(self) -> None:
        self.status_changed.emit(self.status)
        quality = self.session.quality
        if quality is not self._quality:
            self._quality = quality
            self.quality_changed.emit(quality)
        if self.status.state in ENDED and not self._has_ended:
            self._has_ended = True
            self.ended.emit(self.status)

    def _poll_samples(self) -> None:
        chunk, _ = self.session.ring.read_since(self._samples_at)
        self._samples_at = chunk.stop_sample
        if chunk.n_times:
            self.samples_arrived.emit(chunk)
