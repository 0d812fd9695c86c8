"""Lines between two words, on which the participant puts a mark.

Responsible for painting a line, for its keys and mouse, and for a form of several of them. Not
responsible for keeping the marks. A line has no mark until somebody puts one: a mark that stands
there already draws answers to itself.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.form_area import FormButton
from neurofeedback.gui.language import tr
from neurofeedback.gui.scale_words import missing_line
from neurofeedback.gui.style import label, spaced
from neurofeedback.scales.instrument import Instrument, Item, Response, Slider

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


def ends_of(item: Item) -> Slider:
    """Return the line that an item is answered on.

    Raises
    ------
    ValueError
        If it is answered in another way.
    """
    if not isinstance(item.answers, Slider):
        raise ValueError(f"{item.text!r} is not answered on a line.")
    return item.answers


class SliderRows(QtWidgets.QWidget):
    """Lines below each other, each with its question and the words at its ends.

    Parameters
    ----------
    instrument : Instrument
        Whose items are all lines.
    large : bool
        Whether the participant reads it, on a screen of their own.
    numbers : bool
        Whether the value of a mark is written beside it: for the operator only.
    compact : bool
        Whether question, ends and line stand beside each other.

    Attributes
    ----------
    answered : Signal(Response)
        A mark was put or moved.
    """

    answered = Signal(object)

    def __init__(
        self,
        instrument: Instrument,
        *,
        large: bool = False,
        numbers: bool = False,
        compact: bool = False,
    ) -> None:
        super().__init__()
        self._instrument = instrument
        self._numbers = numbers
        self._values: list[QtWidgets.QLabel] = []
        self.lines: list[LineSlider] = []
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        for item in instrument.items:
            if compact:
                self._add_beside(grid, item)
            else:
                self._add_below(grid, item, large)

    def _line(self, item: Item, large: bool) -> tuple[LineSlider, QtWidgets.QLabel]:
        line, value = LineSlider(ends_of(item), item.text, large=large), label("", "muted")
        value.setVisible(self._numbers)
        value.setMinimumWidth(24)
        line.marked.connect(self._marked)
        self.lines.append(line)
        self._values.append(value)
        return line, value

    def _add_beside(self, grid: QtWidgets.QGridLayout, item: Item) -> None:
        ends, row = ends_of(item), grid.rowCount()
        line, value = self._line(item, large=False)
        widgets = (label(item.text), label(ends.low_label, "muted"), line,
                   label(ends.high_label, "muted"), value)  # fmt: skip
        for column, widget in enumerate(widgets):
            grid.addWidget(widget, row, column)
        grid.setColumnStretch(2, 1)

    def _add_below(self, grid: QtWidgets.QGridLayout, item: Item, large: bool) -> None:
        ends, row = ends_of(item), grid.rowCount()
        line, value = self._line(item, large)
        words = "large" if large else "muted"
        right = Qt.AlignmentFlag.AlignRight
        grid.setRowMinimumHeight(row, 48 if large else 32)
        grid.addWidget(label(item.text, "number" if large else "title"), row, 0)
        grid.addWidget(value, row, 1, right)
        grid.addWidget(line, row + 1, 0, 1, 2)
        grid.addWidget(label(ends.low_label, words), row + 2, 0)
        grid.addWidget(label(ends.high_label, words), row + 2, 1, right)
        grid.setRowMinimumHeight(row + 3, 24 if large else 8)

    @property
    def response(self) -> Response:
        """The marks so far."""
        return Response(self._instrument, tuple(line.mark for line in self.lines))

    def _marked(self) -> None:
        for line, value in zip(self.lines, self._values, strict=True):
            value.setText("" if line.mark is None else str(line.mark))
        self.answered.emit(self.response)


class SlidersForm(QtWidgets.QWidget):
    """A scale of lines as a page of its own; see `scale_form.ScaleForm` for its signals."""

    answered = Signal(object)
    finished = Signal(object)

    def __init__(
        self, instrument: Instrument, *, large: bool = False, scored: bool = False
    ) -> None:
        super().__init__()
        self.rows = SliderRows(instrument, large=large, numbers=scored)
        self.message = label("", "error", wrap=True)
        reading = "large" if large else ""
        self.message.setProperty("reading", reading)
        self.done = FormButton("", reading)
        self._left_out = False
        self.setAccessibleName(instrument.title)
        self._compose(instrument, large)
        self.rows.answered.connect(self._answered)
        self.done.clicked.connect(self.finish)
        self._answered(self.response)

    @property
    def response(self) -> Response:
        """The marks so far."""
        return self.rows.response

    def say(self, text: str) -> None:
        """Show one sentence beside the button; empty for none."""
        self.message.setText(text)

    def take_focus(self) -> None:
        """Give the keyboard to the first line."""
        self.rows.lines[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _compose(self, instrument: Instrument, large: bool) -> None:
        content = QtWidgets.QWidget()
        content.setMaximumSize(*((1060, 680) if large else (760, 460)))
        outer = QtWidgets.QHBoxLayout(self)
        spaced(outer, margin=4)
        outer.addWidget(content)
        layout = QtWidgets.QVBoxLayout(content)
        spaced(layout, gap=5)
        if not large:
            layout.addWidget(label(instrument.title, "heading"))
        layout.addWidget(label(instrument.stem, "large" if large else "", wrap=True))
        layout.addWidget(self.rows)
        layout.addStretch(1)
        bottom = QtWidgets.QHBoxLayout()
        spaced(bottom, gap=3)
        bottom.addWidget(self.message, 1)
        bottom.addWidget(self.done)
        self.done.setProperty("role", "primary")
        layout.addLayout(bottom)

    def _answered(self, response: Response) -> None:
        self._left_out = False
        self.say("")
        self.done.setText(tr("Done  (Ctrl+Enter)"))
        self.answered.emit(response)

    def finish(self) -> None:
        """End it; says first, once, what has no mark yet."""
        missing = missing_line(self.response.missing)
        if missing and not self._left_out:
            self._left_out = True
            self.say(missing)
            self.done.setText(tr("Leave them out  (Ctrl+Enter)"))
            return
        self.finished.emit(self.response)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Enter goes to the next line, on the button it presses; Ctrl+Enter ends."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier or self.done.hasFocus():
            self.finish()
        else:
            self.focusNextChild()
