"""What is fed back in a session of a study is shown only after a question that is logged."""

from __future__ import annotations

import pytest

from neurofeedback.gui._qt import Qt
from neurofeedback.gui.windows import SessionWindows


@pytest.fixture
def concealed(session, qtbot):
    session.concealed = True
    session.feed(1.0)
    session.frame(0.7, feature=0.217, threshold=0.125)
    windows = SessionWindows(session, session.clock)
    windows.show()
    windows.bridge.tick()
    yield windows
    windows.release()


def ask(qtbot, windows) -> object:
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(windows.operator, Qt.Key.Key_F, keys)
    return windows.operator._override


def test_it_takes_a_name_and_a_reason(qtbot, concealed, session) -> None:
    box = ask(qtbot, concealed)
    assert not box.agree.isEnabled()
    qtbot.keyClicks(box.who, "B. Doctor")
    assert not box.agree.isEnabled()
    qtbot.keyClicks(box.reason, "faint")
    qtbot.mouseClick(box.agree, Qt.MouseButton.LeftButton)
    assert session.calls == [("show feedback", "B. Doctor", "faint")]
    session.change(rewards=7)
    session.now += 0.2
    concealed.bridge.tick()
    shown = concealed.operator._feedback
    assert [x.text() for x in (shown.value, shown.threshold, shown.rewards)] == [
        "+0.217", "+0.125", "7",
    ]  # fmt: skip
    assert "unblinded" in concealed.operator.side.log.toPlainText()


def test_who_thinks_better_of_it_sees_and_logs_nothing(qtbot, concealed, session) -> None:
    box = ask(qtbot, concealed)
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert session.calls == []
    assert concealed.operator._feedback is None


def test_elsewhere_there_is_nothing_to_ask(qtbot, session) -> None:
    windows = SessionWindows(session, session.clock)
    windows.show()
    assert ask(qtbot, windows) is None
    assert not windows.operator.actions_by_name["reveal"].isVisible()
    windows.release()
