"""Every sample is read exactly once or counted as lost, whatever the order of events."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.acquisition.ring_buffer import RingBuffer
from neurofeedback.frames import Chunk


def chunk_of(first: int, n_times: int, *, gap: float = 0.0, n_channels: int = 2) -> Chunk:
    """Return samples whose every value is told by its absolute number."""
    numbers = np.arange(first, first + n_times, dtype=float)
    columns = [numbers * 10 + c for c in range(n_channels)]
    return Chunk(np.column_stack(columns), numbers / 100, first, gap)


def assert_is_what_was_written(chunk: Chunk) -> None:
    expected = chunk_of(chunk.first_sample, chunk.n_times)
    np.testing.assert_array_equal(chunk.data, expected.data)
    np.testing.assert_array_equal(chunk.timestamps, expected.timestamps)


actions = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 40)),
        st.tuples(st.just("open"), st.just(0)),
        st.tuples(st.just("read"), st.integers(0, 3)),
        st.tuples(st.just("read_some"), st.integers(0, 9)),
    ),
    max_size=60,
)


@given(actions=actions, capacity=st.integers(1, 23), origin=st.integers(0, 1000))
def test_every_reader_gets_each_sample_once_or_counted_lost(
    actions: list[tuple[str, int]], capacity: int, origin: int
) -> None:
    ring = RingBuffer(2, capacity)
    written = origin
    ring.append(chunk_of(origin, 0))
    cursors: list[int] = [ring.cursor()]
    for action, n in actions:
        if action == "append":
            ring.append(chunk_of(written, n, gap=0.5 if n % 3 == 0 else 0.0))
            written += n
        elif action == "open":
            cursors.append(ring.cursor())
            assert cursors[-1] == written
        else:
            who = n % len(cursors)
            limit = n if action == "read_some" else None
            chunk, n_lost = ring.read_since(cursors[who], limit)
            assert n_lost == max(0, written - capacity - cursors[who])
            assert chunk.first_sample == cursors[who] + n_lost
            available = written - chunk.first_sample
            assert chunk.n_times == (available if limit is None else min(limit, available))
            assert_is_what_was_written(chunk)
            cursors[who] = chunk.stop_sample


def test_a_chunk_longer_than_the_buffer_leaves_its_newest_samples() -> None:
    ring = RingBuffer(2, 5)
    ring.append(chunk_of(0, 3))
    ring.append(chunk_of(3, 14))
    chunk, n_lost = ring.read_since(1)
    assert (chunk.first_sample, chunk.n_times, n_lost) == (12, 5, 11)
    assert_is_what_was_written(chunk)


def test_samples_before_the_first_appended_are_not_called_lost() -> None:
    ring = RingBuffer(2, 5)
    empty, n_lost = ring.read_since(0)
    assert (empty.n_times, n_lost) == (0, 0)
    ring.append(chunk_of(100, 2))
    chunk, n_lost = ring.read_since(0)
    assert (chunk.first_sample, n_lost) == (100, 0)


def test_what_was_read_is_not_changed_by_later_samples() -> None:
    ring = RingBuffer(2, 4)
    ring.append(chunk_of(0, 4))
    chunk, _ = ring.read_since(0)
    ring.append(chunk_of(4, 4))
    assert_is_what_was_written(chunk)


@pytest.mark.parametrize(
    ("chunk", "message"),
    [
        (chunk_of(4, 1), "starts at sample 4"),
        (chunk_of(2, 1), "starts at sample 2"),
        (chunk_of(3, 1, n_channels=3), "3 channels"),
    ],
)
def test_what_does_not_fit_is_refused(chunk: Chunk, message: str) -> None:
    ring = RingBuffer(2, 8)
    ring.append(chunk_of(0, 3))
    with pytest.raises(ValueError, match=message):
        ring.append(chunk)
    assert ring.cursor() == 3


def test_a_cursor_from_the_future_is_refused() -> None:
    ring = RingBuffer(2, 8)
    ring.append(chunk_of(0, 3))
    with pytest.raises(ValueError, match="beyond"):
        ring.read_since(4)


@pytest.mark.parametrize(("n_channels", "capacity"), [(0, 5), (2, 0)])
def test_an_empty_buffer_cannot_be_made(n_channels: int, capacity: int) -> None:
    with pytest.raises(ValueError, match="RingBuffer"):
        RingBuffer(n_channels, capacity)


def test_a_writer_thread_and_readers_never_mix_samples() -> None:
    n_total = 60_000
    ring = RingBuffer(2, 257)
    lengths = np.random.default_rng(3).integers(0, 90, 2000)

    def write() -> None:
        first = 0
        for n in lengths:
            n_times = min(int(n), n_total - first)
            ring.append(chunk_of(first, n_times))
            first += n_times
        ring.append(chunk_of(first, n_total - first))

    def read(result: list[int]) -> None:
        cursor = seen = lost = 0
        while cursor < n_total:
            chunk, n_lost = ring.read_since(cursor)
            assert_is_what_was_written(chunk)
            seen, lost, cursor = seen + chunk.n_times, lost + n_lost, chunk.stop_sample
        result.extend([seen, lost])

    results: list[list[int]] = [[], [], []]
    threads = [threading.Thread(target=read, args=(r,)) for r in results]
    threads.append(threading.Thread(target=write))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [sum(r) for r in results] == [n_total] * 3
