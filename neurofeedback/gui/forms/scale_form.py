"""A questionnaire on the screen, one item after the other.

Responsible for showing one item large, with its answers, keys and progress, and at the end all
answers to look over. Not responsible for what an answer does (`scale_presenter`), nor for keeping
(`scales_page`). Scales made of lines have a form of their own (`mood_sliders`).

One item at a time asks the least of somebody who finds reading hard, and a digit a question is the
fastest for whoever types in answers from paper.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.forms.choices import Choices
from neurofeedback.gui.forms.form_area import FormArea, FormButton
from neurofeedback.gui.forms.scale_presenter import ReviewLine, ScalePresenter
from neurofeedback.gui.forms.scale_words import wording
from neurofeedback.gui.style import label, spaced
from neurofeedback.scales.instrument import Instrument, Response
from neurofeedback.words.language import tr

WIDTH = {False: 760, True: 1060}  # px; lines that can be read without moving the head
ITEM_HEIGHT = {False: 460, True: 680}  # px; so that answers and buttons stay together
ANSWER_WIDTH = {False: 190, True: 240}
UNLIMITED = 16_777_215  # px; Qt's word for no limit


class ScaleForm(QtWidgets.QWidget):
    """A questionnaire being answered.

    Parameters
    ----------
    instrument : Instrument
        Whose items offer choices.
    large : bool
        Whether the participant reads it, on a screen of their own.
    scored : bool
        Whether total and severity are shown at the end: to the operator only.

    Attributes
    ----------
    answered : Signal(Response)
        An answer was given or changed.
    finished : Signal(Response)
        That is all.
    """

    answered = Signal(object)
    finished = Signal(object)

    def __init__(
        self, instrument: Instrument, *, large: bool = False, scored: bool = False
    ) -> None:
        super().__init__()
        self.presenter = ScalePresenter(instrument, scored=scored)
        self._large = large
        self.choices: Choices | None = None
        self._content = QtWidgets.QWidget()
        self.progress = label("", "large" if large else "muted")
        self.bar = QtWidgets.QProgressBar()
        self.stem = label(wording(instrument.stem), "large" if large else "", wrap=True)
        self.question = label("", "number" if large else "title", wrap=True)
        self.result = label("", "large" if large else "title", wrap=True)
        self.message = label("", "error", wrap=True)
        reading = "large" if large else ""
        self.message.setProperty("reading", reading)
        self.back = FormButton(tr("Back  (\u2190)"), reading)
        self.next = FormButton("", reading)
        self.changes: list[FormButton] = []
        self._body = QtWidgets.QVBoxLayout()
        self._area = self._scrolled()
        self._compose()
        self.back.clicked.connect(self._back)
        self.next.clicked.connect(self._next)
        self._show()

    @property
    def response(self) -> Response:
        """The answers so far."""
        return self.presenter.response

    def put(self, response: Response) -> None:
        """Show answers that were given before; tells nobody."""
        self.presenter.put(response)
        self._show()

    def say(self, text: str) -> None:
        """Show one sentence above the buttons; empty for none."""
        self.message.setText(tr(text))
        self.message.setVisible(bool(text))

    def take_focus(self) -> None:
        """Give the keyboard to the answers; at the review to what is missing, or ends it."""
        if self.choices is not None:
            self.choices.take_focus()
            return
        missing = [line.index for line in self.presenter.review if line.missing]
        wanted = self.changes[missing[0]] if missing else self.next
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        content = self._content
        content.setMaximumWidth(WIDTH[self._large])
        outer = QtWidgets.QHBoxLayout(self)
        spaced(outer, margin=4)
        outer.addWidget(content)
        layout = QtWidgets.QVBoxLayout(content)
        spaced(layout, gap=3)
        asked = self.presenter.instrument
        self.setAccessibleName(wording(asked.title))
        if not self._large:
            layout.addWidget(label(wording(asked.title), "heading"))
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.bar.setRange(0, len(asked.items))
        self.bar.setAccessibleName(tr("Progress"))
        layout.addWidget(self.progress)
        layout.addWidget(self.bar)
        layout.addSpacing(8)
        layout.addWidget(self._area, 1)
        layout.addWidget(self.message)
        layout.addLayout(self._buttons())

    def _scrolled(self) -> FormArea:
        inner = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(inner)
        spaced(column, gap=4)
        column.setContentsMargins(0, 0, 12, 0)
        column.addWidget(self.stem)
        column.addWidget(self.question)
        column.addLayout(self._body)
        column.addWidget(self.result)
        column.addStretch(1)
        return FormArea(inner)

    def _buttons(self) -> QtWidgets.QHBoxLayout:
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=3)
        self.next.setProperty("role", "primary")
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.next)
        return row

    # -- what is shown ------------------------------------------------------------------------

    def _show(self) -> None:
        """Show the item, or the review, and give it the keyboard."""
        shown = self.presenter
        self.progress.setText(shown.progress)
        self.bar.setValue(shown.at)
        self.back.setEnabled(shown.at > 0)
        self.say("")
        self._clear()
        if shown.reviewing:
            self._show_review()
        else:
            self._show_item()
        self._name_next()
        self.take_focus()
        if not shown.reviewing:
            self._area.verticalScrollBar().setValue(0)  # the question is read first

    def _show_item(self) -> None:
        shown = self.presenter
        self._content.setMaximumHeight(ITEM_HEIGHT[self._large])
        self.question.setText(wording(shown.item.text))
        self.question.show()
        self.stem.show()
        self.result.hide()
        pairs = [(choice.value, wording(choice.label)) for choice in shown.choices]
        made = Choices(pairs, wording(shown.item.text), vertical=True, large=self._large)
        made.choose(shown.answer)
        made.moved.connect(self._moved)
        made.settled.connect(self._settled)
        self._add(made)
        self.choices = made

    def _show_review(self) -> None:
        shown = self.presenter
        self._content.setMaximumHeight(UNLIMITED)
        self.question.hide()
        self.stem.hide()
        self.result.setText(shown.result)
        self.result.setVisible(bool(shown.result))
        for line in shown.review:
            self._add(self._review_line(line))
        self.say(shown.missing)

    def _review_line(self, line: ReviewLine) -> QtWidgets.QWidget:
        row = QtWidgets.QWidget()
        layout = QtWidgets.QHBoxLayout(row)
        spaced(layout, gap=3)
        number = label(f"{line.index + 1}", "muted")
        number.setFixedWidth(20)
        answer = tr("not answered") if line.missing else line.answer
        change = FormButton(answer, "middle" if self._large else "")
        change.setMinimumWidth(ANSWER_WIDTH[self._large])
        change.setToolTip(tr("Change this answer"))
        change.setAccessibleName(
            tr("Question {number}: {answer}. Change it", number=line.index + 1, answer=answer)
        )
        change.clicked.connect(lambda: self._go(line.index))
        layout.addWidget(number)
        layout.addWidget(label(line.text, "middle" if self._large else "", wrap=True), 1)
        layout.addWidget(change)
        self.changes.append(change)
        return row

    def _add(self, widget: QtWidgets.QWidget) -> None:
        self._body.addWidget(widget)
        widget.show()  # now: what is not seen cannot take the keyboard

    def _name_next(self) -> None:
        if not self.presenter.reviewing:
            self.next.setText(tr("Next  (\u2192)"))
        elif self.presenter.missing:
            self.next.setText(tr("Skip  (Ctrl+Enter)"))
        else:
            self.next.setText(tr("Done  (Ctrl+Enter)"))

    def _clear(self) -> None:
        self.choices = None
        self.changes = []
        while (entry := self._body.takeAt(0)) is not None:
            if (old := entry.widget()) is not None:
                old.hide()
                old.deleteLater()

    # -- what is done -------------------------------------------------------------------------

    def _moved(self, value: int) -> None:
        if self.presenter.set(value):
            self.answered.emit(self.response)

    def _settled(self, value: int) -> None:
        if self.presenter.settle(value):
            self._show()
            self.answered.emit(self.response)

    def _go(self, index: int) -> None:
        self.presenter.go(index)
        self._show()

    def _back(self) -> None:
        self.presenter.back()
        self._show()

    def _next(self) -> None:
        if self.presenter.reviewing:
            self.finished.emit(self.response)
        else:
            self.presenter.forward()
            self._show()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Left and Right go between items, Enter goes on, Ctrl+Enter ends."""
        key, keys = event.key(), Qt.Key
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (keys.Key_Left, keys.Key_Backspace):
            self._back()
        elif key == keys.Key_Right and not self.presenter.reviewing:
            self._next()
        elif key in (keys.Key_Return, keys.Key_Enter):
            self._enter(control)
        else:
            super().keyPressEvent(event)

    def _enter(self, control: bool) -> None:
        chosen = self.focusWidget()
        if control and self.presenter.reviewing:
            self._next()
        elif isinstance(chosen, QtWidgets.QPushButton) and not chosen.isCheckable():
            chosen.click()
        elif not self.presenter.reviewing:
            self._next()
