"""A stream that is lost, and others that look like it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from neurofeedback.events import EventKind
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.verification.verify import verify_session
from reliability.live import Live, logged_as
from reliability.live_sender import Sender, described

pytestmark = pytest.mark.lsl


def refused(live: Live, words: str) -> int:
    """Wait until a stream is refused with these words; return what is recorded then."""
    assert live.until(lambda: words in (live.runner.status().alarm or "")), live.told
    return live.n_recorded


def test_another_layout_never_another_source_id_only_knowingly(tmp_path: Path) -> None:
    name = f"back-{os.getpid()}-{time.monotonic_ns()}"
    with Sender(described(name)) as sender:
        live = Live(name, tmp_path, sender, baseline=2.0)
        assert live.train()
    recorded = live.n_recorded
    with Sender(described(name, source_id=f"id-{name}", sfreq=500.0)):
        recorded = max(recorded, refused(live, "500 Hz instead of 250 Hz"))
        assert live.runner.status().offered == ""
    with Sender(described(name, source_id="other", unit="nV")):
        refused(live, "units nV")
        live.runner.accept("other")
    with Sender(described(name, source_id="other")):
        assert refused(live, "source id 'other' instead of") == recorded
        live.until(lambda: live.runner.status().offered == "other")
        live.runner.accept("other")
        rewards = live.runner.status().rewards
        assert live.until(lambda: live.runner.status().rewards > rewards)
        live.runner.stop()
        assert live.runner.wait(30.0)
    events = list(SessionReader(live.folder).events())
    kinds = [e.kind for e in events]
    assert kinds.count(EventKind.STREAM_REFUSED) >= 3
    assert kinds.count(EventKind.STREAM_ACCEPTED) == 1
    first, second = (e.details for e in events if e.kind is EventKind.STREAM_CONNECTED)
    assert (first["source_id"], second["source_id"]) == (f"id-{name}", "other")
    assert first["uid"] != second["uid"]
    assert first["created_at"] < second["created_at"]
    assert {"StreamLost", "StreamRefused", "StreamRecovered"} <= {logged_as(e) for e in events}
    assert verify_session(live.folder).problems == []
