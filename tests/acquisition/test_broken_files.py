"""Files that once crashed a reader: each kind ends in a sentence, or is read without a warning."""

from __future__ import annotations

import gc
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
import writers
from writers import xdf_bytes

from neurofeedback.acquisition.files.ant import read_ant
from neurofeedback.acquisition.folder import files_of
from neurofeedback.acquisition.losses import are_times
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError

NAMES, RATE = ("F3", "F4", "Cz", "O1"), 128
SIGNALING_NAN = b"\x01\x00\xa0\x7f"  # arithmetic with it is an invalid operation


def volts(seconds: int = 4) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 20e-6, (len(NAMES), seconds * RATE))


def written(write: Callable[..., tuple[Path, float]], folder: Path) -> Path:
    return write(folder / "x", NAMES, volts(), RATE)[0]


def changed(path: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    return path


def test_samples_that_are_no_numbers_or_beyond_bounds_are_read_as_that(tmp_path):
    header = written(writers.brainvision_floats, tmp_path)
    samples = header.with_suffix(".eeg")
    samples.write_bytes(SIGNALING_NAN + b"\xff\xff\x7f\x7f" + samples.read_bytes()[8:])
    changed(header, b"Ch2=F4,,", b"Ch2=F4,,1e300")  # no value fits then
    data = load_recording(header, as_it_is=True).data
    assert np.isnan(data[0, 0])
    assert np.isfinite(data[1:, 0]).all()
    path = tmp_path / "x.xdf"
    values = (volts().T * 1e6).astype("<f4")
    content = xdf_bytes(values, rate=RATE, desc="")
    path.write_bytes(content.replace(values[3, 1].tobytes(), SIGNALING_NAN, 1))
    assert np.isnan(load_recording(path).data[3, 1])


@pytest.mark.parametrize(
    "stamp", [1e308, 1e150, -1e300, 1e12], ids=["most", "squared", "below", "40 000 years"]
)
def test_time_stamps_that_are_none_are_not_used(tmp_path, stamp):
    stamps = 100.0 + np.arange(4 * RATE) / RATE
    stamps[300] = stamp
    path = tmp_path / "x.xdf"
    values = (volts().T * 1e6).astype("<f4")
    path.write_bytes(xdf_bytes(values, rate=RATE, stamps=stamps))
    recording = load_recording(path)
    assert "time stamps do not run" in " ".join(map(str, recording.notes))
    assert recording.times[:][-1] == (4 * RATE - 1) / RATE


def test_time_stamps_are_of_this_world_and_of_more_than_one_moment():
    assert are_times(1.6e9 + np.arange(100) / 250)
    assert are_times(np.array([5.0]))
    assert are_times(np.array([0.0, 0.0, 0.0, 1.0]))  # sent in bursts
    for stamps in ([0.0, np.nan], [0.0, np.inf], [0.0, 1e12], [1.0, 1.0], [0.0, 1e-300]):
        assert not are_times(np.array(stamps))


@pytest.mark.parametrize("rate", ["0.0001", "99999999999", "0.0", "-1"])
def test_a_rate_that_nothing_can_be_computed_with_is_refused(tmp_path, rate):
    path = written(writers.openbci_text, tmp_path)
    changed(path, b"%%Sample Rate = %d Hz" % RATE, b"%%Sample Rate = %s Hz" % rate.encode())
    with pytest.raises(UserError, match=r"rate|Rate"):
        load_recording(path)


def brainflow(path: Path, clock: Callable[[int], object]) -> Path:
    rows = [
        "\t".join(map(str, [i % 256, *row, *[0.0] * 7, clock(i), 0.0, 0.0]))
        for i, row in enumerate((volts().T * 1e6).round(3).tolist())
    ]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_clock_that_begins_without_a_number(tmp_path):
    path = brainflow(tmp_path / "x.csv", lambda i: 1.6e9 + i / RATE if i else "inf")
    with pytest.raises(UserError, match="can be told for signals and clock"):
        load_recording(path)


@pytest.mark.parametrize("at", [0, 100])
def test_a_row_with_a_number_where_the_others_have_the_time_of_day(tmp_path, at):
    rows = [
        f"{i % 256}, {', '.join(f'{v:.3f}' for v in row)}, 14:45:{i / RATE:06.3f}"
        for i, row in enumerate(volts().T * 1e6)
    ]
    rows[at] = rows[at].replace("14:45:", "")
    head = [
        "%OpenBCI Raw EEG Data", "%Number of channels = 4", f"%Sample Rate = {RATE} Hz",
        "%First Column = SampleIndex", "%Last Column = Timestamp", "%Other Columns = EEG",
    ]  # fmt: skip
    path = tmp_path / "x.txt"
    path.write_text("\n".join([*head, *rows, ""]))
    recording = load_recording(path)
    assert "1 broken lines are left out" in " ".join(map(str, recording.notes))
    assert recording.n_times == 4 * RATE - 1


@pytest.mark.parametrize("number", ["9" * 400, "2147483647", "1e400"])
def test_a_header_of_more_channels_than_it_describes(tmp_path, number):
    path = written(writers.brainvision_integers, tmp_path)
    changed(path, b"NumberOfChannels=4", f"NumberOfChannels={number}".encode())
    with pytest.raises(UserError, match="NumberOfChannels|describes others"):
        load_recording(path)


@pytest.mark.parametrize("name", ["x" * 5000 + ".eeg", "x\0.eeg"], ids=["long", "zero byte"])
def test_a_header_that_names_what_no_file_can_be_called(tmp_path, name):
    path = written(writers.brainvision_integers, tmp_path)
    changed(path, b"DataFile=x.eeg", f"DataFile={name}".encode())
    assert load_recording(path).n_times == 4 * RATE
    assert {p.suffix for p in files_of(path)} == {".vhdr", ".eeg", ".vmrk"}


def test_fif_whose_tags_lead_in_a_circle(tmp_path):
    path = written(writers.fif_by_mne, tmp_path)
    content = bytearray(path.read_bytes())
    content[36 + 16 : 36 + 20] = struct.pack(">i", -1)  # no directory: tags are followed
    content[56 + 12 : 56 + 16] = struct.pack(">i", 36)
    path.write_bytes(content)
    with pytest.raises(UserError, match="is damaged: its parts"):
        load_recording(path)


def matlab_parts(content: bytes) -> list[int]:
    """Return where parts of a MATLAB file begin, one level deep."""
    found, at = [], 128
    while at < len(content):
        size = struct.unpack_from("<I", content, at + 4)[0]
        found += [at, at + 8, at + 24, at + 40]
        at += 8 + size
    return found


def test_matlab_files_whose_parts_are_none_that_is_known(tmp_path):
    path = written(writers.set_by_eeglabio, tmp_path)
    whole = path.read_bytes()
    n_refused = 0
    for at in matlab_parts(whole):
        for bit in (0, 4, 9, 31):
            content = bytearray(whole)
            content[at + bit // 8] ^= 1 << bit % 8
            path.write_bytes(content)
            try:
                load_recording(path)
            except UserError:
                n_refused += 1
    assert n_refused > 100  # SciPy would end the process for some of these
    path.write_bytes(whole)
    assert load_recording(path).n_times == 4 * RATE


def test_ant_files_that_were_moved_or_say_too_much(tmp_path):
    pytest.importorskip("antio")
    path = written(writers.ant_by_antio, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:300] + b"\0" * 8 + whole[300:])
    with pytest.raises(UserError, match="is damaged: its parts|no whole file of ANT Neuro"):
        load_recording(path)


READ_ALL = """
import sys
from pathlib import Path
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError
for path in sorted(Path(sys.argv[1]).glob("*.cnt")):
    try:
        recording = load_recording(path)
        for stretch in recording.stretches():
            recording.samples[stretch]
        print("read")
    except UserError as error:
        print(error)
"""


def readers() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "ant_library" in " ".join(p.cmdline())]


DAMAGES = {
    "crash": (b"[Basic Channel", b"[Basic Chaonel"),  # its header lacks a part
    "never end": (b"\nEOH\n", b"\nEOI\n"),  # its header has no end
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_ant_files_on_which_their_library_ends_do_not_end_the_program(tmp_path, damage):
    pytest.importorskip("antio")
    path = written(writers.ant_by_antio, tmp_path)
    changed(path.rename(tmp_path / "a.cnt"), *DAMAGES[damage])
    written(writers.ant_by_antio, tmp_path)
    script = f"from neurofeedback.acquisition.files import apart\napart.LONGEST = 5.0\n{READ_ALL}"
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, timeout=60,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    refused, read = done.stdout.splitlines()
    assert "a.cnt cannot be read as a recording: the library that reads files of ANT" in refused
    assert read == "read"


def test_ant_files_whose_process_was_killed_are_refused_from_then_on(tmp_path):
    pytest.importorskip("antio")
    values = read_ant(written(writers.ant_by_antio, tmp_path)).values
    assert values[:4].shape == (4, len(NAMES))
    (reader,) = readers()
    reader.kill()
    for _ in range(2):
        with pytest.raises(UserError, match="stopped working on it"):
            values[:4]


def test_processes_that_read_end_with_their_recordings(tmp_path):
    pytest.importorskip("antio")
    recording = load_recording(written(writers.ant_by_antio, tmp_path))
    running = readers()
    assert len(running) == 1
    del recording
    gc.collect()
    assert not psutil.wait_procs(running, timeout=30)[1]
