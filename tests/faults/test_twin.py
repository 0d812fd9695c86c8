"""A twin of a stream that was there before the stream was lost."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from neurofeedback.events import EventKind
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.verification.verify import verify_session
from reliability.live import Live, twin
from reliability.live_sender import Sender, described

pytestmark = pytest.mark.lsl


def test_a_twin_does_not_take_over(tmp_path: Path) -> None:
    name = f"twin-{os.getpid()}-{time.monotonic_ns()}"
    with Sender(described(name)) as sender:
        live = Live(name, tmp_path, sender, baseline=2.0)
        assert live.train()
        first, last = twin()(live)
        live.runner.stop()
        assert live.runner.wait(30.0)
    assert any("it was there before the loss, on" in told for told in live.told), live.told
    events = list(SessionReader(live.folder).events())
    assert not [e for e in events if e.kind is EventKind.REWARD and first <= e.sample <= last]
    assert [e.kind for e in events].count(EventKind.STREAM_CONNECTED) == 1
    assert verify_session(live.folder).problems == []
