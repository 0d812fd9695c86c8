import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurofeedback.frames import Chunk, StreamInfo, from_storage, to_storage

SCALE = np.array([1e6, 1.0])


@given(arrays(np.float32, (3, 2), elements=st.floats(width=32, allow_nan=True)))
def test_stored_samples_come_back_in_every_bit(stored: np.ndarray) -> None:
    again = to_storage(from_storage(stored, SCALE), SCALE)
    np.testing.assert_array_equal(again, stored)


@given(arrays(np.float64, (4, 2), elements=st.floats(-1e3, 1e3)))
def test_storage_rounds_once(data: np.ndarray) -> None:
    np.testing.assert_array_equal(to_storage(data, SCALE), (data * SCALE).astype(np.float32))


def test_a_chunk_cannot_be_written_to() -> None:
    chunk = Chunk(np.zeros((3, 2)), np.arange(3.0), 7)
    with pytest.raises(ValueError, match="read-only"):
        chunk.data[0, 0] = 1.0
    assert (chunk.n_times, chunk.stop_sample) == (3, 10)


@pytest.mark.parametrize("at", [0, 2, 5])
def test_split_keeps_samples_numbers_and_the_gap(at: int) -> None:
    chunk = Chunk(np.arange(10.0).reshape(5, 2), np.arange(5.0), 100, gap=0.5, arrival=9.0)
    first, rest = chunk.split(at)
    assert (first.n_times, rest.first_sample, rest.stop_sample) == (at, 100 + at, 105)
    np.testing.assert_array_equal(np.concatenate([first.data, rest.data]), chunk.data)
    gaps = [part.gap for part in (first, rest) if part.n_times]
    assert gaps[0] == 0.5
    assert sum(gaps) == 0.5
    assert first.arrival == rest.arrival == 9.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ch_names": ("F3", "F3")}, "same name"),
        ({"ch_names": ()}, "no channels"),
        ({"units": ("V",)}, "differ in length"),
        ({"sfreq": 0.0}, "sampling rate"),
        ({"sfreq": float("nan")}, "sampling rate"),
    ],
)
def test_impossible_streams_are_refused(change: dict[str, object], says: str) -> None:
    fields = {
        "name": "x", "source_id": "", "sfreq": 250.0, "ch_names": ("F3", "F4"),
        "ch_types": ("eeg", "eeg"), "units": ("V", "V"),
    }  # fmt: skip
    with pytest.raises(ValueError, match=says):
        StreamInfo(**{**fields, **change})  # type: ignore[arg-type]


def test_a_stream_description_survives_json() -> None:
    info = StreamInfo("x", "id", 512.0, ("F3", "TRIG"), ("eeg", "stim"), ("V", "n/a"), "uV", "lsl")
    assert StreamInfo.from_dict(info.to_dict()) == info
    assert info.eeg == (0,)
    assert info.storage_scale.tolist() == [1e6, 1.0]
