"""Real recordings of every format, and files that are none."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from pathlib import Path

import mne
import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.recorded import Gap, Recording
from neurofeedback.acquisition.replay import ReplaySource, load_recording
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, StreamInfo, from_storage, to_storage


class FakeTime:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 7.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def small_recording(n_times: int, gaps: tuple[Gap, ...] = ()) -> Recording:
    info = StreamInfo("test", "", 100.0, ("F3", "F4"), ("eeg", "eeg"), ("V", "V"))
    data = np.arange(2.0 * n_times).reshape(-1, 2)
    return Recording(info, data, np.arange(n_times) / 100, gaps)


def read_all(source: ReplaySource) -> list[Chunk]:
    source.open()
    chunks = []
    while (chunk := source.read(0.0)) is not None:
        chunks.append(chunk)
    assert source.exhausted
    return chunks


@pytest.mark.parametrize(
    ("name", "sfreq", "n_times", "n_channels", "n_eeg"),
    [
        ("edf/S001R01.edf", 160, 9760, 64, 64),
        ("gdf/S001R01_gdf220.gdf", 160, 9760, 64, 64),
        ("bdf/S001R01_EO.bdf", 160, 9760, 20, 20),
        ("fif/S001R01_EO_raw.fif", 160, 9760, 20, 20),
        ("set/S001R01_EO.set", 160, 9760, 20, 20),
        ("brainvision/S001R01_EO.vhdr", 160, 9760, 20, 20),
        ("xdf/eegmmidb_EO.xdf", 160, 8085, 20, 20),
        ("rest/H_S1_EC.edf", 256, 76800, 22, 19),
        ("rest/H_S2_EC.edf", 256, 77312, 20, 19),
        ("openbci/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt", 250, 22490, 8, 8),
    ],
)
def test_every_format_is_described_as_it_is(
    real_data_dir: Path, name: str, sfreq: float, n_times: int, n_channels: int, n_eeg: int
) -> None:
    recording = load_recording(real_data_dir / name)
    info = recording.info
    assert (info.sfreq, recording.n_times) == (sfreq, n_times)
    assert (info.n_channels, len(info.eeg)) == (n_channels, n_eeg)
    assert set(info.units) == {"V"}
    assert info.native_unit
    assert recording.gaps == recording.notes == ()
    scale = info.storage_scale
    stored = to_storage(recording.data, scale)
    np.testing.assert_array_equal(from_storage(stored, scale), recording.data)
    if "openbci" not in name:
        assert {"F3", "F4", "O1", "O2"} <= set(info.ch_names)
        assert 1e-6 < np.median(recording.data.std(axis=0)) < 1e-4


def test_samples_are_those_mne_reads(real_data_dir: Path) -> None:
    path = real_data_dir / "edf" / "S001R04.edf"
    theirs = mne.io.read_raw(path, verbose="error")
    recording = load_recording(path)
    np.testing.assert_allclose(recording.data.T, theirs.get_data(), rtol=1e-7, atol=1e-15)
    assert [a.text for a in recording.annotations] == list(theirs.annotations.description)
    assert [a.onset for a in recording.annotations] == list(theirs.annotations.onset)


@pytest.mark.parametrize("session", ["S001R01_EO", "S001R02_EC"])
def test_all_writers_wrote_the_same(data_dir: Path, session: str) -> None:
    names = [f"bdf/{session}.bdf", f"fif/{session}_raw.fif", f"set/{session}.set"]
    expected = load_recording(data_dir / f"brainvision/{session}.vhdr")
    for name in names:
        recording = load_recording(data_dir / name)
        assert recording.info.ch_names == expected.info.ch_names
        np.testing.assert_allclose(recording.data, expected.data, atol=0.02e-6)


def test_an_xdf_stream_tells_its_unit_markers_and_identity(real_data_dir: Path) -> None:
    recording = load_recording(real_data_dir / "xdf/eegmmidb_EO.xdf")
    assert (recording.info.native_unit, recording.info.source_id) == ("-6", "src_EO")
    assert [a.text for a in recording.annotations] == ["rest"] * 5
    assert 0 < recording.annotations[0].onset - recording.timestamps[0] < 20


def test_a_clock_that_was_reset_is_a_gap(real_data_dir: Path) -> None:
    path = real_data_dir / "xdf/clock_resets.xdf"
    with pytest.raises(UserError, match="does not say what unit"):
        load_recording(path)
    recording = load_recording(path, unit="microvolts")
    assert len(recording.gaps) == 1
    assert recording.gaps[0].seconds == pytest.approx(-653188, abs=1)
    assert recording.n_times == 27815
    assert len(recording.annotations) == 175
    gaps = [c.gap for c in read_all(ReplaySource(recording)) if c.gap]
    assert gaps == [recording.gaps[0].seconds]


def test_a_stream_of_an_xdf_file_can_be_named(real_data_dir: Path) -> None:
    path = real_data_dir / "xdf/empty_streams.xdf"
    with pytest.raises(UserError, match="no streams of type EEG.*Data stream: test"):
        load_recording(path)
    with pytest.raises(UserError, match="holds no samples"):
        load_recording(path, stream="3", unit="uV")
    with pytest.raises(UserError, match="no regularly sampled"):
        load_recording(path, stream="ctrl")
    found = load_recording(path, stream="Data stream: test stream 0 counter", unit="uV")
    assert found.n_times == 10


def test_lost_packets_of_an_openbci_board_are_gaps(real_data_dir: Path, tmp_path: Path) -> None:
    whole = real_data_dir / "openbci/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"
    lines = whole.read_text().splitlines(keepends=True)[:2005]
    path = tmp_path / "lost.txt"
    path.write_text("".join(lines[:1000] + lines[1010:]))
    expected, recording = load_recording(whole), load_recording(path)
    assert recording.gaps == (Gap(995, 10 / 250),)
    assert recording.notes
    np.testing.assert_array_equal(recording.data[995:], expected.data[1005:2000])
    np.testing.assert_allclose(recording.timestamps[995:], expected.timestamps[1005:2000])


def test_an_old_openbci_file_without_column_names(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    rows = "".join(f"{i}, {i}.5, -{i}.25, 0.1, 0.2\n" for i in range(5))
    path.write_text(
        "%OpenBCI Raw EEG Data\n%Number of channels = 2\n%Sample Rate = 250.0 Hz\n" + rows
    )
    recording = load_recording(path)
    assert recording.info.ch_names == ("EXG Channel 0", "EXG Channel 1")
    np.testing.assert_allclose(recording.data[:, 1], -(np.arange(5) + 0.25) * 1e-6)


@pytest.mark.parametrize("mark", ["BAD boundary", "boundary", "New Segment/"])
def test_breaks_that_a_file_speaks_of_are_gaps(tmp_path: Path, mark: str) -> None:
    info = mne.create_info(["F3", "F4"], 100.0, "eeg")
    raw = mne.io.RawArray(np.zeros((2, 500)) + 1e-5, info, verbose="error")
    raw.set_annotations(mne.Annotations([2.0], [0.0], [mark]))
    path = tmp_path / "breaks_raw.fif"
    raw.save(path, verbose="error")
    assert load_recording(path).gaps == (Gap(200, 0.01),)


def test_zeros_that_stand_for_no_samples_are_left_out(tmp_path: Path) -> None:
    info = mne.create_info(["F3", "F4"], 100.0, "eeg")
    data = np.arange(1000.0).reshape(1, -1).repeat(2, axis=0) * 1e-6
    raw = mne.io.RawArray(data, info, verbose="error")
    raw.set_annotations(mne.Annotations([3.0], [2.0], ["BAD_ACQ_SKIP"]))
    path = tmp_path / "skip_raw.fif"
    raw.save(path, verbose="error", split_naming="neuromag")
    recording = load_recording(path)
    assert recording.n_times == 800
    assert recording.gaps == (Gap(300, 2.0),)
    assert recording.timestamps[300] == pytest.approx(5.0)


@settings(max_examples=examples(40))
@given(
    n_times=st.integers(1, 300),
    chunk_seconds=st.sampled_from([1e-9, 0.01, 0.07, 1.0, 99.0]),
    at=st.lists(st.integers(1, 299), unique=True, max_size=4),
)
def test_any_chunking_hands_out_every_sample_once_and_never_across_a_gap(
    n_times: int, chunk_seconds: float, at: list[int]
) -> None:
    gaps = tuple(Gap(i, 0.5) for i in sorted(at) if i < n_times)
    recording = small_recording(n_times, gaps)
    source = ReplaySource(recording, chunk_seconds=chunk_seconds)
    chunks = read_all(source)
    np.testing.assert_array_equal(np.concatenate([c.data for c in chunks]), recording.data)
    assert [c.first_sample for c in chunks[1:]] == [c.stop_sample for c in chunks[:-1]]
    assert {c.first_sample: c.gap for c in chunks if c.gap} == {g.sample: 0.5 for g in gaps}
    assert source.position == n_times


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 3.0), (10.0, 0.3), (math.inf, 0.0)])
def test_pace_is_kept(speed: float, seconds: float) -> None:
    time = FakeTime()
    source = ReplaySource(small_recording(300), speed=speed, clock=time.clock, sleep=time.sleep)
    source.open()
    chunks = []
    while not source.exhausted:
        chunk = source.read(5.0)
        assert chunk is not None
        assert chunk.arrival == time.now
        chunks.append(chunk)
    assert time.now - 7.0 == pytest.approx(seconds)
    if speed == 1.0:
        assert max(c.n_times for c in chunks) == 3


def test_a_source_is_opened_before_it_is_read() -> None:
    source = ReplaySource(small_recording(10))
    assert not source.exhausted
    with pytest.raises(RuntimeError, match="not open"):
        source.read(0.0)


def test_an_impossible_speed_is_refused() -> None:
    with pytest.raises(UserError, match="speed"):
        ReplaySource(small_recording(10), speed=-1.0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.edf", None, "no such file"),
        ("empty.edf", b"", "empty file"),
        ("garbage.edf", b"garbage" * 200, "does not begin"),
        ("garbage.bdf", bytes(range(256)) * 8, "does not begin"),
        ("garbage.gdf", b"garbage" * 200, "cannot be read as a recording"),
        ("garbage.fif", b"garbage" * 200, "cannot be read as a recording"),
        ("garbage.set", b"garbage" * 200, "cannot be read as a recording"),
        ("garbage.vhdr", b"garbage" * 200, "cannot be read as a recording"),
        ("garbage.xdf", b"garbage" * 200, "cannot be read as an XDF file"),
        ("garbage.txt", b"garbage" * 200, "does not begin with '%OpenBCI'"),
        ("binary.txt", b"\xff\xfe\x80" * 200, "not a text file"),
        ("head.txt", b"%OpenBCI\n%Sample Rate = 250 Hz\n", "holds no samples"),
        ("rate.txt", b"%OpenBCI\nSample Index, EXG Channel 0\n0,1\n", "Sample Rate"),
        ("rate2.txt", b"%OpenBCI\n%Sample Rate = 1.2.3\n0,1\n", "Sample Rate"),
        ("none.txt", b"%OpenBCI\n%Sample Rate = 9\nSample Index, X\n0,1\n", "no EXG"),
        (
            "line.txt",
            b"%OpenBCI\n%Sample Rate = 250 Hz\nSample Index, EXG Channel 0\n0,1\n1,x\n",
            "broken line",
        ),
        ("kind.mp3", b"ID3", "unknown kind '.mp3'"),
        ("noext", b"abc", "unknown kind ''"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        load_recording(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="folder"):
        load_recording(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.edf"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(UserError, match="cannot be read"):
        load_recording(path)


def test_streams_are_for_xdf_only(data_dir: Path) -> None:
    with pytest.raises(UserError, match="no streams to choose"):
        load_recording(data_dir / "edf/S001R01.edf", stream="EEG")


@pytest.mark.parametrize(
    "name",
    [
        "xdf/eegmmidb_EO.xdf",
        "set/S001R01_EO.set",
        "fif/S001R01_EO_raw.fif",
        "gdf/S001R01_gdf220.gdf",
    ],
)
@pytest.mark.parametrize("kept", [50, 1000, 0.5])
def test_a_truncated_file_is_refused_or_says_so(
    data_dir: Path, tmp_path: Path, name: str, kept: float
) -> None:
    content = (data_dir / name).read_bytes()
    path = tmp_path / Path(name).name
    path.write_bytes(content[: int(kept if kept > 1 else kept * len(content))])
    try:
        recording = load_recording(path)
    except UserError:
        return
    assert recording.notes


@settings(max_examples=examples(60), deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(0, 1900), st.integers(0, 255)), min_size=1, max_size=3),
    cut=st.integers(0, 1950),
)
def test_a_damaged_xdf_file_loads_or_is_refused_in_words(
    real_data_dir: Path, flips: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray((real_data_dir / "xdf/minimal.xdf").read_bytes())
    for at, value in flips:
        content[at] = value
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(UserError):
        path = Path(folder) / "damaged.xdf"
        path.write_bytes(bytes(content[:cut] if cut > 1000 else content))
        assert load_recording(path, unit="uV").n_times > 0
