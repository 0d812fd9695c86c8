"""A recording with an electrode that is dead or bridged: nothing is fed back from it.

Whatever reads the file and in chunks of whatever length; as in a live session, after .3 s.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_parts import FeedSource, ListSink, cut, short_protocol
from writers import brainvision_integers, edf_by_edfio

from neurofeedback.acquisition.replay import ReplaySource, load_recording
from neurofeedback.app.batch.work import Work
from neurofeedback.app.summary_text import hold_rows
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, StreamInfo, from_storage, to_storage
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.summary import session_summary
from neurofeedback.session.contact import Contact
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.offline import run_offline
from neurofeedback.session.prepare import PreparedSession, prepare_session
from neurofeedback.session.recorded_commands import RecordedCommands
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.verification.verify import verify_session

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SFREQ = 128
NAMES = ("Fp1", "Fp2", "F3", "F4", "C3", "C4", "Cz", "Pz")
F3, F4 = 2, 3
INFO = StreamInfo("amp", "id-1", float(SFREQ), NAMES, ("eeg",) * 8, ("V",) * 8, "microvolts", "lsl")
SECONDS = 60.0
BAD = slice(30 * SFREQ, 50 * SFREQ)  # where it is bad in the middle of a file
FOUND = 0.3  # s
SPEC = short_protocol(baseline=12.0, train=45.0, repeat=1)


@cache
def eeg() -> np.ndarray:
    """1/f noise about as large as EEG, V."""
    rng = np.random.default_rng(5)
    n = round(SECONDS * SFREQ)
    freqs = np.fft.rfftfreq(n, 1 / SFREQ)
    spectrum = np.fft.rfft(rng.standard_normal((n, len(NAMES))), axis=0)
    data = np.fft.irfft(spectrum / np.maximum(freqs, 1.0)[:, None], n, axis=0)
    return np.asarray(data * (12e-6 / data.std(axis=0)))


def ramp(data: np.ndarray, where: slice) -> None:
    n = len(data[where])
    data[where, F4] = np.linspace(0.0, 1e-5 * n / SFREQ, n)


def noise(data: np.ndarray, where: slice) -> None:
    data[where, F4] = 3e-7 * np.random.default_rng(1).standard_normal(len(data[where]))


def copied(data: np.ndarray, where: slice) -> None:
    data[where, F4] = data[where, F3]


FAULTS = {"ramp": ramp, "noise": noise, "copy of F3": copied}
CAUSES = {"ramp": "no signal F4", "noise": "no signal F4", "copy of F3": "bridge F3-F4"}


def faulty(fault: str, where: slice) -> np.ndarray:
    data = eeg().copy()
    FAULTS[fault](data, where)
    return data


def stored(data: np.ndarray) -> np.ndarray:
    return from_storage(to_storage(data, INFO.storage_scale), INFO.storage_scale)


def prepared(source: ReplaySource, root: Path) -> PreparedSession:
    return prepare_session(source, SPEC, root=root, participant="01", started=STARTED)


def replayed(path: Path, root: Path) -> Path:
    source = ReplaySource(path)
    session = prepared(source, root)
    run_offline(source, session.engine, session.info.sfreq, session.recorder)
    return session.recorder.path


def rewards_of(events: list[Event]) -> np.ndarray:
    return np.array([e.sample for e in events if e.kind is EventKind.REWARD], dtype=int)


def offline(data: np.ndarray, n: int, gaps: dict[int, float] | None = None) -> ListSink:
    source, sink = FeedSource(live=False), ListSink()
    source.feed(*cut(data, range(0, len(data), n), gaps), None)
    run_offline(source, SessionEngine(INFO, SPEC), INFO.sfreq, sink)
    return sink


def test_a_good_recording_earns_rewards_and_is_not_held_for_its_electrodes() -> None:
    sink = offline(stored(eeg()), 500)
    assert len(rewards_of(sink.events())) > 20
    assert not [e for e in sink.events() if e.kind is EventKind.COMMAND]


@pytest.mark.parametrize("writer", [edf_by_edfio, brainvision_integers])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_bad_for_a_while_earns_nothing_then(writer, fault, tmp_path) -> None:
    path, _ = writer(tmp_path / "bad", NAMES, faulty(fault, BAD).T, SFREQ)
    folder = replayed(path, tmp_path / "out")
    events = list(SessionReader(folder).events())
    rewards = rewards_of(events)
    held = (rewards >= BAD.start + FOUND * SFREQ) & (rewards < BAD.stop)
    assert not held.any()
    assert (rewards < BAD.start).any()
    assert (rewards > BAD.stop).any()
    commands = [e for e in events if e.kind is EventKind.COMMAND]
    assert {e.details["cause"] for e in commands} == {CAUSES[fault]}
    assert 18 <= len(commands) <= 23, "about one a second"
    doubts = [e for e in events if e.kind is EventKind.STREAM_DOUBTED]
    assert [e.details["cause"] for e in doubts] == [CAUSES[fault]]
    assert "F4" in doubts[0].details["text"]
    (hold,) = [h for h in session_summary(folder).holds if h.cause == CAUSES[fault]]
    assert 19.5 < hold.seconds < 23
    assert any("F4" in row[0] for row in hold_rows(session_summary(folder)))
    report = verify_session(folder)
    assert report.ok, report.problems
    assert report.notes == []


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_bad_throughout_earns_nothing_at_all(fault, tmp_path) -> None:
    path, _ = edf_by_edfio(tmp_path / "bad", NAMES, faulty(fault, slice(None)).T, SFREQ)
    folder = replayed(path, tmp_path / "out")
    assert len(rewards_of(list(SessionReader(folder).events()))) == 0
    summary = session_summary(folder)
    assert summary.holds[0].cause == CAUSES[fault]
    assert summary.held_share > 0.95
    assert verify_session(folder).ok


def test_all_electrodes_of_a_feature_may_be_dead() -> None:
    data = eeg().copy()
    data[BAD, F3 : F4 + 1] = 3e-7 * np.random.default_rng(1).standard_normal((20 * SFREQ, 2))
    rewards = rewards_of(offline(stored(data), 500).events())
    assert not ((rewards >= BAD.start + FOUND * SFREQ) & (rewards < BAD.stop)).any()
    assert (rewards < BAD.start).any()


@pytest.mark.parametrize("fault", FAULTS)
def test_rewards_and_commands_are_those_of_every_chunk_size(fault) -> None:
    data = stored(faulty(fault, slice(16 * SFREQ, 22 * SFREQ)))[: 30 * SFREQ]
    gaps = {18 * SFREQ + 5: 0.7}
    first, *others = [offline(data, n, gaps) for n in (5000, 1, 7, 31, 500)]
    assert len(rewards_of(first.events())) > 3
    assert sum(e.kind is EventKind.COMMAND for e in first.events()) >= 5
    for other in others:
        assert other.events() == first.events()
        assert repr(other.feedback()) == repr(first.feedback())


def test_the_runner_does_the_same_and_tells_the_operator(tmp_path) -> None:
    data = faulty("noise", slice(30 * SFREQ, None))
    path, _ = edf_by_edfio(tmp_path / "bad", NAMES, data.T, SFREQ)
    alone = SessionReader(replayed(path, tmp_path / "alone"))
    session = prepared(ReplaySource(path), tmp_path / "threads")
    alarms = set()
    runner = SessionRunner.of(
        session, on_feedback=lambda frame: alarms.add(str(runner.status().alarm))
    )
    runner.start()
    assert runner.wait(60.0)
    reader = SessionReader(session.recorder.path)
    assert reader.feedback_lines() == alone.feedback_lines()
    kinds = (EventKind.COMMAND, EventKind.STREAM_DOUBTED, EventKind.REWARD)
    assert [e for e in reader.events() if e.kind in kinds] == [
        e for e in alone.events() if e.kind in kinds
    ]
    assert any("The electrode F4 measures nothing" in alarm for alarm in alarms)
    assert verify_session(session.recorder.path).ok


def test_a_batch_names_the_electrode_and_how_long_it_was_held(tmp_path) -> None:
    path, _ = edf_by_edfio(tmp_path / "bad", NAMES, faulty("noise", BAD).T, SFREQ)
    baseline, train = Work(SPEC).rows(path)[:2]
    assert (baseline["contact"], baseline["contact_seconds"]) == (None, 0.0)
    assert 19.5 < train["contact_seconds"] < 23
    assert train["contact"] == f"no signal F4: {train['contact_seconds']:.1f} s"


@settings(max_examples=15)
@given(
    cuts=st.lists(st.integers(1, 2000), max_size=12),
    gaps=st.dictionaries(st.integers(1, 1999), st.sampled_from([0.5, -2.0]), max_size=3),
    start=st.integers(0, 1900), length=st.integers(1, 700),
    first=st.integers(0, 500), fault=st.sampled_from(list(FAULTS)),
)  # fmt: skip
def test_holds_depend_on_no_chunk(cuts, gaps, start, length, first, fault) -> None:
    data = stored(faulty(fault, slice(start, start + length)))[:2000]

    def pieces(chunks: list[Chunk]) -> list[tuple[int, object]]:
        commands = RecordedCommands(engine := SessionEngine(INFO, SPEC))
        found = []
        for chunk in chunks:
            for piece, events in commands.pieces(chunk):
                found += events
                engine.step(piece)
        return found

    def numbered(chunks: list[Chunk]) -> list[Chunk]:
        return [replace(c, first_sample=c.first_sample + first) for c in chunks]

    whole = pieces(numbered(cut(data, [], gaps)))
    assert pieces(numbered(cut(data, cuts, gaps))) == whole


@pytest.mark.parametrize("folder", ["rest", "edf"])
def test_clean_time_of_real_recordings_is_not_held(real_data_dir: Path, folder: str) -> None:
    bad = total = 0
    for path in sorted((real_data_dir / folder).glob("*.edf")):
        recording = load_recording(path)
        info, data = recording.info, recording.data
        columns = [info.ch_names.index(name) for name in ("F3", "F4")]
        contact = Contact(info, columns)
        chunk = Chunk(np.array(data), np.arange(len(data)) / info.sfreq, 0)
        total += len(data) / info.sfreq
        bad += len(contact.judge(chunk))
    assert bad * 0.05 < 0.01 * total
