"""A session from a board of BrainFlow."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from neurofeedback.acquisition.boards.source import BoardSource
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.verification.verify import verify_session

pytest.importorskip("brainflow.board_shim", reason="needs the extra brainflow")

SECONDS = 8


def test_no_package_of_a_session_is_lost_and_it_verifies(tmp_path: Path) -> None:
    source = BoardSource("synthetic")
    session = prepare_session(
        source, load_protocol("faa-demo"), root=tmp_path, participant="01",
        started=datetime.now(UTC),
    )  # fmt: skip
    runner = SessionRunner.of(session)
    start = time.monotonic()
    runner.start()
    while runner.status().recorded_seconds < SECONDS:
        assert time.monotonic() < start + 4 * SECONDS
        assert not runner.wait(0.05)
    runner.stop()
    runner.wait()
    reader = SessionReader(session.recorder.path)
    assert reader.info.origin == "brainflow"
    assert [row.gap for row in reader.chunk_rows if row.gap] == []
    assert reader.n_samples >= SECONDS * reader.info.sfreq
    report = verify_session(session.recorder.path)
    assert report.ok, report.problems
