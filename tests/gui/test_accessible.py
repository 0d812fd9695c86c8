"""Every window: named for screen readers, reached by Tab, nothing cut, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from accessible import problems, tab_order
from pytestqt.qtbot import QtBot

from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.session.status import BlockProgress
from neurofeedback.signal.quality import ChannelState, QualityReport

SMALLEST = (683, 384)  # 1366 x 768 at 200 %


@pytest.fixture
def windows(spoken: str, make_session) -> Iterator[SessionWindows]:
    session = make_session(19)
    session.change(
        progress=BlockProgress(1, 4, "train", 3599.0, 3600.0, 1.0, 1.0), rewards=1234,
        recorded_seconds=36_000.0,
    )  # fmt: skip
    names = session.info.ch_names
    states = [ChannelState(n, "good", "", 1e-5, 1e-6, 0.9) for n in names]
    states[3] = ChannelState(names[3], "bad", "low correlation with its neighbours", 0, 0, 0)
    session.quality = QualityReport(10, 5.0, tuple(states))
    made = SessionWindows(session, session.clock)
    made.operator.show()
    session.frame(0.5, held="railed F3")
    session.now += 0.2
    made.bridge.tick()
    yield made
    made.release()


def settle() -> None:
    for _ in range(3):
        QtWidgets.QApplication.processEvents()


@pytest.mark.parametrize(
    ("size", "percent"),
    [((1366, 768), 100), ((1920, 1080), 100), (SMALLEST, 100), ((1366, 768), 200), (SMALLEST, 200)],
)
def test_operators_window(windows: SessionWindows, size_of_text, size, percent) -> None:
    size_of_text(percent)
    operator = windows.operator
    operator.resize(*size)
    settle()
    assert (operator.width(), operator.height()) == size
    assert problems(operator) == []
    operator.toggle_electrodes()
    settle()
    assert problems(operator) == []
    operator.toggle_electrodes()
    operator.toggle_scalp()
    settle()
    settle()
    assert problems(operator) == []


def test_what_does_not_fit_is_scrolled_to_by_key(windows: SessionWindows, qtbot: QtBot) -> None:
    operator = windows.operator
    operator.resize(*SMALLEST)
    settle()
    bar = operator.page.panels.verticalScrollBar()
    assert bar.maximum() > 0
    for _ in range(100):
        qtbot.keyClick(operator.page, Qt.Key.Key_Down)
    assert bar.value() == bar.maximum()
    operator.resize(1366, 768)
    settle()
    assert bar.maximum() == 0


def test_tab_brings_into_sight_what_it_reaches(windows: SessionWindows, qtbot: QtBot) -> None:
    operator = windows.operator
    operator.resize(*SMALLEST)
    with qtbot.waitActive(operator):
        operator.activateWindow()
    settle()
    operator.page.setFocus()
    reached = []
    for _ in range(12):
        qtbot.keyClick(QtWidgets.QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(operator.focusWidget())
        if reached[-1] is operator.side.note:
            break
    view = operator.page.panels.viewport()
    note = operator.side.note
    top = note.mapTo(view, note.rect().topLeft())
    assert operator.side.note in reached
    assert view.rect().contains(top)


def test_tab_goes_from_top_to_bottom(windows: SessionWindows) -> None:
    operator = windows.operator
    operator.resize(1366, 768)
    settle()
    side = operator.side
    wanted = [side.log, side.note, *side.buttons.values()]
    assert [w for w in tab_order(operator) if w in wanted] == wanted


def test_focus_is_seen(windows: SessionWindows, qtbot: QtBot) -> None:
    operator = windows.operator
    with qtbot.waitActive(operator):
        operator.activateWindow()
    for widget in (operator.side.note, operator.side.buttons["marker"], operator.side.log):
        operator.page.setFocus()
        before = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        assert widget.grab().toImage() != before, widget


@pytest.mark.parametrize("percent", [100, 200])
def test_page_of_keys(windows: SessionWindows, size_of_text, percent) -> None:
    size_of_text(percent)
    windows.operator._show_keys()
    (dialog,) = windows.operator.findChildren(QtWidgets.QDialog)
    dialog.resize(*SMALLEST)
    settle()
    assert problems(dialog) == []
    dialog.accept()


def test_question_before_the_end(windows: SessionWindows, spoken: str) -> None:
    windows.operator.ask_to_stop()
    (box,) = windows.operator.findChildren(QtWidgets.QMessageBox)
    settle()
    assert problems(box) == []
    words = {b.text() for b in box.buttons()}
    assert words == (
        {"Sitzung beenden", "Weiter"} if spoken == "de" else {"End session", "Continue"}
    )
    box.reject()
