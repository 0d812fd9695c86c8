"""Recordings in a folder: each once, with all the files that belong to it."""

from pathlib import Path

import numpy as np
import pytest
import writers

from neurofeedback.acquisition.folder import content_digest, files_of, find_recordings
from neurofeedback.errors import UserError

LABELS = ("F3", "F4", "Cz", "Pz")
VOLTS = np.random.default_rng(0).standard_normal((4, 512)) * 1e-5
WRITERS = {
    "edf": writers.edf_by_edfio,
    "bdf": writers.bdf_by_pyedflib,
    "vhdr": writers.brainvision_floats,
    "fif": writers.fif_by_mne,
    "set": writers.set_by_eeglabio,
    "gdf": writers.gdf,
    "xdf": writers.xdf,
    "txt": writers.openbci_text,
}


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_recordings(folder).recordings]


def write(stem: Path, kind: str) -> Path:
    stem.parent.mkdir(parents=True, exist_ok=True)
    rate = 250 if kind == "txt" else 128
    return WRITERS[kind](stem, LABELS, VOLTS, rate)[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", WRITERS)
def test_a_recording_of_every_kind_is_found_once(tmp_path, kind):
    path = write(tmp_path / "deep" / "er" / "one", kind)
    (tmp_path / "README").write_text("no recording\n")
    (tmp_path / "notes.txt").write_text("no recording either\n")
    found = find_recordings(tmp_path)
    assert found.recordings == (path,)
    assert found.left_out == (tmp_path / "notes.txt",)


def test_of_a_dataset_every_eeg_is_found_once(tmp_path):
    (tmp_path / "dataset_description.json").write_text("{}")
    for i, kind in enumerate(("edf", "vhdr", "set")):
        path = write(tmp_path / f"sub-{i}" / "eeg" / f"sub-{i}_task-rest_eeg", kind)
        path.with_suffix(".json").write_text("{}")
    write(tmp_path / "sub-0" / "beh" / "sub-0_task-rest_beh", "edf")
    write(tmp_path / "derivatives" / "x" / "sub-0" / "eeg" / "sub-0_task-rest_eeg", "edf")
    write(tmp_path / "sourcedata" / "sub-0" / "eeg" / "sub-0_task-rest_eeg", "edf")
    assert [name.partition("/")[0] for name in names(tmp_path)] == ["sub-0", "sub-1", "sub-2"]


def test_content_decides_before_names_and_hidden_files_are_passed_by(tmp_path):
    write(tmp_path / "a", "edf").rename(tmp_path / "a.rec")
    (tmp_path / "._a.edf").write_bytes(b"of a Mac")
    (tmp_path / "b.edf").touch()
    (tmp_path / "c.eeg").write_bytes(b"without its header")
    assert names(tmp_path) == ["a.rec", "b.edf", "c.eeg"]  # those that are broken say so when read


def test_parts_of_a_split_recording_are_one(tmp_path):
    for name in ("x_raw.fif", "x_raw-1.fif", "y_split-01_raw.fif", "y_split-02_raw.fif"):
        (tmp_path / name).write_bytes(b"first or later")
    (tmp_path / "z_raw-2.fif").write_bytes(b"its first part is lost")
    assert names(tmp_path) == ["x_raw.fif", "y_split-01_raw.fif", "z_raw-2.fif"]
    parts = [path.name for path in files_of(tmp_path / "x_raw.fif")]
    assert parts == ["x_raw-1.fif", "x_raw.fif"]


def test_a_loop_of_links_is_walked_once(tmp_path):
    path = write(tmp_path / "in" / "a", "edf")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "in")
    assert len(names(tmp_path)) == 1
    assert names(path.parent) == ["a.edf"]


def test_the_digest_follows_every_file_of_a_recording_and_no_other(tmp_path):
    head = write(tmp_path / "a", "vhdr")
    write(tmp_path / "ab", "edf")
    (tmp_path / "a.eeg").rename(tmp_path / "other.eeg")
    head.write_text(head.read_text("utf-8").replace("a.eeg", "other.eeg"), "utf-8")
    before, size = content_digest(head)
    assert size == sum((tmp_path / n).stat().st_size for n in ("a.vhdr", "a.vmrk", "other.eeg"))
    (tmp_path / "ab.edf").write_bytes(b"another")
    assert content_digest(head)[0] == before
    samples = (tmp_path / "other.eeg").read_bytes()
    (tmp_path / "other.eeg").write_bytes(samples[:-1] + b"?")
    assert content_digest(head)[0] != before


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(UserError, match="There is no recording in"):
        find_recordings(tmp_path)
    with pytest.raises(UserError, match="is not a folder"):
        find_recordings(tmp_path / "nowhere")
