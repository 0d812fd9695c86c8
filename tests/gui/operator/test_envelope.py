from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.frames import Chunk
from neurofeedback.gui.operator.envelope import column_envelope, coverage
from neurofeedback.gui.operator.filtering.store import TraceStore

SFREQ = 100.0


def brute_force(samples: np.ndarray, per_column: float, column: int) -> tuple[float, float]:
    """Range of the joined-up line in a column, by looking at it closely."""
    n = len(samples)
    where = np.linspace(column * per_column, (column + 1) * per_column, 4001)
    inside = np.arange(n)[(np.arange(n) >= where[0]) & (np.arange(n) <= where[-1])]
    line = np.interp(np.concatenate([where, inside]), np.arange(n), samples)
    return float(line.min()), float(line.max())


@given(st.floats(0.2, 7.0), st.integers(0, 2**32 - 1))
def test_envelope_is_the_range_of_the_joined_up_line(per_column: float, seed: int) -> None:
    samples = np.random.default_rng(seed).standard_normal((40, 2))
    n_columns = int(38 / per_column)
    low, high = column_envelope(samples, 0, per_column, 0, n_columns)
    for column in range(n_columns):
        expected = brute_force(samples[:, 1], per_column, column)
        assert low[column, 1] == pytest.approx(expected[0], abs=1e-6)
        assert high[column, 1] == pytest.approx(expected[1], abs=1e-6)


@given(st.floats(0.3, 9.0), st.integers(0, 10**9), st.integers(1, 10))
def test_columns_do_not_depend_on_the_page_they_are_cut_from(
    per_column: float, first: int, split: int
) -> None:
    samples = np.random.default_rng(0).standard_normal((200, 1))
    start = int(np.ceil(first / per_column)) + 1
    stop = int((first + 199) / per_column)
    middle = min(start + split, stop)
    whole = column_envelope(samples, first, per_column, start, stop)
    parts = [
        column_envelope(samples, first, per_column, a, b)
        for a, b in ((start, middle), (middle, stop))
    ]
    for i in (0, 1):
        np.testing.assert_array_equal(whole[i], np.concatenate([p[i] for p in parts]))


def test_envelope_skips_what_is_missing() -> None:
    samples = np.ones((30, 2))
    samples[10:20, 0] = np.nan
    low, high = column_envelope(samples, 0, 2.0, 0, 14)
    assert np.isnan(low[6:9, 0]).all()
    assert np.isfinite(high[:, 1]).all()
    assert np.isfinite(low[:4, 0]).all()


@pytest.mark.parametrize("n_times", [0, 1])
def test_too_few_samples_draw_nothing(n_times: int) -> None:
    low, high = column_envelope(np.zeros((n_times, 3)), 0, 1.0, 0, 5)
    assert low.shape == high.shape == (5, 3)
    assert np.isnan(low).all()


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20)), min_size=1, max_size=8))
def test_coverage_of_one_stroke_is_its_length(strokes: list[tuple[float, float]]) -> None:
    top = np.array([[min(s)] for s in strokes])
    bottom = np.array([[max(s)] for s in strokes])
    covered = coverage(top, bottom, 20)
    assert covered.shape == (20, len(strokes))
    assert covered.min() >= 0
    assert covered.max() <= 1
    np.testing.assert_allclose(covered.sum(axis=0), (bottom - top)[:, 0], atol=1e-9)


def test_coverage_is_where_the_stroke_is() -> None:
    covered = coverage(np.array([[1.5, np.nan]]), np.array([[3.25, np.nan]]), 5)
    np.testing.assert_allclose(covered[:, 0], [0, 0.5, 1, 0.25, 0])


def test_coverage_outside_the_page_is_cut() -> None:
    covered = coverage(np.array([[-50.0]]), np.array([[1e6]]), 4)
    np.testing.assert_allclose(covered[:, 0], 1.0)


def chunks_of(data: np.ndarray, sizes: list[int]) -> list[Chunk]:
    times = np.arange(len(data)) / SFREQ
    bounds = np.cumsum([0, *sizes])
    return [
        Chunk(data[a:b].copy(), times[a:b].copy(), int(a))
        for a, b in zip(bounds[:-1], bounds[1:], strict=True)
    ]


@given(st.lists(st.integers(1, 90), min_size=1, max_size=12))
def test_store_does_not_depend_on_chunking(sizes: list[int]) -> None:
    data = np.random.default_rng(3).standard_normal((sum(sizes), 3)) + 50.0
    stores = [TraceStore(3, SFREQ, 2.0) for _ in range(2)]
    for chunk in chunks_of(data, sizes):
        stores[0].append(chunk)
    for chunk in chunks_of(data, [1] * len(data)):
        stores[1].append(chunk)
    (pieces, first), (single, first_single) = (s.page() for s in stores)
    assert first == first_single
    # The drift starts from the mean of the first chunk; it is forgotten after a few seconds.
    offset = np.abs(pieces - single).max()
    assert offset < 5.0


def test_store_removes_an_offset_and_keeps_the_newest_page() -> None:
    data = 0.06 + 1e-5 * np.random.default_rng(0).standard_normal((1000, 2))
    store = TraceStore(2, SFREQ, 2.0)
    for chunk in chunks_of(data, [250] * 4):
        store.append(chunk)
    page, first = store.page()
    assert page.shape == (200, 2)
    assert first == 800
    assert np.abs(page.mean()) < 1e-6
    np.testing.assert_allclose(np.diff(page, axis=0), np.diff(data[800:], axis=0), atol=2e-6)


def test_not_a_number_leaves_a_gap_and_no_trace_behind() -> None:
    data = np.random.default_rng(0).standard_normal((400, 2))
    bad = data.copy()
    bad[100:120, 0] = np.nan
    bad[130, 1] = np.inf
    store = TraceStore(2, SFREQ, 4.0)
    store.append(Chunk(bad, np.arange(400) / SFREQ, 0))
    page, _ = store.page()
    assert np.isnan(page[100:120, 0]).all()
    assert np.isnan(page[130, 1])
    assert np.isfinite(page).sum() == page.size - 21


def test_channel_without_any_value_is_no_error() -> None:
    data = np.full((50, 2), np.nan)
    data[:, 1] = 1.0
    store = TraceStore(2, SFREQ, 1.0)
    store.append(Chunk(data, np.arange(50) / SFREQ, 0))
    assert np.isnan(store.page()[0][:, 0]).all()


def test_gap_in_time_breaks_the_line() -> None:
    store = TraceStore(1, SFREQ, 4.0)
    store.append(Chunk(np.ones((50, 1)), np.arange(50) / SFREQ, 0))
    store.append(Chunk(np.ones((50, 1)), 3.0 + np.arange(50) / SFREQ, 50))
    page, _ = store.page()
    assert np.flatnonzero(np.isnan(page[:, 0])).tolist() == [50]


def test_lost_samples_leave_their_place_empty() -> None:
    store = TraceStore(1, SFREQ, 4.0)
    store.append(Chunk(np.ones((50, 1)), np.arange(50) / SFREQ, 0))
    store.append(Chunk(np.ones((50, 1)), np.arange(80, 130) / SFREQ, 80))
    page, first = store.page()
    assert (len(page), first) == (130, 0)
    assert np.isnan(page[50:81, 0]).all()


def test_far_jump_starts_afresh() -> None:
    store = TraceStore(1, SFREQ, 1.0)
    store.append(Chunk(np.ones((50, 1)), np.arange(50) / SFREQ, 0))
    store.append(Chunk(np.ones((50, 1)), 100 + np.arange(50) / SFREQ, 5000))
    assert store.page()[1] == 5000
    assert store.stop == 5050
