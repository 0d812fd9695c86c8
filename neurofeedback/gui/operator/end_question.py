"""The question whether a session is to end.

Responsible for what is chosen by a key pressed without reading. Not responsible for ending it.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.words.language import tr

_KEYS = (QtCore.QEvent.Type.KeyPress, QtCore.QEvent.Type.KeyRelease)


class EndQuestion(QtWidgets.QMessageBox):
    """Asks whether to end; Esc goes on, and Space, which pauses elsewhere, does nothing.

    Parameters
    ----------
    parent : QWidget
    asked : bool
        Whether the operator asked to end it, so that Enter ends; else Enter goes on.
    """

    def __init__(self, parent: QtWidgets.QWidget, *, asked: bool) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("End the session?"))
        self.setText(tr("End the session now?"))
        self.setInformativeText(tr("The recording so far is kept."))
        role = QtWidgets.QMessageBox.ButtonRole
        self.end = self.addButton(tr("End session"), role.AcceptRole)
        self.stay = self.addButton(tr("Continue"), role.RejectRole)
        self.setDefaultButton(self.end if asked else self.stay)
        self.setEscapeButton(self.stay)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in (self.end, self.stay):
            button.installEventFilter(self)

    @property
    def agreed(self) -> bool:
        """Whether it was answered that the session is to end."""
        return self.clickedButton() is self.end

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Keep Space from the buttons."""
        if event.type() in _KEYS:
            assert isinstance(event, QtGui.QKeyEvent)
            return event.key() == Qt.Key.Key_Space
        return False
