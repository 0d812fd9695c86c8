"""A small sign for the operator on a display that lies over the operator's window.

Responsible for painting it in a corner of the participant's window. Not responsible for when it is
seen (`gui.windows`). It has no words: it is not meant for the participant.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.icons import paint_symbol

SIDE, LEAST = 0.045, 24  # of the short side of the window; pixels
INSET = (0.24, 0.2, -0.24, -0.28)  # of its side: left, top, right, bottom
SURFACE, SYMBOL = "#1d2430", "#f3e3b3"


class OperatorSign(QtWidgets.QWidget):
    """A sign that an alarm waits in the operator's window.

    Parameters
    ----------
    display : QWidget
        The participant's window.
    """

    def __init__(self, display: QtWidgets.QWidget) -> None:
        super().__init__(display)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        display.installEventFilter(self)
        self.hide()

    def eventFilter(self, display: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Stay in the corner, the upper right one, which neither boat nor words reach."""
        if event.type() == QtCore.QEvent.Type.Resize and isinstance(display, QtWidgets.QWidget):
            side = max(LEAST, round(SIDE * min(display.width(), display.height())))
            self.setGeometry(display.width() - side - side // 2, side // 2, side, side)
        return False

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint a light symbol on a dark disc."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(SURFACE))
        painter.drawEllipse(self.rect())
        inner = QtCore.QRectF(self.rect()).adjusted(*(share * self.width() for share in INSET))
        paint_symbol(painter, "alarm", inner, SYMBOL, SURFACE)
        painter.end()
