"""What is typed reaches the disk within a second, however the program ends.

Responsible for when it is kept. Not responsible for where (`app.drafts`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from neurofeedback.gui._qt import QtCore, QtWidgets

MILLISECONDS = 1000  # from a change to the file that has it


class Draft(Protocol):
    """Where a text is kept while it is being typed."""

    def keep(self, text: str) -> None:
        """Keep it; nothing where it is empty."""

    def read(self) -> str:
        """Return what was kept; empty for nothing."""


class Keeping(QtCore.QObject):
    """Keeps what is entered, a second after the first change that is not kept yet.

    Parameters
    ----------
    keep : callable
        Keeps all that is entered now.
    parent : QObject
    """

    def __init__(self, keep: Callable[[], object], parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._keep = keep
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(MILLISECONDS)
        self._timer.timeout.connect(keep)

    def changed(self) -> None:
        """Something was entered."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """There is nothing left to be kept."""
        self._timer.stop()

    def finish(self) -> None:
        """Keep at once what is not kept yet."""
        if self._timer.isActive():
            self._timer.stop()
            self._keep()


class KeptLine(QtCore.QObject):
    """Keeps the text of a field until it is taken over, and shows again what a crash left.

    Parameters
    ----------
    line : QLineEdit
        Owns this.
    draft : Draft
    """

    def __init__(self, line: QtWidgets.QLineEdit, draft: Draft) -> None:
        super().__init__(line)
        self._line, self._draft = line, draft
        self._keeping = Keeping(lambda: draft.keep(line.text()), self)
        left = draft.read()
        if left:
            line.setText(left)
            line.setModified(True)
        line.textEdited.connect(self._edited)

    def _edited(self, text: str) -> None:
        if text:
            self._keeping.changed()
        else:
            self.settle()

    def finish(self) -> None:
        """Keep at once what is not kept yet."""
        self._keeping.finish()

    def settle(self) -> None:
        """Forget it: it was taken over, or given up."""
        self._keeping.stop()
        self._line.setModified(False)
        self._draft.keep("")
