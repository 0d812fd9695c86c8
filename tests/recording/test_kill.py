"""kill -9 of a real program in the middle of recording."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import mne
import pytest

from neurofeedback.events import EventKind
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.tables import format_feedback_rows

SCRIPT = Path(__file__).with_name("record_until_killed.py")
REPOSITORY = Path(__file__).parents[2]


def record_and_kill(root, n_times, n_lines):
    """Kill the recorder after some lines of its; return all that it printed."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, str(SCRIPT), str(root), str(n_times)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        said = [process.stdout.readline() for _ in range(n_lines)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return [line.split() for line in said if line.endswith("\n")]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
@pytest.mark.parametrize(
    ("n_times", "n_lines"), [(64, 1), (64, 24), (64, 151), (50_000, 1), (50_000, 8)]
)
def test_nothing_acknowledged_is_lost(make, n_times, n_lines):
    said = record_and_kill(make.root, n_times, n_lines)
    acknowledged = max(int(n) for word, n in said if word == "samples")
    rounds = max((int(n) for word, n in said if word == "events"), default=0)
    reader = SessionReader(SessionLayout.find(make.root / "sub-P01" / "ses-01").vhdr)
    assert reader.stopped is None
    assert reader.n_samples >= acknowledged
    assert check_files(reader.layout.session_dir) == []
    made = [make.chunk(c.first_sample, c.n_times) for c in reader.iter_chunks()]
    for chunk, wanted in zip(reader.iter_chunks(), made, strict=True):
        assert chunk.data.tobytes() == wanted.data.tobytes()
        assert chunk.timestamps.tobytes() == wanted.timestamps.tobytes()
        assert chunk.gap == (0.5 if chunk.first_sample // n_times % 10 == 0 else 0.0)
    rows = "".join(format_feedback_rows(*make.frames(chunk)) for chunk in made)
    lines = reader.feedback_lines()
    assert rows.splitlines()[: len(lines)] == lines
    assert len(lines) >= rounds * n_times // 8
    rewards = [e for e in reader.events() if e.kind is EventKind.REWARD]
    assert len(rewards) >= rounds

    raw = mne.io.read_raw_brainvision(reader.layout.vhdr, preload=True, verbose="error")
    stored = (raw.get_data().T * make.info.storage_scale).astype("<f4")[: reader.n_samples]
    assert stored.tobytes() == make.stored(*made).tobytes()
    marks = [a for a in raw.annotations if a["description"] == "Comment/Reward"]
    assert len(marks) >= rounds
