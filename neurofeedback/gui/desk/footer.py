"""The line below a step: what is wrong, the way back and the way on.

Responsible for showing them. Not responsible for what they do.
"""

from __future__ import annotations

from neurofeedback.gui._qt import QtWidgets, Signal
from neurofeedback.gui.style import label, spaced
from neurofeedback.words.language import tr


class Footer(QtWidgets.QWidget):
    """A sentence and two buttons.

    Attributes
    ----------
    back_asked, next_asked : Signal()
    """

    back_asked = Signal()
    next_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.message = label("", "error", wrap=True)
        self.back = QtWidgets.QPushButton(tr("Back (Alt+Left)"))
        self.back.setShortcut("Alt+Left")
        self.next = QtWidgets.QPushButton()
        self.next.setProperty("role", "primary")
        self.next.setMinimumSize(240, 40)
        self.back.clicked.connect(self.back_asked.emit)
        self.next.clicked.connect(self.next_asked.emit)
        self.progress = QtWidgets.QProgressBar()
        self.progress.setRange(0, 100)
        self.progress.setAccessibleName(tr("Progress"))
        self.progress.hide()
        row = QtWidgets.QHBoxLayout(self)
        spaced(row, gap=3)
        row.addWidget(self.message, 1)
        row.addWidget(self.progress, 1)
        row.addWidget(self.back)
        row.addWidget(self.next)

    def offer(self, next_words: str, *, back: bool) -> None:
        """Show the way on under these words; none where they are empty. Nothing is wrong now.

        Parameters
        ----------
        next_words : str
        back : bool
            Whether there is a way back.
        """
        self.block("")
        self.say("")
        self.next.setText(next_words)
        self.next.setVisible(bool(next_words))
        self.back.setVisible(back)
        self.setVisible(bool(next_words) or back)

    def block(self, why: str) -> None:
        """Close the way on and say why; open it again where the reason is empty."""
        if why != self.next.toolTip():
            self.next.setEnabled(not why)
            self.next.setToolTip(why)
            self.say(why)

    def show_progress(self, share: float) -> None:
        """Show how much of something that takes a while is done, 0..1, at once."""
        self.progress.setVisible(share < 1.0)
        self.progress.setValue(round(100 * share))
        self.progress.repaint()

    def say(self, text: str) -> None:
        """Show a sentence; empty for none."""
        self.message.setText(tr(text))
