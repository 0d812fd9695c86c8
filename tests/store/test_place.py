"""Where an index lies, and the mark of a dataset."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from store_parts import record

from neurofeedback.errors import UserError
from neurofeedback.store.place import dataset_id, find_place

MARK = Path("derivatives", "neurofeedback", ".dataset-id")


@pytest.fixture
def dataset(tmp_path):
    (tmp_path / "data" / "derivatives" / "neurofeedback").mkdir(parents=True)
    return tmp_path / "data"


def test_the_mark_is_made_once_and_kept(dataset):
    first = dataset_id(dataset)
    assert dataset_id(dataset) == first
    assert (dataset / MARK).read_text().strip() == first
    assert (dataset / MARK).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (dataset / MARK).parent.iterdir()] == [MARK.name]


def test_different_datasets_have_different_marks(dataset, tmp_path):
    other = tmp_path / "other"
    assert find_place(other, make=True).dataset_id != dataset_id(dataset)


def test_a_dataset_that_takes_no_mark_is_known_by_its_path(dataset, tmp_path, monkeypatch):
    def refuse(*arguments):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("neurofeedback.store.place._make_mark", refuse)
    link = tmp_path / "link"
    link.symlink_to(dataset)
    assert dataset_id(dataset) == dataset_id(link) != dataset_id(tmp_path)
    assert not (dataset / MARK).exists()


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"../../etc/passwd", b"a" * 31, b"A" * 32])
def test_another_content_of_the_mark_is_refused(dataset, content):
    (dataset / MARK).write_bytes(content)
    with pytest.raises(UserError, match="does not contain the mark of a dataset; remove it"):
        dataset_id(dataset)


@pytest.mark.parametrize("make_folder", [True, False])
def test_a_folder_without_sessions_is_no_dataset_and_is_left_alone(tmp_path, make_folder):
    folder = tmp_path / "photos"
    if make_folder:
        folder.mkdir()
    with pytest.raises(UserError, match="no session was ever recorded there"):
        find_place(folder)
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("sqlite:////var/lib/x.sqlite3", "/var/lib/x.sqlite3"),
        ("/var/lib/x.sqlite3", "/var/lib/x.sqlite3"),
        ("postgresql://host/clinic", "postgresql://host/clinic"),
        ("postgres://u:secret@host:5433/clinic?sslmode=require", "postgresql://host:5433/clinic"),
        ("postgresql+psycopg://u:se@cret@host/clinic", "postgresql://host/clinic"),
    ],
)
def test_addresses_are_understood_and_named_without_passwords(dataset, where, name):
    place = find_place(dataset, where)
    assert place.name == name
    assert "cret" not in repr(place) + str(place) + place.name


def test_a_relative_file_is_taken_from_here(dataset, monkeypatch):
    monkeypatch.chdir(dataset)
    for where in ("x.sqlite3", "sqlite:///x.sqlite3"):
        assert find_place(dataset, where).file == dataset / "x.sqlite3"


@pytest.mark.parametrize(
    "where", ["mysql://h/d", "sqlite://", "sqlite:///", "postgresql://", "://"]
)
def test_other_addresses_are_refused_with_what_is_possible(dataset, where):
    with pytest.raises(UserError, match="give a file, postgresql://USER@HOST/DATABASE, or off"):
        find_place(dataset, where)


def test_the_option_goes_before_the_environment(dataset, monkeypatch):
    monkeypatch.setenv("NEUROFEEDBACK_INDEX", "off")
    assert find_place(dataset) is None
    assert find_place(dataset, "/x/y") is not None


def test_the_dataset_stays_a_bids_dataset(tmp_path):
    beside = Path(sys.executable).with_name("bids-validator-deno")
    program = str(beside) if beside.exists() else shutil.which("bids-validator-deno")
    if program is None:
        pytest.skip("bids-validator-deno is not installed")
    folder = record(tmp_path / "data").parents[1]
    dataset_id(folder)
    assert (folder / MARK).exists()
    for root in (folder, folder / "derivatives" / "neurofeedback"):
        command = [program, "--format", "json", os.fspath(root)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        issues = json.loads(done.stdout)["issues"]["issues"]
        about = [i for i in issues if MARK.name in json.dumps(i)]
        assert about == []
        assert [i["code"] for i in issues if i["severity"] == "error"] == []
