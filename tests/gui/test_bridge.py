from __future__ import annotations

import threading

import numpy as np
import pytest

from neurofeedback.gui.bridge import Bridge
from neurofeedback.session.status import RunState


class Heard:
    """What a bridge has told."""

    def __init__(self, bridge: Bridge) -> None:
        self.ticks, self.frames, self.chunks, self.statuses, self.ends = [], [], [], [], []
        bridge.ticked.connect(lambda *a: self.ticks.append(a))
        bridge.frames_arrived.connect(self.frames.append)
        bridge.samples_arrived.connect(self.chunks.append)
        bridge.status_changed.connect(self.statuses.append)
        bridge.ended.connect(self.ends.append)


@pytest.fixture
def bridge(qapp, session) -> Bridge:
    return Bridge(session, session.clock)


def test_every_frame_is_passed_on_once_in_order(bridge, session) -> None:
    heard = Heard(bridge)
    sent = []
    for n in (0, 1, 3, 0, 2):
        sent += [session.frame() for _ in range(n)]
        session.now += 0.02
        bridge.tick()
    assert [f for some in heard.frames for f in some] == sent
    assert heard.ticks[-1][0] is sent[-1]


def test_every_sample_is_passed_on_once_at_most_30_times_a_second(bridge, session) -> None:
    heard = Heard(bridge)
    for _ in range(120):
        session.feed(1 / 60)
        session.now += 1 / 60
        bridge.tick()
    assert len(heard.chunks) <= 61
    assert len(heard.chunks) >= 50
    firsts = [c.first_sample for c in heard.chunks]
    stops = [c.stop_sample for c in heard.chunks]
    assert firsts[0] == 0
    assert firsts[1:] == stops[:-1]


def test_slower_parts_are_painted_in_ticks_without_samples(bridge, session) -> None:
    kinds = []
    bridge.samples_arrived.connect(lambda _: kinds.append("samples"))
    bridge.spare.connect(lambda: kinds.append("spare"))
    for _ in range(60):
        session.feed(1 / 60)
        session.now += 1 / 60
        bridge.tick()
    assert len(kinds) == 60
    assert 25 <= kinds.count("spare") <= 35


@pytest.mark.parametrize("period", [0.03, 0.05, 0.2])
def test_on_a_slow_machine_traces_and_the_rest_take_turns(bridge, session, period) -> None:
    kinds = []
    bridge.samples_arrived.connect(lambda _: kinds.append("samples"))
    bridge.spare.connect(lambda: kinds.append("spare"))
    for _ in range(20):
        session.feed(period)
        session.now += period
        bridge.tick()
    assert kinds == ["samples", "spare"] * 10


def test_traces_come_25_times_a_second_whenever_frames_come(bridge, session) -> None:
    """The timer ticks each 15 ms; a frame each 32 ms brings a tick of its own in between."""
    heard = Heard(bridge)
    ticks = sorted({*range(0, 10_000, 15), *range(7, 10_000, 32)})
    start = session.now
    for before, ms in zip([0, *ticks], ticks, strict=False):
        session.feed((ms - before) / 1000)
        session.now = start + ms / 1000
        bridge.tick()
    stops = np.array([c.stop_sample for c in heard.chunks]) / session.info.sfreq
    assert np.diff(stops).max() <= 0.04
    assert 270 <= len(stops) <= 400


def test_samples_from_before_the_windows_are_shown_too(session, qapp) -> None:
    session.feed(3.0)
    late = Bridge(session, session.clock)
    heard = Heard(late)
    late.tick()
    assert heard.chunks[0].n_times == 750


def test_reward_between_two_ticks_is_not_missed(bridge, session) -> None:
    heard = Heard(bridge)
    session.frame(reward=True)
    session.frame()
    bridge.tick()
    bridge.tick()
    assert [t[2] for t in heard.ticks] == [True, False]


def test_status_comes_ten_times_a_second(bridge, session) -> None:
    heard = Heard(bridge)
    for _ in range(60):
        session.now += 1 / 60
        bridge.tick()
    assert 9 <= len(heard.statuses) <= 11


@pytest.mark.parametrize("state", [RunState.FINISHED, RunState.FAILED])
def test_end_is_told_once(bridge, session, state) -> None:
    heard = Heard(bridge)
    session.change(state=state)
    for _ in range(30):
        session.now += 0.05
        bridge.tick()
    assert [s.state for s in heard.ends] == [state]


def test_what_was_painted_is_handed_back(bridge, session) -> None:
    frame = session.frame()
    bridge.report_painted(frame, "feedback", 0.4, 101.5)
    assert session.painted_frames == [(frame, "feedback", 0.4, 101.5)]


def test_timer_ticks_without_a_thread(qtbot, session) -> None:
    before = threading.active_count()
    bridge = Bridge(session)
    heard = Heard(bridge)
    bridge.start()
    qtbot.waitUntil(lambda: len(heard.ticks) >= 5, timeout=2000)
    bridge.stop()
    assert threading.active_count() == before
