"""The participant's window: one calm display without numbers or menus.

Responsible for painting the newest scene and for telling when a frame has really been painted, and
with which value. Not responsible for what is shown (`gui.scene`) nor for the looks (`gui.disc`).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.disc import moving_area, paint_scene, sky_picture
from neurofeedback.gui.scene import Scene, SceneModel
from neurofeedback.session.display import Mode
from neurofeedback.session.status import Status


class ParticipantWindow(QtWidgets.QWidget):
    """The participant's display.

    Parameters
    ----------
    clock : callable
        Time in s for `painted`.
    model : SceneModel, optional
        The moving picture.

    Attributes
    ----------
    painted : Signal(FeedbackFrame, str, float, float)
        A frame has been painted for the first time, or for the first time in this mode: the frame,
        the mode, the value as displayed (0..1 or NaN) and the clock time when painting ended.
    """

    painted = Signal(object, str, float, float)

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        model: SceneModel | None = None,
    ) -> None:
        super().__init__()
        self._clock = clock
        self.model = model or SceneModel()
        self.scene: Scene = self.model.advance(0.0)
        self._last_tick: float | None = None
        self._frame: FeedbackFrame | None = None
        self._reported: tuple[int, Mode] | None = None
        self._sky: QtGui.QPixmap | None = None
        self.setWindowTitle("Feedback")
        self.setAccessibleName("Feedback display")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 240)
        self.resize(960, 600)

    def show_frame(
        self, frame: FeedbackFrame | None, status: Status | None, rewarded: bool = False
    ) -> None:
        """Take over the newest frame and status; `advance` makes them visible.

        `rewarded` tells whether a reward started in any frame since the last call.
        """
        self.model.show(frame, status, rewarded)
        self._frame = frame

    def advance(self, now: float) -> QtCore.QRect:
        """Move the picture on to clock time `now`; return the part that has to be painted."""
        elapsed = 0.0 if self._last_tick is None else now - self._last_tick
        self._last_tick = now
        before, self.scene = self.scene, self.model.advance(elapsed)
        if before.word_opacity != self.scene.word_opacity or before.mode != self.scene.mode:
            return self.rect()
        if before != self.scene or self._to_report() is not None:
            return moving_area(self.rect())
        return QtCore.QRect()

    def toggle_full_screen(self, operators: QtGui.QScreen | None = None) -> None:
        """Fill a second monitor if there is one, else this one; or go back to a window.

        `operators` is the operator's monitor, which is left free; by default the primary one.
        """
        if self.isFullScreen():
            self.showNormal()
            return
        taken = operators or QtGui.QGuiApplication.primaryScreen()
        free = [s for s in QtGui.QGuiApplication.screens() if s is not taken]
        if free:
            self.setGeometry(free[0].availableGeometry())
        self.showFullScreen()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the scene; report the frame once it is on the surface."""
        scene, frame = self.scene, self._to_report()
        painter = QtGui.QPainter(self)
        painter.drawPixmap(event.rect(), self._background(), self._in_pixels(event.rect()))
        paint_scene(painter, QtCore.QRectF(self.rect()), scene)
        painter.end()
        if frame is not None:
            self._reported = (frame.sample, scene.mode)
            self.painted.emit(frame, str(scene.mode), scene.value, self._clock())

    def _to_report(self) -> FeedbackFrame | None:
        """Return the frame if it has not been painted in the mode it has now."""
        frame = self._frame
        if frame is None or (frame.sample, self.scene.mode) == self._reported:
            return None
        return frame

    def _background(self) -> QtGui.QPixmap:
        """Return the background, painted once for each size."""
        if self._sky is None or self._sky.size() != self.size() * self.devicePixelRatioF():
            self._sky = sky_picture(self)
        return self._sky

    def _in_pixels(self, rect: QtCore.QRect) -> QtCore.QRect:
        ratio = self.devicePixelRatioF()
        return QtCore.QRectF(
            rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio
        ).toRect()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """F11 or F: full screen and back; Esc: back to a window."""
        if event.key() in (Qt.Key.Key_F11, Qt.Key.Key_F):
            self.toggle_full_screen()
        elif event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.showNormal()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Double click: full screen and back."""
        self.toggle_full_screen()
