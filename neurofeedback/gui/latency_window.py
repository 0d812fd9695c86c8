"""Measures the way to the screen: a participant's picture, with a patch for a light sensor.

Responsible for painting frames as in a session, and for when the patch changes. Not responsible for
the patch (`participant.light_patch`) and the figures (`session.latency`, `session.light`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import Signal
from neurofeedback.gui.bridge import Bridge
from neurofeedback.gui.participant.light_patch import LightPatch
from neurofeedback.gui.participant.window import ParticipantWindow
from neurofeedback.session.light import Flash
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import ENDED, Status
from neurofeedback.words.language import tr

SECONDS = 15.0
PATCH = 0.25  # of the shorter side: a sensor finds it at once
BETWEEN = (0.4, 0.7)  # s between two changes: slow enough for anybody who is in the room


class LatencyWindow(ParticipantWindow):
    """The participant's window while the way to it is measured.

    Parameters
    ----------
    session : SessionRunner
        A signal check, started.
    bridge : Bridge
        Of that check.
    light : callable, optional
        Called when the patch has changed, with whether it is bright and the time; with it, there is
        a patch.
    seconds : float
        How long to measure.

    Attributes
    ----------
    measured : Signal()
        It is over; the window is closed.
    flashes : list of Flash
        Changes of the patch.
    """

    measured = Signal()

    def __init__(
        self,
        session: SessionRunner,
        bridge: Bridge,
        *,
        light: Callable[[bool, float], None] | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._light = light
        self._flashing = LightPatch(PATCH, bright=False)
        super().__init__(time.monotonic, patch=None if light is None else self._flashing)
        self.flashes: list[Flash] = []
        self._session = session
        self._seconds = seconds
        self._end: float | None = None
        self._next_change = 0.0
        self._last_sample = -1
        self.setWindowTitle(tr("Measuring latency"))
        self.painted.connect(bridge.report_painted)
        bridge.ticked.connect(self._tick)

    def _tick(self, frame: FeedbackFrame | None, status: Status, _: bool, now: float) -> None:
        if not self.isVisible():
            return
        self.show_frame(frame, status)
        changed = self.advance(now)
        if not changed.isEmpty():
            self.repaint(changed)
        if frame is not None and frame.sample != self._last_sample:
            self._last_sample = frame.sample
            self._end = self._end or now + self._seconds
            self._change(frame, now)
        if status.state in ENDED or (self._end is not None and now >= self._end):
            self.hide()
            self.measured.emit()

    def _change(self, frame: FeedbackFrame, now: float) -> None:
        if self._light is None or now < self._next_change:
            return
        self._next_change = now + random.uniform(*BETWEEN)
        bright = self._flashing.bright = not self._flashing.bright
        self.repaint(self._flashing.area(self.rect()))
        when = time.monotonic()
        self._light(bright, when)
        self.flashes.append(Flash(frame.sample, bright, when))
