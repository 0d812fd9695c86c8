"""The screen lock: what it hides, what still works, and who opens it. Keys alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.lock.idle_lock import IdleLock
from neurofeedback.gui.lock.screen_lock import SafetyKey, ScreenLock
from neurofeedback.gui.lock.session_words import session_words
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.protocols.commands import PAUSE
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import BlockProgress, RunState
from neurofeedback.settings.operators import Operators
from neurofeedback.words.message import Message


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def operators(tmp_path) -> Operators:
    return Operators(tmp_path / "operators.json")


@pytest.fixture
def trail() -> list[tuple[str, str, dict[str, object]]]:
    return []


@pytest.fixture
def rules(operators, clock, trail) -> IdleLock:
    def audit(action: str, who: str, **details: object) -> None:
        trail.append((action, who, details))

    return IdleLock(operators, audit, clock, minutes=10, operator="A. Smith")


# -- the rules ----------------------------------------------------------------------------------


def test_it_locks_after_the_minutes_without_activity_and_not_before(rules, clock, trail):
    clock.now += 599
    assert not rules.tick()
    rules.activity()
    clock.now += 599
    assert not rules.tick()
    clock.now += 1
    assert rules.tick()
    assert not rules.tick()
    assert trail == [("screen.locked", "A. Smith", {"by": "idle"})]


def test_zero_minutes_is_never(rules, clock):
    rules.minutes = 0
    clock.now += 1e6
    assert not rules.tick()


def test_without_a_passphrase_a_name_opens_and_takes_over(rules, trail):
    rules.lock()
    with pytest.raises(UserError, match="Enter your name"):
        rules.unlock("  ")
    rules.unlock(" B.  Jones ")
    assert (rules.locked, rules.operator) == (False, "B. Jones")
    assert trail[-1] == ("screen.unlocked", "B. Jones", {"locked_by": "A. Smith"})


@pytest.mark.parametrize(
    ("have", "name", "phrase", "opens"),
    [
        (["A. Smith"], "A. Smith", "1234", True),
        (["A. Smith"], "a. smith", "1234", True),
        (["A. Smith"], "A. Smith", "", False),
        (["A. Smith"], "B. Jones", "", False),  # a new name is no way around
        (["A. Smith"], "B. Jones", "1234", False),
        (["A. Smith", "B. Jones"], "B. Jones", "1234", True),  # a colleague, with the own one
        (["B. Jones"], "B. Jones", "", False),  # nobody signs with somebody else's name
        (["B. Jones"], "C. Brown", "", True),
    ],
)
def test_who_opens(rules, operators, have, name, phrase, opens):
    for each in have:
        operators.set(each, "1234")
    rules.lock()
    if opens:
        rules.unlock(name, phrase)
    else:
        with pytest.raises(UserError, match="Wrong name or passphrase"):
            rules.unlock(name, phrase)
    assert rules.locked != opens


def test_wrong_tries_wait_longer_and_longer_and_are_in_the_trail(rules, operators, clock, trail):
    operators.set("A. Smith", "1234")
    rules.lock()
    waits = []
    for _ in range(9):
        with pytest.raises(UserError, match="Wrong name or passphrase"):
            rules.unlock("A. Smith", "0000")
        waits.append(rules.wait)
        if rules.wait:
            with pytest.raises(UserError, match="Try again"):
                rules.unlock("A. Smith", "1234")  # also the right one has to wait
        clock.now += rules.wait
    assert waits == [0, 0, 2, 4, 8, 16, 32, 60, 60]
    assert [t[2]["tries"] for t in trail if t[0] == "screen.refused"] == list(range(1, 10))
    rules.unlock("A. Smith", "1234")
    rules.lock()
    with pytest.raises(UserError):
        rules.unlock("A. Smith", "0000")
    assert rules.wait == 0


def test_damaged_passphrases_open_nothing(rules, operators):
    operators.path.write_text("{")
    rules.lock()
    with pytest.raises(UserError, match="damaged"):
        rules.unlock("A. Smith", "1234")
    assert rules.locked
    assert rules.asks_passphrase


# -- the windows --------------------------------------------------------------------------------


@pytest.fixture
def windows(qtbot, session, rules):
    """The windows on a session, with a lock whose keys of safety are the session's own."""
    made = SessionWindows(session, session.clock)
    made.operator.resize(1100, 700)
    made.operator.show()
    made.participant.show()
    with qtbot.waitActive(made.operator):
        made.operator.activateWindow()
    made.lock = ScreenLock(
        made.operator,
        rules,
        exempt=[made.participant],
        safety=[
            SafetyKey("Hold now", "H", lambda: session.command(PAUSE)),
            SafetyKey("End the session", "Ctrl+E", lambda: session.stop("while locked")),
        ],
        session_state=lambda: session_words(session.status(), session.latest),
    )
    yield made
    made.lock.release()
    made.release()


def press(windows, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key as the system would give it to the window."""
    from PySide6.QtTest import QTest

    QTest.keyClick(windows.operator.windowHandle(), key, modifier)


def typed(windows, text: str) -> None:
    for letter in text:
        press(windows, letter)


def test_ctrl_l_covers_the_operator_and_leaves_the_participant(windows, session, trail):
    press(windows, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    [panel] = windows.lock.panels
    assert panel.parentWidget() is windows.operator
    assert panel.geometry() == windows.operator.rect()
    assert not windows.participant.findChildren(type(panel))
    assert trail == [("screen.locked", "A. Smith", {"by": "key"})]
    picture = windows.operator.grab().toImage()
    assert len({picture.pixel(x, 3) for x in range(picture.width())}) == 1  # the menus are hidden
    windows.operator.resize(1300, 760)
    assert panel.geometry() == windows.operator.rect()


def test_keys_of_the_window_do_nothing_and_those_of_safety_act(windows, session):
    windows.lock.lock_now()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_M, Qt.Key.Key_N, Qt.Key.Key_1, Qt.Key.Key_F1):
        press(windows, key)
    press(windows, Qt.Key.Key_S, Qt.KeyboardModifier.AltModifier)  # a menu's letter
    assert session.calls == []
    press(windows, Qt.Key.Key_H)
    assert session.calls == [("pause",)]
    press(windows, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert session.calls == [("pause",), ("stop", "while locked")]
    assert windows.lock.locked


def test_keys_of_safety_are_said_and_act_while_somebody_types(windows, session):
    windows.lock.lock_now()
    [panel] = windows.lock.panels
    texts = [button.text() for button in panel.buttons]
    assert texts == ["Hold now  (H)", "End the session  (Ctrl+E)"]
    press(windows, Qt.Key.Key_Return)
    assert panel.passphrase.hasFocus()
    typed(windows, "H")
    assert (panel.passphrase.text(), session.calls) == ("H", [])
    press(windows, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert session.calls == [("stop", "while locked")]
    press(windows, Qt.Key.Key_Escape)
    assert panel.passphrase.text() == ""
    press(windows, Qt.Key.Key_H)
    assert session.calls[-1] == ("pause",)


def test_the_session_goes_on_and_that_is_said(windows, session):
    before = session.status()
    windows.lock.lock_now()
    [panel] = windows.lock.panels
    assert "goes on" in panel.session.text
    assert session.status() == before
    frame = session.frame(0.7)
    windows._tick(frame, session.status(), False, session.now)
    assert windows.participant.isVisible()


def progress(phase: str) -> BlockProgress:
    return BlockProgress(1, 4, phase, 3.0, 10.0, 0.6, 0.1)


FULL = Message(
    "Recording to {path} failed: {reason}; free space or check the disk.",
    path=Path("/data/sub-F02/eeg/sub-F02_task-faademo_run-01_eeg.eeg"), reason="no space left",
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "phase", "held", "alarm", "kind", "words"),
    [
        (RunState.RUNNING, "train", None, None, "good", "has feedback"),
        (RunState.RUNNING, "train", "amplitude F3", None, "caution", "feedback holds"),
        (RunState.RUNNING, "baseline", None, None, "good", "no feedback"),
        (RunState.PAUSED, "train", "paused", None, "pause", "is paused"),
        (RunState.PAUSED, "train", "stale", FULL, "alarm", "no space left"),
        (RunState.RUNNING, "train", "stale", FULL, "alarm", "no space left"),
        (RunState.FINISHED, "done", None, None, "good", "has ended"),
        (RunState.FAILED, "done", None, FULL, "alarm", "has failed"),
    ],
)
def test_the_lock_says_what_is_and_names_no_participant(
    windows, session, state, phase, held, alarm, kind, words
):
    windows.lock.lock_now()
    [panel] = windows.lock.panels
    session.frame(0.5, held=held)
    session.change(state=state, progress=progress(phase), alarm=alarm)
    windows.lock.poll()
    assert panel.session.isVisible()
    assert panel.session.kind == kind
    assert words in panel.session.text
    assert words in panel.accessibleDescription()
    assert ("has feedback" in panel.session.text) is (words == "has feedback")
    assert "F02" not in panel.session.text + panel.session.toolTip()


def test_what_is_typed_stays_while_the_state_is_told_again(windows):
    windows.lock.lock_now()
    [panel] = windows.lock.panels
    panel.name.setText("B. Jo")
    windows.lock.poll()
    assert panel.name.text() == "B. Jo"


def test_the_right_passphrase_opens_by_keys_alone_and_gives_the_keyboard_back(
    qtbot, windows, operators, trail
):
    operators.set("A. Smith", "12 ab")
    before = windows.operator.focusWidget()
    windows.lock.lock_now()
    [panel] = windows.lock.panels
    press(windows, Qt.Key.Key_Return)
    typed(windows, "12 ac")
    press(windows, Qt.Key.Key_Return)
    assert "Wrong name or passphrase" in panel.message.text()
    assert panel.passphrase.text() == ""
    typed(windows, "12 ab")
    press(windows, Qt.Key.Key_Return)
    assert windows.lock.panels == []
    assert windows.operator.focusWidget() is before
    assert [entry[0] for entry in trail] == ["screen.locked", "screen.refused", "screen.unlocked"]


def test_tab_stays_within_the_panel(windows):
    windows.lock.lock_now()
    [panel] = windows.lock.panels
    seen = []
    for _ in range(6):
        press(windows, Qt.Key.Key_Tab)
        seen.append(windows.operator.focusWidget())
    assert set(seen) == {panel.name, panel.passphrase, panel.open, *panel.buttons}
    press(windows, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert windows.operator.focusWidget() in seen


def test_what_takes_the_keyboard_below_does_not_keep_it(windows):
    windows.lock.lock_now()
    [panel] = windows.lock.panels
    windows.operator.centralWidget().setFocus()
    assert windows.operator.focusWidget() is panel


def test_a_dialog_is_covered_too_and_is_there_again(qtbot, windows):
    dialog = QtWidgets.QDialog(windows.operator)
    dialog.resize(400, 300)
    field = QtWidgets.QLineEdit("half a sentence", dialog)
    dialog.open()
    qtbot.waitActive(dialog)
    windows.lock.lock_now()
    assert {panel.parentWidget() for panel in windows.lock.panels} == {windows.operator, dialog}
    late = QtWidgets.QDialog(dialog)
    late.open()
    windows.lock.poll()
    assert len(windows.lock.panels) == 3
    windows.lock.panels[0].tried.emit("A. Smith", "")
    assert dialog.isVisible()
    assert field.text() == "half a sentence"
    late.deleteLater()
    dialog.deleteLater()


def test_it_locks_by_itself_and_a_key_or_the_mouse_puts_that_off(windows, clock):
    clock.now += 599
    press(windows, Qt.Key.Key_Shift)
    clock.now += 599
    windows.lock.poll()
    assert not windows.lock.locked
    handle = windows.operator.windowHandle()
    at = QtCore.QPointF(5, 5)
    move = QtGui.QMouseEvent(
        QtCore.QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(handle, move)
    clock.now += 599
    windows.lock.poll()
    assert not windows.lock.locked
    clock.now += 1
    windows.lock.poll()
    assert len(windows.lock.panels) == 1


def test_the_wait_is_counted_down(windows, operators, clock):
    operators.set("A. Smith", "1234")
    windows.lock.lock_now()
    [panel] = windows.lock.panels
    for _ in range(3):
        panel.tried.emit("A. Smith", "0")
    assert "in 2 s" in panel.message.text()
    clock.now += 1
    windows.lock.poll()
    assert panel.message.text() == "Try again in 1 s."
    clock.now += 1
    windows.lock.poll()
    assert panel.message.text() == ""


def test_a_real_session_records_on_while_locked_and_ends_by_the_key_of_safety(
    qtbot, tmp_path, rules
):
    source = SyntheticSource(ch_names=("F3", "F4", "Cz", "Pz"), sfreq=128.0, speed=10.0)
    made = prepare_session(
        source, load_protocol("faa-demo"), root=tmp_path, participant="01",
        started=datetime.now(UTC),
    )  # fmt: skip
    runner = SessionRunner(
        made.source, made.info, made.spec, made.engine, made.recorder, folder=made.recorder.path
    )
    runner.start()
    windows = SessionWindows(runner)
    windows.show()
    lock = ScreenLock(
        windows.operator,
        rules,
        exempt=[windows.participant],
        safety=[SafetyKey("End the session", "Ctrl+E", lambda: runner.stop("while locked"))],
    )
    try:
        lock.lock_now()
        before, painted = runner.status().recorded_samples, []
        windows.participant.painted.connect(lambda *_: painted.append(1))
        qtbot.waitUntil(lambda: runner.status().recorded_samples > before + 1280, timeout=20_000)
        qtbot.waitUntil(lambda: len(painted) > 3, timeout=20_000)
        press(windows, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: runner.status().state is RunState.FINISHED, timeout=20_000)
        assert lock.locked
    finally:
        runner.stop("the test ends")
        runner.wait(20)
        lock.release()
        windows.release()
    assert SessionReader(made.recorder.path).stopped.details["reason"] == "while locked"
