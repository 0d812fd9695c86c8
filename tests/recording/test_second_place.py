"""Disks that fail while a session is recorded, for real: the recording goes on elsewhere."""

import os
import shutil

import pytest
from file_limits import files_no_larger_than
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from official_validator import bids_errors

from neurofeedback.errors import UserError
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.recover import recover_session, unfinished
from neurofeedback.recording.repair.tidy import is_locked
from neurofeedback.recording.tables import format_feedback_rows
from neurofeedback.recording.write.writer import RecordingError

N_TIMES = 40


def no_space(file):
    """Let every further write to the file fail as on a full disk."""
    _instead("/dev/full", file)


def broken_disk(file):
    """Let every further write to the file fail with an input/output error."""
    _instead("/proc/self/mem", file)


def unconfirmed(file):
    """Let writes to the file succeed, but never be confirmed by a sync."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.dup2(writing, file.fileno())
    os.close(writing)
    file.reading_end = reading  # or writing would fail


def _instead(path, file):
    if not os.path.exists(path):
        pytest.skip(f"this system has no {path}")
    fd = os.open(path, os.O_RDWR)
    os.dup2(fd, file.fileno())
    os.close(fd)


FAILURES = {
    "no space left on device": no_space,
    "input/output error": broken_disk,
}


class Recorded:
    """A recorder with a second place, and everything that it acknowledged."""

    def __init__(self, make, **options):
        self.make = make
        self.second = make.root.with_name("second")
        self.recorder = make.recorder(second=self.second, **options)
        self.first = self.recorder.layout
        self.chunks = []

    def go_on(self, n_chunks=1):
        for _ in range(n_chunks):
            number = len(self.chunks)
            chunk = self.make.chunk(7 + number * N_TIMES, N_TIMES, gap=0.5 * (number % 3 == 1))
            self.make.record(self.recorder, chunk)
            self.chunks.append(chunk)

    def file(self, name):
        return self.recorder._part.files[name]

    def assert_whole(self, layout):
        """Assert that a session has everything that was acknowledged."""
        assert check_files(layout) == []
        reader = SessionReader(layout)
        for found, chunk in zip(reader.iter_chunks(), self.chunks, strict=True):
            assert found.data.tobytes() == chunk.data.tobytes()
            assert found.timestamps.tobytes() == chunk.timestamps.tobytes()
            assert (found.first_sample, found.gap) == (chunk.first_sample, chunk.gap)
        rows = [format_feedback_rows(*self.make.frames(chunk)) for chunk in self.chunks]
        assert reader.feedback_lines() == "".join(rows).splitlines()
        events = [e for chunk in self.chunks for e in self.make.events(chunk)]
        assert reader.events()[1:-1] == events
        assert [r.sample for r in reader.display_rows()] == [c.first_sample for c in self.chunks]


@pytest.fixture
def recorded(make):
    found = Recorded(make)
    yield found
    found.recorder.abandon()


@pytest.mark.parametrize("says", FAILURES)
@pytest.mark.parametrize("name", ["times", "raw", "chunks", "log", "feedback", "markers"])
def test_the_recording_goes_on_elsewhere_and_is_joined(recorded, name, says):
    recorded.go_on(3)
    recorded.recorder.sync()
    recorded.go_on(2)
    assert recorded.recorder.alarm is None
    FAILURES[says](recorded.file(name))
    recorded.go_on(3)
    recorder = recorded.recorder
    assert f"failed: {says}" in recorder.alarm
    assert f"The recording goes on in {recorder.path}" in recorder.alarm
    assert recorder.places == (recorded.first.session_dir, recorder.path)
    assert recorded.second in recorder.path.parents
    assert recorder.n_samples == 8 * N_TIMES
    recorder.finalize("completed", "all blocks done")
    assert check_files(recorder.path) == []
    assert unfinished(recorded.make.root, recorded.second) == [recorder.layout]
    report = recover_session(recorded.first, recorded.second)
    assert report.joined == recorder.path
    recorded.assert_whole(recorded.first)
    stopped = SessionReader(recorded.first).stopped
    assert stopped.details["status"] == "completed"
    assert unfinished(recorded.make.root, recorded.second) == []
    assert not recover_session(recorder.layout, recorded.second).changed


def test_both_places_are_bids_datasets(recorded):
    recorded.go_on(3)
    no_space(recorded.file("raw"))
    recorded.go_on(3)
    second = recorded.recorder.layout
    assert bids_errors(second.root) == [], "while it is written"
    recorded.recorder.finalize("completed")
    assert bids_errors(second.root) == [], "finished"
    recover_session(second, recorded.second)
    assert bids_errors(recorded.first.root) == [], "joined"


def test_what_a_disk_never_confirmed_is_in_the_second_place(recorded):
    """After a failed sync the bytes since the last one may be gone; here they are."""
    recorded.go_on(3)
    recorded.recorder.sync()
    sizes = {name: file.path.stat().st_size for name, file in recorded.recorder._part.files.items()}
    recorded.go_on(2)
    unconfirmed(recorded.file("times"))
    recorded.go_on(1)
    recorded.recorder.sync()
    assert "goes on in" in recorded.recorder.alarm
    recorded.go_on(2)
    recorded.recorder.finalize("completed")
    for name in ("times", "raw", "chunks", "feedback", "display", "log"):
        path = {"raw": recorded.first.eeg}.get(name) or getattr(recorded.first, name)
        os.truncate(path, sizes[name])
    recover_session(recorded.recorder.layout, recorded.second)
    recorded.assert_whole(recorded.first)


@pytest.mark.parametrize("when", ["at once", "later"])
def test_a_session_whose_folder_is_removed_lies_whole_in_the_second_place(recorded, when):
    recorded.go_on(3)
    if when == "later":
        recorded.recorder.sync()
        recorded.go_on(1)
    shutil.rmtree(recorded.make.root)
    recorded.go_on(1)
    recorded.recorder.sync()
    assert "was removed or moved away. The recording goes on in" in recorded.recorder.alarm
    recorded.go_on(2)
    recorder = recorded.recorder
    recorder.finalize("completed")
    recorded.assert_whole(recorder.layout)
    assert bids_errors(recorder.layout.root) == []
    report = recover_session(recorder.layout, recorded.second)
    assert not report.changed
    assert "is not there" in report.problems[-1]
    recorded.make.root.mkdir()
    assert recover_session(recorder.layout, recorded.second).joined == recorder.path
    recorded.assert_whole(recorded.first)
    assert bids_errors(recorded.first.root) == []


def test_a_look_is_enough_to_notice_that_the_folder_is_gone(recorded):
    recorded.go_on(3)
    recorded.recorder.poll()
    assert recorded.recorder.alarm is None
    shutil.rmtree(recorded.first.session_dir)
    recorded.recorder.poll()
    assert "was removed or moved away. The recording goes on in" in recorded.recorder.alarm
    recorded.go_on(1)
    recorded.recorder.finalize("completed")
    recorded.assert_whole(recorded.recorder.layout)


def test_without_a_second_place_a_look_says_that_the_folder_is_gone(make):
    recorder, _ = make.session(finish=False)
    shutil.rmtree(recorder.layout.session_dir)
    with pytest.raises(RecordingError, match="was removed or moved away"):
        recorder.poll()
    assert "was removed or moved away" in recorder.alarm
    recorder.abandon()
    recorder.poll()


def test_a_session_that_cannot_be_ended_is_ended_elsewhere(recorded):
    recorded.go_on(2)
    no_space(recorded.file("log"))
    recorded.recorder.finalize("completed")
    recover_session(recorded.recorder.layout, recorded.second)
    recorded.assert_whole(recorded.first)


def test_without_a_second_place_the_call_may_be_repeated(make):
    recorder = make.recorder()
    chunk = make.chunk(0, 40)
    recorder.append([chunk])
    note = make.events(chunk)
    with files_no_larger_than(recorder.layout.log.stat().st_size):
        with pytest.raises(RecordingError, match="file too large"):
            recorder.append(note)
        assert "file too large" in recorder.alarm
        with pytest.raises(RecordingError, match="file too large"):
            recorder.append(note)
    recorder.append(note)
    assert recorder.alarm is None
    recorder.finalize("completed")
    assert SessionReader(recorder.path).events()[1:-1] == note


def test_when_the_second_place_fails_too_both_are_named_and_nothing_is_left_there(make, tmp_path):
    (tmp_path / "file").touch()
    recorder = make.recorder(second=tmp_path / "file" / "second")
    no_space(recorder._part.files["chunks"])
    with pytest.raises(RecordingError, match="no space left .* It cannot go on in .*second either"):
        recorder.append([make.chunk(0, 40)])
    assert "cannot go on" in recorder.alarm
    recorder.abandon()


def test_a_half_made_second_place_is_removed(make, monkeypatch):
    second = make.root.with_name("second")
    recorder = make.recorder(second=second)
    recorder.append([make.chunk(0, 40)])
    no_space(recorder._part.files["raw"])

    def no_more(path, text):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("neurofeedback.recording.write.part.replace_text", no_more)
    with pytest.raises(RecordingError, match="either: no space left on device"):
        recorder.append([make.chunk(40, 40)])
    assert list(second.iterdir()) == []
    monkeypatch.undo()
    recorder.append([make.chunk(40, 40)])
    assert recorder.n_samples == 80
    assert recorder.alarm is not None
    recorder.finalize("completed")


def test_both_places_are_locked_until_the_end(recorded):
    recorded.go_on(2)
    broken_disk(recorded.file("raw"))
    recorded.go_on(1)
    for layout in (recorded.first, recorded.recorder.layout):
        assert is_locked(layout)
        with pytest.raises(UserError, match="is being recorded at this moment"):
            recover_session(layout, recorded.second)
    recorded.recorder.finalize("completed")
    assert not is_locked(recorded.first)


def test_parts_that_do_not_belong_together_are_not_joined(recorded, make):
    recorded.go_on(2)
    no_space(recorded.file("raw"))
    recorded.go_on(1)
    recorded.recorder.finalize("completed")
    shutil.rmtree(make.root)
    other = make.recorder(started=make.started.replace(year=2027))
    other.append([make.chunk(7, 40)])
    other.finalize("completed")
    with pytest.raises(UserError, match="does not belong to"):
        recover_session(recorded.recorder.layout, recorded.second)


def test_a_continuation_that_names_another_place_is_refused(recorded):
    recorded.go_on(1)
    recorded.recorder.sync()
    no_space(recorded.file("raw"))
    recorded.go_on(1)
    recorded.recorder.abandon()
    layout = recorded.recorder.layout
    text = layout.protocol.read_text()
    for place in ("/etc", "relative/sub-P01/ses-01", "/x/sub-P02/ses-01"):
        layout.protocol.write_text(text.replace(str(recorded.first.session_dir), place))
        with pytest.raises(UserError, match="which is no session of that participant"):
            recover_session(layout, recorded.second)


def test_damage_before_the_join_keeps_the_parts_apart(recorded):
    recorded.go_on(4)
    recorded.recorder.sync()
    no_space(recorded.file("raw"))
    recorded.go_on(2)
    recorded.recorder.finalize("completed")
    data = bytearray(recorded.first.eeg.read_bytes())
    data[10] ^= 1
    recorded.first.eeg.write_bytes(bytes(data))
    report = recover_session(recorded.first, recorded.second)
    assert report.joined is None
    assert "0 of the 4 chunks that came before can be read" in report.problems[-1]
    assert check_files(recorded.first) == []
    assert SessionReader(recorded.recorder.layout).n_samples == 2 * N_TIMES


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    before=st.integers(0, 4),
    unsafe=st.integers(0, 3),
    after=st.integers(0, 3),
    name=st.sampled_from(["times", "raw", "chunks", "log", "events", "feedback", "display"]),
    lost=st.fractions(0, 1),
    killed=st.booleans(),
    dry=st.booleans(),
)
def test_whatever_the_first_disk_made_of_its_last_second_nothing_is_lost(
    tmp_path_factory, make_in, before, unsafe, after, name, lost, killed, dry
):
    """The files of the first disk lose any part of what it had not confirmed."""
    recorded = Recorded(make_in(tmp_path_factory.mktemp("place") / "data"))
    recorded.go_on(before)
    recorded.recorder.sync()
    files = recorded.recorder._part.files
    safe = {key: file.size for key, file in files.items()}
    recorded.go_on(unsafe)
    if name == "raw" and not recorded.chunks:
        name = "times"
    no_space(recorded.file(name))
    recorded.go_on(after)
    if not after:
        recorded.recorder.sync()
    places = recorded.recorder.places
    if killed:
        recorded.recorder.abandon()
    else:
        recorded.recorder.finalize("completed")
    for key, file in files.items() if len(places) > 1 else ():
        if file.path.exists():
            size = file.path.stat().st_size
            os.truncate(file.path, size - int(max(size - safe[key], 0) * lost))
    if dry:
        recover_session(recorded.first, recorded.second, dry_run=True)
    recover_session(recorded.first, recorded.second)
    recorded.assert_whole(recorded.first)
