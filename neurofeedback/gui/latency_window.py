"""Measures the way to the screen: a participant's picture, with a patch for a light sensor.

Responsible for painting frames as in a session, and for a patch that changes with some of them. Not
responsible for the figures (`session.latency`, `session.light`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.bridge import Bridge
from neurofeedback.gui.participant.window import ParticipantWindow
from neurofeedback.session.light import Flash
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import ENDED, Status
from neurofeedback.words.language import tr

SECONDS = 15.0
PATCH = 0.25  # of the shorter side
BETWEEN = (0.4, 0.7)  # s between two changes: slow enough for anybody who is in the room


class Patch(QtWidgets.QWidget):
    """A square at the lower left that is bright or dark."""

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.bright = False

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Fill it."""
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtGui.QColor("white" if self.bright else "black"))
        painter.end()


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
        super().__init__(time.monotonic)
        self.flashes: list[Flash] = []
        self._session = session
        self._light = light
        self._patch = Patch(self)
        self._patch.setVisible(light is not None)
        self._seconds = seconds
        self._end: float | None = None
        self._next_change = 0.0
        self._last_sample = -1
        self.setWindowTitle(tr("Measuring latency"))
        self.painted.connect(bridge.report_painted)
        bridge.ticked.connect(self._tick)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Keep the patch in its corner."""
        super().resizeEvent(event)
        side = round(PATCH * min(self.width(), self.height()))
        self._patch.setGeometry(QtCore.QRect(0, self.height() - side, side, side))

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
        self._patch.bright = not self._patch.bright
        self._patch.repaint()
        when = time.monotonic()
        self._light(self._patch.bright, when)
        self.flashes.append(Flash(frame.sample, self._patch.bright, when))
