"""Who works here: shown at all times, asked once.

Responsible for showing the operator's name, and for asking for it while it is not known. The name
goes into the settings, and from there into the audit trail. Not responsible for proving it: that
is the screen lock's, for those who have a passphrase.
"""

from __future__ import annotations

from neurofeedback.app.drafts import FOLDER as DRAFTS
from neurofeedback.app.drafts import TextDraft
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.forms.keeping import KeptLine
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import LongLabel
from neurofeedback.settings.editor import SettingsEditor
from neurofeedback.settings.effective import VARIABLES
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

DRAFT = "who_works_here.txt"
FIELD_WIDTH = 16  # in lines of text


class OperatorName(QtWidgets.QWidget):
    """A line with the operator's name.

    Parameters
    ----------
    editor : SettingsEditor
        Also that of the page of settings.

    Attributes
    ----------
    known : Signal(str)
        The name that counts from now on.
    """

    known = Signal(str)

    def __init__(self, editor: SettingsEditor) -> None:
        super().__init__()
        self._editor = editor
        self.shown = LongLabel("", "muted")
        self.field = QtWidgets.QLineEdit()
        self.keep = QtWidgets.QPushButton(tr("Save  (Enter)"))
        self.change = QtWidgets.QPushButton(tr("Chan&ge"))
        self.message = label("", "error", wrap=True)
        self._compose()
        self._typing = KeptLine(self.field, TextDraft(editor.path.parent / DRAFTS / DRAFT))
        self.field.returnPressed.connect(self._keep)
        self.keep.clicked.connect(self._keep)
        self.change.clicked.connect(self.ask)
        self.field.installEventFilter(self)
        self._show(asking=not self.name or bool(self.field.text()))

    @property
    def name(self) -> str:
        """The name that counts: from the environment, else as set; empty while not known."""
        above = self._editor.overruled.get("operator")
        return self._editor.settings.operator if above is None else above.value

    def refresh(self) -> None:
        """Show the name anew, such as after a change on the page of settings; ask if none is."""
        self._show(asking=not self.name)

    def ask(self) -> None:
        """Ask for the name, such as when somebody else takes over."""
        self._show(asking=True)
        self.field.setText(self.name)
        self.field.selectAll()
        self.field.setFocus()

    def take_over(self, name: str) -> None:
        """Take the name of whoever has opened the screen lock."""
        if name != self.name:
            self.field.setText(name)
            self._keep()

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Esc leaves the name as it is, if there is one."""
        escape = isinstance(event, QtGui.QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escape and event.type() == QtCore.QEvent.Type.KeyPress and self.name:
            self._typing.settle()
            self.refresh()
            return True
        return False

    def _compose(self) -> None:
        row = QtWidgets.QHBoxLayout(self)
        spaced(row, gap=2)
        self.field.setMaxLength(80)
        high = self.fontMetrics().height()
        self.field.setMaximumWidth(FIELD_WIDTH * high)
        self.field.setMinimumWidth(FIELD_WIDTH * high // 2)
        self.field.setPlaceholderText(tr("Your name, for the audit trail"))
        self.field.setAccessibleName(tr("Operator"))
        for widget in (self.shown, self.field, self.keep, self.change, self.message):
            row.addWidget(widget, 100 if widget is self.field else 0)  # before empty room
        row.addStretch(1)

    def _show(self, *, asking: bool) -> None:
        fixed = "operator" in self._editor.overruled
        self.message.setText("")
        self.shown.tell(
            tr("Operator: {name}", name=self.name) if self.name else tr("Operator's name")
        )
        if fixed:
            self.shown.setToolTip(tr("Set by {variable}.", variable=VARIABLES["operator"]))
        self.field.setVisible(asking and not fixed)
        self.keep.setVisible(asking and not fixed)
        self.change.setVisible(not asking and not fixed)

    def _keep(self) -> None:
        name = " ".join(self.field.text().split())
        if not name:
            self.message.setText(tr("Enter your name. The audit trail records who did what."))
            return
        problem = ""
        try:
            self._editor.set("operator", name)
        except UserError as error:
            problem = tr(message_of(error))
        if self._editor.settings.operator == name:  # else refused
            self._typing.settle()
            self.refresh()
            self.known.emit(self.name)
        self.message.setText(problem)
