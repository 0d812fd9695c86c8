import json
import math
import os
import shutil
import stat
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import mne
import numpy as np
import pytest
from by_mne import read_brainvision

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import StreamInfo
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.write.writer import Frames, RecordingError


def read_mne(layout):
    return read_brainvision(layout.vhdr)


def float32_of(raw, info):
    """Return MNE's values as the float32 values they were read from, (n_times, n_channels)."""
    return (raw.get_data().T * info.storage_scale).astype("<f4")


def by_the_words_of_the_header(layout):
    """Read the data knowing nothing but what the header says."""
    words = dict(
        line.split("=", 1)
        for line in layout.vhdr.read_text(encoding="utf-8").splitlines()
        if "=" in line and not line.startswith(";")
    )
    assert (words["DataFormat"], words["DataOrientation"]) == ("BINARY", "MULTIPLEXED")
    assert words["BinaryFormat"] == "IEEE_FLOAT_32"
    data = np.memmap(layout.vhdr.with_name(words["DataFile"]), dtype="<f4", mode="r")
    return data.reshape(-1, int(words["NumberOfChannels"])), 1e6 / float(words["SamplingInterval"])


def test_mne_opens_the_raw_while_it_grows(make):
    recorder = make.recorder()
    chunks = []
    for i, n_times in enumerate((1, 40, 7, 300)):
        chunks.append(make.chunk(sum(c.n_times for c in chunks), n_times, gap=0.5 * (i == 2)))
        make.record(recorder, chunks[-1])
        raw = read_mne(recorder.layout)
        wanted = make.stored(*chunks)
        assert float32_of(raw, make.info).tobytes() == wanted.tobytes()
        data, sfreq = by_the_words_of_the_header(recorder.layout)
        assert data.tobytes() == wanted.tobytes()
        assert sfreq == make.info.sfreq
        assert recorder.n_samples == len(wanted)
    assert raw.ch_names == list(make.info.ch_names)
    assert raw.get_channel_types() == ["eeg", "eeg", "eeg", "eeg", "misc"]
    assert raw.info["meas_date"] == make.started
    assert len(raw.annotations) == 9
    recorder.finalize("completed")
    assert float32_of(read_mne(recorder.layout), make.info).tobytes() == wanted.tobytes()


def test_mne_opens_a_raw_whose_last_sample_is_torn(make):
    recorder, chunks = make.session(finish=False)
    wanted = make.stored(*chunks)
    width = 4 * make.info.n_channels
    whole = recorder.layout.eeg.read_bytes()
    assert whole == wanted.tobytes()
    for torn in range(1, width):
        recorder.layout.eeg.write_bytes(whole + whole[:torn])
        assert float32_of(read_mne(recorder.layout), make.info).tobytes() == whole


def test_real_eeg_is_read_back_by_mne_as_it_was(make, data_dir):
    raw = mne.io.read_raw_edf(data_dir / "edf" / "S001R01.edf", preload=True, verbose="error")
    names = tuple(name.rstrip(".") for name in raw.ch_names)
    n = len(names)
    info = StreamInfo("S001R01", "", raw.info["sfreq"], names, ("eeg",) * n, ("V",) * n)
    recorder = make.recorder(info=info)
    like = make.chunk(0, raw.n_times, info=info)
    stored = (raw.get_data().T * 1e6).astype("<f4")
    whole = type(like)(stored.astype(float) / 1e6, raw.times.copy(), 0)
    for at in range(0, raw.n_times, 50):
        recorder.append([whole.split(at)[1].split(min(50, raw.n_times - at))[0]])
    again = read_mne(recorder.layout)
    assert float32_of(again, info).tobytes() == stored.tobytes()
    np.testing.assert_allclose(again.get_data(), raw.get_data(), atol=1e-11)
    recorder.finalize("completed")


def test_everything_is_there_before_the_first_sample(make):
    recorder = make.recorder()
    layout = recorder.layout
    raw = {path.name.removeprefix(layout.stem + "_") for path in layout.eeg_dir.iterdir()}
    assert raw == {
        "eeg.vhdr", "eeg.vmrk", "eeg.json", "channels.tsv", "events.tsv", "events.json",
        layout.electrodes.name, layout.coordsystem.name,
    }  # fmt: skip
    derived = {p.name.removeprefix(layout.stem + "_") for p in layout.derivatives_dir.iterdir()}
    assert derived == {
        "protocol.json", "session.jsonl", "times.f64", "chunks.tsv", "chunks.json",
        "feedback.tsv", "feedback.json", "display.tsv", "display.json",
    }  # fmt: skip
    for path in make.root.rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
    assert check_files(recorder.path) == []
    recorder.finalize("stopped", "never began")
    assert check_files(recorder.path) == []


def test_gaps_blocks_and_rewards_are_markers(make):
    recorder, chunks = make.session(2)
    raw = read_mne(recorder.layout)
    marks = [
        (str(d), round(float(o) * make.info.sfreq))
        for d, o in zip(raw.annotations.description, raw.annotations.onset, strict=True)
    ]
    second = chunks[0].n_times
    assert marks == [
        ("Comment/BlockStarted train", 0),
        ("Comment/Reward", 1),
        ("New Segment/", second),
        ("Comment/BlockStarted train", second),
        ("Comment/Reward", second + 1),
    ]
    rows = recorder.layout.events.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "onset\tduration\ttrial_type\tsample\tdetails"
    assert [line.split("\t")[2] for line in rows[1:4]] == [
        "BlockStarted", "Reward", "OperatorNote",
    ]  # fmt: skip
    assert rows[2].split("\t")[:4] == ["0.004", "0", "Reward", "1"]


def test_events_before_the_first_sample_go_to_the_log_alone(make):
    recorder = make.recorder()
    early = Event(EventKind.OPERATOR_NOTE, -1, math.nan, {"text": "early"})
    recorder.append([early])
    recorder.append([make.chunk(100, 10)])
    recorder.append([Event(EventKind.COMMAND, 50, 0.0, {"kind": "pause"})])
    recorder.finalize("completed")
    reader = SessionReader(recorder.path)
    assert [e.kind for e in reader.events()] == [
        EventKind.SESSION_STARTED, EventKind.OPERATOR_NOTE, EventKind.COMMAND,
        EventKind.SESSION_STOPPED,
    ]  # fmt: skip
    assert len(recorder.layout.events.read_text().splitlines()) == 1


def test_the_log_begins_and_ends_by_itself(make):
    recorder, chunks = make.session()
    recorder.finalize("failed", "a second call changes nothing")
    first, *_, last = SessionReader(recorder.path).events()
    assert first.kind is EventKind.SESSION_STARTED
    assert (first.sample, first.details["protocol_hash"]) == (-1, "ab12")
    assert first.details["stream"] == make.info.to_dict()
    assert last.kind is EventKind.SESSION_STOPPED
    assert last.sample == chunks[-1].stop_sample - 1
    sidecar = recorder.layout.recording
    assert dict(last.details) == {
        "status": "completed", "reason": "all blocks done", "n_samples": 120, "n_chunks": 3,
        "n_frames": 15, "n_displayed": 3,
        "files": {sidecar.name: f"{zlib.crc32(sidecar.read_bytes()):08x}"},
    }  # fmt: skip


@pytest.mark.parametrize("kind", [EventKind.SESSION_STARTED, EventKind.SESSION_STOPPED])
def test_nobody_else_begins_or_ends_the_log(make, kind):
    recorder, chunks = make.session(1, finish=False)
    before = {path: path.read_bytes() for path in make.root.rglob("*") if path.is_file()}
    note = Event(EventKind.REWARD, 8, 0.0)
    with pytest.raises(ValueError, match="written by the recorder"):
        recorder.append([note, Event(kind, 8, 0.0)])
    assert {p: p.read_bytes() for p in make.root.rglob("*") if p.is_file()} == before
    recorder.append([note])
    numbers = [
        line.split("=")[0]
        for line in recorder.layout.vmrk.read_text().splitlines()
        if line.startswith("Mk")
    ]
    assert numbers == [f"Mk{i + 1}" for i in range(len(numbers))]
    recorder.finalize("completed")


def test_the_context_finishes_the_session(make):
    with make.recorder() as recorder:
        recorder.append([make.chunk(0, 10)])
    assert SessionReader(recorder.path).stopped.details["status"] == "completed"
    with pytest.raises(KeyError), make.recorder() as recorder:
        raise KeyError("oh")
    stopped = SessionReader(recorder.path).stopped
    assert (stopped.details["status"], stopped.details["reason"]) == ("failed", "KeyError: 'oh'")
    with pytest.raises(RecordingError, match="the recording has ended"):
        recorder.append([make.chunk(0, 10)])
    recorder.sync()


def test_duration_and_gaps_reach_the_sidecar(make):
    recorder, _ = make.session(finish=False)
    sidecar = recorder.layout.raw("eeg.json")
    fields = json.loads(sidecar.read_text())
    assert "RecordingDuration" not in fields
    recorder.finalize("completed")
    fields = json.loads(sidecar.read_text())
    assert fields["RecordingDuration"] == 120 / 250
    assert fields["RecordingType"] == "discontinuous"
    assert (fields["EEGChannelCount"], fields["TriggerChannelCount"]) == (3, 1)


def test_two_recorders_on_one_session_are_refused(make):
    recorder, chunks = make.session(1, finish=False)
    before = {path: path.read_bytes() for path in make.root.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match="already contains a recording"):
        make.recorder(recorder.layout)
    assert {p: p.read_bytes() for p in make.root.rglob("*") if p.is_file()} == before
    recorder.append([make.chunk(chunks[0].stop_sample, 5)])
    recorder.finalize("completed")
    assert check_files(recorder.path) == []


def test_space_for_the_whole_session_is_asked_for(make):
    with pytest.raises(UserError, match="too little space"):
        make.recorder(expected_seconds=1e12)
    assert make.layout().session == 1, "the refused session left a folder behind"


def test_a_folder_that_vanished_is_one_sentence(make):
    layout = make.layout()
    shutil.rmtree(layout.derivatives_dir)
    with pytest.raises(UserError, match="Nothing can be recorded in .*no such file"):
        make.recorder(layout)


def test_a_start_without_time_zone_is_refused(make):
    with pytest.raises(ValueError, match="time zone"):
        make.recorder(started=datetime(2026, 3, 1, 9, 30))  # noqa: DTZ001
    make.recorder(started=datetime(2026, 3, 1, tzinfo=UTC)).finalize("completed")


def test_chunks_that_do_not_follow_on_are_refused(make):
    recorder, chunks = make.session(1, finish=False)
    stop = chunks[0].stop_sample
    for first in (stop - 1, stop + 1, 0):
        with pytest.raises(ValueError, match=f"{stop} is next"):
            recorder.append([make.chunk(first, 5)])
    narrow = StreamInfo("n", "", 250.0, ("F3",), ("eeg",), ("V",))
    with pytest.raises(ValueError, match="1 channels, not 5"):
        recorder.append([make.chunk(stop, 5, info=narrow)])
    features, feedback = make.frames(chunks[0])
    wide = type(features)(
        features.samples, features.times, np.zeros((len(features), 7)), features.held
    )
    with pytest.raises(ValueError, match="not declared"):
        recorder.append([Frames(wide, feedback)])
    size = recorder.layout.chunks.stat().st_size
    recorder.append([make.chunk(stop, 0)])
    assert recorder.layout.chunks.stat().st_size == size
    recorder.finalize("completed")
    assert check_files(recorder.path) == []


def test_syncing_goes_on_beside_appending(make):
    recorder = make.recorder()
    done = threading.Event()
    n_syncs = 0

    def sync_all_the_time():
        nonlocal n_syncs
        while not done.is_set():
            recorder.sync()
            n_syncs += 1

    thread = threading.Thread(target=sync_all_the_time)
    thread.start()
    first = 0
    while first < 3000 or n_syncs < 3:
        make.record(recorder, make.chunk(first, 30))
        first += 30
    recorder.finalize("completed")
    done.set()
    thread.join(30)
    assert not thread.is_alive()
    assert check_files(recorder.path) == []
    assert SessionReader(recorder.path).n_samples == first


@pytest.fixture
def eager_threads():
    """Let threads take turns as often as Python can, so that what is not locked shows."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("eager_threads")
def test_threads_may_append_at_the_same_time(make):
    recorder = make.recorder()
    chunks = [make.chunk(i * 40, 40) for i in range(30)]
    recorder.append([chunks[0]])
    work = [
        lambda: [recorder.append([c]) for c in chunks[1:]],
        lambda: [recorder.append([Frames(*make.frames(c))]) for c in chunks],
        *[lambda: [recorder.append(make.events(c)) for c in chunks]] * 3,
    ]
    with ThreadPoolExecutor(len(work)) as pool:
        for done in [pool.submit(task) for task in work]:
            done.result(30)
    recorder.finalize("completed")
    assert check_files(recorder.path) == []
    reader = SessionReader(recorder.path)
    assert len(reader.events()) == 2 + 3 * 3 * 30
    assert len(reader.feedback_lines()) == 5 * 30
    marks = [m for m in recorder.layout.vmrk.read_text().splitlines() if m.startswith("Mk")]
    assert [m.split("=")[0] for m in marks] == [f"Mk{i + 1}" for i in range(1 + 2 * 3 * 30)]


@pytest.mark.usefixtures("eager_threads")
def test_a_sync_under_way_never_meets_a_closed_file(make):
    def sync_until_ended(recorder):
        while SessionReader(recorder.path).stopped is None:
            recorder.sync()
        for _ in range(20):
            recorder.sync()

    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            recorder = make.recorder()
            syncing = [pool.submit(sync_until_ended, recorder) for _ in range(2)]
            recorder.append([make.chunk(0, 100)])
            recorder.finalize("completed")
            for done in syncing:
                done.result(30)


@pytest.mark.skipif(not hasattr(os, "O_DIRECTORY"), reason="folders cannot be synced here")
def test_the_names_of_a_new_session_are_on_the_disk_up_to_the_folder_of_recordings(
    make, monkeypatch
):
    synced, fsync = set(), os.fsync

    def watched(fd):
        synced.add(os.fstat(fd).st_ino)
        fsync(fd)

    monkeypatch.setattr(os, "fsync", watched)
    layout = make.recorder().layout
    folders = {layout.root.parent, layout.root}
    for folder in (layout.eeg_dir, layout.derivatives_dir):
        folders |= {f for f in (folder, *folder.parents) if f.is_relative_to(layout.root)}
    assert {folder for folder in folders if folder.stat().st_ino not in synced} == set()
