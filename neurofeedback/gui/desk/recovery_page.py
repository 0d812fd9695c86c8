"""The page that offers what to do with sessions that were cut.

Responsible for the list, the three choices with their keys, and for showing that long work goes on.
Not responsible for what is done (`app.recovery`).

Keys: Up and Down choose a session; R resumes it, F finishes it, A sets it aside; Esc or Enter goes
on without. What gives up a better choice is done at the second press only.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from neurofeedback.app.recovery import Recovery, again_words, choice_words, facts, headline
from neurofeedback.app.unfinished import Choice, Unfinished
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import Card
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

KEYS = {Choice.RESUME: "R", Choice.FINISH: "F", Choice.DISCARD: "A"}
PAINT_SECONDS = 0.04
_STEPS = 1000


class RecoveryPage(QtWidgets.QWidget):
    """Offers to go on with, finish or set aside what was cut.

    Parameters
    ----------
    recovery : Recovery
    clock : callable
        Monotonic seconds, for how often progress is painted.

    Attributes
    ----------
    resume_requested : Signal(SessionLayout)
        The session is to go on; for `session.prepare_resumed`.
    done : Signal()
        Nothing more is to be done here.
    """

    resume_requested = Signal(object)
    done = Signal()

    def __init__(self, recovery: Recovery, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._recovery = recovery
        self._clock = clock
        self._painted = 0.0
        self._asked: tuple[Unfinished, Choice] | None = None
        self._busy = False
        self.setWindowTitle(tr("Interrupted sessions"))
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.about = label("", wrap=True)
        self.list = QtWidgets.QListWidget()
        self.facts = QtWidgets.QFormLayout()
        self.reason = label("", wrap=True)
        self.buttons = {choice: QtWidgets.QPushButton() for choice in Choice}
        self.progress = QtWidgets.QProgressBar()
        self.message = label("", "error", wrap=True)
        self.later = QtWidgets.QPushButton()
        self._compose()
        self._connect()
        self.setFocusProxy(self.list)
        self._show_list()

    def refresh(self) -> None:
        """Look again for sessions that were cut."""
        self._recovery.refresh()
        self.message.setText("")
        self._show_list()

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        outer = QtWidgets.QVBoxLayout(self)
        spaced(outer, margin=4, gap=3)
        outer.addWidget(label(tr("Unfinished sessions"), "number"))
        outer.addWidget(self.about)
        columns = QtWidgets.QHBoxLayout()
        spaced(columns, gap=4)
        self.list.setAccessibleName(tr("Interrupted sessions"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        columns.addWidget(self.list, 5)
        columns.addWidget(self._card(), 5)
        outer.addLayout(columns, 1)
        self.progress.setRange(0, _STEPS)
        self.progress.setAccessibleName(tr("Progress"))
        self.progress.hide()
        outer.addWidget(self.progress)
        bottom = QtWidgets.QHBoxLayout()
        spaced(bottom, gap=4)
        bottom.addWidget(self.message, 1)
        self.later.setMinimumSize(200, 40)
        bottom.addWidget(self.later)
        outer.addLayout(bottom)

    def _card(self) -> QtWidgets.QWidget:
        self.card = Card(tr("THIS SESSION"))
        self.facts.setHorizontalSpacing(16)
        self.facts.setVerticalSpacing(8)
        self.card.body.addSpacing(8)
        self.card.body.addLayout(self.facts)
        self.card.body.addSpacing(8)
        self.card.add(self.reason)
        self.card.body.addSpacing(8)
        self.card.add(*self.buttons.values())
        self.card.body.addStretch(1)
        self.facts.setFieldGrowthPolicy(
            QtWidgets.QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        )
        area = QtWidgets.QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.card)
        return area

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(lambda _: self._show_session())
        self.later.clicked.connect(self._leave)
        for choice, button in self.buttons.items():
            button.clicked.connect(lambda _=False, c=choice: self.choose(c))
            shortcut = QtGui.QShortcut(QtGui.QKeySequence(KEYS[choice]), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda c=choice: self.choose(c))

    # -- what is shown ------------------------------------------------------------------------

    def _show_list(self) -> None:
        sessions = self._recovery.sessions
        self.about.setText(
            tr(self._recovery.problem)
            or (
                tr("A crash or a power failure interrupted these sessions. What was "
                   "recorded until then is kept. Choose what to do with each, now or "
                   "later.")
                if sessions
                else tr("Every session is finished and complete.")
            )
        )  # fmt: skip
        with QtCore.QSignalBlocker(self.list):
            self.list.clear()
            for session in sessions:
                self.list.addItem(headline(session))
            if sessions:
                self.list.setCurrentRow(0)
        self.list.setVisible(bool(sessions))
        self.later.setText(tr("Later  (Esc)") if sessions else tr("Continue  (Enter)"))
        if not sessions:
            self.later.setFocus()
        self._show_session()

    def _show_session(self) -> None:
        self._asked = None
        session = self._session()
        self.card.setVisible(session is not None)
        while self.facts.rowCount():
            self.facts.removeRow(0)
        if session is None:
            return
        for name, words in facts(session):
            self.facts.addRow(label(name, "muted"), label(words, wrap=True))
        self.reason.setText(tr(session.reason))
        self.reason.setVisible(bool(session.reason))
        for choice, button in self.buttons.items():
            button.setText(f"{choice_words(session, choice)}  ({KEYS[choice]})")
            button.setVisible(choice in session.choices)
            button.setProperty("role", "primary" if choice == session.choices[0] else "")
            button.style().unpolish(button)
            button.style().polish(button)

    def _session(self) -> Unfinished | None:
        row, sessions = self.list.currentRow(), self._recovery.sessions
        return sessions[row] if 0 <= row < len(sessions) else None

    # -- what the user does -------------------------------------------------------------------

    def choose(self, choice: Choice) -> None:
        """Do something with the session chosen; ask first if a better choice is given up."""
        session = self._session()
        if session is None or choice not in session.choices or self._busy:
            return
        if choice != session.choices[0] and self._asked != (session, choice):
            self._asked = (session, choice)
            self.message.setText(again_words(session, choice, KEYS[choice]))
            return
        self._asked = None
        if choice is Choice.RESUME:
            self.message.setText("")
            self.resume_requested.emit(session.layout)
            return
        self._work(
            (lambda: self._recovery.finish(session, self._show_progress))
            if choice is Choice.FINISH
            else (lambda: self._recovery.discard(session))
        )

    def say(self, text: str) -> None:
        """Show a sentence, such as why a session could not be resumed."""
        self.message.setText(text)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Enter presses the button that has the keyboard, else does the best; Esc goes on."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused, session = self.focusWidget(), self._session()
            if isinstance(focused, QtWidgets.QPushButton):
                focused.click()
            elif session is not None:
                self.choose(session.choices[0])
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def _leave(self) -> None:
        if not self._busy:
            self.done.emit()

    def _work(self, doing: Callable[[], str]) -> None:
        """Do something that may take long; the window is painted meanwhile and takes no keys."""
        self._busy = True
        self.message.setText(tr("Reading what was recorded\u2026"))
        self.progress.setValue(0)
        self.progress.show()
        self.setEnabled(False)
        self._painted = -1.0
        self._show_progress(0.0)
        try:
            outcome = doing()
        except UserError as error:
            outcome = tr(message_of(error))
        finally:
            self._busy = False
            self.setEnabled(True)
            self.progress.hide()
        self._recovery.refresh()
        self._show_list()
        self.message.setText(outcome)
        (self.list if self._recovery.sessions else self.later).setFocus()

    def _show_progress(self, done: float) -> None:
        """Show how far it is; the work goes on in this thread, so painting is let in between."""
        now = self._clock()
        if now - self._painted < PAINT_SECONDS and self._painted >= 0:
            return
        self._painted = now
        self.progress.setValue(round(_STEPS * done))
        QtWidgets.QApplication.processEvents(
            QtCore.QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents
        )
