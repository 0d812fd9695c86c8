"""The operator's desk: one window, one step of a session after the other.

Responsible for the window with its keys, for closing it, and for joining what leads to a recording
(`gui.desk.visit.preparation`), what leads on from there (`gui.desk.visit.conduct`) and what is
shown (`gui.desk.visit.pages`). Not responsible for any of these. Pages that come later are loaded
when they do, so that the first one need not wait for them.

Keys: Enter goes on, Alt+Left goes back, Ctrl+1 to 9 goes to a step that was reached; Esc leaves a
page that lies beside the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.app.services import Services
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.steps import STEPS, Move, Step
from neurofeedback.gui.desk.visit.conduct import Conduct
from neurofeedback.gui.desk.visit.pages import DeskPages
from neurofeedback.gui.desk.visit.preparation import Preparation
from neurofeedback.gui.desk.visit.visit import Visit
from neurofeedback.gui.desk.window_place import first_size
from neurofeedback.gui.forms.asking import AskingPage
from neurofeedback.gui.operator.actions import entry_of

if TYPE_CHECKING:
    from neurofeedback.gui.desk.session import DeskSession

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Desk(QtWidgets.QMainWindow):
    """The operator's window from the first code to the summary, again and again.

    Parameters
    ----------
    services : Services

    Attributes
    ----------
    visit : Visit
        Who is here, and at which step.
    pages : DeskPages
        What is shown.
    preparation : Preparation
        The steps before a recording.
    conduct : Conduct
        The steps from its start on.
    closed : Signal()
        The window was closed; no session runs any more.
    session_opened : Signal()
        `session` is another one.
    """

    closed = Signal()
    session_opened = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.visit = Visit()
        self.pages = DeskPages(self, self.visit)
        self.preparation = Preparation(services, self.visit, self.pages)
        self.conduct = Conduct(services, self.visit, self.pages)
        self.setWindowTitle(self.pages.windowTitle())
        self.setCentralWidget(self.pages)
        self._connect()
        self._give_keys()
        self.resize(first_size(self.screen()))
        self.pages.show_step(by_itself=True)

    @property
    def session(self) -> DeskSession | None:
        """The session that runs, or that has ended and is not summed up yet."""
        return self.conduct.session

    def _connect(self) -> None:
        self.pages.windowTitleChanged.connect(self.setWindowTitle)
        self.pages.rail.asked.connect(self.jump)
        self.pages.footer.back_asked.connect(self.go_back)
        self.pages.footer.next_asked.connect(self.go_on)
        self.preparation.started.connect(self.conduct.watch)
        self.conduct.ended_for_rate.connect(self.preparation.look_anew)
        self.conduct.finished.connect(self.preparation.begin_anew)
        self.conduct.opened.connect(self.session_opened)

    def _give_keys(self) -> None:
        for number, step in enumerate(STEPS, start=1):
            self._key(f"Ctrl+{number}", partial(self.jump, step))
        closing = [self._key(keys, self.close) for keys in entry_of("close").keys]
        self.pages.stack.currentChanged.connect(lambda _: self._leave_keys_to_page(closing))

    def _key(self, keys: str, do: Callable[[], object]) -> QtGui.QShortcut:
        made = QtGui.QShortcut(QtGui.QKeySequence(keys), self)
        made.activated.connect(do)
        return made

    def _leave_keys_to_page(self, closing: Sequence[QtGui.QShortcut]) -> None:
        """Leave a key to a page that has a button for it."""
        page = self.pages.stack.currentWidget()
        assert page is not None
        taken = [button.shortcut() for button in page.findChildren(QtWidgets.QPushButton)]
        for shortcut in closing:
            shortcut.setEnabled(shortcut.key() not in taken)

    def add_beside(self, widget: QtWidgets.QWidget) -> None:
        """Show something below the steps while nothing is recorded."""
        self.pages.bottom.add_widget(widget)

    def add_button(self, action: QtGui.QAction) -> None:
        """Offer an action below the steps, with its key; the key works at every step."""
        self.addAction(action)
        self.pages.bottom.add_action(action)

    # -- the way through the steps --------------------------------------------------------------

    def go_on(self) -> None:
        """Take the step's way on, or say why there is none."""
        ways = {**self.preparation.ways, Step.THRESHOLD: self.conduct.begin_rounds}
        way = ways.get(self.visit.trail.step)
        if way is not None and self.pages.aside is None and self.pages.footer.next.isEnabled():
            self.pages.trying(way)

    def go_back(self) -> None:
        """Take the way back, where there is one."""
        if self.pages.aside is None and self.visit.trail.allows(Move.BACK):
            self.pages.leave_passing(self.preparation.back)

    def jump(self, step: Step) -> None:
        """Go to a step that was reached before; of any other, nothing comes."""
        trail = self.visit.trail
        if self.pages.aside is None and trail.reachable(step) and step is not trail.step:
            self.pages.leave_passing(lambda: self.preparation.jump(step))

    def replay(self, path: Path, protocol: str, start: float, speed: float) -> None:
        """Run a protocol over a recording, from a place in it."""
        begin = partial(self.conduct.replay, path, protocol, start, speed)
        if self.visit.trail.step is Step.CHECK:
            self.go_back()
        self.pages.leave_passing(lambda: self.pages.trying(begin))

    # -- keys, and closing ---------------------------------------------------------------------

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Enter presses the button that has the keyboard, else goes on; Esc leaves a page aside."""
        if event.key() in _ENTER:
            chosen = self.focusWidget()
            if isinstance(chosen, QtWidgets.QAbstractButton):
                chosen.click()
            else:
                self.go_on()
        elif event.key() == Qt.Key.Key_Escape and self.pages.aside is not None:
            self.pages.leave_aside()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802
        """Close; while a session runs, ask first, end it, and stay for its debrief."""
        if self.session is not None and self.session.running:
            event.ignore()
            self.session.ask_to_stop(asked=False)
            return
        if isinstance(self.pages.passing, AskingPage):
            event.ignore()
            self.pages.leave_passing(lambda: QtCore.QTimer.singleShot(0, self.close))
            return
        self.preparation.stop_check()
        self.conduct.let_go()
        event.accept()
        self.closed.emit()

    def end_now(self) -> None:
        """End whatever runs, without asking: the program was told to end."""
        for page in self.findChildren(AskingPage):
            page.keep_draft()
        self.conduct.end_now()
        self.preparation.stop_check()
