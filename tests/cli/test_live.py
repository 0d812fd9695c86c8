"""Sessions over a real LSL loopback, as a person at a terminal has them."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.events import EventKind
from neurofeedback.holds import STALE
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.verification.verify import verify_session

pytestmark = pytest.mark.lsl


def wait_for_line(stream, text: str, seconds: float = 30.0) -> str:
    """Read lines until one holds `text`; the pipe paces it, nothing sleeps."""
    deadline = time.monotonic() + seconds
    seen = []
    while time.monotonic() < deadline:
        line = stream.readline()
        seen.append(line)
        if text in line:
            return line
        if not line:
            break
    raise AssertionError(f"{text!r} did not come: {''.join(seen)}")


def test_demo_records_a_session_that_verifies(launch, tmp_path):
    process = launch("demo", "--seconds", 16, "--out", tmp_path, "--headless")
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    folder = Path(stdout.strip())
    assert folder == tmp_path / "sub-demo" / "ses-01"
    reader = SessionReader(folder)
    assert reader.info.origin == "lsl"
    assert reader.n_samples >= 16 * reader.info.sfreq
    report = verify_session(folder)
    assert report.ok, report.problems
    assert report.n_frames > 400
    assert "demo" in SessionLayout.find(folder).report.read_text(encoding="utf-8")
    assert "Stopped: ended after 16 s as asked." in stderr


@pytest.mark.parametrize("shown", ["text", "windows"])
def test_a_computer_that_loads_slowly_makes_no_sample_late(shown, clean_environment, tmp_path):
    slow = Path(__file__).parents[1] / "support" / "slow_imports.py"
    arguments = ["demo", "--seconds", "5", "--out", str(tmp_path)]
    if shown == "text":
        arguments.append("--headless")
    else:
        clean_environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run(
        [sys.executable, slow, *arguments],
        env=clean_environment, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = SessionReader(tmp_path / "sub-demo" / "ses-01").events()
    assert [e for e in events if STALE in (e.details.get("cause"), e.details.get("reason"))] == []
    assert EventKind.FEEDBACK_STALE not in {event.kind for event in events}
    assert "ALARM" not in done.stderr


def test_ctrl_c_ends_a_session_cleanly(launch, tmp_path):
    process = launch("demo", "--out", tmp_path, "--headless")
    wait_for_line(process.stderr, "running")
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    reader = SessionReader(Path(stdout.strip()))
    assert reader.stopped is not None
    assert reader.stopped.details["status"] == "stopped"
    assert "SIGINT" in reader.stopped.details["reason"]
    assert reader.beyond == ()


def test_play_is_listed_and_can_be_run_and_its_end_is_noticed(launch, eeg_file, tmp_path):
    player = launch("play", eeg_file, "--name", "Amp 1")
    wait_for_line(player.stderr, "Streaming")
    listing, _ = launch("streams", "--json").communicate(timeout=30)
    (stream,) = json.loads(listing)
    assert (stream["name"], stream["kind"]) == ("Amp 1", "EEG")
    assert (stream["n_channels"], stream["sfreq"]) == (64, 160.0)

    session = launch("run", "-p", "faa-demo", "-s", "lsl:Amp 1", "-u", "p01", "--headless",
                     "--out", tmp_path)  # fmt: skip
    wait_for_line(session.stderr, "running")
    player.send_signal(signal.SIGINT)
    player.communicate(timeout=30)
    assert player.returncode == 130
    wait_for_line(session.stderr, "ALARM")
    session.send_signal(signal.SIGTERM)
    stdout, stderr = session.communicate(timeout=30)
    assert session.returncode == 128 + signal.SIGTERM, stderr

    reader = SessionReader(Path(stdout.strip()))
    kinds = [event.kind for event in reader.events()]
    assert EventKind.STREAM_LOST in kinds
    recorded = np.concatenate([chunk.data for chunk in reader.iter_chunks()])
    assert holds(load_recording(eeg_file).data, recorded)


def holds(whole: np.ndarray, part: np.ndarray) -> bool:
    """Whether `part` lies in `whole` as one piece, bit for bit."""
    starts = np.flatnonzero((whole == part[0]).all(axis=1))
    return any(np.array_equal(whole[i : i + len(part)], part) for i in starts)
