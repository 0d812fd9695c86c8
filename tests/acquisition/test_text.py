"""Text files of small amplifiers: each by its own columns, counter and clock."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.recorded import Gap
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray

SECONDS = 20


def signals(n_times: int, n_channels: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(0, 20, (n_times, n_channels)).round(2)


def rows(*columns: object, separator: str = ",") -> str:
    return "".join(separator.join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def gui(path: Path, counter: FloatArray, clock: FloatArray, data: FloatArray, rate: int) -> Path:
    names = ["Sample Index", *(f"EXG Channel {i}" for i in range(data.shape[1])), "Timestamp"]
    path.write_text(
        f"%OpenBCI Raw EXG Data\n%Sample Rate = {rate} Hz\n{', '.join(names)}\n"
        + rows(counter, *data.T, [f"{t:.6f}" for t in clock], separator=", ")
    )
    return path


@pytest.fixture
def board() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return counter, clock and samples of a board of 250 Hz."""
    number = np.arange(250 * SECONDS)
    return number % 256, 1.6e9 + number / 250, signals(len(number), 4)


def test_counter_and_clock_find_a_lost_packet(
    board: tuple[FloatArray, FloatArray, FloatArray], tmp_path: Path
) -> None:
    parts = [np.delete(part, slice(1000, 1012), axis=0) for part in board]
    recording = load_recording(gui(tmp_path / "lost.txt", *parts, 250))
    assert recording.gaps == (Gap(1000, 12 / 250),)
    assert recording.timing is not None
    assert recording.timing.n_lost == 12
    assert recording.timing.rate == pytest.approx(250, rel=1e-5)
    np.testing.assert_allclose(recording.data, parts[2] * 1e-6, atol=1e-12)


def test_the_clock_decides_where_the_counter_is_not_to_be_believed(
    board: tuple[FloatArray, FloatArray, FloatArray], tmp_path: Path
) -> None:
    counter = np.random.default_rng(0).integers(0, 256, len(board[0]))
    recording = load_recording(gui(tmp_path / "odd.txt", counter, *board[1:], 250))
    assert recording.gaps == ()


def test_the_clock_tells_a_rate_that_the_header_does_not(
    board: tuple[FloatArray, FloatArray, FloatArray], tmp_path: Path
) -> None:
    recording = load_recording(gui(tmp_path / "rate.txt", *board, 200))
    assert recording.info.sfreq == pytest.approx(250, rel=1e-5)
    assert "declares a rate of 200 Hz" in recording.notes[0]


def test_a_pause_longer_than_a_round_of_the_counter_is_seen_by_the_clock(
    board: tuple[FloatArray, FloatArray, FloatArray], tmp_path: Path
) -> None:
    parts = [np.delete(part, slice(1000, 1512), axis=0) for part in board]  # two rounds
    recording = load_recording(gui(tmp_path / "pause.txt", *parts, 250))
    assert len(recording.gaps) == 1
    assert recording.gaps[0].sample == 1000
    assert recording.gaps[0].seconds == pytest.approx(512 / 250, abs=1e-4)


def test_rows_written_twice_are_left_out(
    board: tuple[FloatArray, FloatArray, FloatArray], tmp_path: Path
) -> None:
    parts = [np.insert(part, 700, part[699], axis=0) for part in board]
    recording = load_recording(gui(tmp_path / "twice.txt", *parts, 250))
    np.testing.assert_allclose(recording.data, board[2] * 1e-6, atol=1e-12)
    assert recording.gaps == ()
    assert "1 rows were written twice" in recording.notes[0]


def test_a_last_line_that_is_cut_is_left_out(
    board: tuple[FloatArray, FloatArray, FloatArray], tmp_path: Path
) -> None:
    path = gui(tmp_path / "cut.txt", *board, 250)
    path.write_text(path.read_text()[:-30])
    recording = load_recording(path)
    assert recording.n_times == len(board[0]) - 1
    assert "last line is cut" in recording.notes[0]
    with pytest.raises(UserError, match="last line is cut"):
        load_recording(path, strict=True)


def card(tmp_path: Path, data: FloatArray, *, stop: bool) -> Path:
    counts = np.round(data / (4.5e6 / 24 / (2**23 - 1))).astype(int) % (1 << 24)
    lines = [f"{i % 256:02X}," + ",".join(f"{c:06X}" for c in row) for i, row in enumerate(counts)]
    lines[10] += ",0010,0020,0030"  # the accelerometer now and then
    end = f"%STOP AT\n{1000 + round(len(data) * 4):08X}\n" if stop else ""
    path = tmp_path / "OBCI_01.TXT"
    path.write_text("%START AT\n000003E8\n" + "\n".join(lines) + "\n" + end)
    return path


@pytest.mark.parametrize("stop", [True, False])
def test_a_card_of_openbci(tmp_path: Path, stop: bool) -> None:
    data = signals(2000, 8)
    recording = load_recording(card(tmp_path, data, stop=stop))
    assert (recording.info.sfreq, recording.gaps) == (250, ())
    np.testing.assert_allclose(recording.data, data * 1e-6, atol=0.02e-6)
    assert ("is assumed" in recording.notes[-1]) != stop


def test_a_broken_line_of_a_card_is_left_out(tmp_path: Path) -> None:
    path = card(tmp_path, signals(2000, 8), stop=False)
    text = path.read_text().splitlines(keepends=True)
    text[100] = text[100][:20] + "\n"
    path.write_text("".join(text))
    recording = load_recording(path)
    assert recording.gaps == (Gap(98, 1 / 250),)
    assert "1 broken lines" in recording.notes[0]


def muse_clock(number: FloatArray) -> list[str]:
    start = datetime(2024, 1, 1)
    return [(start + timedelta(seconds=i / 256)).isoformat(" ", "milliseconds") for i in number]


def test_mind_monitor(tmp_path: Path) -> None:
    data = signals(256 * SECONDS, 4)
    number = np.delete(np.arange(len(data)), slice(2000, 2012))
    text = "TimeStamp,Delta_TP9,RAW_TP9,RAW_AF7,RAW_AF8,RAW_TP10,Elements\n"
    lines = rows(muse_clock(number), number * 0.1, *data[number].T, [""] * len(number)).split("\n")
    lines.insert(50, "2024-01-01 00:00:00.200,,,,,,/muse/elements/blink")
    path = tmp_path / "mindMonitor.csv"
    path.write_text(text + "\n".join(lines))
    recording = load_recording(path)
    assert recording.info.ch_names == ("TP9", "AF7", "AF8", "TP10")
    assert recording.info.sfreq == 256
    assert [(gap.sample, round(gap.seconds * 256)) for gap in recording.gaps] == [(2000, 12)]
    np.testing.assert_allclose(recording.data, data[number] * 1e-6, atol=1e-12)


def test_mind_monitor_without_the_eeg_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "slow.csv"
    path.write_text("TimeStamp,RAW_TP9\n" + rows(muse_clock(np.arange(50) * 256), range(50)))
    with pytest.raises(UserError, match="set to 'Constant'"):
        load_recording(path)


HEADS: list[tuple[str, Callable[[FloatArray], str]]] = [
    (
        "title:x, sampling:128, subject:X, labels:COUNTER INTERPOLATED AF3 F7 Pz, units:emotiv\n",
        lambda number: "",
    ),
    (
        "title:x,recorded:1,sampling rate:eeg_128,subject:\n",
        lambda number: "Timestamp,EEG.Counter,EEG.AF3,EEG.F7,EEG.Pz,EEG.Battery\n",
    ),
]


@pytest.mark.parametrize("version", [0, 1])
def test_emotiv(tmp_path: Path, version: int) -> None:
    data = signals(128 * SECONDS, 3) + 4200
    number = np.delete(np.arange(len(data)), slice(500, 504))
    data = data[number]
    zeros = np.zeros(len(number))
    columns = [
        [number % 129, zeros, *data.T],
        [1.6e9 + number / 128, number % 129, *data.T, zeros + 4],
    ][version]
    path = tmp_path / "emotiv.csv"
    path.write_text(HEADS[version][0] + HEADS[version][1](number) + rows(*columns))
    recording = load_recording(path)
    assert recording.info.ch_names == ("AF3", "F7", "Pz")
    assert recording.gaps == (Gap(500, 4 / 128),)
    np.testing.assert_allclose(recording.data, data * 1e-6, rtol=1e-6)


@pytest.mark.parametrize(("n_columns", "n_signals"), [(24, 8), (32, 16), (15, 4)])
def test_brainflow_by_the_number_of_its_columns(
    tmp_path: Path, n_columns: int, n_signals: int
) -> None:
    data = signals(2500, n_columns - 3)
    number = np.arange(len(data))
    clock = [f"{1.6e9 + i / 250:.6f}" for i in number]
    path = tmp_path / "flow.csv"
    path.write_text(rows(number % 256, *data.T, clock, 0 * number, separator="\t"))
    recording = load_recording(path)
    assert (recording.info.sfreq, recording.info.n_channels) == (250, n_signals)
    np.testing.assert_allclose(recording.data, data[:, :n_signals] * 1e-6, atol=1e-12)


def test_a_table_of_nobody_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="export the recording as EDF or XDF"):
        load_recording(path)


SAMPLES = (
    "%OpenBCI Raw EXG Data\n%Number of channels = 4\n%Sample Rate = 200 Hz\n"
    "Sample Index, EXG Channel 0, EXG Channel 1, Timestamp, Marker Channel\n"
    + "".join(f"{i % 3}, {i}.5, -{i}, {1.6e9 + i / 200:.3f}, 0\n" for i in range(80)),
    "%START AT\n000003E8\n" + "".join(f"{i:02X}" + 8 * f",0000{i:02X}" + "\n" for i in range(80)),
    "timestamps,TP9,AF7\n" + "".join(f"{1.6e9 + i / 256:.3f},{i},-{i}\n" for i in range(80)),
    "TimeStamp,RAW_TP9\n" + "".join(f"2024-01-01 00:00:00.{4 * i:03},{i}\n" for i in range(80)),
    HEADS[0][0] + "".join(f"{i},0,{i}.1,-{i},3\n" for i in range(80)),
    HEADS[1][0] + HEADS[1][1](np.zeros(1)) + "".join(f"1,{i},2,{i},-{i},4\n" for i in range(80)),
    "".join(f"{i}\t{i}.5\t-{i}\t0\t{1.6e9 + i / 250:.3f}\t0\n" for i in range(80)),
)


@settings(max_examples=examples(300), deadline=None)
@given(
    sample=st.sampled_from(SAMPLES),
    edits=st.lists(
        st.tuples(
            st.integers(0, 3000), st.sampled_from(["", ",", "\n", "x", "9", "-", "nan", "%"])
        ),
        max_size=4,
    ),
    cut=st.none() | st.integers(1, 1500),
)
def test_any_damage_of_a_text_loads_or_is_refused_in_words(
    sample: str, edits: list[tuple[int, str]], cut: int | None
) -> None:
    for at, new in edits:
        sample = sample[:at] + new + sample[at + 1 :]
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(UserError):
        path = Path(folder) / "damaged.csv"
        path.write_text(sample[:cut] or "x")
        assert load_recording(path, as_it_is=True).n_times > 0


@pytest.mark.parametrize("first", ["%OpenBCI Raw EEG Data", "%Raw EEG Data"])
def test_old_files_tell_the_time_of_day_across_midnight(tmp_path: Path, first: str) -> None:
    data = signals(200 * SECONDS, 4)
    seconds = 86400 - 3 + np.arange(len(data)) / 200
    clock = [f"{int(s // 3600 % 24):02}:{int(s // 60 % 60):02}:{s % 60:06.3f}" for s in seconds]
    kept = np.delete(np.arange(len(data)), slice(900, 920))
    zeros = np.zeros(len(kept))
    path = tmp_path / "v3.txt"
    path.write_text(
        f"{first}\n%Sample Rate = 200.0 Hz\n%Last Column = Timestamp \n"
        + rows(kept % 201, *data[kept].T, zeros, zeros, zeros, [clock[i] for i in kept])
    )
    recording = load_recording(path)
    assert recording.info.n_channels == 4
    assert recording.info.sfreq == pytest.approx(200, rel=1e-4)
    assert recording.gaps == (Gap(900, 20 / 200),)
    np.testing.assert_allclose(recording.data, data[kept] * 1e-6, atol=1e-12)
