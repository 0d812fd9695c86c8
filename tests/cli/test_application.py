"""The program without a command."""

import signal
import subprocess
from pathlib import Path

import pytest

from neurofeedback.app.services import Services, SessionRequest
from neurofeedback.errors import UserError
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.status import RunState


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
def test_a_signal_closes_the_desk(launch, clean_environment, tmp_path):
    clean_environment["QT_QPA_PLATFORM"] = "offscreen"
    process = launch()
    while not catches(process.pid, signal.SIGTERM):
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)  # it stays open
    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM, stderr
    assert "Traceback" not in stderr
    assert stdout == ""


@pytest.fixture
def services(tmp_path, monkeypatch):
    monkeypatch.delenv("NEUROFEEDBACK_INDEX", raising=False)
    return Services(tmp_path / "data", str(tmp_path / "index.sqlite3"))


@pytest.mark.parametrize("open_it", ["open_check", "open_session"])
def test_a_source_that_cannot_be_opened_is_a_sentence_and_leaves_nothing(
    services, tmp_path, open_it
):
    request = SessionRequest("p01", "faa-demo", "file:gone.edf")
    with pytest.raises(UserError, match="gone.edf"):
        getattr(services, open_it)(request)
    assert not (tmp_path / "data").exists()


def test_a_request_becomes_a_session_that_is_written_and_indexed(services):
    session = services.open_session(SessionRequest("p01", "faa-demo", "synthetic"))
    folder = session.status().folder
    session.stop("enough")
    services.close_session(session)
    assert session.status().state is RunState.FINISHED
    reader = SessionReader(folder)
    assert reader.layout.participant == "p01"
    assert reader.stopped is not None
    assert services.last_protocol("p01").name == "faa-demo"
    assert services.last_protocol("p02") is None
    services.people().refresh()
    assert [line.code for line in services.people().matching("")] == ["p01"]


def test_the_streams_offered_can_be_used_as_sources(services, monkeypatch):
    from neurofeedback.acquisition import lsl
    from neurofeedback.app.sessions import make_source

    def summary(name: str, sfreq: float) -> lsl.StreamSummary:
        return lsl.StreamSummary(name, "EEG", "id", "host", f"uid-{name}", 8, sfreq)

    monkeypatch.setattr(lsl, "find_streams", lambda s: [summary("amp", 250.0), summary("m", 0.0)])
    (choice,) = services.list_streams()
    assert "amp" in choice.text
    assert make_source(choice.source).live
