from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from neurofeedback.gui._qt import Qt, QtGui, QtWidgets
from neurofeedback.gui.alarm_call import AlarmCall, call_samples
from neurofeedback.gui.operator.actions import ENTRIES, CommandsMenu, KeysDialog
from neurofeedback.gui.widgets import LongLabel, StateBanner
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.session.status import BlockProgress, RunState
from neurofeedback.signal.quality import ChannelState, QualityReport
from neurofeedback.words.message import Message, joined


@pytest.fixture
def windows(qtbot: QtBot, session) -> SessionWindows:
    made = SessionWindows(session, session.clock)
    made.operator.resize(1366, 768)
    with qtbot.waitActive(made.operator):
        made.show()
    made.bridge.stop()
    yield made
    made.release()


def tick(windows: SessionWindows, session, n: int = 1) -> None:
    for _ in range(n):
        session.now += 0.11
        windows.bridge.tick()


def obey(windows: SessionWindows, session) -> None:
    """Let samples arrive: commands act then."""
    session.feed(0.02)
    tick(windows, session, 2)


@pytest.mark.parametrize(
    ("key", "calls"),
    [
        (Qt.Key.Key_Space, [("pause",)]),
        (Qt.Key.Key_M, [("marker", "marker")]),
        (Qt.Key.Key_3, [("marker", "3")]),
    ],
)
def test_single_keys_steer(qtbot, windows, session, key, calls) -> None:
    qtbot.keyClick(windows.operator, key)
    obey(windows, session)
    assert session.calls == calls


@pytest.mark.parametrize(
    ("key", "command", "call"),
    [
        (Qt.Key.Key_K, "skip", ("skip",)),
        (Qt.Key.Key_T, "repeat", ("repeat",)),
        (Qt.Key.Key_J, "extend", ("extend", 30.0)),
        (Qt.Key.Key_R, "redo-baseline", ("redo baseline",)),
    ],
)
def test_the_course_is_steered_where_the_protocol_allows_it(
    qtbot, windows, session, key, command, call
) -> None:
    operator = windows.operator
    qtbot.keyClick(operator, key, Qt.KeyboardModifier.ControlModifier)
    assert session.calls == []
    assert operator.side.log.toPlainText() == "not available now"
    progress = replace(session.status().progress, allowed=frozenset({command}))
    session.change(progress=progress)
    tick(windows, session)
    qtbot.keyClick(operator, key, Qt.KeyboardModifier.ControlModifier)
    obey(windows, session)
    assert session.calls == [call]
    assert len(operator.side.log.toPlainText().splitlines()) == 2


def test_space_pauses_and_resumes(qtbot, windows, session) -> None:
    qtbot.keyClick(windows.operator, Qt.Key.Key_Space)
    obey(windows, session)
    assert windows.operator.side.buttons["pause"].text().startswith("Resume")
    assert windows.operator.banner.text.startswith("Paused")
    qtbot.keyClick(windows.operator, Qt.Key.Key_Space)
    obey(windows, session)
    assert session.calls == [("pause",), ("resume",)]
    assert windows.operator.side.buttons["pause"].text().startswith("Pause")


def test_note_takes_the_keyboard_and_gives_it_back(qtbot, windows, session) -> None:
    operator = windows.operator
    qtbot.keyClick(operator, Qt.Key.Key_N)
    assert operator.side.note.hasFocus()
    qtbot.keyClicks(operator.side.note, "eyes open 3 m ?")
    assert session.calls == []
    qtbot.keyClick(operator.side.note, Qt.Key.Key_Return)
    assert session.calls == [("note", "eyes open 3 m ?")]
    assert not operator.side.note.hasFocus()
    assert "eyes open 3 m ?" in operator.side.log.toPlainText()
    qtbot.keyClick(operator, Qt.Key.Key_N)
    qtbot.keyClicks(operator.side.note, "not meant")
    qtbot.keyClick(operator.side.note, Qt.Key.Key_Escape)
    assert len(session.calls) == 1
    qtbot.keyClick(operator, Qt.Key.Key_Space)
    obey(windows, session)
    assert session.calls[-1] == ("pause",)


def question(windows: SessionWindows) -> QtWidgets.QMessageBox:
    found = windows.operator.findChildren(QtWidgets.QMessageBox)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("yes", [True, False])
def test_ending_asks_first(qtbot, windows, session, yes) -> None:
    operator = windows.operator
    qtbot.keyClick(operator, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert session.calls == []
    qtbot.keyClick(question(windows), Qt.Key.Key_Return if yes else Qt.Key.Key_Escape)
    assert [c[0] for c in session.calls] == (["stop"] if yes else [])
    tick(windows, session)
    assert operator.isVisible()
    assert ("Session finished" in operator.banner.text) is yes


def test_closing_a_running_session_asks_ends_and_closes(qtbot, windows, session) -> None:
    closed = []
    windows.operator.closed.connect(lambda: closed.append(True))
    windows.operator.close()
    assert windows.operator.isVisible()
    question(windows).end.click()
    tick(windows, session)
    assert closed == [True]
    assert not windows.operator.isVisible()
    assert not windows.participant.isVisible()


def test_a_question_nobody_asked_for_changes_nothing_by_a_key(qtbot, windows, session) -> None:
    windows.operator.close()
    qtbot.keyClick(question(windows), Qt.Key.Key_Return)
    assert session.calls == []
    qtbot.waitUntil(lambda: not windows.operator.findChildren(QtWidgets.QMessageBox))
    tick(windows, session)
    assert windows.operator.isVisible()


@pytest.mark.parametrize("asked", [True, False])
def test_space_never_ends_a_session(qtbot, windows, session, asked) -> None:
    windows.operator.ask_to_stop(asked=asked)
    box = question(windows)
    for button in box.buttons():
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert session.calls == []
    assert box.isVisible()
    box.reject()


def close_by_hand(window: QtWidgets.QWidget) -> None:
    """Close a window as its frame does."""
    window.windowHandle().close()


def test_closing_the_participants_window_only_hides_it(qtbot, windows, session) -> None:
    operator, participant = windows.operator, windows.participant
    session.frame(0.5)
    tick(windows, session)
    close_by_hand(participant)
    tick(windows, session)
    assert not participant.isVisible()
    assert operator.findChildren(QtWidgets.QMessageBox) == []
    assert operator.banner.kind == "caution"
    assert "P shows it again" in operator.banner.text
    assert "was closed" in operator.side.log.toPlainText()
    qtbot.keyClick(operator, Qt.Key.Key_P)
    tick(windows, session)
    assert participant.isVisible()
    assert (operator.banner.kind, operator.banner.text) == ("good", "Signal good")
    assert [call[0] for call in session.calls] == ["note", "note"]


def test_an_alarm_stands_before_a_window_that_was_closed(windows, session) -> None:
    close_by_hand(windows.participant)
    session.change(alarm="No samples from 'amp' for 1.2 s. Feedback is held.", since_sample=1.2)
    tick(windows, session)
    assert windows.operator.banner.kind == "alarm"
    assert "brings it back" not in windows.operator.banner.text


def test_closing_after_the_end_asks_nothing(windows, session) -> None:
    session.change(state=RunState.FINISHED, recorded_seconds=61.0, rewards=1)
    tick(windows, session)
    banner = windows.operator.banner.text
    assert "1:01 recorded to /recordings/sub-01/ses-01, 1 reward." in banner
    tick(windows, session, 3)
    assert windows.operator.banner.text == banner
    windows.operator.close()
    assert not windows.operator.isVisible()


def test_question_goes_when_the_session_ends_by_itself(qtbot, windows, session) -> None:
    windows.operator.ask_to_stop()
    session.change(state=RunState.FINISHED)
    tick(windows, session)
    qtbot.waitUntil(lambda: not windows.operator.findChildren(QtWidgets.QMessageBox))
    assert session.calls == []


def test_commands_rest_after_the_end(qtbot, windows, session) -> None:
    session.change(state=RunState.FINISHED)
    tick(windows, session)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_M, Qt.Key.Key_1, Qt.Key.Key_N):
        qtbot.keyClick(windows.operator, key)
    assert session.calls == []
    assert not any(b.isEnabled() for b in windows.operator.side.buttons.values())


def test_stale_alarm_is_seen(windows, session) -> None:
    session.frame(0.5)
    session.change(alarm="No samples from 'amp' for 1.2 s. Feedback is held.", since_sample=1.2)
    tick(windows, session)
    banner = windows.operator.banner
    assert banner.kind == "alarm"
    assert banner.text == "STALE \u00b7 No samples from 'amp' for 1.2 s. Feedback is held."
    assert banner.accessibleDescription() == banner.text
    middle = banner.grab().toImage().pixelColor(banner.width() - 40, banner.height() // 2)
    assert middle.name() == "#e8702a"
    session.change(alarm=None, since_sample=0.0)
    tick(windows, session)
    assert banner.kind == "good"


def test_hold_shows_its_cause_and_remembers_it(windows, session) -> None:
    banner = windows.operator.banner
    session.frame(0.5, held="amplitude F3")
    tick(windows, session)
    assert banner.kind == "caution"
    assert "F3 moved more than the amplitude limit" in banner.text
    session.frame(0.5, held="settling")
    tick(windows, session)
    assert "settling" in banner.text
    assert "F3 moved more" in banner.text
    session.frame(0.5)
    tick(windows, session)
    assert banner.kind == "good"
    assert "F3 moved more" in banner.text


def test_hold_shorter_than_a_tick_is_remembered(windows, session) -> None:
    session.frame(0.5, held="flat F4")
    session.frame(0.5)
    tick(windows, session)
    assert "F4 is flat" in windows.operator.banner.text


def test_failure_is_loud(windows, session) -> None:
    session.change(state=RunState.FAILED, alarm="The session failed: disk full")
    tick(windows, session)
    assert windows.operator.banner.kind == "alarm"
    assert "disk full" in windows.operator.banner.text
    assert "failed" in windows.operator.banner.text


def test_numbers_come_with_reference_and_target(windows, session) -> None:
    session.change(progress=BlockProgress(1, 4, "train", 12.0, 20.0, 0.62, 0.08), rewards=7)
    session.frame(0.6, threshold=0.25)
    tick(windows, session)
    operator = windows.operator
    assert operator.side.rate.text() == "62 %"
    assert operator.side.rate_note.text().endswith("this block. Target 65 %.")
    assert operator.side.held.text() == "Feedback was held for 8 % of this block."
    assert operator.side.rewards.text() == "7 rewards in all"
    assert (operator.block.text(), operator.block_clock.text()) == ("Training 1", "0:12")
    assert operator.block_note.text() == "of 0:20 in this block"
    trend = operator.trend
    assert trend.legend.threshold == "threshold +0.25 ln ratio"
    assert "ln P(F4) - ln P(F3), 8-13 Hz, reference average" in trend.heading.text()
    assert trend.more.text().startswith("0.")
    about = trend.about
    assert about.delay.text().startswith("window ")
    assert about.delay.text().endswith("+ display 0.07 s")
    assert "more alpha on the right" in about.note.text()


def test_the_estimator_in_use_is_told_with_its_window_and_delay(windows, session) -> None:
    trend = windows.operator.trend
    about = trend.about
    note = about.note.text()
    assert about.estimator.isHidden()
    for sentence, delay in (("FAA by a Wiener filter.", 0.1), ("FAA by posterior power.", 0.2)):
        session.change(estimator=sentence)
        session.score = replace(session.score, delay=delay, window=1.5)
        tick(windows, session)
        assert not about.estimator.isHidden()
        assert about.estimator.text() == sentence
        assert about.delay.text().startswith(f"window 1.50 s \u00b7 delay {delay:.2f} s")
        assert trend.more.text().startswith(f"{delay + 0.07:.2f} s late")
        assert about.note.text() == note


@pytest.mark.parametrize("size", [(1366, 768), (683, 384)])
def test_all_that_is_told_of_the_value_can_be_read_whole(qtbot, windows, session, size) -> None:
    session.change(estimator="FAA is estimated by posterior power. " * 4)
    windows.operator.setFixedSize(*size)
    windows.operator.show()
    tick(windows, session)
    trend = windows.operator.trend
    qtbot.keyClick(windows.operator, "i")
    about = trend.about
    assert about.isVisible()
    told = [w for w in about.findChildren(QtWidgets.QLabel) if w.isVisible()]
    assert len(told) == 4
    assert [w.text() for w in told if is_cut(w)] == []
    assert about.screen().availableGeometry().contains(about.frameGeometry())
    qtbot.keyClick(about, Qt.Key.Key_Escape)
    assert not about.isVisible()


def test_electrodes_are_told_and_fill_the_page_on_a_key(qtbot, windows, session) -> None:
    operator = windows.operator
    assert "checked once 4 s" in operator.electrodes.advice.text()
    states = tuple(
        ChannelState(n, "bad", "flat", 0.0, 0.0, 0.0) if n == "E3"
        else ChannelState(n, "good", "", 1e-5, 1e-6, 0.9)
        for n in session.info.ch_names
    )  # fmt: skip
    session.quality = QualityReport(10, 5.0, states)
    tick(windows, session)
    assert operator.electrodes.counts.text() == "18 good, 1 bad"
    assert operator.electrodes.advice.text().startswith("Next: E3 is flat: ")
    qtbot.keyClick(operator, Qt.Key.Key_Q)
    assert operator.electrodes_page.isVisible()
    assert not operator.traces.isVisible()
    assert not operator.electrodes.isVisible()
    assert len(operator.electrodes_page.list.shown()[0]) == 19
    qtbot.keyClick(operator, Qt.Key.Key_Q)
    assert operator.traces.isVisible()
    assert operator.electrodes.isVisible()


def test_every_command_has_a_key_and_names_it(windows) -> None:
    actions = windows.operator.actions_by_name
    taken = [k for e in ENTRIES for k in e.keys]
    assert len(set(taken)) == len(taken)
    for entry in ENTRIES:
        assert entry.keys[0] in actions[entry.name].toolTip()
        assert actions[entry.name].shortcuts()[0] == QtGui.QKeySequence(entry.keys[0])
    for name, button in windows.operator.side.buttons.items():
        assert button.toolTip() == actions[name].toolTip()


@pytest.mark.parametrize("key", [Qt.Key.Key_F1, Qt.Key.Key_Question])
def test_page_of_keys_lists_all(qtbot, windows, key) -> None:
    qtbot.keyClick(windows.operator, key)
    page = windows.operator.findChild(KeysDialog)
    text = " ".join(shown.text() for shown in page.findChildren(QtWidgets.QLabel))
    for entry in ENTRIES:
        assert entry.help in text
    page.accept()


def test_scale_and_channel_keys(qtbot, windows) -> None:
    view = windows.operator.traces.view
    before = view.scale
    qtbot.keyClick(windows.operator, Qt.Key.Key_Plus)
    assert view.scale < before
    qtbot.keyClick(windows.operator, Qt.Key.Key_Minus)
    assert view.scale == before
    qtbot.keyClick(windows.operator, Qt.Key.Key_C)
    assert view.n_rows == 16
    qtbot.keyClick(windows.operator, Qt.Key.Key_PageDown)
    assert view.first_row == 3


def test_operator_steers_the_participants_screen(qtbot, windows) -> None:
    qtbot.keyClick(windows.operator, Qt.Key.Key_F11)
    assert windows.participant.isFullScreen()
    qtbot.keyClick(windows.operator, Qt.Key.Key_F11)
    windows.participant.close()
    qtbot.keyClick(windows.operator, Qt.Key.Key_P)
    assert windows.participant.isVisible()


def test_on_one_monitor_an_alarm_is_signed_on_the_participants_display(
    qtbot, windows, session
) -> None:
    qtbot.keyClick(windows.operator, Qt.Key.Key_F11)
    assert windows.participant.covers(windows.operator.screen())
    session.frame(0.6)
    tick(windows, session)
    assert not windows.sign.isVisible()
    quiet = windows.participant.grab().toImage()
    called = []
    windows.operator.banner.alarmed.connect(lambda: called.append(True))
    session.change(state=RunState.FAILED, alarm="The session failed: disk full")
    tick(windows, session, 2)
    assert called  # it is heard as ever
    assert windows.sign.isVisible()
    alarmed = windows.participant.grab().toImage()
    area, at = windows.sign.geometry(), windows.sign.geometry().center()
    assert alarmed.pixelColor(at) != quiet.pixelColor(at)
    assert area.width() * area.height() < 0.005 * quiet.width() * quiet.height()
    assert windows.participant.rect().contains(area)
    qtbot.keyClick(windows.operator, Qt.Key.Key_F11)
    assert not windows.participant.isFullScreen()
    assert windows.operator.isActiveWindow()
    windows.bridge.status_changed.emit(session.status())
    assert not windows.sign.isVisible()


@pytest.mark.parametrize("ask", ["stop", "note", "keys"])
def test_what_the_operator_has_to_see_is_not_left_below_the_participants_display(
    qtbot, windows, ask
) -> None:
    qtbot.keyClick(windows.operator, Qt.Key.Key_F11)
    windows.operator.actions_by_name[ask].trigger()
    assert not windows.participant.isFullScreen()
    assert windows.participant.isVisible()
    for dialog in windows.operator.findChildren(QtWidgets.QDialog):
        dialog.reject()


def test_painted_frames_reach_the_session(qtbot, windows, session) -> None:
    frame = session.frame(0.7)
    tick(windows, session)
    qtbot.waitUntil(lambda: bool(session.painted_frames))
    assert session.painted_frames[0][0] is frame
    assert session.painted_frames[0][1:3] == ("feedback", windows.participant.picture.value)


def test_trend_draws_features_threshold_holds_and_rewards(windows, session) -> None:
    for i in range(400):
        session.frame(0.6, threshold=0.1, reward=i % 100 == 50,
                      held="flat F3" if 100 <= i < 150 else None)  # fmt: skip
    tick(windows, session)
    trend = windows.operator.trend.plot
    trend.redraw()
    trend.redraw()
    times, values = trend._line.getData()
    assert len(times) == 400
    assert times[-1] == 0
    assert sum(v != v for v in values) == 50
    assert len(trend._rewards.getData()[0]) == 4
    assert set(trend._threshold.getData()[1]) == {0.1}


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (1100, 720)])
@pytest.mark.parametrize("n_channels", [19, 64])
def test_no_words_are_cut(qtbot, make_session, size, n_channels) -> None:
    session = make_session(n_channels)
    session.change(
        progress=BlockProgress(1, 4, "train", 3599.0, 3600.0, 1.0, 1.0), rewards=1234,
        recorded_seconds=36_000.0,
    )  # fmt: skip
    made = SessionWindows(session, session.clock)
    made.operator.setFixedSize(*size)
    made.operator.show()
    tick(made, session)
    QtWidgets.QApplication.processEvents()
    cut = [w.text() for w in words_of(made.operator) if is_cut(w)]
    preview = made.operator.side.preview
    overlap = preview.geometry().bottom() - preview.parentWidget().rect().bottom()
    made.release()
    assert cut == []
    assert overlap < 0


def words_of(window: QtWidgets.QWidget) -> list[QtWidgets.QWidget]:
    kinds = (QtWidgets.QLabel, QtWidgets.QPushButton)
    found = [w for kind in kinds for w in window.findChildren(kind)]
    return [w for w in found if w.isVisible() and not isinstance(w, LongLabel)]


def is_cut(shown: QtWidgets.QWidget) -> bool:
    if isinstance(shown, QtWidgets.QLabel) and shown.wordWrap():
        return shown.height() < shown.heightForWidth(shown.width())
    return shown.width() < shown.sizeHint().width()


def test_a_command_that_came_to_nothing_is_said_once(windows, session) -> None:
    tick(windows, session)
    assert "no samples arrive" not in windows.operator.side.log.toPlainText()
    session.change(n_expired=2)
    tick(windows, session)
    tick(windows, session)
    assert windows.operator.side.log.toPlainText().count("no samples arrive") == 1


FOLDER = Path("/home/clinic/neurofeedback/data/sub-F02/ses-01/eeg")
FULL = Message(
    "{failure} The recording goes on in {folder}.",
    failure=Message(
        "Recording to {path} failed: {reason}; free space or check the disk.",
        path=FOLDER / "sub-F02_ses-01_task-faademo_run-01_eeg.eeg",
        reason="no space left on device",
    ),
    folder=Path("/home/clinic/second/sub-F02/ses-01"),
)
LOST = Message(
    "The stream {name!r} is lost (no samples for {seconds:.0f} s). Feedback is held; "
    "it goes on when the same stream returns.", name="amp", seconds=8,
)  # fmt: skip


@pytest.mark.parametrize("percent", [100, 200])
@pytest.mark.parametrize(
    ("alarm", "must"),
    [
        (FULL, ["no space left on device; free space or check the disk.", "goes on in"]),
        (joined((LOST, FULL)), ["is lost", "no space left on device; free space"]),
    ],
)
def test_an_alarm_is_read_whole_and_its_paths_stand_last(
    windows, session, size_of_text, percent, alarm, must
) -> None:
    size_of_text(percent)
    session.change(alarm=alarm)
    tick(windows, session)
    QTest.qWait(20)
    banner = windows.operator.banner
    shown = " ".join(banner.lines())
    for words in must:
        assert words in shown
    assert banner.height() >= banner.sizeHint().height()
    assert "/" not in banner.text
    if percent == 100:
        assert len(banner.lines()) == 2
        assert alarm is not FULL or "sub-F02_ses-01_task" in shown
    assert banner.toolTip().endswith(f"\u00b7 {alarm}")
    assert banner.geometry().right() <= windows.operator.width()


def test_a_new_alarm_is_heard_and_marks_the_window_and_the_same_one_does_not(
    qtbot, session, monkeypatch
) -> None:
    marked, heard = [], Heard()
    monkeypatch.setattr(QtWidgets.QApplication, "alert", lambda *a: marked.append(a))
    banner = StateBanner()
    qtbot.addWidget(banner)
    call = AlarmCall(banner, heard)
    banner.tell("caution", "Holding")
    assert marked == []
    banner.tell("alarm", "STALE: no samples for 1.2 s")
    banner.tell("alarm", "STALE: no samples for 2.3 s")
    assert len(marked) == 1
    qtbot.waitUntil(lambda: not heard.is_open)
    assert heard.n == len(call_samples(heard.rate))
    banner.tell("alarm", "STALE: no samples for 9 s. The disk is full.")
    assert len(marked) == 2
    call.stop()


class Heard:
    """An audio device that only counts."""

    rate, latency, ran_dry = 8000, 0.0, True

    def __init__(self) -> None:
        self.n, self.is_open = 0, False

    @property
    def n_free(self) -> int:
        return 1000

    def open(self) -> None:
        self.is_open = True

    def push(self, samples) -> None:
        self.n += len(samples)

    def problem(self) -> None:
        return None

    def close(self) -> None:
        self.is_open = False


def test_while_no_samples_come_nothing_is_said_of_electrodes(windows, session) -> None:
    names = windows.operator.electrodes.map._names
    states = tuple(ChannelState(name, "good", "", 1e-5, 0.0, 0.9) for name in names)
    windows.operator.show_quality(QualityReport(0, 1000, states))
    card, page = windows.operator.electrodes, windows.operator.electrodes_page
    assert "19 good" in card.counts.text()
    session.change(since_sample=1.4)
    tick(windows, session)
    for each in (card, page):
        assert each.counts.text() == ""
        assert each.map._states == {}
        assert "nothing is known" in each.advice.text()
    windows.operator.show_quality(QualityReport(0, 2000, states))
    assert card.counts.text() == ""
    assert "no samples" in windows.operator.side.recorded.text()
    session.change(since_sample=0.01)
    tick(windows, session)
    assert "19 good" in card.counts.text()


def aiming(session, target: float = 0.65):
    """Let the session aim at a target that may be changed."""
    progress = replace(
        session.status().progress, allowed=frozenset({"target-rate"}), target_rate=target
    )
    session.change(progress=progress)


def test_the_target_goes_up_and_down_and_one_step_back(qtbot, windows, session) -> None:
    difficulty = windows.operator.difficulty
    tick(windows, session)
    assert not any(button.isEnabled() for button in difficulty.buttons.values())
    aiming(session)
    tick(windows, session)
    qtbot.mouseClick(difficulty.buttons["easier"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(difficulty.buttons["easier"], Qt.MouseButton.LeftButton)
    obey(windows, session)
    assert session.calls == [("target rate", 0.7), ("target rate", 0.75)]
    for target, key in ((0.75, Qt.Key.Key_Z), (0.7, Qt.Key.Key_Minus)):
        aiming(session, target)
        tick(windows, session)
        qtbot.keyClick(windows.operator, key, Qt.KeyboardModifier.ControlModifier)
    obey(windows, session)
    assert session.calls[2:] == [("target rate", 0.7), ("target rate", 0.65)]
    assert "target rate 65 %" in windows.operator.side.log.toPlainText()


def test_the_target_ends_at_its_limits(windows, session) -> None:
    aiming(session, 0.9)
    tick(windows, session)
    windows.operator.difficulty.easier()
    assert session.calls == []
    assert "at its limit" in windows.operator.side.log.toPlainText()


def test_a_step_that_came_to_nothing_is_not_one_to_take_back(windows, session) -> None:
    aiming(session)
    tick(windows, session)
    windows.operator.difficulty.easier()
    windows.operator.steering.dropped.emit("The stream fell silent.")
    tick(windows, session)
    assert not windows.operator.difficulty.buttons["easier-back"].isEnabled()


def test_the_rule_is_in_sight_as_it_is_now(windows, session) -> None:
    rule = windows.operator.side.rule
    assert rule.text().startswith("The threshold is one that a participant at rest passes 65")
    session.change(progress=BlockProgress(1, 4, "train", 1.0, 20.0, 0.6, 0.0, target_rate=0.75))
    tick(windows, session)
    assert rule.text().startswith("The threshold is one that a participant at rest passes 75")


def entries(menu: QtWidgets.QMenu) -> list[str]:
    """Return the texts of a menu and of all menus in it."""
    found = []
    for action in menu.actions():
        inner = action.menu()
        found += entries(inner) if inner is not None else [action.text()]
    return found


def test_one_menu_has_all_that_keys_do_while_it_is_open(qtbot, windows) -> None:
    operator = windows.operator
    menu = CommandsMenu(operator, operator)
    menu.popup(operator.pos())
    listed = entries(menu)
    menu.close()
    qtbot.waitUntil(lambda: menu.actions() == [])
    assert {action.text() for action in operator.actions()} <= set(listed)
    assert len(ENTRIES) + 9 == len(listed)


def test_a_right_click_offers_what_is_there(windows) -> None:
    operator = windows.operator
    for panel, first in (
        (operator.traces, "Larger"), (operator.side.picture, "Full screen"),
        (operator.side.rate_card, "Easier"), (operator.strip, "Pause"),
    ):  # fmt: skip
        assert panel.contextMenuPolicy() is Qt.ContextMenuPolicy.ActionsContextMenu
        assert panel.actions()[0].text() == first
