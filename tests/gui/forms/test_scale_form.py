"""Questionnaires by keyboard alone, into a real index."""

from __future__ import annotations

import pytest

from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.forms.line_slider import LineSlider
from neurofeedback.gui.forms.mood_sliders import SlidersForm
from neurofeedback.gui.forms.safety import SafetyPanel
from neurofeedback.gui.forms.scale_form import ScaleForm
from neurofeedback.gui.forms.scale_presenter import ScalePresenter
from neurofeedback.gui.forms.scales_page import ScalesPage, make_form
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import GAD7, INSTRUMENTS, MOOD, PHQ9
from neurofeedback.scales.own import EXPECTANCY, STRATEGIES, TODAY
from neurofeedback.store.models import ScaleRow
from neurofeedback.store.responses import read_response, responses_of
from neurofeedback.words.language import set_language

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


def press(qtbot, *keys, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Press keys at whatever has the keyboard, as a person does."""
    for key in keys:
        target = QtWidgets.QApplication.focusWidget()
        assert target is not None
        if isinstance(key, str):
            qtbot.keyClicks(target, key)
        else:
            qtbot.keyClick(target, key, modifier)


def type_digits(qtbot, digits: str) -> None:
    for digit in digits:
        press(qtbot, digit)


@pytest.fixture
def show(qtbot):
    def put(widget, size=(1366, 768)):
        qtbot.addWidget(widget)
        widget.resize(*size)
        with qtbot.waitActive(widget):
            widget.show()
        return widget

    return put


@pytest.fixture
def page(show, store):
    def make(*instruments, operator=True):
        made = ScalesPage(instruments, "p01", Timing.BEFORE, store, operator)
        made.ends = []
        made.finished.connect(lambda: made.ends.append(True))
        return show(made)

    return make


def kept(index) -> list:
    with index.read() as session:
        return [(row, read_response(row)) for row in responses_of(session, "p01")]


# -- the presenter, without a window --------------------------------------------------------------


def test_progress_counts_the_items_that_count() -> None:
    presenter = ScalePresenter(PHQ9)
    assert presenter.progress == "1 of 9"
    for _ in range(4):
        assert presenter.settle(1)
    assert (presenter.progress, presenter.share) == ("5 of 9", 0.4)
    presenter.go(9)
    assert "you may skip it" in presenter.progress
    presenter.forward()
    assert presenter.reviewing
    assert presenter.missing == "Questions 5, 6, 7, 8, 9 are not answered yet."


def test_total_is_said_to_the_operator_alone_and_only_when_there_is_one() -> None:
    operator, participant = ScalePresenter(PHQ9, scored=True), ScalePresenter(PHQ9)
    for presenter in (operator, participant):
        for _ in range(8):
            presenter.settle(1)
    assert operator.result == "No total: an answer is missing."
    operator.settle(2)
    participant.settle(2)
    assert "Total 10 of 27: moderate" in operator.result
    assert participant.result == ""


def test_what_is_no_answer_is_not_taken() -> None:
    presenter = ScalePresenter(PHQ9)
    assert not presenter.settle(4)
    assert (presenter.at, presenter.answer) == (0, None)
    presenter.back()
    assert presenter.at == 0


# -- by keyboard ----------------------------------------------------------------------------------


def test_ten_digits_and_control_enter_fill_in_the_phq_9(qtbot, page, index) -> None:
    made = page(PHQ9)
    type_digits(qtbot, "2101230101")
    assert made.form.progress.text() == "Your answers"
    assert "Total 10 of 27: moderate" in made.form.result.text()
    assert index_is_empty(index)
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    ((row, response),) = kept(index)
    assert response.answers == (2, 1, 0, 1, 2, 3, 0, 1, 0, 1)
    assert (row.total, row.severity, row.state, row.timing) == (
        10, "moderate", "complete", "before",
    )  # fmt: skip
    assert made.ends == [True]


def index_is_empty(index) -> bool:
    with index.read() as session:
        return session.query(ScaleRow).count() == 0


def test_arrows_choose_enter_goes_on_and_left_goes_back(qtbot, page) -> None:
    form = page(GAD7).form
    press(qtbot, Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Up)
    assert form.presenter.answer == 1
    assert form.progress.text() == "1 of 7"
    press(qtbot, Key.Key_Return)
    assert form.progress.text() == "2 of 7"
    press(qtbot, Key.Key_Left)
    assert form.progress.text() == "1 of 7"
    assert form.choices.value == 1
    press(qtbot, "3")
    assert form.response.answers[0] == 3
    press(qtbot, Key.Key_Right, Key.Key_Space)
    assert form.response.answers[2] == 0  # Space takes what has the keyboard: the first


def test_enter_alone_answers_nothing(qtbot, page) -> None:
    form = page(GAD7).form
    press(qtbot, *[Key.Key_Return] * 8)
    assert form.presenter.reviewing
    assert form.response.answers == (None,) * 8


def test_missing_answers_are_said_and_the_keyboard_is_at_the_first(qtbot, page, index) -> None:
    made = page(GAD7)
    form = made.form
    type_digits(qtbot, "11")
    press(qtbot, Key.Key_Right)
    type_digits(qtbot, "11111")
    assert "Question 3 is not answered yet." in form.message.text()
    assert form.next.text().startswith("Skip")
    assert form.changes[2].hasFocus()
    press(qtbot, Key.Key_Space)
    assert form.progress.text() == "3 of 7"
    press(qtbot, "2", *[Key.Key_Right] * 5)
    assert form.next.hasFocus()
    assert "Total 8 of 21: mild" in form.result.text()
    press(qtbot, Key.Key_Return)
    assert kept(index)[0][1].answers == (1, 1, 2, 1, 1, 1, 1, 1)


def test_what_is_left_out_is_kept_as_incomplete_and_nothing_is_made_up(qtbot, page, index) -> None:
    made = page(GAD7)
    type_digits(qtbot, "111")
    press(qtbot, *[Key.Key_Right] * 5)
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    ((row, response),) = kept(index)
    assert (row.state, row.total, response.answers) == (
        "incomplete", None, (1, 1, 1, None, None, None, None, None),
    )  # fmt: skip
    assert made.ends == [True]


def test_a_questionnaire_without_any_answer_is_not_kept(qtbot, page, index) -> None:
    made = page(GAD7)
    press(qtbot, *[Key.Key_Right] * 8)
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert index_is_empty(index)
    assert made.ends == [True]


def test_several_follow_each_other_and_the_keyboard_with_them(qtbot, page, index) -> None:
    made = page(GAD7, MOOD)
    type_digits(qtbot, "00000000")
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert isinstance(made.form, SlidersForm)
    press(qtbot, "6", Key.Key_Tab, "5", Key.Key_Tab, Key.Key_Left)
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert [row.instrument for row, _ in kept(index)] == ["gad-7", "mood"]
    assert kept(index)[1][1].answers == (60, 50, 50)
    assert made.thanks.isVisible()
    assert made.ends == [True]


def test_none_due_is_finished_at_once(page) -> None:
    assert page().ends == [True]


def test_item_9_is_kept_before_the_questionnaire_is_over(qtbot, page, store, index) -> None:
    """The program may die while the last question is being read."""
    made = page(PHQ9)
    type_digits(qtbot, "000000001")
    (waiting,) = store.waiting("p01")
    assert waiting.prompt.answer == 1
    assert made.findChildren(SafetyPanel) == []
    press(qtbot, Key.Key_Left, "2", "3")
    (waiting,) = store.waiting("p01")
    assert waiting.prompt.answer == 2
    ((_, response),) = kept(index)
    assert response.answers == (0,) * 8 + (2, 3)


def test_an_index_that_cannot_be_written_is_said_and_nothing_is_lost(qtbot, page, index) -> None:
    made = page(GAD7)
    type_digits(qtbot, "11111111")
    whole = index.place.file.read_bytes()
    index.place.file.write_bytes(b"no database" * 100)
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert "cannot be used" in made.form.message.text()
    assert made.ends == []
    index.place.file.write_bytes(whole)
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert made.ends == [True]
    assert kept(index)[0][1].total == 7


def test_leaving_keeps_what_was_answered_and_raises_what_must_be_read(qtbot, page, index) -> None:
    made, gone = page(PHQ9, GAD7), []
    made.leave(lambda: gone.append("nothing answered"))
    assert index_is_empty(index)
    type_digits(qtbot, "1")
    press(qtbot, *[Key.Key_Right] * 7)
    type_digits(qtbot, "1")
    made.leave(lambda: gone.append("read"))
    (panel,) = made.findChildren(SafetyPanel)
    assert gone == ["nothing answered"]
    panel.read.setChecked(True)
    panel.name.setText("B. Jones")
    panel.confirm.click()
    assert gone == ["nothing answered", "read"]
    ((row, _),) = kept(index)
    assert (row.state, row.acknowledged_by) == ("incomplete", "B. Jones")
    assert made.ends == []


# -- lines ----------------------------------------------------------------------------------------


@pytest.fixture
def line(show) -> LineSlider:
    made = LineSlider(MOOD.items[0].answers, "Mood")
    made.marks = []
    made.marked.connect(made.marks.append)
    return show(made, (400, 40))


def test_a_line_has_no_mark_until_somebody_puts_one(qtbot, line) -> None:
    assert line.mark is None
    assert line.accessibleDescription() == "no mark yet"
    qtbot.keyClick(line, Key.Key_Right)
    assert line.mark == 50
    qtbot.keyClick(line, Key.Key_Right)
    qtbot.keyClick(line, Key.Key_PageUp)
    qtbot.keyClick(line, Key.Key_Left)
    assert line.marks == [50, 51, 61, 60]
    assert line.accessibleDescription() == "60"


@pytest.mark.parametrize(
    ("key", "mark"), [("0", 0), ("7", 70), (Key.Key_Home, 0), (Key.Key_End, 100)]
)
def test_keys_that_go_to_a_place(qtbot, line, key, mark) -> None:
    (qtbot.keyClicks if isinstance(key, str) else qtbot.keyClick)(line, key)
    assert line.marks == [mark]


def test_the_mouse_puts_the_mark_where_it_is(qtbot, line) -> None:
    middle = line.rect().center()
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=middle)
    assert line.mark == pytest.approx(50, abs=1)


def test_lines_without_a_mark_are_said_once_and_may_be_left_out(qtbot, show) -> None:
    form = show(SlidersForm(MOOD))
    form.ends = []
    form.finished.connect(form.ends.append)
    form.take_focus()
    press(qtbot, "3")
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert form.message.text() == "Questions 2, 3 are not answered yet."
    assert form.ends == []
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert form.ends[0].answers == (30, None, None)


def test_enter_goes_from_line_to_line(qtbot, show) -> None:
    form = show(SlidersForm(MOOD))
    form.take_focus()
    press(qtbot, "3", Key.Key_Return, "4", Key.Key_Return, "5", Key.Key_Return)
    assert form.response.answers == (30, 40, 50)
    assert form.done.hasFocus()


# -- how it looks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", [True, False])
@pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=INSTRUMENTS)
def test_everything_fits_and_has_a_name(qtbot, page, instrument, operator) -> None:
    made = page(instrument, operator=operator)
    for _ in range(len(instrument.items) if isinstance(made.form, ScaleForm) else 1):
        for widget in made.form.findChildren(QtWidgets.QWidget):
            if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
                continue
            text = widget.text() if isinstance(widget, QtWidgets.QPushButton) else ""
            assert widget.accessibleName() or text
            at = widget.mapTo(made, widget.rect().bottomRight())
            assert made.rect().contains(at), (widget, at)
            assert widget.width() >= widget.minimumSizeHint().width()
        if isinstance(made.form, ScaleForm):
            press(qtbot, Key.Key_Right)


def test_the_participant_reads_larger_and_sees_no_score(qtbot, page) -> None:
    large = page(GAD7, operator=False).form
    heights = large.choices.buttons[0].height()
    type_digits(qtbot, "11111111")
    assert not large.result.isVisible()
    small = page(GAD7).form
    assert heights > 1.4 * small.choices.buttons[0].height()


@pytest.mark.parametrize("asked", [EXPECTANCY, TODAY, STRATEGIES])
def test_own_questionnaires_speak_german_and_validated_ones_do_not(show, asked) -> None:
    set_language("de")
    try:
        shown = show(make_form(asked, operator=True))
        words = [w.text() for w in shown.findChildren(QtWidgets.QLabel)]
        texts = [asked.title, asked.stem, *(item.text for item in asked.items)]
        assert not set(words) & set(texts)
        assert asked.stem.in_language("de") in words
        validated = show(make_form(PHQ9, operator=True))
        words = [w.text() for w in validated.findChildren(QtWidgets.QLabel)]
        assert PHQ9.items[0].text in words
    finally:
        set_language("en")
