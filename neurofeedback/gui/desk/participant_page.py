"""The page on which a participant is chosen.

Responsible for searching by code as one types, for the keys, and for handing over who was chosen.
Not responsible for what is known of participants (`app.participants`).

Keys: type to search; Up, Down, PgUp, PgDown move; Enter takes the line (a new code is added first);
Tab goes on to consent and notes; Ctrl+F or Esc comes back to the search.
"""

from __future__ import annotations

from collections.abc import Callable

from neurofeedback.app.participants import Details, Participants
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.participant_details import DetailsView
from neurofeedback.gui.desk.participant_list import ParticipantList
from neurofeedback.gui.forms.keeping import Keeping
from neurofeedback.gui.style import label, spaced
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

LONGEST = 64
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ParticipantPage(QtWidgets.QWidget):
    """Asks who takes part.

    Parameters
    ----------
    participants : Participants

    Attributes
    ----------
    chosen : Signal(str, str)
        Code of the participant, and the protocol of the last session (empty without one).
    progress_asked : Signal(str)
        The course of the sessions of a participant is to be shown.
    demonstration_asked : Signal()
        Somebody who is new here wants to see how a session goes.
    """

    chosen = Signal(str, str)
    demonstration_asked = Signal()
    progress_asked = Signal(str)

    def __init__(self, participants: Participants) -> None:
        super().__init__()
        self._people = participants
        self._shown = ""
        self._protocol = ""
        self._noted = ""  # whose note is in the field
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.search = QtWidgets.QLineEdit()
        self.list = ParticipantList()
        self.details = DetailsView()
        self.problem = label("", "error", wrap=True)
        self.message = label("", "error", wrap=True)
        self.go_on = QtWidgets.QPushButton()
        self._compose()
        self._connect()
        self._search()
        self.setFocusProxy(self.search)

    def refresh(self) -> None:
        """Read the participants anew, such as after a session."""
        self._people.refresh()
        self._search(self._shown)

    def start(self) -> None:
        """Begin anew: everybody is shown, and the keyboard is in the search field."""
        self.search.clear()
        self.refresh()
        self.search.setFocus()

    def lacks_consent(self, code: str) -> bool:
        """Return whether the index knows that somebody has not consented."""
        return any(line.code == code and not line.consent for line in self._people.lines)

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        outer = QtWidgets.QVBoxLayout(self)
        spaced(outer, margin=4, gap=3)
        outer.addWidget(label(tr("Participant"), "number"))
        outer.addWidget(self.problem)
        columns = QtWidgets.QHBoxLayout()
        spaced(columns, gap=4)
        left = QtWidgets.QVBoxLayout()
        spaced(left, gap=2)
        self.search.setPlaceholderText(tr("Search by code, or type a new code; no names"))
        self.search.setAccessibleName(tr("Participant code"))
        self.search.setMaxLength(LONGEST)
        self.search.setClearButtonEnabled(True)
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        columns.addLayout(left, 4)
        columns.addWidget(self.details, 5)
        outer.addLayout(columns, 1)
        bottom = QtWidgets.QHBoxLayout()
        spaced(bottom, gap=4)
        bottom.addWidget(self.message, 1)
        self.go_on.setProperty("role", "primary")
        self.go_on.setMinimumSize(260, 40)
        bottom.addWidget(self.go_on)
        outer.addLayout(bottom)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _: self._search())
        self.search.installEventFilter(self)
        self.list.currentRowChanged.connect(self._show_row)
        self.list.itemActivated.connect(lambda _: self.take())
        self.list.itemDoubleClicked.connect(lambda _: self.take())
        self.go_on.clicked.connect(self.take)
        self.details.consent_set.connect(self._set_consent)
        self.details.note_written.connect(self._add_note)
        self._typing = Keeping(self.keep_draft, self)
        self.details.note.textEdited.connect(lambda _: self._typing.changed())
        self.details.note_struck.connect(self._strike_note)
        self.details.demonstration.clicked.connect(self.demonstration_asked)
        self.details.progress.clicked.connect(lambda: self.progress_asked.emit(self._shown))
        for keys in ("Ctrl+F", "Esc"):
            shortcut = QtGui.QShortcut(QtGui.QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._back_to_search)

    # -- what the user does -------------------------------------------------------------------

    def take(self) -> None:
        """Hand over the participant moved to; a new code is added, and shown first."""
        code, new = self.list.chosen()
        if not code:
            self.message.setText(self._people.refusal(self.search.text()) or self._nobody())
            return
        if new and self._people.available:
            self._try(lambda: self._people.add(code))
            self._search(code)
            return
        self.chosen.emit(code, self._protocol)

    def _nobody(self) -> str:
        """Say that Enter took nobody, and what does."""
        if self.list.count():
            return tr(
                "No participant is chosen. Type the whole code, or move to it with the "
                "arrow keys, and press Enter again."
            )
        return tr("Type a participant code, for example 01.")

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Move in the list, and take a line, while the keyboard is in the search field."""
        if watched is self.search and event.type() == QtCore.QEvent.Type.KeyPress:
            assert isinstance(event, QtGui.QKeyEvent)
            if event.key() in _STEPS:
                self.list.step(_STEPS[Qt.Key(event.key())])
                return True
            if event.key() in _ENTER:
                self.take()
                return True
        return False

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Enter presses the button that has the keyboard."""
        focused = self.focusWidget()
        if event.key() in _ENTER and isinstance(focused, QtWidgets.QAbstractButton):
            focused.click()
        else:
            super().keyPressEvent(event)

    def _back_to_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _search(self, keep: str = "") -> None:
        text = self.search.text()
        self.message.setText(self._people.refusal(text))
        self.problem.setText(tr(self._people.problem))
        self.problem.setVisible(bool(self._people.problem))
        new = self._people.addable(text)
        words = (
            tr("Add {code} as a new participant", code=new)
            if self._people.available
            else tr("Use the code {code}", code=new)
        )
        with QtCore.QSignalBlocker(self.list):
            matching = self._people.matching(text)
            self.list.show_lines(matching, new, words)
            self.list.select(keep or self._people.meant(text, matching))
        self._show_row()

    def _show_row(self, _: int = 0) -> None:
        code, new = self.list.chosen()
        self._typing.finish()
        self._shown, self._protocol = "", ""
        self.go_on.setEnabled(bool(code))
        if not code:
            self.go_on.setText(tr("Continue  (Enter)"))
            empty = not self._people.lines
            nobody = (
                tr("No participants yet. Type a code on the left, for instance P01.")
                if empty
                else tr("No participant is chosen. Type a code on the left.")
            )
            self.details.show_hint("", self._people.refusal(self.search.text()) or nobody)
            self.details.demonstration.setVisible(empty)
        elif new and self._people.available:
            self.go_on.setText(tr("Add {code}  (Enter)", code=code))
            self.details.show_hint(
                code, tr("This participant is not in the index yet. Press Enter to add them.")
            )
        else:
            self.go_on.setText(tr("Continue with {code}  (Enter)", code=code))
            self._try(lambda: self._people.details(code))

    def _set_consent(self, given: bool) -> None:
        code = self._shown
        self._try(lambda: self._people.set_consent(code, given))
        self._search(code)

    def _add_note(self, text: str) -> None:
        code = self._shown
        if self._try(lambda: self._people.add_note(code, text)):
            self.details.clear_note()
            self.keep_draft()

    def keep_draft(self) -> None:
        """Keep the note that is being typed."""
        self._typing.stop()
        self._people.keep_draft(self._shown, self.details.note.text())

    def _strike_note(self, number: int) -> None:
        code = self._shown
        self._try(lambda: self._people.strike_note(code, number))

    def _try(self, doing: Callable[[], Details]) -> bool:
        """Do something and show its outcome, or why it failed."""
        try:
            details = doing()
        except UserError as error:
            self.message.setText(tr(message_of(error)))
            return False
        if details.code != self._noted:
            self._noted = details.code
            self.details.note.setText(self._people.draft(details.code))
        self._shown, self._protocol = details.code, details.protocol
        self.details.show_details(details, indexed=self._people.available)
        return True
