"""An end that was taken away from a session is known from the audit trail."""

import json
import shutil

import pytest

from neurofeedback.recording.repair.recover import recover_session
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.store.known_end import KnownEnd, known_end
from neurofeedback.store.register import register_finished, register_recovered
from reliability.sessions import small_session


@pytest.fixture
def where(tmp_path):
    return str(tmp_path / "index.sqlite3")


@pytest.fixture
def layout(tmp_path, where):
    layout = small_session(tmp_path / "data", finish=True).recorder.layout
    assert register_finished(layout.session_dir, where=where) is None
    return layout


def take_the_end_away(layout):
    """Make it look as if the session had been killed earlier; every file fits the others."""
    for path, width in ((layout.chunks, 0), (layout.feedback, 0), (layout.display, 0)):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[: len(lines) // 2 + width]))
    lines = layout.log.read_bytes().splitlines(keepends=True)
    layout.log.write_bytes(b"".join(lines[:2]))
    for path in (layout.events, layout.vmrk):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:-3]))
    n_times = len(layout.chunks.read_bytes().splitlines()) - 1
    layout.eeg.write_bytes(layout.eeg.read_bytes()[: 12 * 16 * n_times])
    layout.times.write_bytes(layout.times.read_bytes()[: 8 * 16 * n_times])
    fields = json.loads(layout.recording.read_text())
    del fields["RecordingDuration"]
    layout.recording.write_text(json.dumps(fields))


def test_a_session_as_it_ended_lacks_nothing(layout, where):
    assert known_end(layout.session_dir, where=where) == KnownEnd()


def test_an_end_that_was_taken_away_is_known(layout, where):
    n_samples = verify_session(layout.session_dir).n_samples
    take_the_end_away(layout)
    said = known_end(layout.session_dir, where=where).problem
    assert f"it had {n_samples} samples" in said
    assert "and no end: what followed was taken away" in said
    recover_session(layout)
    assert "what followed was taken away" in known_end(layout.session_dir, where=where).problem


def test_what_was_lost_and_recovered_in_the_open_is_no_secret(layout, where):
    layout.eeg.write_bytes(layout.eeg.read_bytes()[:-500])
    recover_session(layout)
    assert known_end(layout.session_dir, where=where).problem is not None
    assert register_recovered(layout.session_dir, where=where) is None
    assert known_end(layout.session_dir, where=where) == KnownEnd()


def test_without_an_index_there_is_nothing_to_ask(layout, tmp_path):
    assert known_end(layout.session_dir, where="off") == KnownEnd()
    nowhere = tmp_path / "none.sqlite3"
    assert known_end(layout.session_dir, where=str(nowhere)) == KnownEnd()
    assert not nowhere.exists()
    assert known_end(tmp_path, where="off") == KnownEnd()


def test_a_session_that_another_took_the_place_of_is_known(layout, where, tmp_path):
    other = small_session(tmp_path / "other", finish=True, seed=7).recorder.layout
    assert verify_session(other.session_dir).ok
    for mine, theirs in ((layout.eeg_dir, other.eeg_dir),
                         (layout.derivatives_dir, other.derivatives_dir)):  # fmt: skip
        shutil.rmtree(mine)
        shutil.copytree(theirs, mine)
    assert verify_session(layout.session_dir).ok
    said = known_end(layout.session_dir, where=where).problem
    assert "changed or replaced since" in said
    assert layout.log.name in said


def test_a_session_from_another_place_is_known(layout, where, tmp_path):
    code, at = layout.participant, layout.root
    for folder in (at, layout.derivatives_root):
        shutil.copytree(folder / f"sub-{code}", folder / "sub-Other")
    for path in sorted(at.rglob("sub-Other/**/*")):
        path.rename(path.with_name(path.name.replace(f"sub-{code}", "sub-Other")))
    moved = next(layout.derivatives_root.glob("sub-Other/ses-*/eeg/*_protocol.json"))
    said = known_end(moved, where=where).problem
    assert f"was recorded in {layout.folder}" in said
    assert known_end(layout.session_dir, where=where) == KnownEnd()


def test_a_session_that_the_trail_never_saw_end_is_told(layout, where, tmp_path):
    other = small_session(tmp_path / "data", finish=True, participant="New").recorder.layout
    found = known_end(other.session_dir, where=where)
    assert found.problem is None
    assert "does not say how this session ended" in found.note
