"""Opening the windows on a session, and closing them with it.

Responsible for connecting bridge and windows, and for the exit code.
Not responsible for the application object
(`gui.application`), nor for making, running or recording the session.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.alarm_call import AlarmCall
from neurofeedback.gui.application import application
from neurofeedback.gui.bridge import Bridge
from neurofeedback.gui.forwarding import forward_key
from neurofeedback.gui.monitors import MonitorWatch
from neurofeedback.gui.operator.recording.replay_controls import ReplayControls
from neurofeedback.gui.operator.window import OperatorWindow
from neurofeedback.gui.participant.clinic_media import USUAL_MEDIA, ClinicMedia
from neurofeedback.gui.participant.feeder import Output
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.gui.participant.sign import OperatorSign
from neurofeedback.gui.participant.sound import SessionSound
from neurofeedback.gui.participant.texts import Texts
from neurofeedback.gui.participant.window import ParticipantWindow
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import RunState, Status
from neurofeedback.words.language import tr


class SessionWindows:
    """Both windows on one session, connected through a bridge.

    Parameters
    ----------
    session : SessionRunner
        Started.
    clock : callable
        The runner's clock, s; the time of painting is read from it.
    media : ClinicMedia
        Volume, music, picture and film of the clinic.
    output : Output, optional
        Where sound is played; by default the system's audio device.
    """

    def __init__(
        self,
        session: SessionRunner,
        clock: Callable[[], float] = time.monotonic,
        *,
        media: ClinicMedia = USUAL_MEDIA,
        output: Output | None = None,
    ) -> None:
        display = session.spec.display
        self.participant = ParticipantWindow(
            clock,
            PictureModel(
                Texts.of(session.spec),
                display.smoothing,
                results=not session.concealed and session.spec.control is None,
            ),
            display.scene,
            numbers=display.numbers,
            media=media,
        )
        self.operator = OperatorWindow(session, self.participant)
        self.sound = SessionSound(display.sound, media, self._tell_of_sound, output, clock)
        if self.participant.problem is not None:
            self.operator.keep_fact(str(self.participant.problem))
        self.alarm = AlarmCall(self.operator.banner)
        self._monitors = MonitorWatch(self.participant, self.operator)
        self.bridge = Bridge(session, clock, parent=self.operator)
        bridge, operator = self.bridge, self.operator
        bridge.ticked.connect(self._tick)
        bridge.frames_arrived.connect(operator.add_frames)
        bridge.samples_arrived.connect(operator.add_samples)
        bridge.spare.connect(operator.paint_slower_parts)
        bridge.quality_changed.connect(operator.show_quality)
        bridge.status_changed.connect(operator.show_status)
        bridge.ended.connect(operator.show_end)
        self.sign = OperatorSign(self.participant)
        bridge.status_changed.connect(lambda _: self._show_sign())
        bridge.ended.connect(lambda _: self._show_sign())
        self.participant.painted.connect(bridge.report_painted)
        self.participant.key_pressed.connect(lambda key: forward_key(key, operator.window()))
        operator.sound_asked.connect(self._change_sound)
        operator.closed.connect(self.close)

    def add_replay(self, source: ReplaySource) -> ReplayControls:
        """Put the bar of a replay below the operator's panels.

        Parameters
        ----------
        source : ReplaySource
            What the session reads from; opened.
        """
        controls = ReplayControls(source)
        bar = QtWidgets.QToolBar(tr("Replay"))
        bar.setObjectName("plain")
        bar.setMovable(False)
        bar.addWidget(controls)
        self.operator.addToolBar(Qt.ToolBarArea.BottomToolBarArea, bar)
        self.bridge.spare.connect(controls.refresh)
        return controls

    def _tick(self, frame: object, status: Status, rewarded: bool, now: float) -> None:
        """Paint the participant's picture first and at once; it should not wait for the rest."""
        self.participant.show_frame(frame, status, rewarded)  # type: ignore[arg-type]
        changed = self.participant.advance(now)
        if not changed.isEmpty():
            self.participant.repaint(changed)
        if self.sound.follow(self.participant.picture, self.participant.model.glows):
            self._show_sound()
        self.operator.show_frame(frame)  # type: ignore[arg-type]
        self.operator.steering.poll()

    def _show_sign(self) -> None:
        """Sign that there is an alarm if the participant's window lies over the operator's."""
        covered = self.participant.covers(self.operator.screen())
        self.sign.setVisible(covered and self.operator.banner.kind == "alarm")

    def _change_sound(self, what: str) -> None:
        if what == "mute":
            self.sound.toggle()
        else:
            self.sound.change_volume(1 if what == "louder" else -1)
        self._show_sound()

    def _tell_of_sound(self, sentence: str) -> None:
        """Tell the operator, and keep it in the log: it is part of what the participant hears."""
        self.operator.keep_fact(sentence)
        self._show_sound()

    def _show_sound(self) -> None:
        self.operator.show_sound_problem(self.sound.problem)
        self.operator.trend.show_sound(self.sound.words)

    def show(self, *, full_screen: bool = False) -> None:
        """Show both windows and begin to poll."""
        self.operator.show()
        self.show_participant()
        if full_screen:
            self.participant.toggle_full_screen(self.operator.screen())
        self.operator.activateWindow()

    def show_participant(self, operators: QtGui.QScreen | None = None, monitor: str = "") -> None:
        """Show the participant's window, begin to sound and to poll.

        Parameters
        ----------
        operators : QScreen or None
            The operator's: where there is another, the participant's window fills that.
        monitor : str
            Name of the one to fill, if it is there.
        """
        self.participant.show()
        if operators is not None and len(QtGui.QGuiApplication.screens()) > 1:
            self.participant.toggle_full_screen(operators, monitor)
        self.sound.start()
        self.bridge.start()

    def close(self) -> None:
        """Cease to poll and close both windows; the session is not touched."""
        self.bridge.stop()
        self.sound.stop()
        self.participant.let_go()
        self.alarm.stop()
        self.participant.hide()
        self.operator.hide()

    def release(self) -> None:
        """Close both windows and delete them; they are not to be used afterwards."""
        self.close()
        self.participant.deleteLater()
        self.operator.deleteLater()


def run_windows(
    session: SessionRunner,
    *,
    close_when_done: bool = False,
    full_screen: bool = False,
    clock: Callable[[], float] = time.monotonic,
    media: ClinicMedia = USUAL_MEDIA,
    replay: ReplaySource | None = None,
) -> int:
    """Show both windows on a started session until they are closed.

    Closing the operator's window ends the session (and asks first). A signal handler set by the
    caller runs within a few milliseconds, since the bridge's timer keeps Python awake.

    Parameters
    ----------
    session : SessionRunner
        Started.
    close_when_done : bool
        Close the windows as soon as the session has ended.
    full_screen : bool
        Show the participant's display full screen, on a second monitor if there is one.
    clock : callable
        The runner's clock, s.
    media : ClinicMedia
        Volume, music, picture and film of the clinic.
    replay : ReplaySource, optional
        What the session replays; gets a bar to pause it and to change its speed.

    Returns
    -------
    int
        0 if the session ended well, 1 if it failed.

    Raises
    ------
    UserError
        If no window can be opened here.
    """
    app = application()
    windows = SessionWindows(session, clock, media=media)
    if replay is not None:
        windows.add_replay(replay)
    loop = QtCore.QEventLoop()
    windows.operator.closed.connect(loop.quit)
    if close_when_done:
        windows.bridge.ended.connect(lambda _: windows.operator.close())
    app.setQuitOnLastWindowClosed(False)
    windows.show(full_screen=full_screen)
    loop.exec()
    status = session.status()
    windows.release()
    app.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
    return 1 if status.state is RunState.FAILED else 0
