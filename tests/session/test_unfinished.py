"""Sessions that were cut: found, finished, moved aside, gone on with at the block that was cut."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from official_validator import bids_errors
from session_parts import FeedSource, cut, eeg, short_protocol

from neurofeedback.app.unfinished import (
    Choice,
    discard_session,
    find_unfinished,
    finish_session,
    list_unfinished,
)
from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.protocols.commands import PAUSE
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.compose import session_files
from neurofeedback.recording.repair.salvage import salvage
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import PreparedSession, prepare_session
from neurofeedback.session.prepare_resumed import prepare_resumed
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.sink import Frames
from neurofeedback.session.status import RunState
from neurofeedback.session.verification.rerun import in_long_runs
from neurofeedback.session.verification.verify import verify_session

SPEC = short_protocol(baseline=4.0, train=6.0, repeat=2)  # and a second of rest between
DATA = eeg(40.0)
SFREQ = 128
SECOND_ROUND = 14 * SFREQ  # s after 4 of baseline, 6 of training, 1 of rest; holds make it later
STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EVERY_CHOICE = (Choice.RESUME, Choice.FINISH, Choice.DISCARD)


def killed(root: Path, stop: int = SECOND_ROUND, participant: str = "01") -> SessionLayout:
    """Record samples up to `stop`, with what was computed and painted, and let go."""
    source = FeedSource(live=False)
    session = prepare_session(source, SPEC, root=root, participant=participant, started=STARTED)
    source.feed(*cut(DATA[:stop], range(0, stop, 17)), None)
    screen = Screen()
    for chunk in chunks_of(source):
        session.recorder.append([chunk])
        result = session.engine.step(chunk)
        frames = Frames(result.features, result.feedback)
        session.recorder.append([frames, *result.events, *screen.shown(result.feedback)])
    session.recorder.abandon()
    return session.recorder.layout


class Screen:
    """Paints; begins anew, and with a clock of its own, when the program does."""

    def __init__(self, now: float = 1000.0) -> None:
        self._picture, self._now = PictureModel(), now

    def shown(self, frames):
        rows = []
        for frame in frames:
            self._picture.show(frame, None)
            self._now += 0.016
            seen = self._picture.advance(0.016)
            rows.append(DisplayRow(frame.sample, str(seen.mode), seen.value, self._now))
        return rows


def go_on(layout: SessionLayout, start: int, second: Path | None = None) -> PreparedSession:
    """Resume, run to the end of the protocol with the samples from `start` on; return it."""
    source = FeedSource(live=False)
    session = prepare_resumed(layout, source, second=second)
    screen = Screen(5.0)
    runner = SessionRunner(
        session.source,
        session.info,
        session.spec,
        session.engine,
        session.recorder,
        on_feedback=lambda frame: paint(frame),
        resumed=session.resumed,
    )

    def paint(frame):
        for row in screen.shown([frame]):
            runner.painted(frame, row.shown, row.value, row.painted)

    runner.start()
    source.feed(*cut(DATA[start:], range(0, len(DATA) - start, 23)), None)
    assert runner.wait(30.0)
    assert runner.status().state is RunState.FINISHED
    return session


def test_the_list_tells_how_far_each_came_and_what_can_be_done(tmp_path):
    started_only = killed(tmp_path, 0, "02")
    in_round_two = killed(tmp_path)
    in_baseline = killed(tmp_path, 2 * SFREQ)
    finished = killed(tmp_path, 5 * SFREQ)
    finish_session(next(u for u in list_unfinished(tmp_path) if u.layout == finished))
    found = {each.layout: each for each in list_unfinished(tmp_path)}
    assert set(found) == {started_only, in_round_two, in_baseline}
    two = found[in_round_two]
    assert (two.participant, two.protocol_name) == ("01", "faa-demo")
    assert two.started == STARTED
    assert two.seconds == SECOND_ROUND / SFREQ
    assert (two.block, two.n_blocks, two.phase) == (3, 4, "train")
    assert (two.round, two.n_rounds) == (2, 2)
    assert (two.choices, two.reason) == (EVERY_CHOICE, "")
    base = found[in_baseline]
    assert (base.block, base.phase, base.round) == (0, "baseline", None)
    none = found[started_only]
    assert (none.block, none.seconds) == (None, 0.0)
    assert none.choices == (Choice.FINISH, Choice.DISCARD)
    assert "Nothing was recorded" in none.reason


def test_the_list_leaves_out_what_is_being_recorded_and_reads_little(tmp_path, monkeypatch):
    source = FeedSource(live=False)
    session = prepare_session(source, SPEC, root=tmp_path, participant="01", started=STARTED)
    assert list_unfinished(tmp_path) == []
    session.recorder.abandon()
    layout = session.recorder.layout
    layout.eeg.touch()
    layout.eeg.chmod(0)  # not even looked at
    with layout.log.open("ab") as log:
        log.write(bytes(3_000_000))  # a torn end
    assert [each.layout for each in list_unfinished(tmp_path)] == [layout]


def test_no_dataset_and_an_empty_one_have_no_sessions(tmp_path):
    assert list_unfinished(tmp_path / "nowhere") == []
    assert list_unfinished(tmp_path) == []


def test_where_the_start_cannot_be_read_it_can_still_be_finished_or_moved_aside(tmp_path):
    layout = killed(tmp_path)
    layout.protocol.write_text("{")
    [found] = list_unfinished(tmp_path)
    assert found.choices == (Choice.FINISH, Choice.DISCARD)
    assert "cannot be understood" in found.reason
    finish_session(found)
    assert verify_session(layout.session_dir).problems == []


@pytest.mark.parametrize("torn", [None, ("feedback", 700), ("log", 300), ("chunks", 30)])
@pytest.mark.parametrize("stop", [2 * SFREQ, SECOND_ROUND + 5])
def test_a_session_goes_on_at_the_block_that_was_cut_and_verifies_whole(tmp_path, stop, torn):
    layout = killed(tmp_path, stop)
    if torn is not None:
        path = getattr(layout, torn[0])
        path.write_bytes(path.read_bytes()[: -torn[1]])
    kept = SessionReader(layout).n_samples
    [before] = list_unfinished(tmp_path)
    session = go_on(layout, kept)
    assert list_unfinished(tmp_path) == []
    report = verify_session(layout.session_dir)
    assert report.problems == []
    assert report.notes == []
    if torn is None:
        assert bids_errors(tmp_path) == []
    reader = SessionReader(layout)
    stored = np.fromfile(layout.eeg, "<f4").reshape(-1, 4)
    assert np.array_equal(stored, (DATA[: len(stored)] * 1e6).astype("<f4"), equal_nan=True)
    assert reader.stopped.details["status"] == "completed"
    events = reader.events()
    [resumed] = [e for e in events if e.kind is EventKind.SESSION_RESUMED]
    assert resumed.sample == kept - 1
    again = [e for e in events if e.kind is EventKind.BLOCK_STARTED and e.sample >= kept]
    lost = torn is not None and torn[0] == "log" and stop == SECOND_ROUND + 5  # a BlockStarted
    assert (again[0].details["block"], again[0].details["attempt"]) == (before.block + lost, 2)
    rewards = sum(e.kind is EventKind.REWARD for e in events)
    assert session.resumed is not None
    assert session.resumed.n_rewards <= rewards


def test_a_session_may_be_cut_again_and_again(tmp_path):
    layout = killed(tmp_path, 3 * SFREQ)
    source = FeedSource(live=False)
    session = prepare_resumed(layout, source)
    session.recorder.abandon()  # before a new sample
    go_on(layout, 3 * SFREQ)
    report = verify_session(layout.session_dir)
    assert report.problems == []
    kinds = [event.kind for event in SessionReader(layout).events()]
    assert kinds.count(EventKind.SESSION_RESUMED) == 2


def test_a_session_that_was_resumed_and_whose_disk_then_fails_goes_on_elsewhere(tmp_path):
    layout, second = killed(tmp_path / "data", 3 * SFREQ), tmp_path / "second"
    source = FeedSource(live=False)
    session = prepare_resumed(layout, source, second=second)
    session.recorder.sync()
    chunks = iter(cut(DATA[3 * SFREQ :], range(0, 2000, 19)))
    source.feed(next(chunks), next(chunks))

    def record():
        chunk = session.source.read(1.0)
        result = session.engine.step(chunk)
        session.recorder.append([chunk, Frames(result.features, result.feedback), *result.events])

    record()
    layout.session_dir.rename(layout.session_dir.with_name("gone"))
    session.recorder.sync()
    record()
    assert "goes on in" in (session.recorder.alarm or "")
    n_samples = session.recorder.n_samples
    session.recorder.finalize("stopped")
    there = SessionReader(session.recorder.layout)
    assert there.n_samples == n_samples == 3 * SFREQ + 38
    assert verify_session(session.recorder.path).problems == []


def test_a_paused_session_stays_paused(tmp_path):
    layout = killed(tmp_path, 5 * SFREQ)
    session = prepare_resumed(layout, FeedSource(live=False))
    event = session.engine.apply(PAUSE)
    session.recorder.append([event])
    session.recorder.abandon()
    # The pause took effect at no recorded sample: it never came to be.
    assert not prepare_resumed(layout, FeedSource(live=False)).engine.paused


def test_what_was_logged_must_follow_from_the_samples(tmp_path, monkeypatch):
    layout = killed(tmp_path)
    first = layout.feedback.read_text()
    monkeypatch.setattr(
        "neurofeedback.session.prepare_resumed.logged_commands", lambda e: [(600, PAUSE)]
    )
    source = FeedSource(live=False)
    with pytest.raises(UserError, match="does not follow from its samples"):
        prepare_resumed(layout, source)
    assert layout.feedback.read_text() == first


def test_a_session_that_was_ended_or_is_recorded_is_not_resumed(tmp_path):
    layout = killed(tmp_path)
    session = prepare_resumed(layout, FeedSource(live=False))
    with pytest.raises(UserError, match="being recorded at this moment"):
        prepare_resumed(layout, FeedSource(live=False))
    session.recorder.finalize("stopped")
    with pytest.raises(UserError, match="it was ended"):
        prepare_resumed(layout, FeedSource(live=False))


def test_another_stream_leaves_the_session_as_it_was(tmp_path):
    layout = killed(tmp_path)

    class Other(FeedSource):
        def open(self):
            return type(super().open())(**{**super().open().to_dict(), "sfreq": 256.0})

    source = Other(live=False)
    with pytest.raises(UserError, match="differs from the one of the session"):
        prepare_resumed(layout, source)
    assert source.closed
    assert [each.choices for each in list_unfinished(tmp_path)] == [EVERY_CHOICE]


def test_discarding_moves_aside_deletes_nothing_and_gives_no_number_twice(tmp_path):
    layout = killed(tmp_path)
    names = sorted(p.name for p in layout.root.rglob("*ses-01*") if p.is_file())
    [found] = list_unfinished(tmp_path)
    there = discard_session(found)
    assert not layout.session_dir.exists()
    assert list_unfinished(tmp_path) == []
    assert sorted(p.name for p in layout.root.rglob("*ses-01*") if p.is_file()) == names
    assert verify_session(there).problems == []
    assert bids_errors(tmp_path) == []
    for path in (tmp_path / "sourcedata").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    assert SessionLayout.new(tmp_path, "01", "faa-demo").session == 2
    with pytest.raises(UserError, match="moved aside before"):
        discard_session(
            found.__class__(**{**as_fields(found), "layout": SessionLayout.find(there)})
        )


def as_fields(found):
    return {name: getattr(found, name) for name in found.__slots__}


def test_an_interrupted_move_is_finished_by_the_next(tmp_path):
    layout = killed(tmp_path)
    [found] = list_unfinished(tmp_path)
    half = layout.root / "sourcedata" / "discarded" / "sub-01_ses-01" / "sub-01"
    half.mkdir(parents=True)
    layout.session_dir.rename(half / "ses-01")
    [again] = list_unfinished(tmp_path)
    assert again.layout == layout
    there = discard_session(again)
    assert there == half / "ses-01"
    assert verify_session(there).problems == []


def test_a_session_that_is_being_recorded_is_not_moved(tmp_path):
    layout = killed(tmp_path)
    [found] = list_unfinished(tmp_path)
    session = prepare_resumed(layout, FeedSource(live=False))
    with pytest.raises(UserError, match="being recorded at this moment"):
        discard_session(found)
    session.recorder.abandon()


def test_the_list_is_quick_with_many_sessions(tmp_path):
    """The end of the log decides, however long it is: 200 of them in well under a second."""
    layout = killed(tmp_path, 3 * SFREQ)
    finish_session(list_unfinished(tmp_path)[0])
    long = layout.log.read_bytes()
    begin, end = long[: long.index(b"\n") + 1], long[long.rindex(b"\n", 0, -1) + 1 :]
    for number in range(2, 202):
        other = SessionLayout(tmp_path, "01", number, layout.task)
        other.derivatives_dir.mkdir(parents=True)
        other.log.write_bytes(begin)
        with other.log.open("r+b") as file:
            file.seek(20_000_000)  # nothing of it is read
            file.write(b"\n" + end)
    began = time.process_time()
    assert list_unfinished(tmp_path) == []
    assert time.process_time() - began < 1.0


def test_long_runs_have_the_same_samples_and_keep_to_gaps():
    chunks = cut(DATA, range(0, len(DATA), 7), {1001: 0.5, 1008: 2.0})
    runs = list(in_long_runs(chunks, 100))
    assert len(runs) < len(chunks) / 10
    assert np.array_equal(np.concatenate([run.data for run in runs]), DATA, equal_nan=True)
    times = np.concatenate([run.timestamps for run in runs])
    assert np.array_equal(times, np.concatenate([chunk.timestamps for chunk in chunks]))
    assert [run.first_sample for run in runs[1:]] == [run.stop_sample for run in runs[:-1]]
    gaps = {run.first_sample: run.gap for run in runs if run.gap}
    assert gaps == {1001: 0.5, 1008: 2.0}
    assert list(in_long_runs([], 100)) == []


def test_a_session_that_ended_for_want_of_samples_goes_on_like_one_that_was_cut(tmp_path):
    layout = killed(tmp_path)
    finish_session(find_unfinished(layout))
    as_earlier_versions(layout, "stopped", "no samples for 60 s")
    assert verify_session(layout.session_dir).problems == []
    assert list_unfinished(tmp_path) == []
    found = find_unfinished(layout)
    assert found.choices == (Choice.RESUME,)
    assert found.round == 2
    go_on(layout, SECOND_ROUND + 3 * SFREQ)
    assert verify_session(layout.session_dir).problems == []
    events = list(SessionReader(layout).events())
    assert [e.kind for e in events].count(EventKind.SESSION_STOPPED) == 1
    assert [e.kind for e in events].count(EventKind.SESSION_RESUMED) == 1
    assert events[-1].details["status"] == "completed"


@pytest.mark.parametrize("reason", ["stopped by the operator", "no samples for a walk s"])
def test_a_session_that_was_ended_otherwise_stays_ended(tmp_path, reason):
    layout = killed(tmp_path)
    finish_session(find_unfinished(layout))
    as_earlier_versions(layout, "stopped", reason)
    assert find_unfinished(layout) is None
    with pytest.raises(UserError, match="it was ended"):
        prepare_resumed(layout, FeedSource(live=False))


def as_earlier_versions(layout, status, reason):
    """Write the end of a session as it was written when silence ended one."""
    kept = salvage(layout)
    ending = replace(kept.content.ending, status=status, reason=reason, details={})
    files = session_files(layout, replace(kept.content, ending=ending), kept.small)
    for path, data in files.items():
        path.write_bytes(data)
