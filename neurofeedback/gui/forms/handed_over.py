"""Questionnaires that the participant may answer on a screen of their own.

Responsible for the window there, for telling the operator how far the participant has come, and
for taking the questionnaires back. Not responsible for asking and keeping (`scales_page`): the page
is the same at the desk and there, so that it keeps the same answers in the same way.

The operator sees how much is answered, never what. The window goes with this page, so that it is
never in the way of a session; a safety prompt comes at the desk.
"""

from __future__ import annotations

from collections.abc import Callable

from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.forms.asking import AskingPage
from neurofeedback.gui.forms.scales_page import ScalesPage
from neurofeedback.gui.screens import fill_screen
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import Card
from neurofeedback.words.language import tr

LEAST_SIZE = (640, 480)  # px
CARD_WIDTH, STATE_HEIGHT = 620, 48  # px; two lines


class AnswerWindow(QtWidgets.QWidget):
    """The participant's window while questionnaires are answered there.

    Parameters
    ----------
    parent : QWidget
        Owns it.

    Attributes
    ----------
    put_away : Signal()
        Somebody closed it.
    """

    put_away = Signal()

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Questions"))
        self.setMinimumSize(*LEAST_SIZE)
        self.resize(960, 600)
        self._layout = QtWidgets.QVBoxLayout(self)
        spaced(self._layout, margin=4)

    def take(self, page: QtWidgets.QWidget) -> None:
        """Show a page."""
        self._layout.addWidget(page)
        page.show()

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802
        """Give the page back instead."""
        event.ignore()
        self.put_away.emit()


class HandedOver(AskingPage):
    """The desk's page of questionnaires, which may be handed over to the participant.

    Parameters
    ----------
    scales : ScalesPage
        Which is shown here first.
    screen : callable
        Returns the operator's monitor.
    monitor : str
        Name of the participant's.

    Attributes
    ----------
    finished : Signal()
        All are kept, and what had to be read was read; after a participant has answered them, once
        the operator goes on, so that the thanks can be read.
    """

    finished = Signal()

    def __init__(
        self, scales: ScalesPage, screen: Callable[[], QtGui.QScreen], monitor: str = ""
    ) -> None:
        super().__init__()
        self.scales, self._screen, self._monitor = scales, screen, monitor
        self.window_there: AnswerWindow | None = None
        self.hand_over = QtWidgets.QPushButton(tr("Show on the &participant's screen"))
        self.take_back_button = QtWidgets.QPushButton(tr("&Take back"))
        self.go_on = QtWidgets.QPushButton(tr("Continue (Enter)"))
        self.state, self.left = label("", "title", wrap=True), label("", "muted", wrap=True)
        self._compose()
        self.hand_over.clicked.connect(self.show_there)
        self.take_back_button.clicked.connect(self.take_back)
        self.go_on.clicked.connect(self.finished)
        scales.moved.connect(self._tell)
        scales.finished.connect(self._ended)

    def _compose(self) -> None:
        self.setObjectName("page")
        self._here, self._away = QtWidgets.QWidget(), QtWidgets.QWidget()
        for part in (self._here, self._away):
            part.setObjectName("clear")
        here = QtWidgets.QVBoxLayout(self._here)
        spaced(here)
        here.addWidget(self.scales, 1)
        here.addWidget(self.hand_over, 0, Qt.AlignmentFlag.AlignLeft)
        card = Card(tr("ON THE PARTICIPANT'S SCREEN"))
        card.add(self.state, self.left)
        card.setFixedWidth(CARD_WIDTH)
        self.state.setMinimumHeight(STATE_HEIGHT)
        spaced(card.body, margin=4, gap=3)
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=3)
        row.addWidget(self.take_back_button)
        row.addStretch(1)
        self.go_on.setProperty("role", "primary")
        row.addWidget(self.go_on)
        card.body.addLayout(row)
        away = QtWidgets.QVBoxLayout(self._away)
        away.addStretch(1)
        away.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        away.addStretch(2)
        self._stack = QtWidgets.QStackedLayout(self)
        self._stack.addWidget(self._here)
        self._stack.addWidget(self._away)

    @property
    def is_away(self) -> bool:
        """Whether the participant has the questionnaires."""
        return self.window_there is not None

    def show_there(self) -> None:
        """Hand the questionnaires over."""
        if self.is_away:
            return
        there = self.window_there = AnswerWindow(self)
        there.put_away.connect(self.take_back)
        self._stack.setCurrentWidget(self._away)
        there.take(self.scales)
        self.scales.show_to(operator=False)
        if len(QtGui.QGuiApplication.screens()) > 1:
            fill_screen(there, self._screen(), self._monitor)
        else:
            there.show()
        there.activateWindow()
        self.scales.take_focus()
        self._tell()

    def take_back(self) -> None:
        """Show the questionnaires at the desk again, with the answers so far."""
        if self.window_there is None:
            return
        there, self.window_there = self.window_there, None
        layout = self._here.layout()
        assert isinstance(layout, QtWidgets.QVBoxLayout)
        layout.insertWidget(0, self.scales, 1)
        self._stack.setCurrentWidget(self._here)
        self.scales.show_to(operator=True)
        self.scales.show()
        there.hide()
        there.deleteLater()
        self.window().activateWindow()
        self.take_focus()

    def _tell(self) -> None:
        """Say how far the participant has come, and be ready for the next questionnaire."""
        if not self.is_away:
            return
        shown = self.scales.progress
        over = not shown.title
        self.go_on.setVisible(over)
        self.take_back_button.setVisible(not over)
        if over:
            self.state.setText(tr("All questions are over."))
            self.left.setText(tr("The participant sees a word of thanks until you go on."))
            return
        self.state.setText(
            tr("{scale}: {n} of {total} answered",
               scale=shown.title, n=shown.n_answered, total=shown.n_items)
        )  # fmt: skip
        self.left.setText(
            tr("This is the last questionnaire.")
            if shown.n_left == 0
            else tr("One more questionnaire comes after it.")
            if shown.n_left == 1
            else tr("{n} more questionnaires come after it.", n=shown.n_left)
        )

    def _ended(self) -> None:
        if self.is_away:
            self._tell()
            self.window().activateWindow()
            self.go_on.setFocus()
        else:
            self.finished.emit()

    # -- what the desk asks of a page that asks ---------------------------------------------------

    def take_focus(self) -> None:
        """Give the keyboard to the question that is asked here, or to the way on."""
        if not self.is_away:
            self.scales.take_focus()
        elif self.go_on.isVisibleTo(self):
            self.go_on.setFocus()
        else:
            self._away.setFocus()

    def leave(self, then: Callable[[], object]) -> None:
        """Take the questionnaires back, and stop there."""
        self.take_back()
        self.scales.leave(then)

    def keep_draft(self) -> None:
        """Keep what was answered so far; the page that asks does."""
        self.scales.keep_draft()
