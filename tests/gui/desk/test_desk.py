"""The operator's desk, by keyboard alone: whole sessions, with the real program around it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessible import problems
from desk_walk import ALT, CONTROL, SHIFT, Key, ShortServices, Walk
from PySide6.QtTest import QTest

from neurofeedback.events import EventKind
from neurofeedback.gui._qt import QtWidgets
from neurofeedback.gui.desk.recovery_page import RecoveryPage
from neurofeedback.gui.desk.settings_page import SettingsPage
from neurofeedback.gui.desk.steps import Step
from neurofeedback.gui.forms.debrief import DebriefPage
from neurofeedback.gui.forms.handed_over import HandedOver
from neurofeedback.gui.forms.safety import SafetyPanel
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.actions import KeysDialog
from neurofeedback.gui.summary.page import SummaryPage
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import PHQ9
from neurofeedback.session.verification.verify import verify_session

SUPPORT = Path(__file__).parents[2] / "support"
MOST_PRESSES = 12
PHQ9_BEFORE = 'before = ["phq-9"]'


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


@pytest.fixture(params=["dark", "light"])
def scheme(request: pytest.FixtureRequest, qapp) -> Iterator[str]:
    look().choose(request.param)
    yield request.param
    look().choose("system")


def skip_debrief(walk: Walk) -> None:
    """Say that there were no effects, and save."""
    page = walk.desk.pages.stack.currentWidget()
    assert isinstance(page, DebriefPage)
    for _ in range(40):
        if QtWidgets.QApplication.focusWidget() is page.effects.none:
            break
        walk.press(Key.Key_Tab)
    walk.press(Key.Key_Space)
    for _ in range(2):  # what was left out is said once
        if walk.step is Step.DEBRIEF:
            walk.press(Key.Key_Return, modifier=CONTROL)


def test_a_whole_session(walk, scheme: str) -> None:
    here = walk()
    here.to_baseline()
    started = here.presses
    assert started < MOST_PRESSES
    participant = here.desk.session.windows.participant
    assert participant.isVisible()
    here.until_step(Step.THRESHOLD)
    before = here.desk.session.threshold.rate.text()
    here.press(Key.Key_Right, Key.Key_Right)
    assert (before, here.desk.session.threshold.rate.text()) == ("65 %", "75 %")
    here.press(Key.Key_Return)
    here.until_step(Step.ROUNDS)
    side = here.desk.session.operator.side
    here.until(lambda: "Target 75 %" in side.rate_note.text(), what="the target that was set")
    here.until_step(Step.DEBRIEF)
    skip_debrief(here)
    assert here.step is Step.SUMMARY
    assert here.desk.session is None
    page = here.desk.pages.stack.currentWidget()
    assert isinstance(page, SummaryPage)
    assert "target 75 %" in " ".join(w.text() for w in page.findChildren(QtWidgets.QLabel))
    background = here.desk.grab().toImage().pixelColor(4, 4).lightness()
    assert (background < 128) is (scheme == "dark")
    layout = SessionLayout.find(here.services.root / "sub-P07" / "ses-01")
    assert "Time past the threshold" in layout.report.read_text(encoding="utf-8")
    result = verify_session(layout.session_dir)
    assert result.ok, result.problems
    here.press(Key.Key_N, modifier=CONTROL)
    here.until_step(Step.PARTICIPANT)
    assert here.desk.preparation.participant.search.hasFocus()
    here.press("P07")
    here.press(Key.Key_Return)
    assert here.step is Step.PROTOCOL
    assert "last" in here.desk.preparation.protocol.since.text()
    here.press(Key.Key_F1, Key.Key_Escape)  # another window: the lock looks who is there
    assert here.beside.lock.exempt == []


def test_one_key_lists_all_keys_at_every_step(walk) -> None:
    here = walk()

    def listed() -> str:
        here.press(Key.Key_F1, modifier=SHIFT)
        (dialog,) = [w for w in here.desk.findChildren(KeysDialog) if w.isVisible()]
        words = " ".join(label.text() for label in dialog.findChildren(QtWidgets.QLabel))
        here.press(Key.Key_Escape)
        return words

    before = listed()
    here.to_rounds()
    assert listed() == before
    assert "Alt+Left" in before
    assert "Space" in before


def test_steps_that_were_reached_are_gone_to_by_key_and_no_others(walk) -> None:
    here = walk()
    here.to_stream()
    here.press(Key.Key_1, modifier=CONTROL)
    assert here.step is Step.PARTICIPANT
    here.press(Key.Key_3, modifier=CONTROL)
    assert here.step is Step.STREAM
    for key in (Key.Key_4, Key.Key_5, Key.Key_9):
        here.press(key, modifier=CONTROL)
        assert here.step is Step.STREAM
    here.press(Key.Key_Return)
    assert here.step is Step.CHECK
    here.press(Key.Key_2, modifier=CONTROL)
    assert here.step is Step.PROTOCOL
    here.press(Key.Key_4, modifier=CONTROL)
    assert here.step is Step.CHECK
    assert here.desk.pages.stack.currentWidget() is here.desk.preparation.check


@pytest.mark.parametrize(("size", "percent"), [((683, 384), 100), ((1366, 768), 200)])
def test_nothing_is_cut_or_nameless_at_any_step(
    walk, spoken: str, size_of_text, size: tuple[int, int], percent: int
) -> None:
    size_of_text(percent)
    here = walk()
    desk = here.desk
    found: dict[str, list[str]] = {}

    def look_over(what: str = "") -> None:
        desk.resize(*size)
        for _ in range(3):  # a number that has just changed is given its room in a moment
            QTest.qWait(20)
            wrong = problems(desk)
            if not wrong:
                break
        fits = (desk.width(), desk.height()) == size
        found[what or here.step.value] = wrong if fits else [f"needs {desk.size()}"]

    look_over()
    assert desk.pages.bottom.more.isVisible()
    assert not desk.pages.bottom.buttons[0].isVisible()
    here.press("P07", Key.Key_Return, Key.Key_Return)
    look_over()
    here.press(Key.Key_Return)
    look_over()
    here.press(Key.Key_Return)
    here.until(lambda: desk.preparation.check.electrodes.counts.text() != "", what="a verdict")
    look_over()
    here.press(Key.Key_Return)
    here.until_step(Step.THRESHOLD)
    look_over()
    here.press(Key.Key_Return)
    here.until_step(Step.ROUNDS)
    look_over()
    here.until_step(Step.DEBRIEF)
    look_over()
    skip_debrief(here)
    here.until_step(Step.SUMMARY)
    look_over()
    here.beside.open_recordings()
    page = desk.pages.stack.currentWidget()
    page.open(next(here.services.root.glob("sub-P07/ses-01/eeg/*.vhdr")))
    look_over("recordings")
    assert found == dict.fromkeys(found, [])


# -- questionnaires before, and what nobody has read -----------------------------------------------


def acknowledge(walk: Walk) -> None:
    """Read the prompt by keyboard."""
    walk.press(Key.Key_Space, Key.Key_Tab, "B. Jones", Key.Key_Tab, Key.Key_Return)


def panels() -> list[SafetyPanel]:
    shown = QtWidgets.QApplication.topLevelWidgets()
    return [one for one in shown if isinstance(one, SafetyPanel) and one.isVisible()]


def test_item_9_is_read_before_the_session_goes_on(walk) -> None:
    here = walk(scales=PHQ9_BEFORE)
    here.press("P07", Key.Key_Return, Key.Key_Return, Key.Key_Return)
    assert isinstance(here.desk.pages.stack.currentWidget(), HandedOver)
    here.press("0000000010")
    here.press(Key.Key_Return, modifier=CONTROL)
    (panel,) = panels()
    assert here.step is Step.PROTOCOL
    here.press(Key.Key_Escape)
    here.press(Key.Key_Return, modifier=CONTROL)
    assert panels() == [panel]
    assert here.step is Step.PROTOCOL
    acknowledge(here)
    assert panels() == []
    assert here.step is Step.STREAM
    assert here.services.responses().waiting() == []


@pytest.mark.parametrize("leave", ["back", "jump", "close"])
def test_a_questionnaire_is_not_left_with_item_9_unread(walk, leave: str) -> None:
    here = walk(scales=PHQ9_BEFORE)
    here.press("P07", Key.Key_Return, Key.Key_Return, Key.Key_Return)
    here.press("000000002")
    if leave == "back":
        here.press(Key.Key_Left, modifier=ALT)
    elif leave == "jump":
        here.press(Key.Key_1, modifier=CONTROL)
    else:
        here.desk.close()
    here.until(lambda: len(panels()) == 1, what="the prompt")
    acknowledge(here)
    assert panels() == []
    if leave == "close":
        here.until(lambda: not here.desk.isVisible())
    else:
        assert here.step is Step.PARTICIPANT
    assert here.services.responses().waiting() == []


def test_a_page_beside_the_steps_comes_back_to_the_same_question(walk) -> None:
    here = walk(scales=PHQ9_BEFORE)
    here.press("P07", Key.Key_Return, Key.Key_Return, Key.Key_Return)
    page = here.desk.pages.stack.currentWidget()
    here.press("012")
    asked = page.scales.form.progress.text()
    here.press(Key.Key_Comma, modifier=CONTROL)
    assert isinstance(here.desk.pages.stack.currentWidget(), SettingsPage)
    here.press(Key.Key_Escape)
    assert here.desk.pages.stack.currentWidget() is page
    assert page.scales.form.progress.text() == asked
    here.press("0000000")
    here.press(Key.Key_Return, modifier=CONTROL)
    assert here.step is Step.STREAM


def test_what_nobody_has_read_is_asked_at_the_next_start(walk) -> None:
    before = walk()
    before.services.people().add("P03")
    response = Response(PHQ9, (0,) * 8 + (1, 0))
    before.services.responses().keep("P03", response, Timing.BEFORE)
    here = walk()
    here.beside.begin()
    (panel,) = panels()
    assert "P03" in panel.who.text()
    here.press(Key.Key_Escape)
    assert panels() == [panel]
    acknowledge(here)
    assert panels() == []
    assert here.services.responses().waiting() == []
    assert here.step is Step.PARTICIPANT


# -- pause, a stream that is lost, a kill, and the way back ----------------------------------------


@pytest.fixture
def sender() -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start senders of the same stream; those still running at the end are killed."""
    running: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        running.append(script("eeg_sender.py", "desk-amplifier"))
        assert running[-1].stdout.readline() == "sending\n"
        return running[-1]

    yield start
    for process in running:
        end(process)


def script(name: str, *arguments: object) -> subprocess.Popen[str]:
    args = [sys.executable, str(SUPPORT / name), *map(str, arguments)]
    return subprocess.Popen(args, stdout=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.lsl
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_session_that_is_paused_loses_its_stream_is_killed_and_goes_on(
    walk, sender, tmp_path: Path
) -> None:
    amplifier = sender()
    child = script("desk_child.py", tmp_path)
    try:
        lines = iter(child.stdout.readline, "")
        assert next(lines).startswith("paused Paused")
        assert next(lines) == "running\n"
        end(amplifier)
        assert next(lines).startswith("lost STALE")
        sender()
        assert next(lines) == "back rounds\n"
    finally:
        end(child)  # as a power failure does

    here = walk(train=120.0)
    here.beside.begin()
    page = here.desk.pages.stack.currentWidget()
    assert isinstance(page, RecoveryPage)
    assert "P07" in page.list.item(0).text()
    here.press(Key.Key_R)
    assert here.step is Step.STREAM
    assert here.desk.preparation.stream.chosen.startswith("lsl:")
    here.press(Key.Key_Return)
    here.until_step(Step.ROUNDS)
    session = here.desk.session
    here.until(lambda: session.session.latest is not None, what="a frame")
    assert session.operator.block.text() == "Training 1"
    here.press(Key.Key_E, modifier=CONTROL)
    here.press(Key.Key_Return)
    here.until_step(Step.DEBRIEF)
    skip_debrief(here)
    assert here.step is Step.SUMMARY
    layout = SessionLayout.find(tmp_path / "data" / "sub-P07" / "ses-01")
    kinds = [event.kind for event in SessionReader(layout).events()]
    for kind in (EventKind.STREAM_LOST, EventKind.SESSION_RESUMED, EventKind.SESSION_STOPPED):
        assert kind in kinds, kind
    result = verify_session(layout.session_dir)
    assert result.ok, result.problems
