"""A folder that somebody sent is put in order within itself: nothing outside of it is written."""

import json
import os
import shutil

import pytest

from neurofeedback.errors import UserError
from neurofeedback.recording.read.lines import LOG, add_checksums, read_log
from neurofeedback.recording.repair.recover import recover_session

VICTIM = b"precious " * 3000


def tree(folder):
    """Return everything in a folder, links unfollowed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        what = os.readlink(path) if path.is_symlink() else path.is_file() and path.read_bytes()
        found[path.relative_to(folder)] = what
    return found


@pytest.fixture
def outside(tmp_path):
    """A folder with somebody's files, beside what was sent."""
    folder = tmp_path / "outside"
    (folder / "more").mkdir(parents=True)
    (folder / "file").write_bytes(VICTIM)
    (folder / "more" / "participants.tsv").write_bytes(b"participant_id\nsub-X\n")
    return folder


@pytest.fixture
def sent(make):
    """A session that was killed."""
    recorder, _ = make.session(4, finish=False)
    recorder.abandon()
    layout = recorder.layout
    with open(layout.eeg, "r+b") as file:
        file.truncate(layout.eeg.stat().st_size - 9)
    return layout


def refused(sent, outside, what):
    before = tree(outside)
    for dry_run in (True, False):
        with pytest.raises(UserError, match=f"{what} is a link"):
            recover_session(sent.session_dir, dry_run=dry_run)
    assert tree(outside) == before


FILES = ("log", "eeg", "times", "chunks", "feedback", "display", "vmrk", "vhdr", "recording",
         "events", "protocol")  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_planted_link_in_the_place_of_a_file_is_not_followed(sent, outside, name):
    path = getattr(sent, name)
    victim = outside / "file"
    victim.write_bytes(path.read_bytes() + b"and more, to be cut off")
    path.unlink()
    path.symlink_to(victim)
    refused(sent, outside, path.name)


@pytest.mark.parametrize("name", FILES[:2])
def test_a_link_that_leads_nowhere_makes_no_file_there(sent, outside, name):
    path = getattr(sent, name)
    path.unlink()
    path.symlink_to(outside / "new")
    refused(sent, outside, path.name)


FOLDERS = {
    "eeg": lambda layout: layout.eeg_dir,
    "session": lambda layout: layout.session_dir,
    "participant": lambda layout: layout.session_dir.parent,
    "computed": lambda layout: layout.derivatives_dir,
    "originals": lambda layout: layout.derivatives_dir.parent,
    "pipeline": lambda layout: layout.derivatives_root,
    "derivatives": lambda layout: layout.derivatives_root.parent,
}


@pytest.mark.parametrize("which", FOLDERS)
def test_a_planted_link_in_the_place_of_a_folder_is_not_followed(sent, outside, which):
    folder = FOLDERS[which](sent)
    shutil.move(folder, outside / "moved")
    folder.symlink_to(outside / "moved")
    refused(sent, outside, folder.name)


@pytest.mark.parametrize("place", ["the session", "a file beside it"])
def test_the_second_place_that_a_file_names_is_not_written_to(make, outside, tmp_path, place):
    """What was sent says that it goes on from a recording elsewhere, that of a victim."""
    victim, _ = make.session(2)
    root = tmp_path / "sent"
    shutil.copytree(make.root, root)
    layout = victim.layout.__class__(root, "P01", 1, "faaup")
    if place == "the session":
        fields = json.loads(layout.protocol.read_text())
        fields["continues"] = {
            "session": str(victim.path), "run": 1, "n_chunks": 0, "n_frames": 0, "n_events": 1,
            "n_displayed": 0,
        }  # fmt: skip
        layout.protocol.write_text(json.dumps(fields))
        started, *others = read_log(layout.log).texts
        lines = [json.dumps(json.loads(started) | {"continues": fields["continues"]}), *others]
        layout.log.write_bytes(add_checksums(lines[:-1], 0, LOG)[0])
    else:
        note = {"session": str(victim.path), "run": 1}
        (root / ".moved-from.json").write_text(json.dumps(note))
        layout.log.write_bytes(layout.log.read_bytes()[:-20])
    victim.layout.eeg.write_bytes(victim.layout.eeg.read_bytes() + b"torn")
    before = tree(make.root)
    report = recover_session(layout.session_dir)
    assert report.session == layout.session_dir
    assert report.joined is None
    assert "goes on from" in report.problems[-1]
    assert "--second-out" in report.problems[-1]
    assert tree(make.root) == before
    assert not recover_session(layout.session_dir).changed


def test_names_of_files_that_lead_elsewhere_are_not_obeyed(sent, outside):
    victim = outside / "file"
    for path, old in ((sent.vhdr, sent.eeg.name), (sent.vmrk, sent.eeg.name)):
        path.write_text(path.read_text().replace(f"DataFile={old}", f"DataFile={victim}"))
    started, *others = read_log(sent.log).texts
    fields = json.loads(started)
    fields["files"] |= {str(victim): "00000000", "../../../../outside/file": "00000000"}
    fields["participant"], fields["session"] = "../../outside", "../outside"
    sent.log.write_bytes(add_checksums([json.dumps(fields), *others], 0, LOG)[0])
    before = tree(outside)
    report = recover_session(sent.session_dir)
    assert tree(outside) == before
    assert report.n_samples == 120
    assert f"DataFile={sent.eeg.name}" in sent.vhdr.read_text()
    assert f"DataFile={sent.eeg.name}" in sent.vmrk.read_text()
