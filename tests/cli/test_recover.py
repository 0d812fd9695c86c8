import json
import os
import shutil
import time

import pytest

from neurofeedback.recording.read.reader import SessionReader
from reliability.sessions import small_session


@pytest.fixture
def killed(tmp_path):
    """A session that was killed in the middle of a sample."""
    session = small_session(tmp_path / "data", finish=False)
    session.recorder.abandon()
    layout = session.recorder.layout
    os.truncate(layout.eeg, layout.eeg.stat().st_size - 5)
    return layout


def test_sessions_that_were_interrupted_are_put_in_order(invoke, killed):
    done = invoke("recover", killed.root)
    assert done.exit_code == 0
    assert f"{killed.session_dir}: recovered, 5.8 s with 368 samples" in done.stdout
    assert "Bytes cut off: eeg.eeg 187, times.f64 128" in done.stdout
    assert "kept in" in done.stdout
    assert SessionReader(killed).stopped.details["status"] == "recovered"
    again = invoke("recover", killed.root)
    assert (again.exit_code, "contains no interrupted session" in again.stdout) == (0, True)
    assert "nothing to do, all 5.8 s are complete" in invoke("recover", killed.session_dir).stdout
    assert invoke("verify", killed.session_dir).exit_code == 0


def test_a_dry_run_changes_nothing(invoke, killed):
    done = invoke("recover", killed.session_dir, "--dry-run")
    assert "would be recovered" in done.stdout
    assert SessionReader(killed).stopped is None


def test_the_answer_for_a_program(invoke, killed):
    done = invoke("recover", killed.root, "--json")
    answer = json.loads(done.stdout)
    [session] = answer["sessions"]
    assert session["session"] == str(killed.session_dir)
    assert (session["changed"], session["samples"], session["chunks"]) == (True, 368, 23)
    assert session["cut_bytes"][killed.eeg.name] == 187
    assert answer["errors"] == []


def test_a_session_that_is_being_recorded_is_refused(invoke, tmp_path):
    session = small_session(tmp_path / "data", finish=False)
    done = invoke("recover", session.recorder.path)
    assert done.exit_code == 2
    assert "is being recorded at this moment; end that session first" in done.stderr
    answer = json.loads(invoke("recover", session.recorder.path, "--json").stdout)
    assert "is being recorded" in answer["errors"][0]
    session.recorder.abandon()


@pytest.mark.parametrize("name", ["", "nothing", "file"])
def test_what_is_no_session_is_one_sentence(invoke, tmp_path, name):
    (tmp_path / "file").touch()
    done = invoke("recover", tmp_path / name)
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_recording_goes_on_in_the_second_place_and_is_joined(launch, invoke, tmp_path):
    """The session's folder is removed while a whole program records to it."""
    out, second = tmp_path / "data", tmp_path / "second"
    process = launch(
        "run", "-p", "faa-demo", "-s", "synthetic", "-u", "p1", "--headless",
        "--out", out, "--second-out", second,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(out.glob("sub-p1/ses-01/eeg/*_eeg.eeg")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    shutil.rmtree(out)
    while not list(second.glob("*/sub-p1/ses-01/eeg/*_eeg.eeg")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.terminate()
    stdout, stderr = process.communicate(timeout=60)
    assert "The recording goes on in" in stderr
    assert "join both parts with: neurofeedback recover" in " ".join(stderr.split())
    assert str(second) in stdout
    out.mkdir()
    done = invoke("recover", out, "--second-out", second)
    assert done.exit_code == 0, done.stderr
    assert "which is no longer needed" in done.stdout
    assert invoke("verify", out / "sub-p1" / "ses-01").exit_code == 0
