"""Hovering over a text explains the terms in it.

Responsible for when and where the explanation is shown. Not responsible for its words
(`app.help.glossary`).
"""

from __future__ import annotations

from html import escape

from neurofeedback.app.help.glossary import explained
from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets


class TermTips(QtCore.QObject):
    """Adds to the tooltip of any label of the application the terms that it has.

    Parameters
    ----------
    parent : QObject
        Owner.
    """

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        application = QtCore.QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(self)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Show the tooltip with the terms, where there are any."""
        if event.type() != QtCore.QEvent.Type.ToolTip or not isinstance(watched, QtWidgets.QWidget):
            return False
        assert isinstance(event, QtGui.QHelpEvent)
        words = explanation(watched)
        if words:
            QtWidgets.QToolTip.showText(event.globalPos(), words, watched)
        return bool(words)


def explanation(widget: QtWidgets.QWidget) -> str:
    """Return the tooltip of a widget with the terms of its text; empty without any term."""
    text = widget.text() if isinstance(widget, QtWidgets.QLabel) else ""
    terms = explained(text or widget.accessibleDescription())
    if not terms or isinstance(widget, QtWidgets.QLineEdit | QtWidgets.QAbstractButton):
        return ""
    own = widget.toolTip()
    shown = own if own.startswith("<span>") or not own else f"<p>{escape(own)}</p>"
    return shown + "".join(f"<p>{escape(sentence)}</p>" for sentence in terms)
