"""Difficulty in the rounds: easier, harder, one step back; logged, and verified."""

from __future__ import annotations

from pathlib import Path

from desk_walk import CONTROL, Key, ShortServices, Walk
from PySide6.QtTest import QTest

from neurofeedback.events import EventKind
from neurofeedback.gui._qt import Qt
from neurofeedback.gui.desk.steps import Step
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.ends import STOPPED
from neurofeedback.session.verification.verify import verify_session


def test_steps_are_logged_and_the_session_verifies(qapp, tmp_path: Path) -> None:
    walk = Walk(ShortServices(tmp_path, train=60.0))
    try:
        walk.to_rounds(seconds=60)
        session = walk.desk.session
        running, difficulty = session.session, session.operator.difficulty

        def target() -> float | None:
            return running.status().progress.target_rate

        for press, wanted in (
            (lambda: walk.press(Key.Key_Equal, modifier=CONTROL), 0.7),
            (lambda: difficulty.buttons["easier"].click(), 0.75),
            (lambda: difficulty.buttons["harder"].click(), 0.7),
            (lambda: walk.press(Key.Key_Z, modifier=CONTROL), 0.75),
        ):
            press()
            walk.until(lambda w=wanted: target() == w, what=f"target {wanted}")
            walk.until(lambda: difficulty._target == target(), what="the window")
        running.stop(STOPPED)
        walk.until_step(Step.DEBRIEF)
        layout = SessionLayout.find(walk.services.root / "sub-P07" / "ses-01")
        changes = [
            event.details["target_rate"]
            for event in SessionReader(layout).events()
            if event.kind is EventKind.THRESHOLD_CHANGED
        ]
        assert changes[-4:] == [0.7, 0.75, 0.7, 0.75]
        result = verify_session(layout.session_dir)
        assert result.ok, result.problems
    finally:
        walk.release()


def test_the_menu_of_commands_opens_by_a_key_at_the_threshold_step(qapp, tmp_path: Path) -> None:
    walk = Walk(ShortServices(tmp_path))
    try:
        walk.to_baseline()
        walk.until_step(Step.THRESHOLD, 60)
        menu = walk.desk.session.commands.menu()
        seen = []
        menu.aboutToShow.connect(lambda: seen.extend(action.text() for action in menu.actions()))
        menu.aboutToShow.connect(menu.close, Qt.ConnectionType.QueuedConnection)
        walk.press(Key.Key_F10)
        walk.until(lambda: bool(seen), what="the menu")
        assert seen[0] == "Session"
        walk.until(lambda: menu.actions() == [], what="the end of the menu")
        for key in (Key.Key_M, Key.Key_1):
            QTest.keyClick(walk.desk, key)  # keys of the rounds, which the menu must not wake
        assert walk.step is Step.THRESHOLD
        assert walk.desk.session.operator.side.log.toPlainText() == ""
    finally:
        walk.release()
