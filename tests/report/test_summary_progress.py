"""Reading a session for its summary says how far it is."""

from __future__ import annotations

from pathlib import Path

from summary_sessions import trained

from neurofeedback.report.summary import session_summary


def test_reading_says_how_far_it_is(tmp_path: Path) -> None:
    folder = trained(tmp_path, seconds=120.0)
    said: list[float] = []
    summary = session_summary(folder, progress=said.append)
    assert len(said) > 3
    assert said == sorted(said)
    assert 0.0 <= said[0] < 0.1
    assert 0.7 < said[-1] <= 1.0
    assert summary == session_summary(folder)
