"""A whole live session on the player of another library, which is killed and comes back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from session_parts import short_protocol

from neurofeedback.acquisition.lsl import LslSource
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.tables import number
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import STALE
from neurofeedback.session.verification.rerun import logged_commands, with_commands
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.signal.power.prior import prior_or_none

PLAYER = Path(__file__).parents[1] / "support" / "mne_player.py"

pytestmark = pytest.mark.lsl


@pytest.fixture
def player(data_dir: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, str(PLAYER), str(data_dir / "edf/S001R01.edf"), "amp", "amp-1"]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], runner: SessionRunner, seconds: float = 30.0) -> float:
    """Wait for a condition while the session runs; return how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, runner.status()
        assert not runner.wait(0.005), runner.status()
    return time.monotonic() - start


def test_a_player_that_is_killed_and_returns(
    data_dir: Path, tmp_path: Path, player: Callable[[], subprocess.Popen[bytes]]
) -> None:
    process = player()
    session = prepare_session(
        LslSource("amp", timeout=30.0), short_protocol(2.0, 60.0), root=tmp_path,
        participant="01", started=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    runner = SessionRunner(
        session.source, session.info, session.spec, session.engine, session.recorder
    )
    runner.start()
    until(lambda: runner.status().progress.phase == "train", runner)
    until(lambda: runner.status().alarm is None, runner)  # a busy machine may be late for a while

    process.kill()
    process.wait()
    took = until(lambda: runner.status().alarm is not None, runner)
    assert took < 1.0
    assert runner.latest is not None
    assert runner.latest.held == STALE
    assert not runner.latest.reward
    before = runner.status().recorded_samples

    player()
    until(lambda: runner.status().recorded_samples > before + 500, runner)
    until(lambda: runner.status().alarm is None, runner)
    assert runner.latest.held != STALE
    runner.stop()
    assert runner.wait(30.0)

    report = verify_session(session.recorder.path)
    assert report.problems == []
    reader = SessionReader(session.recorder.path)
    events = {event.kind: event for event in reader.events()}
    assert EventKind.STREAM_LOST in events
    assert EventKind.STREAM_RECOVERED in events
    assert events[EventKind.GAP_DETECTED].sample == before
    _features_are_those_of_the_file(data_dir / "edf/S001R01.edf", reader, before)


def _features_are_those_of_the_file(path: Path, reader: SessionReader, n_times: int) -> None:
    """Find what was received in the file, run it offline, and compare every logged feature."""
    received = np.concatenate([chunk.data for chunk in reader.iter_chunks()])[:n_times]
    whole = load_recording(path)
    (at,) = np.flatnonzero((whole.data == received[0]).all(axis=1))
    rows = (at + np.arange(n_times)) % whole.n_times  # the player begins again at the end
    np.testing.assert_array_equal(received, whole.data[rows])
    engine = SessionEngine(reader.info, short_protocol(2.0, 60.0), prior=prior_or_none()[0])
    chunk = Chunk(whole.data[rows], np.arange(n_times) / 160.0, 0)
    commands = logged_commands(reader.events())  # a busy machine may have been late
    steps = [engine.step(part) for part in with_commands([chunk], commands, engine)]
    values = np.concatenate([step.features.values for step in steps])
    feedback = [frame for step in steps for frame in step.feedback]
    table = reader.feedback_rows()
    for i, descriptor in enumerate(engine.descriptors):
        expected = [number(value) for value in values[:, i]]
        assert table[f"feature_{descriptor.name}"][: len(expected)] == expected
    assert table["value"][: len(feedback)] == [number(f.value) for f in feedback]
