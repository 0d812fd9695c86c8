"""Streams that are wrong from their first sample, each in a session of its own, all at once."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from neurofeedback.events import EventKind
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.verification.verify import verify_session
from reliability.clean import bursts
from reliability.live import Live, logged_as
from reliability.live_sender import Sender, described
from reliability.pace import PacedClock

pytestmark = pytest.mark.lsl

SPEED = 3.0
WRONG = (
    ("slow", "rate", "delivers 185."),
    ("fast", "rate", "delivers 25"),
    ("nV", "unit", "its unit is probably wrong"),
)


def settled(lives: dict[str, Live]) -> bool:
    """Have every clean frame rewarded, and note what is read; return whether all has been seen."""
    for live in lives.values():
        live.runner.command(Command(CommandName.THRESHOLD, -1e6))
        live.until(lambda: True)
    told = all(any(words in t for t in lives[key].told) for key, _, words in WRONG)
    return told and (lives["bursts"].runner.status().rewards or 0) > 2


def test_each_is_found_said_logged_and_never_rewarded_but_bursts_train(tmp_path: Path) -> None:
    base = f"start-{os.getpid()}-{time.monotonic_ns()}"
    with PacedClock(SPEED) as clock:
        senders = {
            "slow": Sender(described(f"{base}-slow"), rate=185.9, clock=clock),
            "fast": Sender(described(f"{base}-fast"), rate=256.0, clock=clock),
            "nV": Sender(described(f"{base}-nV", unit="nV"), clock=clock),
            "bursts": Sender(described(f"{base}-bursts"), fault=bursts(50)(), clock=clock),
        }
        lives = {
            key: Live(f"{base}-{key}", tmp_path / key, sender, clock=clock)
            for key, sender in senders.items()
        }
        assert lives["bursts"].until(lambda: settled(lives))
        statuses = {k: live.runner.status() for k, live in lives.items()}
        for key, live in lives.items():
            live.runner.stop()
            assert live.runner.wait()
            senders[key].stop()
    for live in lives.values():
        assert verify_session(live.folder).problems == []
    for key, cause, _ in WRONG:
        events = list(SessionReader(lives[key].folder).events())
        assert cause in {logged_as(e) for e in events}
        assert not any(e.kind is EventKind.REWARD for e in events)
    assert statuses["slow"].true_rate == pytest.approx(185.9, abs=0.2)
    assert (statuses["bursts"].lost, lives["bursts"].told) == (0.0, [])
    assert statuses["bursts"].rewards
