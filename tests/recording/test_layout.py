import os
import re
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout, task_label

CODE = re.compile(r"[A-Za-z0-9]{1,32}")


@given(st.text(max_size=40).filter(lambda s: not CODE.fullmatch(s)))
@example("")
@example("../../etc")
@example("a/b")
@example("a\\b")
@example("P01\n")
@example("P01\0")
@example("sub-P01")
@example("Jürgen")
@example("１")
@example("a" * 33)
@example(".")
@example("CON:")
def test_hostile_participant_codes_are_refused(code):
    with pytest.raises(UserError, match="participant code"):
        SessionLayout(Path("/data"), code, 1, "faaup")


@given(st.from_regex(CODE, fullmatch=True), st.integers(1, 200))
def test_all_paths_lie_below_the_root(code, session):
    layout = SessionLayout(Path("/data"), code, session, "faaup")
    for path in (layout.eeg, layout.protocol, layout.electrodes, layout.derived("report.html")):
        assert Path(os.path.normpath(path)) == path
        assert path.is_relative_to("/data")


@pytest.mark.parametrize("task", ["", "faa-up", "a/b", "ü"])
def test_task_labels_are_letters_and_digits(task):
    with pytest.raises(UserError, match="task label"):
        SessionLayout(Path("/data"), "P01", 1, task)


def test_names_are_those_of_bids():
    layout = SessionLayout(Path("/data"), "P01", 3, task_label("faa-up"))
    assert str(layout.vhdr) == (
        "/data/sub-P01/ses-03/eeg/sub-P01_ses-03_task-faaup_run-01_eeg.vhdr"
    )
    assert str(layout.feedback) == (
        "/data/derivatives/neurofeedback/sub-P01/ses-03/eeg/"
        "sub-P01_ses-03_task-faaup_run-01_feedback.tsv"
    )


def test_new_takes_the_number_after_the_last_and_makes_private_folders(tmp_path):
    root = tmp_path / "a" / "b"
    assert SessionLayout.new(root, "P01", "faa-up").session == 1
    (root / "sub-P01" / "ses-pilot").mkdir()
    (root / "derivatives" / "neurofeedback" / "sub-P01" / "ses-07").mkdir()
    layout = SessionLayout.new(root, "P01", "faa-up")
    assert layout.session == 8
    assert SessionLayout.new(root, "P02", "faa-up").session == 1
    for folder in (root, layout.session_dir, layout.eeg_dir, layout.derivatives_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_writers_never_share_a_number(tmp_path):
    start = threading.Barrier(8)

    def take(_):
        start.wait()
        return [SessionLayout.new(tmp_path, "P01", "faaup").session for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        taken = [n for numbers in pool.map(take, range(8)) for n in numbers]
    assert sorted(taken) == list(range(1, 41))


def a_file(tmp_path):
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


UNUSABLE = {
    "a file": (a_file, "is a file, not a folder"),
    "below a file": (lambda tmp: a_file(tmp) / "out", "is a file, not a folder"),
    "not writable": (lambda _: Path("/proc/out"), "Nothing can be recorded in '/proc/out'"),
    "name too long": (lambda tmp: tmp / ("x" * 300), "file name too long"),
    "no path at all": (lambda tmp: f"{tmp}/a\0b", "null byte"),
}


@pytest.mark.parametrize(("where", "message"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_output_folder_is_one_sentence(tmp_path, where, message):
    with pytest.raises(UserError, match=message) as caught:
        SessionLayout.new(where(tmp_path), "P01", "faa-up")
    assert "\n" not in str(caught.value)


def test_short_space_is_refused_before_anything_is_made(tmp_path):
    with pytest.raises(UserError, match="too little space in .* MB are free"):
        SessionLayout.new(tmp_path, "P01", "faa-up", free_bytes=10**18)
    assert not list(tmp_path.iterdir())


def test_codes_that_differ_only_in_case_are_refused(tmp_path):
    SessionLayout.new(tmp_path, "P01", "faa-up")
    with pytest.raises(UserError, match="differs from 'p01' only in capital letters"):
        SessionLayout.new(tmp_path, "p01", "faa-up")


def test_find_takes_any_path_of_the_session(make, monkeypatch):
    recorder, _ = make.session()
    layout = recorder.layout
    places = [
        layout.session_dir,
        layout.eeg_dir,
        layout.derivatives_dir,
        layout.derivatives_dir.parent,
        layout.electrodes,
        *layout.eeg_dir.iterdir(),
        *layout.derivatives_dir.iterdir(),
    ]
    for place in places:
        assert SessionLayout.find(place) == layout
        assert SessionLayout.find(str(place) + os.sep) == layout
    monkeypatch.chdir(layout.eeg_dir)
    assert SessionLayout.find(layout.eeg.name) == layout
    assert SessionLayout.find("..") == layout


def test_find_refuses_what_is_no_session(make, tmp_path):
    recorder, _ = make.session(1)
    foreign = tmp_path / "other" / "sub-01" / "ses-01" / "eeg"
    foreign.mkdir(parents=True)
    (foreign / "sub-01_ses-01_task-rest_eeg.vhdr").write_text("")
    cases = [
        (tmp_path / "nowhere", "no such file or folder"),
        ("a\0b", "no such file or folder"),
        (tmp_path, "is not a session"),
        (recorder.layout.root, "is not a session"),
        (recorder.layout.session_dir.parent, "is not a session"),
        (foreign, "was not recorded by this program"),
        (foreign.parent, "was not recorded by this program"),
    ]
    for path, message in cases:
        with pytest.raises(UserError, match=message):
            SessionLayout.find(path)


def test_find_asks_which_of_two_recordings_is_meant(make):
    recorder, _ = make.session(1)
    layout = recorder.layout
    other = SessionLayout(layout.root, layout.participant, layout.session, "rest", 2)
    other.protocol.write_text("{}")
    with pytest.raises(UserError, match="contains 2 recordings"):
        SessionLayout.find(layout.session_dir)
    assert SessionLayout.find(layout.vhdr) == layout
    assert SessionLayout.find(other.protocol) == other
