"""A line between two words, on which somebody puts a mark.

Responsible for painting it, for its keys and for the mouse. Not responsible for the words. There is
no mark until somebody puts one: a mark that stands there already draws answers to itself.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.scales.instrument import Slider
from neurofeedback.words.language import tr

BIG_STEP = 10
_KEYS = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
)  # fmt: skip


class LineSlider(QtWidgets.QSlider):
    """One line; arrows by 1, Page by 10, Home and End, digits to the tens.

    Parameters
    ----------
    slider : Slider
        Its ends.
    name : str
        What is asked, for screen readers.
    large : bool
        Whether it is used from further away.

    Attributes
    ----------
    marked : Signal(int)
        A mark was put or moved.
    """

    marked = Signal(int)

    def __init__(self, slider: Slider, name: str, *, large: bool = False) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.mark: int | None = None
        self._radius = 13 if large else 9
        self.setRange(slider.low, slider.high)
        self.setPageStep(BIG_STEP)
        self.setMinimumHeight(3 * self._radius)
        self.setMinimumWidth(140)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{name}: {slider.low_label} \u2013 {slider.high_label}")
        self._tell()

    def put(self, value: int | None) -> None:
        """Show a mark, or none; tells nobody."""
        self.mark = None if value is None else min(max(value, self.minimum()), self.maximum())
        if self.mark is not None:
            self.setValue(self.mark)
        self._tell()
        self.update()

    def _tell(self) -> None:
        told = tr("no mark yet") if self.mark is None else str(self.mark)
        self.setAccessibleDescription(told)

    def _mark(self, value: int) -> None:
        self.put(value)
        assert self.mark is not None
        self.marked.emit(self.mark)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Move the mark; the first key puts it in the middle."""
        text = event.text()
        if text.isdecimal() and text.isascii():
            span = self.maximum() - self.minimum()
            self._mark(self.minimum() + round(span * int(text) / 10))
        elif event.key() in _KEYS:
            if self.mark is None and event.key() not in (Qt.Key.Key_Home, Qt.Key.Key_End):
                self._mark((self.minimum() + self.maximum()) // 2)
            else:
                super().keyPressEvent(event)
                self._mark(self.value())
        else:
            event.ignore()

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to what scrolls: a mark is not moved by accident."""
        event.ignore()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Put the mark where the mouse is."""
        self._mark(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Take the mark along."""
        self._mark(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Leave the mark where it is."""
        event.accept()

    def _value_at(self, x: float) -> int:
        inner = max(self.width() - 2 * self._radius, 1)
        span = self.maximum() - self.minimum()
        return self.minimum() + round(span * (x - self._radius) / inner)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint line, ends and mark in the colours of the theme."""
        palette, radius = self.palette(), self._radius
        roles = QtGui.QPalette.ColorRole
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        middle, right = self.height() / 2, self.width() - radius
        painter.setPen(QtGui.QPen(palette.color(roles.PlaceholderText), 2))
        painter.drawLine(QtCore.QPointF(radius, middle), QtCore.QPointF(right, middle))
        for x in (radius, right):
            painter.drawLine(QtCore.QPointF(x, middle - 6), QtCore.QPointF(x, middle + 6))
        if self.hasFocus():
            painter.setPen(QtGui.QPen(palette.color(roles.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QtCore.QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        if self.mark is not None:
            span = self.maximum() - self.minimum()
            at = radius + (right - radius) * (self.mark - self.minimum()) / span
            painter.setPen(QtGui.QPen(palette.color(roles.Text), 2))
            painter.setBrush(palette.color(roles.Highlight))
            painter.drawEllipse(QtCore.QPointF(at, middle), radius - 3, radius - 3)
        painter.end()
