"""Files whose name says too little or is not true, and recordings of several files."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import mne
import numpy as np
import pytest

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError

MakeEdf = Callable[..., bytes]


@pytest.fixture
def triple(data_dir: Path, tmp_path: Path) -> Path:
    """Return the header of a BrainVision recording of three files."""
    for suffix in (".vhdr", ".vmrk", ".eeg"):
        shutil.copy(data_dir / f"brainvision/S001R01_EO{suffix}", tmp_path)
    return tmp_path / "S001R01_EO.vhdr"


@pytest.mark.parametrize("name", ["edf/S001R01.edf", "xdf/eegmmidb_EO.xdf", "bdf/S001R01_EO.bdf"])
@pytest.mark.parametrize("renamed", ["{name}.gz", "{name}", "data.gz", "DATA.EDF.GZ"])
def test_compressed_files_are_read_as_what_is_in_them(
    data_dir: Path, tmp_path: Path, name: str, renamed: str
) -> None:
    path = tmp_path / renamed.format(name=Path(name).name)
    path.write_bytes(gzip.compress((data_dir / name).read_bytes(), 1))
    recording, expected = load_recording(path), load_recording(data_dir / name)
    np.testing.assert_array_equal(recording.data, expected.data)
    assert recording.info.ch_names == expected.info.ch_names


def test_a_compressed_file_that_is_broken_is_named_by_its_own_name(
    make_edf: MakeEdf, tmp_path: Path
) -> None:
    path = tmp_path / "cut.edf.gz"
    path.write_bytes(gzip.compress(make_edf())[:-30])
    with pytest.raises(UserError, match="cut.edf.gz is compressed and broken"):
        load_recording(path)
    path.write_bytes(gzip.compress(make_edf()[:100]))
    with pytest.raises(UserError, match="only 100 bytes") as refused:
        load_recording(path)
    assert str(path)[:-3] in str(refused.value)


@pytest.mark.parametrize("name", ["a.txt", "a.bdf", "a.xdf", "a.dat2", "a"])
def test_an_edf_is_one_whatever_its_name(make_edf: MakeEdf, tmp_path: Path, name: str) -> None:
    (tmp_path / "a.edf").write_bytes(make_edf())
    path = tmp_path / name
    path.write_bytes(make_edf())
    np.testing.assert_array_equal(
        load_recording(path).data, load_recording(tmp_path / "a.edf").data
    )


@pytest.mark.parametrize("suffix", [".eeg", ".vmrk"])
def test_a_part_of_a_brainvision_recording_leads_to_its_header(triple: Path, suffix: str) -> None:
    expected = load_recording(triple)
    recording = load_recording(triple.with_suffix(suffix))
    np.testing.assert_array_equal(recording.data, expected.data)
    assert "read by S001R01_EO.vhdr" in recording.notes[0]
    triple.rename(triple.with_name("other.vhdr"))
    np.testing.assert_array_equal(load_recording(triple.with_suffix(suffix)).data, expected.data)
    (triple.with_name("other.vhdr")).unlink()
    with pytest.raises(UserError, match=r"opened by its \.vhdr file: put that beside it"):
        load_recording(triple.with_suffix(suffix))


def test_a_renamed_triple_finds_its_files(triple: Path) -> None:
    expected = load_recording(triple)
    samples = np.array(expected.data)
    for suffix in (".vhdr", ".vmrk", ".eeg"):
        triple.with_suffix(suffix).rename(triple.with_name(f"new name{suffix}"))
    recording = load_recording(triple.with_name("new name.vhdr"))
    np.testing.assert_array_equal(recording.data, samples)
    assert recording.annotations == expected.annotations
    assert recording.info.name == "new name.vhdr"
    assert "names S001R01_EO.eeg, which is not there; new name.eeg is read" in recording.notes[0]


def test_missing_markers_are_said_and_missing_samples_are_refused(triple: Path) -> None:
    expected = load_recording(triple)
    triple.with_suffix(".vmrk").unlink()
    recording = load_recording(triple)
    np.testing.assert_array_equal(recording.data, expected.data)
    assert "its markers S001R01_EO.vmrk are not there" in recording.notes[0]
    triple.with_suffix(".eeg").unlink()
    with pytest.raises(UserError, match=r"S001R01_EO\.eeg as the file of its samples"):
        load_recording(triple)


@pytest.mark.parametrize("unit", ["UV", "uVolt", "microvolts", "µV", "\u03bcV"])
def test_units_of_brainvision_are_read_in_all_spellings(triple: Path, unit: str) -> None:
    expected = load_recording(triple)
    text = triple.read_text(encoding="utf-8")
    triple.write_text(text.replace(",µV", f",{unit}"), encoding="utf-8")
    np.testing.assert_array_equal(load_recording(triple).data, expected.data)


@pytest.mark.parametrize("naming", ["neuromag", "bids"])
def test_a_split_recording_is_read_whole_or_says_what_is_missing(
    tmp_path: Path, naming: str
) -> None:
    info = mne.create_info([f"E{i}" for i in range(1, 65)], 1000.0, "eeg")
    data = np.random.default_rng(0).standard_normal((64, 12000)) * 1e-5
    raw = mne.io.RawArray(data, info, verbose="error")
    raw.save(tmp_path / "x_raw.fif", split_size="2MB", split_naming=naming, verbose="error")
    parts = sorted(tmp_path.iterdir(), key=lambda p: p.name.replace("x_raw.fif", "x_raw-0.fif"))
    assert load_recording(parts[0]).n_times == 12000
    assert load_recording(parts[0]).notes == ()
    assert "give the first part" in load_recording(parts[1]).notes[0]
    parts[1].unlink()
    recording = load_recording(parts[0])
    assert 0 < recording.n_times < 12000
    assert f"its next part {parts[1].name} is not beside it" in recording.notes[0]
    with pytest.raises(UserError, match="without --strict"):
        load_recording(parts[0], strict=True)


def test_epochs_are_refused_in_words(tmp_path: Path) -> None:
    info = mne.create_info(["F3", "F4"], 100.0, "eeg")
    epochs = mne.EpochsArray(np.zeros((3, 2, 100)), info, verbose="error")
    epochs.save(tmp_path / "x_epo.fif", verbose="error")
    with pytest.raises(UserError, match="no continuous recording"):
        load_recording(tmp_path / "x_epo.fif")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.cnt", b"x" * 1000),
        ("a.cnt", b"RIFF\0\0\0\0CNT " + b"x" * 1000),
        ("a.set", b"\x89HDF\r\n\x1a\n" + b"x" * 3000),
        ("a.eeg", b"EEG-1100A V01.00" + b"\0" * 3000),
        ("a.cdt", b"x" * 100),
        ("a.nxe", b"x" * 100),
        ("a.lay", b"x" * 100),
        ("a.vhdr", b"Brain Vision Data Exchange Header File Version 1.0\n"),
    ],
)
def test_what_cannot_be_read_is_refused_without_advice_for_programmers(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        load_recording(path)
    assert str(path) in str(refused.value)
    for advice in ("mne", "pip", "conda", "preload", "()", "encoding", "Python"):
        assert advice not in str(refused.value).replace(str(path), "")


def test_a_package_that_is_missing_is_named_with_the_extra(tmp_path: Path) -> None:
    pytest.importorskip("mne")
    folder = tmp_path / "a.mff"
    folder.mkdir()
    (folder / "info.xml").write_text("<x/>")
    with pytest.raises(UserError, match="formats|cannot be read"):
        load_recording(folder)


@pytest.mark.parametrize("more", [4 * 3 * 50, 2])
def test_samples_of_eeglab_of_another_length_are_said(tmp_path: Path, more: int) -> None:
    from eeglabio.raw import export_set
    from scipy.io import loadmat, savemat

    data = np.random.default_rng(0).normal(0, 2e-5, (3, 1000))
    path = tmp_path / "x.set"
    export_set(str(path), data, 250.0, ["F3", "F4", "Cz"])
    fields = {k: v for k, v in loadmat(path).items() if not k.startswith("__")}
    savemat(path, fields | {"data": "x.fdt"}, appendmat=False)
    stored = (data * 1e6).astype("<f4").T.tobytes()
    (tmp_path / "x.fdt").write_bytes(stored)
    assert load_recording(path).notes == ()
    (tmp_path / "x.fdt").write_bytes(stored + bytes(more))
    recording = load_recording(path)
    assert "announces 1000 samples and x.fdt holds" in recording.notes[0]
    with pytest.raises(UserError, match="without --strict"):
        load_recording(path, strict=True)
