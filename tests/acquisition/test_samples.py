"""Samples that are read in stretches are those that are read at once."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import edfio
import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition import samples
from neurofeedback.acquisition.recorded import Gap, Recording
from neurofeedback.acquisition.replay import ReplaySource, load_recording
from neurofeedback.acquisition.samples import RecordTimes, RegularTimes, Stretches
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo

RATE = 128
INFO = StreamInfo("noise", "", 100.0, ("F3", "F4"), ("eeg",) * 2, ("V",) * 2)


def write(path: Path, seconds: int, record_seconds: float, n_channels: int = 3) -> Path:
    rng = np.random.default_rng(seconds)
    edfio.Edf(
        [
            edfio.EdfSignal(
                rng.normal(0, 20, seconds * RATE), RATE, label=label,
                physical_dimension="uV", physical_range=(-300, 300),
            )
            for label in ("F3", "F4", "Cz", "Pz", "O1", "O2")[:n_channels]
        ],
        data_record_duration=record_seconds,
    ).write(path)  # fmt: skip
    return path


@settings(max_examples=examples(100), deadline=None)
@given(
    n_times=st.integers(1, 60),
    n_columns=st.integers(1, 3),
    slices=st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=20),
)
def test_any_slice_of_stretches_is_that_of_the_rows(
    n_times: int, n_columns: int, slices: list[tuple[int, int]]
) -> None:
    rows = np.arange(float(n_times * n_columns)).reshape(n_times, n_columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "STRETCH", 16)
        read = Stretches(rows.copy())
    for start, stop in slices:
        np.testing.assert_array_equal(read[start:stop], rows[start:stop])


@pytest.mark.parametrize("record_seconds", [0.5, 1.0, 7.5, 60.0])
def test_records_of_any_length_are_read_in_parts(tmp_path: Path, record_seconds: float) -> None:
    path = write(tmp_path / "a.edf", 60, record_seconds)
    signals = [signal.data for signal in edfio.read_edf(path).signals]
    recording = load_recording(path)
    np.testing.assert_allclose(recording.data.T * 1e6, signals, rtol=1e-6, atol=1e-6)
    for start, stop in ((0, 1), (63, 65), (900, 1100), (0, 7680), (7679, 7680), (500, 500)):
        np.testing.assert_array_equal(recording.samples[start:stop], recording.data[start:stop])


def test_every_row_is_handed_out_from_few_readings(tmp_path: Path) -> None:
    """A record as long as the recording is not read anew for each chunk."""
    taken = []

    class Counted:
        shape = (100_000, 2)

        def __getitem__(self, rows: slice) -> np.ndarray:
            start, stop, _ = rows.indices(self.shape[0])
            taken.append(stop - start)
            return np.zeros((stop - start, 2))

    recording = Recording(INFO, Stretches(Counted()), RegularTimes(100_000, 100.0))
    source = ReplaySource(recording, chunk_seconds=0.01)
    source.open()
    while not source.exhausted:
        source.read(0.0)
    assert sum(taken) == 100_000


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    peaks = []
    for seconds in (60, 1200):
        source = ReplaySource(write(tmp_path / f"{seconds}.edf", seconds, 1.0, 6))
        tracemalloc.start()
        source.open()
        while not source.exhausted:
            source.read(0.0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 1200 s are 7.4 MB; a stretch of 2 MB is read, scaled and stored at a time.
    assert peaks[1] < peaks[0] + 7e6


def test_stretches_cover_everything_and_never_a_gap() -> None:
    data = np.zeros((300_000, 2))
    gaps = (Gap(1000, 1.0), Gap(131_072, 1.0), Gap(200_000, 1.0))
    recording = Recording(INFO, data, RegularTimes(len(data), 100.0), gaps)
    stretches = list(recording.stretches())
    assert stretches[0].start == 0
    assert stretches[-1].stop == len(data)
    assert [s.start for s in stretches[1:]] == [s.stop for s in stretches[:-1]]
    assert {gap.sample for gap in gaps} <= {s.start for s in stretches}
    assert max(s.stop - s.start for s in stretches) <= samples.STRETCH // 2


def test_times_of_records_are_those_of_their_onsets() -> None:
    onsets = np.array([0.0, 1.0, 5.5])
    times = RecordTimes(onsets, 10, 10.0)
    whole = (onsets[:, None] + np.arange(10) / 10.0).reshape(-1)
    np.testing.assert_array_equal(times[:], whole)
    np.testing.assert_array_equal(times[7:23], whole[7:23])


def test_a_file_that_is_cut_while_it_is_read_is_one_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.edf", 1200, 1.0, 6)
    recording = load_recording(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(UserError, match=r"cut\.edf.*became shorter"):
        _ = recording.data
