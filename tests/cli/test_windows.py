"""Sessions in real windows on the offscreen platform of Qt."""

import signal
import subprocess
from pathlib import Path

import pytest

from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.verification.verify import verify_session


@pytest.fixture
def offscreen(clean_environment):
    """Windows that nobody sees."""
    clean_environment["QT_QPA_PLATFORM"] = "offscreen"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_session_and_windows(offscreen, launch, eeg_file, tmp_path, number):
    process = launch("replay", eeg_file, "-p", "faa-demo", "--speed", "20", "--out", tmp_path)
    wait_for_display_log(tmp_path, process)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 128 + number, stderr
    assert "Traceback" not in stderr
    assert SessionReader(Path(stdout.strip())).stopped is not None


@pytest.mark.long
@pytest.mark.lsl
def test_the_demo_closes_its_windows_and_logs_what_was_painted(offscreen, launch, tmp_path):
    process = launch("demo", "--seconds", "13", "--out", tmp_path)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    report = verify_session(Path(stdout.strip()))
    assert report.ok, report.problems
    assert report.n_displayed > 20


def wait_for_display_log(root: Path, process) -> None:
    """Wait until something was painted; the process itself is the clock."""
    for _ in range(900):
        tables = list(root.glob("derivatives/**/*_display.tsv"))
        if tables and tables[0].read_text().count("\n") > 1:
            return
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError("nothing was painted")
