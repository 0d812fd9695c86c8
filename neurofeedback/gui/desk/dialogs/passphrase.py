"""Giving an operator a passphrase for the screen lock, another one, or none.

Responsible for asking for the old one first, and for the new one twice. Not responsible for how it
is kept (`settings.operators`).
"""

from __future__ import annotations

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.style import answers, label, spaced
from neurofeedback.settings.operators import SHORTEST, Operators
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

WIDTH = 27  # in lines of text


class PassphraseDialog(QtWidgets.QDialog):
    """Asks for a passphrase.

    Parameters
    ----------
    parent : QWidget
    operators : Operators
    name : str
        Of the operator.
    """

    def __init__(self, parent: QtWidgets.QWidget, operators: Operators, name: str) -> None:
        super().__init__(parent)
        self._operators = operators
        self._name = name
        self.setWindowTitle(tr("Passphrase of {name}", name=name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.old, self.new, self.again = (QtWidgets.QLineEdit() for _ in range(3))
        self.message = label("", "error", wrap=True)
        self.keep = QtWidgets.QPushButton(tr("Save  (Enter)"))
        self._compose()
        self.keep.clicked.connect(self.submit)

    def _compose(self) -> None:
        column = QtWidgets.QVBoxLayout(self)
        spaced(column, margin=5, gap=2)
        self.setFixedWidth(WIDTH * self.fontMetrics().height())
        column.addWidget(label(tr("Passphrase of {name}", name=self._name), "title"))
        about = tr(
            "At least {n} characters. Only a hash is stored, so a lost passphrase cannot "
            "be recovered. Leave the new one empty to remove it.",
            n=SHORTEST,
        )
        column.addWidget(label(about, "muted", wrap=True))
        names = (tr("Old passphrase"), tr("New passphrase"), tr("New passphrase again"))
        for field, words in zip((self.old, self.new, self.again), names, strict=True):
            field.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
            field.setAccessibleName(words)
            heading = label(words, "heading")
            column.addWidget(heading)
            column.addWidget(field)
            if field is self.old and not self._has():
                heading.hide()
                field.hide()
        column.addWidget(self.message)
        column.addLayout(answers(self, self.keep))

    def submit(self) -> None:
        """Keep the new one, or say why not."""
        try:
            self._keep()
        except UserError as error:
            self.message.setText(tr(message_of(error)))
            self.old.clear()
            return
        self.accept()

    def _keep(self) -> None:
        if self._has() and not self._operators.right(self._name, self.old.text()):
            raise UserError("The old passphrase is wrong.")
        if self.new.text() != self.again.text():
            raise UserError("The new passphrases differ.")
        if self.new.text():
            self._operators.set(self._name, self.new.text())
        else:
            self._operators.remove(self._name)

    def _has(self) -> bool:
        try:
            return self._operators.has(self._name)
        except UserError:
            return True
