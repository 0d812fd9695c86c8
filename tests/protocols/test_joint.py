import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.protocols.joint import CleanFrames, joint_rate, joint_threshold, quantile
from neurofeedback.protocols.run.rolling import RollingThreshold


def frames(n: int, n_parts: int, forbidden: float, seed: int, mixed: bool = True) -> CleanFrames:
    rng = np.random.default_rng(seed)
    parts = rng.standard_normal((n, n_parts))
    if mixed:  # parts that have something in common, of other scales
        parts = (parts + rng.standard_normal((n, 1))) * np.arange(1, n_parts + 1) + 10
    return CleanFrames(parts, rng.random(n) >= forbidden)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.floats(0.0, 1.0))
def test_a_quantile_is_that_of_numpy(values: list[float], at: float) -> None:
    assert quantile(sorted(values), at) == np.quantile(values, at)


@given(
    n=st.integers(50, 400),
    n_parts=st.integers(1, 4),
    forbidden=st.sampled_from([0.0, 0.1, 0.3]),
    rate=st.floats(0.1, 0.65),
    seed=st.integers(0, 5),
)
def test_the_wanted_share_passes_all_conditions_and_no_inhibit(
    n: int, n_parts: int, forbidden: float, rate: float, seed: int
) -> None:
    clean = frames(n, n_parts, forbidden, seed)
    reachable = np.mean(clean.allowed)
    found = joint_rate(clean, joint_threshold(clean, rate))
    # One frame more or less, and one for each that shares a rank with another.
    assert found == pytest.approx(min(rate, reachable), abs=3 / n)


@given(forbidden=st.floats(0.5, 1.0), n_parts=st.integers(1, 3))
def test_where_inhibits_leave_too_little_it_is_as_easy_as_can_be(
    forbidden: float, n_parts: int
) -> None:
    clean = frames(200, n_parts, forbidden, 1)
    thresholds = joint_threshold(clean, 0.9)
    left = clean.parts[clean.allowed] if clean.allowed.any() else clean.parts
    assert thresholds == left.min(axis=0).tolist()


def test_parts_get_the_same_quantile_of_their_own_distributions() -> None:
    clean = frames(2000, 3, 0.0, 2)
    thresholds = joint_threshold(clean, 0.5)
    below = [np.mean(x <= t) for x, t in zip(clean.parts.T, thresholds, strict=True)]
    assert max(below) - min(below) <= 1 / 1000
    assert below[0] < 0.5  # each alone is easier than all together


@given(
    n_window=st.integers(1, 40),
    n_start=st.integers(1, 60),
    n_parts=st.integers(1, 2),
    forbidden=st.sampled_from([0.0, 0.3, 1.0]),
    rate=st.floats(0.1, 0.9),
    seed=st.integers(0, 20),
)
def test_a_rolling_threshold_is_that_of_the_last_frames(
    n_window: int, n_start: int, n_parts: int, forbidden: float, rate: float, seed: int
) -> None:
    whole = frames(100, n_parts, forbidden, seed)
    parts = np.round(whole.parts, 1)  # some values more than once
    rolling = RollingThreshold(
        n_window, CleanFrames(parts[:n_start], whole.allowed[:n_start])
    )  # fmt: skip
    for i in range(n_start, 100):
        rolling.add(parts[i].tolist(), bool(whole.allowed[i]))
        at = slice(max(0, i + 1 - n_window), i + 1)
        last = CleanFrames(parts[at], whole.allowed[at])
        assert rolling.threshold(rate) == joint_threshold(last, rate)
