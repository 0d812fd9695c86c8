"""Rates and losses, from time stamps of every kind and from counters of every kind."""

from __future__ import annotations

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.counters import from_counter
from neurofeedback.acquisition.losses import from_timestamps
from neurofeedback.frames import FloatArray

SECONDS = 120


def sent(
    rate: float,
    *,
    lost: float = 0.0,
    packet: int = 12,
    jitter: float = 0.0,
    burst: float = 0.0,
    seed: int = 0,
) -> tuple[FloatArray, FloatArray]:
    """Return time stamps, and how many samples were lost before each."""
    rng = np.random.default_rng(seed)
    number = np.arange(round(rate * SECONDS))
    times = 1000 + number / rate + jitter * rng.standard_normal(len(number))
    if burst:
        times = np.ceil(times / burst) * burst
    gone = rng.random(number[-1] // packet + 1) < lost
    gone[[0, -1]] = False
    kept = ~gone[number // packet]
    return times[kept], np.diff(number[kept], prepend=-1) - 1


@pytest.mark.parametrize("declared", [256.0, 250.0, 200.0])
@pytest.mark.parametrize("lost", [0.0, 0.01, 0.05, 0.2])
def test_exact_stamps_tell_rate_and_losses_apart(declared: float, lost: float) -> None:
    times, truth = sent(244.0, lost=lost)
    missing, timing = from_timestamps(times, declared)
    np.testing.assert_allclose(missing * 244, truth, atol=1e-6)
    assert timing.rate == pytest.approx(244, rel=1e-6)
    assert timing.n_lost == truth.sum()
    assert timing.contradicts(declared)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("jitter", [0.0005, 0.002, 0.005])
def test_a_packet_lost_among_jitter_is_a_gap_of_its_length(jitter: float, seed: int) -> None:
    times, truth = sent(256.0, lost=0.05, jitter=jitter, seed=seed)
    missing, timing = from_timestamps(times, 256.0)
    assert np.count_nonzero(missing) == pytest.approx(np.count_nonzero(truth), abs=2)
    assert timing.share_lost == pytest.approx(truth.sum() / SECONDS / 256, rel=0.03)
    assert timing.rate == pytest.approx(256, rel=2e-4)
    assert not timing.contradicts(256.0)


@pytest.mark.parametrize("shape", [{"jitter": 0.01}, {"burst": 0.2}, {"burst": 0.05}])
@pytest.mark.parametrize("true", [250.0, 244.0, 200.0])
def test_jitter_and_bursts_lose_nothing_and_hide_no_rate(
    shape: dict[str, float], true: float
) -> None:
    times, _ = sent(true, **shape)
    missing, timing = from_timestamps(times, 250.0)
    assert not missing.any()
    assert timing.rate == pytest.approx(true, abs=max(0.01, 4 * timing.rate_error))
    assert timing.contradicts(250.0) == (true != 250.0)


def test_a_clock_that_jumps_back_is_one_gap() -> None:
    times, _ = sent(250.0)
    times[9000:] -= 500.0
    missing, timing = from_timestamps(times, 250.0)
    assert np.flatnonzero(missing).tolist() == [9000]
    assert missing[9000] == pytest.approx(-500, abs=1e-6)
    assert timing.n_lost == 0


def test_a_pause_is_a_gap_and_one_wrong_stamp_is_none() -> None:
    times, _ = sent(250.0)
    times[9000:] += 7.0
    times[20000] -= 0.06
    missing, _ = from_timestamps(times, 250.0)
    assert np.flatnonzero(missing).tolist() == [9000]
    assert missing[9000] == pytest.approx(7.0)


def test_a_second_of_samples_says_no_rate() -> None:
    missing, timing = from_timestamps(np.arange(200) / 220, 250.0)
    assert not missing.any()
    assert np.isnan(timing.rate)
    assert not timing.contradicts(250.0)


COUNTERS = {
    "cyton": np.arange(256),
    "daisy": np.arange(0, 256, 2),
    "ganglion": np.arange(201),
    "pairs": np.repeat(np.arange(101), 2),
    "pairs but for 0": np.repeat(np.arange(101), 2)[1:],
    "endless": np.arange(4000),
}


@pytest.mark.parametrize("kind", COUNTERS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_counter_tells_what_it_skipped(kind: str, data: st.DataObject) -> None:
    counter = np.tile(COUNTERS[kind], 4000 // len(COUNTERS[kind]))
    holes = data.draw(st.lists(st.tuples(st.integers(300, 3000), st.integers(1, 50)), max_size=5))
    kept = np.ones(len(counter), dtype=bool)
    for at, length in holes:
        kept[2 * (at // 2) : 2 * (at // 2) + 2 * length] = False  # a packet has two samples
    truth = np.diff(np.flatnonzero(kept), prepend=-1) - 1
    truth[truth >= len(COUNTERS[kind])] %= len(COUNTERS[kind])
    lost, repeated = from_counter(counter[kept])
    assert not repeated.any()
    assert lost.sum() == truth.sum()
    assert np.abs(np.cumsum(lost) - np.cumsum(truth)).max() <= 1  # half a pair may be either half


def test_a_row_written_twice_is_no_loss() -> None:
    counter = np.tile(np.arange(256), 4)
    lost, repeated = from_counter(np.insert(counter, 500, counter[499]))
    assert not lost.any()
    assert np.flatnonzero(repeated).tolist() == [500]


@pytest.mark.parametrize("kind", COUNTERS)
@settings(max_examples=20, deadline=None)
@given(
    unread=st.lists(st.integers(0, 3999), max_size=20, unique=True),
    hole=st.none() | st.integers(300, 3000),
)
def test_a_number_that_cannot_be_read_is_a_sample_and_no_loss(
    kind: str, unread: list[int], hole: int | None
) -> None:
    counter = np.tile(COUNTERS[kind], 4000 // len(COUNTERS[kind])).astype(float)
    counter[[i for i in unread if i < len(counter)]] = np.nan
    kept = np.ones(len(counter), dtype=bool)
    if hole is not None:
        kept[hole : hole + 20] = False
    lost, repeated = from_counter(counter[kept])
    assert not repeated.any()
    may_be_off = 1 + len(unread) if "pairs" in kind else 0  # by half a pair
    assert lost.sum() == pytest.approx(0 if hole is None else 20, abs=may_be_off)


@pytest.mark.parametrize("value", [0, 7])
def test_a_counter_that_stands_still_says_nothing(value: int) -> None:
    lost, repeated = from_counter(np.full(100, value))
    assert not lost.any()
    assert not repeated.any()


@settings(max_examples=examples(150), deadline=None)
@given(
    steps=st.lists(
        st.sampled_from([0.0, 0.004, 0.004, 0.004, 0.05, 0.2, 5.0, -0.3, -1e6, 1e9]),
        max_size=1500,
    ),
    declared=st.sampled_from([1.0, 100.0, 250.0]),
)
def test_any_time_stamps_have_an_answer(steps: list[float], declared: float) -> None:
    times = np.cumsum([1000.0, *steps])
    missing, timing = from_timestamps(times, declared)
    assert missing.shape == times.shape
    assert np.isfinite(missing).all()
    assert 0 <= timing.share_lost <= 1


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(
        st.integers(-(2**62), 2**62)
        | st.integers(0, 9)
        | st.sampled_from([np.nan, np.inf, -np.inf, 1e300]),
        min_size=1,
        max_size=200,
    )
)
def test_any_counter_has_an_answer(numbers: list[float]) -> None:
    lost, repeated = from_counter(np.array(numbers, dtype=float))
    assert (lost >= 0).all()
    assert lost.shape == repeated.shape == (len(numbers),)
