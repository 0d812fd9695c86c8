"""The participant's window: one calm display without menus.

Responsible for painting the newest picture and for telling when a frame has really been painted,
and with which value. Not responsible for what is shown (`gui.participant.picture`), for the looks
(`gui.participant.scenes`) nor for the monitor it is on (`gui.monitors`).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from neurofeedback.errors import UserError
from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.participant.clinic_media import USUAL_MEDIA, ClinicMedia
from neurofeedback.gui.participant.light_patch import LightPatch
from neurofeedback.gui.participant.picture import Picture, PictureModel
from neurofeedback.gui.participant.scenes import VideoScene, make_scene
from neurofeedback.gui.participant.stage import Stage
from neurofeedback.gui.screens import fill_screen
from neurofeedback.session.display import Mode
from neurofeedback.session.status import Status
from neurofeedback.words.language import tr


class ParticipantWindow(QtWidgets.QWidget):
    """The participant's display.

    Parameters
    ----------
    clock : callable
        Time in s for `painted`.
    model : PictureModel, optional
        The moving picture.
    scene : str
        Name of the scene; see `gui.participant.scenes`.
    numbers : bool
        Whether the value is written as a number, too.
    media : ClinicMedia
        Picture and film of the clinic's own, and whether there is a square for a photodiode.
    patch : LightPatch, optional
        Another such square.

    Attributes
    ----------
    problem : UserError or None
        Why the clinic's own picture or film is not shown.
    picture : Picture
        What is shown now.
    scene : str
        Name of the scene.
    painted : Signal(FeedbackFrame, str, float, float, float, int)
        A frame has been painted for the first time, or for the first time in this mode: the frame,
        the mode, the value as displayed (0..1 or NaN), the clock time when painting ended, and the
        slow and the rare layer as displayed.
    key_pressed : Signal(QKeyEvent)
        A key was pressed here, where none is meant to be.
    put_away : Signal()
        Somebody closed it, so it is hidden; the session goes on.
    """

    painted = Signal(object, str, float, float, float, int)
    put_away = Signal()
    key_pressed = Signal(object)

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        model: PictureModel | None = None,
        scene: str = "disc",
        *,
        numbers: bool = False,
        media: ClinicMedia = USUAL_MEDIA,
        patch: LightPatch | None = None,
    ) -> None:
        super().__init__()
        self._clock = clock
        self.model = model or PictureModel()
        self.picture: Picture = self.model.advance(0.0)
        self.scene = ""
        self._numbers, self._media = numbers, media
        self._patch = patch or (LightPatch() if media.patch else None)
        self.problem: UserError | None = None
        self._stage = Stage(make_scene("disc"))
        self.show_scene(scene)
        self._last_tick: float | None = None
        self._frame: FeedbackFrame | None = None
        self._reported: tuple[int, Mode] | None = None
        self.setWindowTitle(tr("Feedback"))
        self.setAccessibleName(tr("Feedback display"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # keys are the operator's
        self.setWindowFlag(Qt.WindowType.WindowDoesNotAcceptFocus)
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
        before, self.picture = self.picture, self.model.advance(elapsed)
        changed = self._stage.changed_area(self.rect(), before, self.picture)
        if changed.isEmpty() and self._to_report() is not None:
            return self._stage.scene.moving_area(self.rect())
        return changed

    def show_scene(self, name: str) -> None:
        """Show another scene from now on; without the clinic's file where that fails."""
        self.scene, self.problem = name, None
        self.let_go()
        try:
            scene = make_scene(name, self._media)
        except UserError as error:
            scene, self.problem = make_scene(name), error
        self._stage = Stage(scene, numbers=self._numbers, patch=self._patch)
        self.update()

    def let_go(self) -> None:
        """Let a film go, if there is one."""
        if isinstance(self._stage.scene, VideoScene):
            self._stage.scene.close()

    def toggle_full_screen(self, operators: QtGui.QScreen | None = None, monitor: str = "") -> None:
        """Fill a second monitor if there is one, else this one; or go back to a window.

        `operators` is the operator's monitor, which is left free; by default the primary one. Of
        several others, the one named `monitor` is taken, else the first.
        """
        if self.isFullScreen():
            self.showNormal()
            return
        fill_screen(self, operators or QtGui.QGuiApplication.primaryScreen(), monitor)

    def covers(self, screen: QtGui.QScreen) -> bool:
        """Whether nothing else is seen on a monitor."""
        return self.isVisible() and self.isFullScreen() and self.screen() == screen

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the picture; report the frame once it is on the surface."""
        picture, frame = self.picture, self._to_report()
        painter = QtGui.QPainter(self)
        self._stage.paint(painter, self.rect(), event.rect(), picture)
        painter.end()
        if frame is not None:
            self._reported = (frame.sample, picture.mode)
            self.painted.emit(frame, str(picture.mode), picture.value, self._clock(),
                              picture.ground, picture.lights)  # fmt: skip

    def _to_report(self) -> FeedbackFrame | None:
        """Return the frame if it has not been painted in the mode it has now."""
        frame = self._frame
        if frame is None or (frame.sample, self.picture.mode) == self._reported:
            return None
        return frame

    def event(self, event: QtCore.QEvent) -> bool:
        """Take every key as a key press, so that one way leads to the operator's window."""
        if event.type() == QtCore.QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Pass on a key that comes here all the same: the operator's keys act everywhere."""
        self.key_pressed.emit(event)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802
        """Only hide: nothing ends by that, and it can be brought back."""
        event.ignore()
        self.hide()
        self.put_away.emit()

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Double click: full screen and back."""
        self.toggle_full_screen()
