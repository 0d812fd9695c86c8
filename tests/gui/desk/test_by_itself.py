"""What comes by itself at the operator's desk: pages, questions, windows that go.

Keys and clicks here are pressed at once, as hands do that have not seen the new page yet.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_walk import ALT, CONTROL, Key, ShortServices, Walk
from PySide6.QtTest import QTest

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.desk.steps import Step
from neurofeedback.gui.forms.debrief import DebriefPage
from neurofeedback.gui.summary.page import SummaryPage
from neurofeedback.recording.debrief import read_debrief
from neurofeedback.recording.layout import SessionLayout

SUPPORT = Path(__file__).parents[2] / "support"
NOTE = "important note about the patient"


@pytest.fixture
def walk(qapp, tmp_path: Path) -> Iterator[Callable[..., Walk]]:
    """Sit down at a desk."""
    made: list[Walk] = []

    def sit(**options: object) -> Walk:
        made.append(Walk(ShortServices(tmp_path, **options)))
        return made[-1]

    yield sit
    for one in made:
        one.release()


def at_once(walk: Walk, text: str) -> None:
    """Press keys whether or not anybody could have seen the page."""
    for letter in text:
        target = QtWidgets.QApplication.focusWidget() or walk.desk
        QTest.keyClick(target, letter)


def to_debrief(walk: Walk) -> DebriefPage:
    """End a session in its first round."""
    walk.to_rounds()
    walk.press(Key.Key_E, modifier=CONTROL)
    walk.press(Key.Key_Return)
    walk.until_step(Step.DEBRIEF)
    page = walk.desk.pages.stack.currentWidget()
    assert isinstance(page, DebriefPage)
    return page


def offered(walk: Walk) -> QtWidgets.QWidget | None:
    """Return the debrief that is asked for at the start, if one is."""
    walk.beside.begin()
    page = walk.desk.pages.stack.currentWidget()
    return page if isinstance(page, DebriefPage) else None


def save(walk: Walk, page: DebriefPage) -> None:
    page.effects.none.click()
    walk.press(Key.Key_Return, modifier=CONTROL)


# -- a debrief that was not saved ------------------------------------------------------------------


def test_a_note_outlives_the_window_and_is_asked_about_at_the_next_start(walk, tmp_path) -> None:
    here = walk()
    page = to_debrief(here)
    here.press(Key.Key_Tab, NOTE)
    here.desk.close()
    here.until(lambda: not here.desk.isVisible())
    there = walk()
    page = offered(there)
    assert page is not None
    assert page.note.toPlainText() == NOTE
    assert "P07" in there.desk.pages.head.code.text()
    assert "Session 1" in there.desk.pages.head.session.text()
    there.press(Key.Key_Escape)
    assert there.step is Step.PARTICIPANT
    assert not there.desk.pages.head.isVisible()
    page = offered(there)
    assert page.note.toPlainText() == NOTE
    save(there, page)
    assert there.desk.pages.stack.currentWidget() is there.desk.preparation.participant
    layout = SessionLayout.find(tmp_path / "data/sub-P07/ses-01")
    assert read_debrief(layout).note == NOTE
    assert NOTE in layout.report.read_text(encoding="utf-8")
    assert offered(there) is None


def test_a_debrief_left_out_on_purpose_is_not_asked_about_again(walk) -> None:
    here = walk()
    to_debrief(here)
    here.press(Key.Key_L, modifier=ALT)
    here.until_step(Step.SUMMARY)
    assert offered(walk()) is None


def test_questionnaires_are_not_asked_once_the_participant_is_gone(walk) -> None:
    here = walk(scales='after = ["phq-9", "mood"]')
    page = to_debrief(here)
    assert page.scales is not None
    here.desk.close()
    here.until(lambda: not here.desk.isVisible())
    page = offered(walk())
    assert page.scales is None
    assert list(page.marks) == ["mood"]


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_note_outlives_a_kill(walk, tmp_path: Path) -> None:
    args = [sys.executable, str(SUPPORT / "debrief_child.py"), str(tmp_path), NOTE]
    child = subprocess.Popen(args, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "typed\n"
        here = walk()

        def kept() -> bool:
            return any(NOTE in path.read_text() for path in tmp_path.glob("drafts/*/*.json"))

        here.until(kept, seconds=2, what="the draft")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    page = offered(here)
    assert page is not None
    assert page.note.toPlainText() == NOTE


# -- keys and clicks meant for the page before -----------------------------------------------------


def test_keys_from_before_the_first_page_choose_nobody(walk) -> None:
    first = walk()
    for code in ("G01", "P03"):
        first.services.people().add(code)
    here = walk()
    here.desk.pages.guard.begin()  # as in a window that comes up
    at_once(here, "P03")
    here.until(lambda: here.desk.pages.guard._quiet.isActive())
    at_once(here, "\r\r")
    assert here.desk.preparation.participant.search.text() == ""
    assert here.step is Step.PARTICIPANT
    here.press("P03", Key.Key_Return)
    assert here.step is Step.PROTOCOL
    assert here.desk.pages.head.code.text() == "P03"


def clicked_again(here, button) -> None:
    """Click a button, and 120 ms later whatever lies there then."""
    window, at = button.window(), button.mapTo(button.window(), button.rect().center())
    for _ in range(2):
        target = window.childAt(at)
        QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=target.mapFrom(window, at))
        QTest.qWait(120)


def test_a_double_click_goes_one_step_and_leaves_out_no_page(walk) -> None:
    here = walk()
    here.press("P07", Key.Key_Return)
    clicked_again(here, here.desk.preparation.participant.go_on)
    assert here.step is Step.PROTOCOL
    for step in (Step.STREAM, Step.CHECK):
        here.until(lambda: not here.desk.pages.guard.listens)
        clicked_again(here, here.desk.pages.footer.next)
        assert here.step is step


def test_a_key_that_is_held_down_goes_one_step(walk) -> None:
    here = walk()
    here.press("P07", Key.Key_Return, Key.Key_Return)
    held = [QtGui.QKeyEvent(kind, Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True)
            for kind in (QtCore.QEvent.Type.KeyPress, QtCore.QEvent.Type.KeyRelease)]  # fmt: skip
    for event in 3 * held:
        QtWidgets.QApplication.sendEvent(QtWidgets.QApplication.focusWidget(), event)
    assert here.step is Step.PROTOCOL
    here.press(Key.Key_Return)
    assert here.step is Step.STREAM


def test_of_a_word_typed_too_early_nothing_is_taken(walk) -> None:
    """However long it is: each key begins the moment anew."""
    here = walk()
    here.desk.pages.guard.begin()
    here.until(lambda: here.desk.pages.guard._quiet.isActive())
    for letter in "P03P03P03P03":
        QTest.qWait(100)
        at_once(here, letter)
    assert here.desk.preparation.participant.search.text() == ""
    here.press("P03")
    assert here.desk.preparation.participant.search.text() == "P03"


def test_a_second_click_on_save_leaves_the_summary_alone(walk) -> None:
    here = walk()
    page = to_debrief(here)
    here.until(lambda: not here.desk.pages.guard.active)
    page.effects.none.click()
    QTest.mouseClick(page.save, Qt.MouseButton.LeftButton)
    summary = here.desk.pages.stack.currentWidget()
    assert isinstance(summary, SummaryPage)
    for button in (summary.another, summary.leave):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.keyClick(summary.another, Key.Key_Return)
    QTest.keyClick(summary.another, Key.Key_N, CONTROL)
    QTest.keyClick(summary.another, Key.Key_W, CONTROL)
    QTest.qWait(200)  # a button is seen to go down before it is clicked
    assert here.step is Step.SUMMARY
    here.press(Key.Key_N, modifier=CONTROL)
    here.until_step(Step.PARTICIPANT)


def test_keys_of_the_rounds_do_nothing_on_the_page_after_them(walk) -> None:
    here = walk()
    page = to_debrief(here)
    at_once(here, "ddd 1")
    assert page.presenter.draft.note == ""
    QTest.keyClick(here.desk, Key.Key_L, ALT)
    QTest.keyClick(page.note, "x")
    assert page.note.toPlainText() == ""
    assert here.step is Step.DEBRIEF


# -- the participant's window, and who it is -------------------------------------------------------


def test_closing_the_participants_window_does_not_touch_the_session(walk) -> None:
    here = walk()
    here.to_baseline()
    session = here.desk.session
    session.windows.participant.windowHandle().close()
    here.until(lambda: "P shows it again" in session.operator.banner.text)
    assert here.desk.findChildren(QtWidgets.QMessageBox) == []
    here.until_step(Step.THRESHOLD)
    assert session.banner.isVisible()
    assert "P shows it again" in session.banner.text
    here.press(Key.Key_P)
    assert session.windows.participant.isVisible()
    assert "P shows it again" not in session.banner.text
    here.desk.activateWindow()  # this platform gives every window the keyboard that is shown
    QTest.qWaitForWindowActive(here.desk)
    here.press(Key.Key_Return)
    here.until_step(Step.ROUNDS)
    here.desk.close()
    here.press(Key.Key_Space, Key.Key_Return)
    assert session.running
    assert here.step is Step.ROUNDS


def test_every_page_says_whose_session_it_is(walk) -> None:
    here = walk(baseline=16.0)
    head = here.desk.pages.head
    seen: dict[Step, str] = {}

    def look() -> None:
        assert head.isVisible()
        seen[here.step] = f"{head.code.text()} {head.session.text()}"

    here.press("P07", Key.Key_Return, Key.Key_Return)
    look()
    for step in (Step.STREAM, Step.CHECK, Step.BASELINE):
        here.press(Key.Key_Return)
        here.until_step(step)
        look()
    here.until_step(Step.THRESHOLD)
    look()
    here.press(Key.Key_Return)
    here.until_step(Step.ROUNDS)
    look()
    here.press(Key.Key_E, modifier=CONTROL)
    here.press(Key.Key_Return)
    here.until_step(Step.DEBRIEF)
    look()
    save(here, here.desk.pages.stack.currentWidget())
    look()
    assert seen == dict.fromkeys(list(Step)[1:], "P07 Session 1")
    here.press(Key.Key_N, modifier=CONTROL)
    here.until_step(Step.PARTICIPANT)
    assert not head.isVisible()
    here.press("P07", Key.Key_Return)
    assert head.session.text() == "Session 2"


# -- closing, and who else is here -----------------------------------------------------------------


@pytest.mark.parametrize("key", [Key.Key_W, Key.Key_Q])
def test_the_keys_that_close_act_at_every_step(walk, key) -> None:
    here = walk()
    here.press(key, modifier=CONTROL)
    assert not here.desk.isVisible()
    here = walk(train=60.0)
    here.to_stream()
    here.press(Key.Key_Return)
    assert here.step is Step.CHECK
    here.press(Key.Key_Return)
    here.until_step(Step.THRESHOLD)
    for step in (Step.THRESHOLD, Step.ROUNDS):
        here.until_step(step)
        here.press(key, modifier=CONTROL)
        here.until(lambda: len(here.desk.findChildren(QtWidgets.QMessageBox)) == 1)
        here.press(Key.Key_Escape)
        here.until(lambda: not here.desk.findChildren(QtWidgets.QMessageBox))
        assert here.desk.session.running
        if step is Step.THRESHOLD:
            here.press(Key.Key_Return)


def test_keys_pressed_in_the_participants_window_are_the_operators(walk) -> None:
    here = walk(train=60.0)
    here.to_rounds()
    session = here.desk.session
    display = session.windows.participant
    assert display.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    QTest.keyClick(display, Key.Key_M)
    assert "marker" in session.operator.side.log.toPlainText()
    QTest.keyClick(display, Key.Key_Space)
    here.until(lambda: session.banner.kind == "pause")
    QTest.keyClick(display, Key.Key_N)
    for letter in "ok":
        QTest.keyClick(display, letter)
    assert session.operator.side.note.text() == "ok"
    QTest.keyClick(display, Key.Key_Escape)
    here.beside.lock.lock_now()
    before = session.operator.side.log.toPlainText()
    QTest.keyClick(display, Key.Key_M)
    assert session.operator.side.log.toPlainText() == before


def test_who_is_being_recorded_elsewhere_is_said_before_anything_is_begun(walk) -> None:
    one = walk(train=600.0)
    one.to_rounds("P01")
    other = walk()
    other.desk.activateWindow()
    QTest.qWaitForWindowActive(other.desk)
    other.press("P01", Key.Key_Return)
    assert other.step is Step.PARTICIPANT
    assert "P01 is being recorded now, in session 1" in other.desk.pages.footer.message.text()
    other.press(Key.Key_Return)
    assert other.step is Step.PROTOCOL
