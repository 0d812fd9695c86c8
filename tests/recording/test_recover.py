"""Putting sessions in order; what damage does is in tests/reliability."""

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace

import pytest
from official_validator import bids_errors

from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair import changes, tidy
from neurofeedback.recording.repair.recover import recover_session, unfinished


def contents(root):
    return {p: p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


@pytest.fixture
def killed(make):
    """The layout of a session that was killed while its fourth chunk was being written."""
    recorder, _ = make.session(4, finish=False)
    recorder.abandon()
    layout = recorder.layout
    with open(layout.eeg, "r+b") as file:
        file.truncate(layout.eeg.stat().st_size - 9)
    return layout


def test_a_killed_session_is_finished_and_says_so(make, killed):
    report = recover_session(killed.session_dir)
    assert (report.n_samples, report.n_chunks, report.n_frames) == (120, 3, 15)
    assert report.seconds == 120 / 250
    assert report.cut[killed.eeg.name] == 40 * 20 - 9
    assert any("1 acknowledged chunk(s) are missing" in problem for problem in report.problems)
    assert check_files(killed) == []
    stopped = SessionReader(killed).stopped
    assert stopped.details["status"] == "recovered"
    assert stopped.details["cut"] == report.cut
    fields = json.loads(killed.recording.read_text())
    assert fields["RecordingDuration"] == 120 / 250
    assert fields["RecordingType"] == "discontinuous"
    assert bids_errors(killed.root) == []
    assert bids_errors(killed.derivatives_root) == []


def test_a_second_run_changes_nothing(killed):
    recover_session(killed)
    before = contents(killed.root)
    report = recover_session(killed)
    assert not report.changed
    assert report.problems == ()
    assert contents(killed.root) == before


def test_a_session_in_order_is_left_alone(make):
    recorder, _ = make.session()
    before = contents(make.root)
    assert not recover_session(recorder.path).changed
    assert contents(make.root) == before


def test_a_dry_run_tells_the_same_and_changes_nothing(killed):
    before = contents(killed.root)
    dry = recover_session(killed, dry_run=True)
    assert contents(killed.root) == before
    assert dry.changed
    assert replace(recover_session(killed), originals=None) == dry


def test_what_is_cut_is_kept_and_private(killed):
    before = contents(killed.root)
    originals = recover_session(killed).originals
    told = json.loads((originals / changes.MANIFEST).read_text())["files"]
    assert killed.eeg.name in told
    for path, data in before.items():
        now = path.read_bytes()
        if path.name in told:
            end = originals / path.name
            now = now[: told[path.name]["kept_bytes"]]
            now += end.read_bytes() if end.exists() else b""
        assert now == data, path
    assert stat.S_IMODE(originals.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in originals.iterdir()} == {0o600}


def test_an_interruption_at_any_step_does_no_harm(killed, monkeypatch, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(killed.root, copy)
    whole = replace(killed, root=copy)
    recover_session(whole)
    wanted = {p.name: d for p, d in contents(whole.derivatives_dir.parent / "eeg").items()}
    start = contents(killed.root)
    apply = changes.apply

    def cut_short(planned, last, n_steps):
        apply(sorted(planned, key=lambda change: change.path == last)[:n_steps], last)
        raise KeyboardInterrupt

    for n_steps in range(9):
        shutil.rmtree(killed.root)
        for path, data in start.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        with monkeypatch.context() as patched:
            patched.setattr(
                tidy, "apply", lambda planned, last, n=n_steps: cut_short(planned, last, n)
            )
            with pytest.raises(KeyboardInterrupt):
                recover_session(killed)
        report = recover_session(killed)
        assert check_files(killed) == []
        assert report.n_samples == 120
        found = {p.name: d for p, d in contents(killed.derivatives_dir).items()}
        assert {n: d for n, d in found.items() if n != killed.log.name} == {
            n: d for n, d in wanted.items() if n != killed.log.name
        }


def test_without_space_for_what_is_cut_nothing_is_changed(killed, monkeypatch):
    before = contents(killed.root)
    usage = shutil.disk_usage(killed.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100))
    with pytest.raises(UserError, match=r"to put it in order takes .* MB, and 0.0 MB are free"):
        recover_session(killed)
    assert contents(killed.root) == before


def test_a_session_that_is_being_recorded_is_refused(make):
    recorder, chunks = make.session(2, finish=False)
    with pytest.raises(UserError, match="is being recorded at this moment; end that session first"):
        recover_session(recorder.path)
    assert unfinished(make.root) == []
    recorder.append([make.chunk(chunks[-1].stop_sample, 5)])
    recorder.abandon()
    assert unfinished(make.root) == [recorder.layout]
    assert recover_session(recorder.path).n_samples == 85


def test_the_lock_of_a_killed_program_is_gone(make):
    code = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from conftest import Maker\n"
        "recorder, _ = Maker(Path(sys.argv[1])).session(2, finish=False)\n"
        "print(recorder.path, flush=True); sys.stdin.read()"
    )
    here = os.path.dirname(__file__)
    command = [sys.executable, "-c", code, str(make.root), here, os.path.dirname(here) + "/.."]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        session = process.stdout.readline().strip()
        with pytest.raises(UserError, match="is being recorded at this moment"):
            recover_session(session)
        process.kill()
    assert recover_session(session).n_samples == 80


@pytest.mark.parametrize("name", ["protocol", "log"])
def test_what_was_recorded_is_known_from_two_places(make, killed, name):
    path = getattr(killed, name)
    whole = path.read_bytes()
    path.unlink()
    report = recover_session(killed.session_dir)
    assert report.n_samples == 120
    assert report.n_events == (9 if name == "protocol" else 0)
    assert check_files(killed) == []
    assert whole.startswith(path.read_bytes()[:200])


def test_where_nothing_tells_what_was_recorded_it_is_said(killed):
    killed.protocol.write_text("{")
    killed.log.write_text("{}\n")
    with pytest.raises(UserError, match="neither .*protocol.json nor the log tells"):
        recover_session(killed)


@pytest.mark.parametrize("part", ["sub-P01", "derivatives"])
def test_missing_folders_are_one_sentence(killed, part):
    shutil.rmtree(killed.root / part)
    with pytest.raises(UserError):
        recover_session(killed.session_dir)


def test_a_session_without_a_sample_is_finished_too(make):
    recorder = make.recorder()
    recorder.abandon()
    with open(recorder.layout.times, "wb") as file:
        file.write(b"torn")
    (recorder.layout.eeg).write_bytes(b"torn too")
    report = recover_session(recorder.path)
    assert (report.n_samples, report.seconds) == (0, 0.0)
    assert not recorder.layout.eeg.exists()
    assert check_files(recorder.path) == []
    assert bids_errors(make.root) == []


def test_how_a_finished_session_ended_is_kept_when_only_other_files_were_damaged(make):
    recorder, _ = make.session()
    layout = recorder.layout
    layout.vmrk.write_text("nonsense")
    layout.recording.unlink()
    layout.raw("channels.tsv").write_text("name\n")
    layout.protocol.write_text("[]")
    layout.events.write_text(layout.events.read_text()[:-5])
    assert len(check_files(layout)) >= 1
    report = recover_session(layout)
    assert report.changed
    assert report.cut == {}
    assert check_files(layout) == []
    stopped = SessionReader(layout).stopped
    assert (stopped.details["status"], stopped.details["n_samples"]) == ("completed", 120)


def test_a_finished_session_whose_end_was_cut_off_is_noticed(make):
    recorder, _ = make.session()
    log = recorder.layout.log
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    problems = check_files(recorder.path)
    assert any("has no SessionStopped, though the session was" in each for each in problems)
    assert recover_session(recorder.path).n_samples == 120
    assert SessionReader(recorder.path).stopped.details["status"] == "recovered"


def test_unfinished_sessions_of_a_dataset_are_found(make):
    make.session()[0].abandon()
    for participant in ("P02", "P03"):
        recorder = make.recorder(make.layout(participant))
        make.record(recorder, make.chunk(0, 40))
        recorder.abandon()
    found = unfinished(make.root)
    assert [layout.participant for layout in found] == ["P02", "P03"]
    for layout in found:
        recover_session(layout)
    assert unfinished(make.root) == []


def test_a_folder_of_somebody_else_is_refused(tmp_path, make):
    (tmp_path / "derivatives").mkdir()
    with pytest.raises(UserError, match="recorded by this program"):
        unfinished(tmp_path)
    foreign = make.root / "sub-01" / "ses-01" / "eeg"
    foreign.mkdir(parents=True)
    (foreign / "sub-01_ses-01_task-rest_eeg.vhdr").touch()
    with pytest.raises(UserError, match="was not recorded by this program"):
        recover_session(foreign)


def test_progress_is_told(killed):
    done = []
    recover_session(killed, progress=done.append)
    assert done[-1] == 1.0
    assert done == sorted(done)


def test_the_longest_beginning_is_kept_when_the_middle_is_damaged(make):
    recorder, chunks = make.session(4, finish=False)
    recorder.abandon()
    layout = recorder.layout
    data = bytearray(layout.eeg.read_bytes())
    data[len(data) // 2 + 3] ^= 4
    layout.eeg.write_bytes(bytes(data))
    report = recover_session(layout)
    assert report.n_chunks == 2
    assert report.cut[layout.eeg.name] == len(data) // 2
    events = SessionReader(layout).events()
    assert all(e.sample < chunks[2].first_sample for e in events[:-1])
    assert events[-1].kind is EventKind.SESSION_STOPPED
    assert SessionLayout.find(layout.session_dir) == layout
