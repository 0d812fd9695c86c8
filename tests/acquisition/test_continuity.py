"""Losses found from the count of samples, whatever the stamps look like."""

from __future__ import annotations

import numpy as np
import pytest

from neurofeedback.acquisition.lsl.continuity import Continuity
from neurofeedback.frames import FloatArray

SFREQ = 250.0
N = 15000
EVEN = 1000.0 + np.arange(N) / SFREQ


def by_chunk(draw: FloatArray) -> FloatArray:
    return np.repeat(draw, 10)


def uniform(n: int) -> FloatArray:
    return np.random.default_rng(2).uniform(0.0, 0.05, n)


def normal(n: int) -> FloatArray:
    return np.random.default_rng(2).normal(0.0, 0.015, n)


STAMPS = {
    "even": EVEN,
    "a clock 0.1 % slow": 1000.0 + np.arange(N) / SFREQ * 0.999,
    "jitter of samples": EVEN + uniform(N),
    "jitter of chunks": EVEN + by_chunk(uniform(N // 10)),
    "normal jitter of samples": EVEN + normal(N),
    "normal jitter of chunks": EVEN + by_chunk(normal(N // 10)),
    "bursts of one stamp": 1000.0 + np.arange(N) // 50 * 0.2,
    "another rate": 1000.0 + np.arange(N) / 185.9,
}


@pytest.mark.parametrize("name", STAMPS)
def test_no_stamps_that_go_on_have_a_gap(name: str) -> None:
    assert not Continuity(SFREQ).missing_before(STAMPS[name]).any()


@pytest.mark.parametrize("n_lost", [1, 3, 12, 24, 250])
def test_where_stamps_are_even_each_loss_is_a_gap_of_its_length(n_lost: int) -> None:
    stamps = np.delete(EVEN, [*range(3000, 3000 + n_lost), *range(9000, 9000 + n_lost)])
    gaps = Continuity(SFREQ).missing_before(stamps)
    assert np.flatnonzero(gaps).tolist() == [3000, 9000 - n_lost]
    np.testing.assert_allclose(gaps[gaps != 0], n_lost / SFREQ, rtol=1e-6)


def test_a_packet_sent_twice_is_a_gap_back() -> None:
    gaps = Continuity(SFREQ).missing_before(np.concatenate((EVEN[:5016], EVEN[5000:])))
    assert np.flatnonzero(gaps).tolist() == [5016]
    assert gaps[5016] == pytest.approx(-16 / SFREQ)


@pytest.mark.parametrize("name", ["jitter of samples", "jitter of chunks", "bursts of one stamp"])
def test_half_a_second_is_missed_whatever_the_jitter(name: str) -> None:
    gaps = Continuity(SFREQ).missing_before(np.delete(STAMPS[name], range(3000, 3125)))
    assert 1 <= np.count_nonzero(gaps) <= 2  # a burst that is cut is followed by a shorter pause
    assert gaps.sum() == pytest.approx(0.5, abs=0.11)


def test_chunks_make_no_difference() -> None:
    stamps = np.delete(STAMPS["jitter of chunks"], range(3000, 3050))
    whole, parts = Continuity(SFREQ), Continuity(SFREQ)
    pieces = [parts.missing_before(stamps[i : i + 7]) for i in range(0, len(stamps), 7)]
    np.testing.assert_array_equal(whole.missing_before(stamps), np.concatenate(pieces))
