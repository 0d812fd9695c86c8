"""A running session on the operator's desk: its panels, and its threshold step.

Responsible for the participant's window along with it, and for following the session from baseline
to threshold to rounds to its end. Not responsible for the panels (`gui.operator.window`), nor for
what comes before and after (`gui.desk.visit.preparation`, `gui.desk.visit.conduct`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.app.states import silent_words
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.steps import Step, step_while_recording
from neurofeedback.gui.desk.threshold_page import ThresholdPage
from neurofeedback.gui.operator.actions import CommandsMenu
from neurofeedback.gui.participant.clinic_media import USUAL_MEDIA, ClinicMedia
from neurofeedback.gui.style import spaced
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.protocols import commands
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import ENDED, RunState, Status
from neurofeedback.words.language import tr


class DeskSession(QtWidgets.QWidget):
    """The operator's panels of a session, or its threshold page.

    Parameters
    ----------
    session : SessionRunner
        Started.
    step : Step
        Where it begins.
    replayed : ReplaySource or None
        The recording, if it is one: a bar below the panels holds its pace.
    media : ClinicMedia
        Files of the clinic's own for the participant's display.

    Attributes
    ----------
    banner : StateBanner
        How the session is.
    head : QWidget
        The banner beside the menu of all commands; for above whatever page of it is shown.
    replayed : bool
        Whether it is a recording: nobody sits there to be asked afterwards.
    stepped : Signal(Step)
        The session has come to another step.
    blocked : Signal(str)
        Why the rounds cannot begin now, told again and again at the threshold step; empty where
        they can.
    ended : Signal()
        It is over and written.
    """

    stepped = Signal(object)
    blocked = Signal(str)
    ended = Signal()

    def __init__(
        self,
        session: SessionRunner,
        step: Step,
        replayed: ReplaySource | None = None,
        media: ClinicMedia = USUAL_MEDIA,
    ) -> None:
        super().__init__()
        self.session = session
        self.replayed = replayed is not None
        self._step = step
        self.windows = SessionWindows(session, media=media)
        self.operator = self.windows.operator
        self.operator.become_page()
        self.banner = self.operator.banner
        self._steering = self.operator.steering
        self.threshold = ThresholdPage(session, self._steering)
        self.threshold.redo_asked.connect(self._redo)
        if replayed is not None:
            self.windows.add_replay(replayed)
        self._pages = QtWidgets.QStackedWidget()
        self._pages.addWidget(self.operator)
        self._pages.addWidget(self.threshold)
        column = QtWidgets.QVBoxLayout(self)
        spaced(column, gap=2)
        self.head = self._head()
        self.offers = self.operator.offers
        self.offers.restarts = True
        column.addWidget(self.offers)
        column.addWidget(self._pages, 1)
        self._key("Ctrl+E", self.ask_to_stop)
        self._key("P", self.operator.show_participant)
        self.windows.bridge.frames_arrived.connect(self.threshold.add_frames)
        self.windows.bridge.status_changed.connect(self._look)
        self.windows.bridge.ended.connect(lambda _: self.ended.emit())
        self.operator.closed.connect(self.ended.emit)
        self.setFocusProxy(self.operator)

    def _head(self) -> QtWidgets.QWidget:
        """Return the banner beside the menu of everything that can be done."""
        self.commands = QtWidgets.QToolButton()
        self.commands.setText(tr("Commands  (F10)"))
        self.commands.setShortcut("F10")
        self.commands.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.commands.setMenu(CommandsMenu(self.operator, self.commands))
        self.commands.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.commands.setAccessibleName(tr("All commands of the session"))
        head = QtWidgets.QWidget(self)
        head.hide()  # until whoever shows this has put it in its place
        row = QtWidgets.QHBoxLayout(head)
        spaced(row, gap=2)
        row.addWidget(self.banner, 1)
        row.addWidget(self.commands)
        return head

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent) -> None:  # noqa: N802
        """Offer everything where a panel offers nothing of its own."""
        menu = self.commands.menu()
        assert menu is not None
        menu.popup(event.globalPos())

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.session.status().state not in ENDED

    def show_participant(self, operators: QtGui.QScreen | None, monitor: str = "") -> None:
        """Open the participant's window, full screen where there is a second monitor.

        Parameters
        ----------
        operators : QScreen or None
            The operator's monitor, which is left free.
        monitor : str
            Name of the participant's; any other than the operator's if it is not there.
        """
        self.windows.show_participant(operators, monitor)
        desk = self.operator.window()
        desk.raise_()  # on one monitor the participant's window would lie over it; P brings it back
        desk.activateWindow()

    def _key(self, keys: str, do: Callable[[], object]) -> None:
        """Let a key of the panels work on the threshold page too."""
        QtGui.QShortcut(QtGui.QKeySequence(keys), self.threshold).activated.connect(lambda: do())

    def ask_to_stop(self, *, asked: bool = True) -> None:
        """Ask whether to end it; see `OperatorWindow.ask_to_stop`."""
        self.operator.ask_to_stop(asked=asked)

    def begin_rounds(self) -> None:
        """Go on after the threshold has been looked at."""
        self._steering.ask(*self.threshold.take_moved(), commands.RESUME)

    def _redo(self) -> None:
        self._steering.ask(commands.REDO_BASELINE, commands.RESUME)

    def _look(self, status: Status) -> None:
        frame = self.session.latest
        if status.state in ENDED or status.state is RunState.STOPPING:
            return
        step = step_while_recording(
            self._step,
            status.progress.phase,
            paused=status.state is RunState.PAUSED,
            ready=frame is not None and math.isfinite(frame.threshold),
        )
        looking = step is Step.THRESHOLD
        if looking:
            self.threshold.show_now(status, frame)
        if step is not self._step:
            self._step = step
            page = self.threshold if looking else self.operator
            self._pages.setCurrentWidget(page)
            self.setFocusProxy(page)
            self.operator.show_before_rounds(looking)
            self.stepped.emit(step)
        if looking:
            self.blocked.emit(silent_words(status))

    def release(self) -> None:
        """Close the participant's window too; this is not to be used afterwards."""
        self.windows.release()
