"""What forms are made of: a scroll area and buttons that leave the form its keys.

Responsible for passing on arrows and Enter, which Qt's own would take for scrolling and for moving
the keyboard. Not responsible for what a form does with them.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtGui, QtWidgets

_SIDEWAYS = (Qt.Key.Key_Left, Qt.Key.Key_Right)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FormButton(QtWidgets.QPushButton):
    """A button that leaves Left, Right and Enter to its form; Up and Down move the keyboard.

    Parameters
    ----------
    text : str
    reading : {'', 'middle', 'large'}
        How large it is written.
    """

    def __init__(self, text: str = "", reading: str = "") -> None:
        super().__init__(text)
        self.setAutoDefault(False)
        if reading:
            self.setProperty("reading", reading)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Pass on what is the form's."""
        if event.key() in _SIDEWAYS or event.key() in _ENTER:
            event.ignore()
        else:
            super().keyPressEvent(event)


class FormArea(QtWidgets.QScrollArea):
    """Scrolls a form that is higher than its place, so that what has the keyboard is seen.

    Parameters
    ----------
    form : QWidget
    """

    def __init__(self, form: QtWidgets.QWidget) -> None:
        super().__init__()
        form.setObjectName("clear")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(form)
        self.viewport().setAutoFillBackground(False)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Scroll by pages alone."""
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            super().keyPressEvent(event)
        else:
            event.ignore()
