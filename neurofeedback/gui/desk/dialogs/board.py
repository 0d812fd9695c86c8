"""Asks which board is the amplifier, and how it is connected.

Responsible for the name of the source as the command line has it. Not responsible for opening it.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from neurofeedback.gui._qt import QtWidgets
from neurofeedback.gui.style import answers, label, spaced
from neurofeedback.words.language import tr

WIDTH = 30  # lines of text
KEYS = ("serial_port", "mac_address", "ip_address")


class BoardDialog(QtWidgets.QDialog):
    """Asks for a board of BrainFlow.

    Parameters
    ----------
    parent : QWidget
    boards : sequence of str
        Names of the boards there are.
    """

    def __init__(self, parent: QtWidgets.QWidget, boards: Sequence[str]) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Amplifier of BrainFlow"))
        self.board = QtWidgets.QComboBox()
        self.board.addItems([*boards])
        self.fields = {key: QtWidgets.QLineEdit() for key in KEYS}
        self.choose = QtWidgets.QPushButton(tr("Choose  (Enter)"))
        self._compose()
        self.choose.clicked.connect(self.accept)

    def _compose(self) -> None:
        column = QtWidgets.QVBoxLayout(self)
        spaced(column, margin=5, gap=2)
        self.setFixedWidth(WIDTH * self.fontMetrics().height())
        column.addWidget(label(tr("Amplifier of BrainFlow"), "title"))
        about = tr("Fill in how your board is connected, and leave the rest empty.")
        column.addWidget(label(about, "muted", wrap=True))
        names = (
            tr("Board"),
            tr("Serial port (COM3, /dev/ttyUSB0)"),
            tr("Bluetooth address"),
            tr("IP address"),
        )
        for field, words in zip((self.board, *self.fields.values()), names, strict=True):
            field.setAccessibleName(words)
            column.addWidget(label(words, "heading"))
            column.addWidget(field)
        column.addLayout(answers(self, self.choose))

    @property
    def source(self) -> str:
        """The board, as the command line names it: ``brainflow:cyton?serial_port=COM3``."""
        typed = {key: field.text().strip() for key, field in self.fields.items()}
        given = "&".join(f"{key}={quote(text, safe='/:')}" for key, text in typed.items() if text)
        board = f"brainflow:{self.board.currentText()}"
        return f"{board}?{given}" if given else board
