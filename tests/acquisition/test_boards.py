"""Boards of BrainFlow: its synthetic one, and its playback of a file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition.boards.counter import PackageCounter
from neurofeedback.acquisition.boards.query import read_query
from neurofeedback.acquisition.boards.source import BoardSource
from neurofeedback.acquisition.counters import Counter
from neurofeedback.acquisition.given_names import parse_channels
from neurofeedback.errors import UserError
from neurofeedback.frames import MICROVOLTS_PER_VOLT, Chunk, FloatArray

board_shim = pytest.importorskip("brainflow.board_shim", reason="needs the extra brainflow")

SFREQ, N_EEG, COUNTER, CLOCK, MARKER = 250, 16, 0, 30, 31


def read(source: BoardSource, n_samples: int, seconds: float = 20.0) -> list[Chunk]:
    """Read until there are so many samples."""
    chunks: list[Chunk] = []
    until = time.monotonic() + seconds
    while sum(c.n_times for c in chunks) < n_samples:
        assert time.monotonic() < until, "the board does not send"
        chunk = source.read(0.1)
        chunks += [] if chunk is None else [chunk]
    return chunks


def rows_of_a_board(n: int, removed: set[int]) -> FloatArray:
    """What a board with a counter of a byte has sent, without some packages; rows by samples."""
    rng = np.random.default_rng(7)
    rows = np.zeros((32, n))
    rows[COUNTER] = np.arange(n) % 256
    rows[1 : 1 + N_EEG] = np.round(rng.normal(0, 40, (N_EEG, n)), 6)
    rows[CLOCK] = 1.7e9 + np.arange(n) / SFREQ
    return rows[:, [i for i in range(n) if i not in removed]]


def playback(path: Path, rows: FloatArray, **options: object) -> BoardSource:
    np.savetxt(path, rows.T, fmt="%.6f", delimiter="\t")
    return BoardSource(f"playback_file?master_board=synthetic&file={path}", **options)  # type: ignore[arg-type]


@pytest.fixture
def synthetic() -> Iterator[BoardSource]:
    with closing(BoardSource("synthetic")) as source:
        yield source


def test_the_synthetic_board_is_a_source(synthetic: BoardSource) -> None:
    info = synthetic.open()
    assert (info.sfreq, info.n_channels, info.origin) == (SFREQ, N_EEG, "brainflow")
    assert {"F3", "F4", "Cz"} <= set(info.ch_names)
    assert set(info.units) == {"V"}
    assert any("--channels" in note for note in synthetic.notes)
    chunks = read(synthetic, 500)
    assert [c.gap for c in chunks] == [0.0] * len(chunks)
    firsts = [c.first_sample for c in chunks]
    assert firsts == np.cumsum([0, *(c.n_times for c in chunks[:-1])]).tolist()
    data = np.concatenate([c.data for c in chunks])
    assert 1e-6 < data.std() < 1e-3
    ages = [c.arrival - c.timestamps[-1] - c.clock_offset for c in chunks]
    assert -0.01 < min(ages) < 0.1


def test_its_resistances_are_impedances_of_its_first_electrodes(synthetic: BoardSource) -> None:
    info = synthetic.open()
    assert list(synthetic.impedances) == list(info.ch_names[:2])
    assert all(0 < ohm < 1e5 for ohm in synthetic.impedances.values())


def test_electrodes_are_named_as_for_any_stream() -> None:
    given = parse_channels("1=O1,Cz=P4")
    with closing(BoardSource("synthetic", given=given)) as source:
        info = source.open()
    assert [info.ch_names[i] for i in info.eeg] == ["O1", "P4"]
    assert info.labels[2] == "Cz"


def test_markers_of_the_board_are_annotations(synthetic: BoardSource) -> None:
    synthetic.open()
    read(synthetic, 10)
    synthetic._board._board.insert_marker(7.5)  # type: ignore[union-attr]
    chunks = read(synthetic, 250)
    (found,) = [(c, a) for c in chunks for a in c.annotations]
    assert found[1].text == "7.5"
    assert 0 <= found[1].at < found[0].n_times


def test_playback_is_its_file(tmp_path: Path) -> None:
    rows = rows_of_a_board(1500, set())
    with closing(playback(tmp_path / "file.csv", rows)) as source:
        source.open()
        chunks = read(source, 400)
    uv = np.concatenate([c.data for c in chunks]) * MICROVOLTS_PER_VOLT
    counted = np.concatenate([c.timestamps for c in chunks])
    assert len(counted) == len(uv)
    wanted = rows[1 : 1 + N_EEG].T.astype(np.float32).astype(np.float64)
    (start,) = np.flatnonzero((np.abs(wanted - uv[0]) < 1e-6).all(axis=1))
    np.testing.assert_allclose(uv, wanted[start : start + len(uv)], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("removed", "gap"),
    [({1000}, 1), (set(range(1000, 1007)), 7), (set(range(1020, 1030)), 10), ({1023}, 1)],
    ids=["one", "seven", "across the wrap", "the last of a round"],
)
def test_a_removed_package_is_a_gap_of_its_length(
    tmp_path: Path, removed: set[int], gap: int
) -> None:
    rows = rows_of_a_board(1700, removed)
    with closing(playback(tmp_path / "file.csv", rows)) as source:
        source.open()
        chunks: list[Chunk] = []
        until = time.monotonic() + 20
        while not any(c.gap for c in chunks):
            assert time.monotonic() < until
            chunks += read(source, 1)
    last = chunks[-1]
    assert last.gap == pytest.approx(gap / SFREQ)
    first = last.data[0] * MICROVOLTS_PER_VOLT
    after = min(removed)  # the row that follows
    np.testing.assert_allclose(first, rows[1 : 1 + N_EEG, after].astype(np.float32), atol=1e-5)


COUNTS = {
    "a byte": (np.arange(256), 1),
    "every second": (np.arange(0, 256, 2), 1),
    "to 200": (np.arange(201), 1),
    "two bytes": (np.arange(65536), 1),
    "twelve samples in one": (np.repeat(np.arange(65536), 12), 12),
}


@pytest.mark.parametrize("kind", COUNTS)
@pytest.mark.parametrize("piece", [1, 7, 100])
def test_losses_are_found_however_the_numbers_arrive(kind: str, piece: int) -> None:
    round_, n_package = COUNTS[kind]
    numbers = np.tile(round_, 1 + 3000 // len(round_))[:3000].astype(float)
    counter = PackageCounter.learned(numbers[:640])
    assert counter is not None
    kept = np.ones(3000, dtype=bool)
    for package, length in ((60, 1), (85, 3), (1000 // n_package, 2)):
        kept[package * n_package : (package + length) * n_package] = False
    there = numbers[kept]
    found = np.concatenate(
        [counter.missing_before(there[i : i + piece]) for i in range(0, len(there), piece)]
    )
    truth = np.diff(np.flatnonzero(kept), prepend=-1) - 1
    np.testing.assert_array_equal(found, truth)


def test_a_sample_that_comes_twice_is_no_loss() -> None:
    numbers = np.tile(np.arange(256.0), 3)
    counter = PackageCounter.learned(numbers)
    assert counter is not None
    found = counter.missing_before(np.insert(numbers, 300, numbers[299]))
    assert np.flatnonzero(found).tolist() == [300]
    assert found[300] == -1


class Watched:
    """How a counter counts, and at how many rows it looks each time."""

    def __init__(self) -> None:
        self._how = Counter(np.arange(256), np.ones(256, dtype=np.int64))
        self.looked_at: list[int] = []

    def skipped(self, rows: FloatArray) -> tuple[FloatArray, np.ndarray]:
        self.looked_at.append(len(rows))
        return self._how.skipped(rows)


@pytest.mark.parametrize("number", [np.nan, 7.0])
def test_a_counter_that_has_stopped_takes_no_more_time_the_longer_it_stands(number: float) -> None:
    how = Watched()
    counter = PackageCounter(how)
    counter.missing_before(np.arange(8.0))
    found = [counter.missing_before(np.full(100, number)) for _ in range(100)]
    assert max(how.looked_at) < 1200
    assert (np.concatenate(found) == (0.0 if np.isnan(number) else -1.0)).all()


def test_what_is_typed() -> None:
    query = read_query("cyton?serial_port=/dev/ttyUSB0&timeout=5&other_info=a%26b+c")
    assert query.board == "cyton"
    assert query.texts == {"serial_port": "/dev/ttyUSB0", "other_info": "a&b+c"}
    assert query.numbers == {"timeout": 5}
    assert read_query("playback_file?file=C:\\data\\a.csv").texts["file"] == "C:\\data\\a.csv"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Name the board"),
        ("cyton?port=COM3", "unknown parameter 'port'"),
        ("cyton?timeout=long", "timeout has to be a whole number"),
        ("cytone", "no board 'cytone'.*cyton,"),
        ("-77", "no board '-77'"),
        ("playback_file?file=x", "master_board="),
        ("playback_file?file=/nowhere.csv&master_board=synthetic", "cannot be opened"),
        ("cyton?serial_port=/dev/nowhere", "Cyton cannot be opened"),
        ("emotibit", "measures no EEG"),
    ],
)
def test_what_is_refused(query: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        BoardSource(query).open()
