from __future__ import annotations

from pathlib import Path

import pytest

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.start import SessionRequest, StartWindow, StreamChoice
from neurofeedback.protocols.protocol_file import library, load_protocol


@pytest.fixture
def found() -> list[StreamChoice]:
    return [StreamChoice("lsl:uid=1", "Amp \u00b7 64 channels"), StreamChoice("lsl:uid=2", "B")]


@pytest.fixture
def start(qtbot, tmp_path, found) -> StartWindow:
    protocols = [(name, load_protocol(name)) for name in library()]
    window = StartWindow(protocols, tmp_path, lambda: found)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    window.requests = []
    window.requested.connect(window.requests.append)
    return window


def test_demo_session_takes_few_keys(qtbot, start, tmp_path) -> None:
    """Code and Enter: three key presses from the start window to a session."""
    assert start.focusWidget() is start.participant
    qtbot.keyClicks(start.focusWidget(), "01")
    qtbot.keyClick(start.focusWidget(), Qt.Key.Key_Return)
    assert start.requests == [SessionRequest("faa-demo", "synthetic", "01", tmp_path)]


def test_protocol_is_described_with_its_limits(start) -> None:
    for row, name in enumerate(library()):
        start.protocol.setCurrentRow(row)
        spec = load_protocol(name)
        assert start.about.text()[:40] == " ".join(spec.description.split())[:40]
        assert start.limits.text() == " ".join(spec.limits.split())
        aims = spec.target is not None and spec.target_rate is not None
        assert ("Target" in start.facts.text()) == aims


def test_chosen_protocol_is_requested(start) -> None:
    start.participant.setText("P7")
    start.protocol.setCurrentRow(list(library()).index("faa-up"))
    assert start.request().protocol == "faa-up"


@pytest.mark.parametrize(
    ("code", "part"),
    [("", "Give a participant code"), ("Jane Doe", "letters"), ("a/b", "letters"),
     ("x" * 40, "letters")],
)  # fmt: skip
def test_participant_code_is_checked(start, code, part) -> None:
    start.participant.setText(code)
    start.submit()
    assert part in start.message.text()
    assert start.requests == []


def test_stream_is_searched_for_and_chosen(qtbot, start) -> None:
    start.participant.setText("01")
    start.source.live.setChecked(True)
    start.submit()
    assert "Search for LSL streams" in start.message.text()
    qtbot.mouseClick(start.source.search, Qt.MouseButton.LeftButton)
    assert [start.source.streams.itemText(i) for i in range(2)] == ["Amp \u00b7 64 channels", "B"]
    start.source.streams.setCurrentIndex(1)
    assert start.request().source == "lsl:uid=2"


def test_no_stream_is_said(start, found) -> None:
    found.clear()
    start.source.find_streams()
    assert "No LSL stream was found" in start.message.text()


def test_search_that_fails_is_said_and_gives_the_cursor_back(qtbot, tmp_path) -> None:
    def refuse() -> list[StreamChoice]:
        raise UserError("liblsl is missing; install it.")

    window = StartWindow([("faa-up", load_protocol("faa-up"))], tmp_path, refuse)
    qtbot.addWidget(window)
    window.source.find_streams()
    assert window.message.text() == "liblsl is missing; install it."
    assert QtWidgets.QApplication.overrideCursor() is None


def test_recorded_file_must_be_there(start, tmp_path) -> None:
    start.participant.setText("01")
    start.source.recorded.setChecked(True)
    start.submit()
    assert "Choose the recorded file" in start.message.text()
    start.source.file.setText(str(tmp_path / "none.edf"))
    start.submit()
    assert "There is no file" in start.message.text()
    (tmp_path / "some.edf").touch()
    start.source.file.setText(str(tmp_path / "some.edf"))
    assert start.request().source == f"file:{tmp_path / 'some.edf'}"


def test_typing_a_path_chooses_the_file(qtbot, start) -> None:
    qtbot.keyClicks(start.source.file, "x")
    assert start.source.recorded.isChecked()


def test_folder_is_needed_and_home_is_understood(start) -> None:
    start.participant.setText("01")
    start.folder.setText("")
    start.submit()
    assert "folder" in start.message.text()
    start.folder.setText("~/eeg")
    assert start.request().folder == Path.home() / "eeg"


def test_enter_on_a_button_presses_that_button(qtbot, start, found) -> None:
    start.participant.setText("01")
    start.source.search.setFocus()
    qtbot.keyClick(start.source.search, Qt.Key.Key_Return)
    assert start.source.streams.count() == 2
    assert start.requests == []
    start.begin.setFocus()
    qtbot.keyClick(start.begin, Qt.Key.Key_Return)
    assert len(start.requests) == 1


def test_escape_closes(qtbot, start) -> None:
    closed = []
    start.closed.connect(lambda: closed.append(True))
    qtbot.keyClick(start, Qt.Key.Key_Escape)
    assert closed == [True]


def test_button_works_again_after_a_refusal(start) -> None:
    start.requested.connect(lambda _: start.say("The stream is gone."))
    start.participant.setText("01")
    start.submit()
    assert start.begin.isEnabled()
    assert start.message.text() == "The stream is gone."
    assert QtWidgets.QApplication.overrideCursor() is None
