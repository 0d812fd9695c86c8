"""Faults of live streams over a real loopback: nothing that is late, or no EEG, is rewarded."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurofeedback.session.verify import verify_session
from reliability.clean import bursts
from reliability.live import FAULTS, Case, Live, run
from reliability.live_sender import Sender, described

pytestmark = pytest.mark.lsl

SAID = {
    "sender stalls 4 s, then sends all": ("stale", "No samples from", "s after they were taken"),
    "every sample 5 s late": ("stale", "s after they were taken"),
    "declares 250 Hz, delivers 185.9": ("rate", "delivers 185.9 samples a second"),
    "declares 250 Hz, delivers 256": ("rate", "delivers 256.0 samples a second"),
    "20 % lost in pieces of 64 ms": ("GapDetected", "are lost on their way"),
    "every packet twice": ("GapDetected", "run backwards"),
    "the same second for ever": ("repeated", "sends the same samples again"),
    "F4 is F3, bit for bit": ("bridge F3-F4", "The electrodes F3-F4 measure the same point"),
    "F3 shorted, 0.3 uV": ("no signal F3", "The electrode F3 measures nothing"),
    "unit wrong by a thousand": ("unit", "its unit is probably wrong"),
    "comes back at 500 Hz": ("StreamRefused", "500 Hz instead of 250 Hz"),
    "comes back with another source id": ("StreamRefused", "source id 'other' instead of"),
    "comes back in another unit": ("StreamRefused", "units nV"),
    "a twin that was there before": ("StreamRefused", "it was there before the loss"),
}


def test_a_sender_that_stamps_bursts_trains_like_any_other(tmp_path: Path) -> None:
    name = "bursts"
    with Sender(described(name), fault=bursts(50)()) as sender:
        live = Live(name, tmp_path, sender)
        trained = live.train()
        status = live.runner.status()
        live.runner.stop()
        assert live.runner.wait(30.0)
    assert trained
    assert status.progress.held_share < 0.7  # settling at its start
    assert (status.lost, live.told) == (0.0, [])
    assert verify_session(live.folder).problems == []


@pytest.mark.parametrize("case", [c for c in FAULTS if c.quick], ids=lambda c: c.name)
def test_what_is_late_or_no_eeg_is_held_told_and_logged(case: Case, tmp_path: Path) -> None:
    found = run(case, tmp_path)
    logged, *said = SAID[case.name]
    assert found.problems == []
    assert case.from_start or found.status == "stopped"  # a baseline may fail, too
    assert found.rewards_bad == 0
    assert case.from_start or (found.trained and found.rewards_before > 0)
    assert logged in found.logged
    for words in said:
        assert any(words in told for told in found.told), found.told
