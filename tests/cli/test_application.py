"""The program without a command."""

import signal
import subprocess
from pathlib import Path

import pytest
from neurofeedback.gui.start import SessionRequest

from neurofeedback.cli import application
from neurofeedback.recording.reader import SessionReader


class Window:
    """Stands in for the start window: what it is told, and whether it is shown."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.shown = True

    def say(self, text: str) -> None:
        self.said.append(text)

    def hide(self) -> None:
        self.shown = False

    def show(self) -> None:
        self.shown = True


def test_without_a_display_it_says_so_and_shows_the_help(launch):
    stdout, stderr = launch().communicate(timeout=30)
    assert stderr.count("\n") == 1
    assert "no display" in stderr
    assert "Usage" in stdout


def catches(pid: int, number: int) -> bool:
    """Whether a process has a handler for a signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(mask.split()[1], 16) >> (number - 1) & 1)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_signal_closes_the_start_window(launch, clean_environment, tmp_path):
    clean_environment["QT_QPA_PLATFORM"] = "offscreen"
    process = launch()
    while not catches(process.pid, signal.SIGTERM):
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)  # it stays open
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM, stderr
    assert "Traceback" not in stderr


def test_a_request_that_cannot_be_served_is_told_in_the_window(tmp_path, qapp):
    window = Window()
    request = SessionRequest("faa-demo", "file:gone.edf", "p01", tmp_path / "out")
    application.run_requested(request, window)
    assert window.shown
    assert "gone.edf" in window.said[0]
    assert not (tmp_path / "out").exists()


def test_a_request_becomes_a_session(tmp_path, qapp, qtbot, monkeypatch):
    from neurofeedback.cli import drive

    ran = []
    monkeypatch.setattr(drive, "run_live", lambda session, **how: ran.append((session, how)))
    window = Window()
    application.run_requested(SessionRequest("faa-demo", "synthetic", "p01", tmp_path), window)
    assert ran == []  # only after the window's signal has returned
    qtbot.waitUntil(lambda: bool(ran))
    (session, how) = ran[0]
    assert session.spec.name == "faa-demo"
    assert how["on_feedback"] is not None
    session.recorder.finalize("stopped", "test")
    assert SessionReader(session.recorder.path).layout.participant == "p01"
    assert window.shown


def test_the_streams_offered_can_be_used_as_sources(monkeypatch):
    from neurofeedback.acquisition import lsl
    from neurofeedback.cli.sessions import make_source

    def summary(name: str, sfreq: float) -> lsl.StreamSummary:
        return lsl.StreamSummary(name, "EEG", "id", "host", f"uid-{name}", 8, sfreq)

    monkeypatch.setattr(lsl, "find_streams", lambda s: [summary("amp", 250.0), summary("m", 0.0)])
    (choice,) = application.list_choices()
    assert "amp" in choice.text
    assert make_source(choice.source).live
