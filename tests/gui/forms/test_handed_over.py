"""Questionnaires on the participant's own screen: the same answers, and nothing in the way."""

from __future__ import annotations

import pytest

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.forms.handed_over import AnswerWindow, HandedOver
from neurofeedback.gui.forms.safety import SafetyPanel
from neurofeedback.gui.forms.scales_page import ScalesPage
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import GAD7, MOOD, PHQ9
from neurofeedback.store.responses import read_response, responses_of

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(qtbot, store):
    """The desk with the page of questionnaires in it."""

    def make(*instruments) -> HandedOver:
        desk = QtWidgets.QMainWindow()
        scales = ScalesPage(instruments, "p01", Timing.BEFORE, store, True, desk)
        made = HandedOver(scales, QtGui.QGuiApplication.primaryScreen)
        made.ends = []
        made.finished.connect(lambda: made.ends.append(True))
        desk.setCentralWidget(made)
        qtbot.addWidget(desk)
        desk.resize(1366, 768)
        with qtbot.waitActive(desk):
            desk.show()
        made.desk = desk
        return made

    return make


def press(qtbot, page: HandedOver, *keys, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Press keys in the participant's window, as a person there does."""
    there = page.window_there
    assert there is not None
    for key in keys:
        target = there.focusWidget()
        assert target is not None
        if isinstance(key, str):
            qtbot.keyClicks(target, key)
        else:
            qtbot.keyClick(target, key, modifier)


def kept(index) -> list[tuple]:
    with index.read() as session:
        return [read_response(row).answers for row in responses_of(session, "p01")]


def windows_there() -> list[AnswerWindow]:
    shown = QtWidgets.QApplication.topLevelWidgets()
    return [one for one in shown if isinstance(one, AnswerWindow) and one.isVisible()]


def test_what_is_answered_there_is_kept_as_what_is_typed_at_the_desk(qtbot, page, index) -> None:
    here = page(PHQ9, GAD7)
    qtbot.mouseClick(here.hand_over, Qt.MouseButton.LeftButton)
    (there,) = windows_there()
    assert there.isAncestorOf(here.scales)
    for digit in "0123012300":
        press(qtbot, here, digit)
    press(qtbot, here, Key.Key_Return, modifier=CONTROL)
    for digit in "11111111":
        press(qtbot, here, digit)
    press(qtbot, here, Key.Key_Return, modifier=CONTROL)
    assert kept(index) == [(0, 1, 2, 3, 0, 1, 2, 3, 0, 0), (1,) * 8]


def test_the_operator_sees_how_far_it_is_and_no_answer(qtbot, page) -> None:
    here = page(PHQ9, GAD7, MOOD)
    here.show_there()
    press(qtbot, here, "3")
    press(qtbot, here, "3")
    assert here.state.text() == "Patient Health Questionnaire-9 (PHQ-9): 2 of 10 answered"
    assert here.left.text() == "2 more questionnaires come after it."
    at_the_desk = [w.text() for w in here.desk.findChildren(QtWidgets.QLabel) if w.isVisible()
                   and w.window() is here.desk]  # fmt: skip
    assert not any("Nearly every day" in text for text in at_the_desk)


def test_the_participant_reads_large_and_sees_no_score(qtbot, page) -> None:
    here = page(GAD7)
    here.show_there()
    for digit in "33333333":
        press(qtbot, here, digit)
    form = here.scales.form
    assert form.presenter.reviewing
    assert form.presenter.result == ""
    assert form.next.property("reading") == "large"


def test_the_mouse_and_a_finger_answer_too(qtbot, page) -> None:
    here = page(PHQ9)
    here.show_there()
    qtbot.mouseClick(here.scales.form.choices.buttons[2], Qt.MouseButton.LeftButton)
    button = here.scales.form.choices.buttons[1]
    device = QtGui.QPointingDevice.primaryPointingDevice()
    assert device is not None
    finger = QtCore.QPoint(button.width() // 2, button.height() // 2)
    qtbot.mousePress(button, Qt.MouseButton.LeftButton, pos=finger)  # as Qt makes it of a touch
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton, pos=finger)
    assert here.scales.form.response.answers[:3] == (2, 1, None)
    assert min(b.height() for b in here.scales.form.choices.buttons.values()) >= 44  # px


@pytest.mark.parametrize("how", ["button", "closed", "left"])
def test_it_can_be_taken_back_with_the_answers_so_far(qtbot, page, index, how) -> None:
    here = page(PHQ9)
    here.show_there()
    for digit in "012":
        press(qtbot, here, digit)
    gone: list[bool] = []
    if how == "button":
        qtbot.mouseClick(here.take_back_button, Qt.MouseButton.LeftButton)
    elif how == "closed":
        here.window_there.close()
    else:
        here.leave(lambda: gone.append(True))
    assert windows_there() == []
    assert here.isAncestorOf(here.scales)
    assert here.scales.form.response.answers[:4] == (0, 1, 2, None)
    assert here.ends == []
    if how == "left":
        assert gone == [True]
        assert kept(index) == [(0, 1, 2) + (None,) * 7]
    else:
        assert here.scales.form.progress.text() == "4 of 9"
        here.show_there()  # and handed over once more
        press(qtbot, here, "3")
        assert here.scales.form.response.answers[:4] == (0, 1, 2, 3)


def test_a_safety_prompt_comes_at_the_desk_and_the_next_questionnaire_waits(
    qtbot, page, store
) -> None:
    here = page(PHQ9, GAD7)
    here.show_there()
    for digit in "0000000010":
        press(qtbot, here, digit)
    press(qtbot, here, Key.Key_Return, modifier=CONTROL)
    (panel,) = [w for w in QtWidgets.QApplication.topLevelWidgets()
                if isinstance(w, SafetyPanel) and w.isVisible()]  # fmt: skip
    assert panel.parent() is here.desk
    assert here.scales.progress.title.endswith("(PHQ-9)")
    panel.read.setChecked(True)
    panel.name.setText("B. Jones")
    panel.confirm.click()
    assert here.scales.progress.title.endswith("(GAD-7)")
    assert len(windows_there()) == 1
    assert store.waiting() == []


def test_the_thanks_stay_until_the_operator_goes_on(qtbot, page) -> None:
    here = page(GAD7)
    here.show_there()
    for digit in "00000000":
        press(qtbot, here, digit)
    press(qtbot, here, Key.Key_Return, modifier=CONTROL)
    assert here.scales.thanks.isVisible()
    assert here.ends == []
    assert here.go_on.isVisible()
    qtbot.mouseClick(here.go_on, Qt.MouseButton.LeftButton)
    assert here.ends == [True]


def test_the_window_there_goes_with_the_page(qtbot, page) -> None:
    """As when the desk goes on to the stream: no window is in the way of a session."""
    here = page(PHQ9)
    here.show_there()
    desk = here.desk
    desk.setCentralWidget(QtWidgets.QWidget())
    QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
    assert windows_there() == []
