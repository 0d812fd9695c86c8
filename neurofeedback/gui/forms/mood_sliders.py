"""Scales that are answered by marks on lines: as rows of a page, and as a page of their own.

Responsible for showing questions, words and lines, and for telling the answers. Not responsible for
the line itself (`line_slider`), nor for keeping the answers.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.forms.form_area import FormArea, FormButton
from neurofeedback.gui.forms.line_slider import LineSlider
from neurofeedback.gui.forms.scale_words import missing_line, wording
from neurofeedback.gui.style import label, spaced
from neurofeedback.scales.instrument import Instrument, Item, Response, Slider
from neurofeedback.words.language import tr


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
        line, value = LineSlider(ends_of(item), wording(item.text), large=large), label("", "muted")
        value.setVisible(self._numbers)
        value.setMinimumWidth(24)
        line.marked.connect(self._marked)
        self.lines.append(line)
        self._values.append(value)
        return line, value

    def _add_beside(self, grid: QtWidgets.QGridLayout, item: Item) -> None:
        ends, row = ends_of(item), grid.rowCount()
        line, value = self._line(item, large=False)
        widgets = (label(wording(item.text)), label(wording(ends.low_label), "muted"), line,
                   label(wording(ends.high_label), "muted"), value)  # fmt: skip
        for column, widget in enumerate(widgets):
            grid.addWidget(widget, row, column)
        grid.setColumnStretch(2, 1)

    def _add_below(self, grid: QtWidgets.QGridLayout, item: Item, large: bool) -> None:
        ends, row = ends_of(item), grid.rowCount()
        line, value = self._line(item, large)
        words = "large" if large else "muted"
        right = Qt.AlignmentFlag.AlignRight
        grid.setRowMinimumHeight(row, 48 if large else 32)
        grid.addWidget(label(wording(item.text), "number" if large else "title"), row, 0)
        grid.addWidget(value, row, 1, right)
        grid.addWidget(line, row + 1, 0, 1, 2)
        grid.addWidget(label(wording(ends.low_label), words), row + 2, 0)
        grid.addWidget(label(wording(ends.high_label), words), row + 2, 1, right)
        grid.setRowMinimumHeight(row + 3, 24 if large else 8)

    @property
    def response(self) -> Response:
        """The marks so far."""
        return Response(self._instrument, tuple(line.mark for line in self.lines))

    def put(self, response: Response) -> None:
        """Show marks that were put before; tells nobody."""
        for line, mark in zip(self.lines, response.answers, strict=True):
            line.put(mark)
        self._show_values()

    def _show_values(self) -> None:
        for line, value in zip(self.lines, self._values, strict=True):
            value.setText("" if line.mark is None else str(line.mark))

    def _marked(self) -> None:
        self._show_values()
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
        self.setAccessibleName(wording(instrument.title))
        self._compose(instrument, large)
        self.rows.answered.connect(self._answered)
        self.done.clicked.connect(self.finish)
        self._answered(self.response)

    @property
    def response(self) -> Response:
        """The marks so far."""
        return self.rows.response

    def put(self, response: Response) -> None:
        """Show marks that were put before; tells nobody."""
        self.rows.put(response)

    def say(self, text: str) -> None:
        """Show one sentence above the button; empty for none."""
        self.message.setText(tr(text))
        self.message.setVisible(bool(text))

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
            layout.addWidget(label(wording(instrument.title), "heading"))
        inner = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(inner)
        spaced(column, gap=5)
        column.setContentsMargins(0, 0, 12, 0)
        column.addWidget(label(wording(instrument.stem), "large" if large else "", wrap=True))
        column.addWidget(self.rows)
        column.addStretch(1)
        self.done.setProperty("role", "primary")
        layout.addWidget(FormArea(inner), 1)
        layout.addWidget(self.message)
        layout.addWidget(self.done, 0, Qt.AlignmentFlag.AlignRight)

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
            self.done.setText(tr("Skip  (Ctrl+Enter)"))
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
