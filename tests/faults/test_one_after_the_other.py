"""Faults of a live stream one after the other, in one session over a real loopback.

Each is found, said and logged, and gives no reward; the session goes on, and verifies. Every fault
in a session of its own: ``python -m reliability --only stream``.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from neurofeedback.events import EventKind
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.verification.verify import verify_session
from reliability.live import (
    SFREQ,
    Live,
    Script,
    bridge,
    faulty,
    late,
    logged_as,
    lose_pieces,
    repeat_a_second,
    send_twice,
    short,
    stall,
)
from reliability.live_sender import Sender, as_it_is, described
from reliability.pace import PacedClock

pytestmark = pytest.mark.lsl

SPEED = 3.0
CLEAN = 1.2  # s between two faults
ALL: tuple[tuple[Script, str, str], ...] = (
    (faulty(bridge, 1.0), "bridge F3-F4", "The electrodes F3-F4 measure the same point"),
    (faulty(short, 1.0), "no signal F3", "The electrode F3 measures nothing"),
    (faulty(lose_pieces, 1.5), "GapDetected", "are lost on their way"),
    (faulty(send_twice, 1.5), "GapDetected", "run backwards"),
    (faulty(repeat_a_second, 1.5, after=1.0), "repeated", "sends the same samples again"),
    (stall(2.5), "stale", "No samples from"),
    (late(2.0, seconds=1.0), "stale", "s after they were taken"),
)


def test_each_is_found_said_logged_and_gives_no_reward(tmp_path: Path) -> None:
    name = f"faults-{os.getpid()}-{time.monotonic_ns()}"
    bad: list[tuple[int, int]] = []
    with PacedClock(SPEED) as clock, Sender(described(name), clock=clock) as sender:
        live = Live(name, tmp_path, sender, baseline=2.0, clock=clock)
        assert live.train()
        for script, _, words in ALL:
            live.told.clear()
            bad.append(script(live))
            assert any(words in told for told in live.told), (words, live.told)
            sender.fault = as_it_is
            live.run(CLEAN)
        live.runner.stop()
        assert live.runner.wait()
    events = list(SessionReader(live.folder).events())
    rewards = [e.sample for e in events if e.kind is EventKind.REWARD]
    assert rewards
    for (first, last), (_, logged, words) in zip(bad, ALL, strict=True):
        assert [r for r in rewards if first <= r <= last] == [], words
        near = {logged_as(e) for e in events if first - SFREQ <= e.sample <= last + 3 * SFREQ}
        assert logged in near, words
    assert events[-1].details["status"] == "stopped"
    assert verify_session(live.folder).problems == []
