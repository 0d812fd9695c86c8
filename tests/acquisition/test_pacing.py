"""Pace, changed while somebody reads: nothing comes early, twice or never."""

import math
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.acquisition.pacing import Pacer
from neurofeedback.acquisition.recorded import Gap, Recording
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo


class FakeTime:
    def __init__(self) -> None:
        self.now = 7.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert math.isfinite(seconds)
        self.now += seconds


def recording(n_times=1000, gaps=()):
    info = StreamInfo("test", "", 100.0, ("F3", "F4"), ("eeg", "eeg"), ("V", "V"))
    data = np.arange(2.0 * n_times).reshape(-1, 2)
    return Recording(info, data, np.arange(n_times) / 100, gaps)


def replay(time, **options):
    source = ReplaySource(recording(), clock=time.clock, sleep=time.sleep, **options)
    source.open()
    return source


def read_until(source, time, when):
    """Read until the clock shows `when`."""
    chunks = []
    while time.now < when - 1e-9 and not source.exhausted:
        chunk = source.read(min(0.05, when - time.now))
        if chunk is not None:
            chunks.append(chunk)
    return chunks


def test_a_new_speed_counts_from_the_moment_it_is_set():
    time = FakeTime()
    source = replay(time, speed=1.0)
    read_until(source, time, 9.0)
    assert source.position == pytest.approx(200, abs=4)
    source.set_speed(5.0)
    assert source.speed == 5.0
    read_until(source, time, 10.0)
    assert source.position == pytest.approx(700, abs=20)
    source.set_speed(0.5)
    read_until(source, time, 12.0)
    assert source.position == pytest.approx(800, abs=20)


def test_nothing_is_read_while_it_is_held_and_nothing_is_caught_up_afterwards():
    time = FakeTime()
    source = replay(time, speed=1.0)
    read_until(source, time, 8.0)
    source.hold()
    assert source.held
    at = source.position
    assert read_until(source, time, 12.0) == []
    source.hold(False)
    read_until(source, time, 13.0)
    assert source.position == pytest.approx(at + 100, abs=4)


def test_a_step_lets_so_much_through_and_no_more():
    time = FakeTime()
    source = replay(time, speed=1.0)
    source.hold()
    source.step(1.0)
    read_until(source, time, 12.0)
    assert 100 - 4 < source.position <= 100
    source.step(0.5)
    read_until(source, time, 13.0)
    assert 150 - 4 < source.position <= 150


def test_from_top_speed_to_the_pace_of_life_and_back():
    time = FakeTime()
    source = replay(time, chunk_seconds=1.0)
    source.read(0.0)
    source.set_speed(1.0)
    assert source.read(0.0) is None
    read_until(source, time, 9.5)
    assert source.position == 300
    source.set_speed(math.inf)
    source.read(0.0)
    assert source.position == 400


def test_it_may_be_held_before_it_is_opened():
    time = FakeTime()
    source = ReplaySource(recording(), speed=1.0, clock=time.clock, sleep=time.sleep)
    source.hold()
    source.set_speed(2.0)
    source.open()
    assert (source.held, source.speed) == (True, 2.0)
    assert source.read(0.1) is None


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan])
def test_an_impossible_speed_is_refused_and_changes_nothing(speed):
    source = replay(FakeTime(), speed=1.0)
    with pytest.raises(UserError, match="speed"):
        source.set_speed(speed)
    assert source.speed == 1.0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["speed", "hold", "go", "step", "read"]),
            st.sampled_from([0.5, 1.0, 2.0, 5.0, 10.0, math.inf]),
        ),
        max_size=60,
    )
)
def test_whatever_is_done_to_the_pace_the_samples_stay_the_same(actions):
    time, gaps = FakeTime(), (Gap(333, 0.5),)
    whole = recording(500, gaps)
    source = ReplaySource(whole, speed=1.0, clock=time.clock, sleep=time.sleep)
    source.open()
    chunks = []
    for what, value in actions:
        if what == "speed":
            source.set_speed(value)
        elif what == "step":
            source.step(0.1 * min(value, 10.0))
        elif what == "read":
            chunks.append(source.read(0.2))
        else:
            source.hold(what == "hold")
    source.hold(False)
    source.set_speed(math.inf)
    while not source.exhausted:
        chunks.append(source.read(0.0))
    chunks = [chunk for chunk in chunks if chunk is not None]
    np.testing.assert_array_equal(np.concatenate([c.data for c in chunks]), whole.data)
    assert [c.first_sample for c in chunks[1:]] == [c.stop_sample for c in chunks[:-1]]
    assert {c.first_sample: c.gap for c in chunks if c.gap} == {333: 0.5}


def test_a_reader_that_sleeps_learns_of_a_change_when_it_wakes():
    changed = threading.Event()
    time = FakeTime()

    def sleep(seconds: float) -> None:
        pacer.hold()  # as another thread would while this one sleeps
        changed.set()
        time.now += seconds

    pacer = Pacer(100.0, 1.0, time.clock, sleep)
    assert not pacer.wait(10, 1.0)
    assert changed.is_set()


def test_several_threads_may_change_the_pace_at_once():
    time = FakeTime()
    pacer = Pacer(100.0, 1.0, time.clock, time.sleep)
    pacer.wait(1, 0.0)

    def step() -> None:
        for _ in range(200):
            pacer.step(1)

    pacer.hold()
    threads = [threading.Thread(target=step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pacer.wait(800, 0.0)
    assert not pacer.wait(802, 0.0)


def test_a_replay_may_begin_within_the_recording_and_samples_keep_their_numbers():
    time = FakeTime()
    whole = recording(1000, (Gap(300, 0.5), Gap(700, 1.0)))
    source = ReplaySource(whole, speed=1.0, start=3.0, clock=time.clock, sleep=time.sleep)
    source.open()
    assert source.position == 300
    chunks = []
    while not source.exhausted:
        chunk = source.read(1.0)
        if chunk is not None:
            chunks.append(chunk)
    assert chunks[0].first_sample == 300
    np.testing.assert_array_equal(np.concatenate([c.data for c in chunks]), whole.data[300:])
    assert {c.first_sample: c.gap for c in chunks if c.gap} == {700: 1.0}, "none before the first"
    assert time.now - 7.0 == pytest.approx(7.0)


@pytest.mark.parametrize("start", [-1.0, math.nan])
def test_a_start_before_the_beginning_is_refused(start):
    with pytest.raises(UserError, match="cannot start at"):
        ReplaySource(recording(), start=start)


def test_a_start_after_the_end_is_refused():
    source = ReplaySource(recording(), start=10.0)
    with pytest.raises(UserError, match=r"test has 10.0 s: it cannot start at 10 s\."):
        source.open()
