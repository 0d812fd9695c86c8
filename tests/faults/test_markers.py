"""Markers of other programs over a real loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pylsl
import pytest

from neurofeedback.acquisition.lsl import LslSource
from neurofeedback.acquisition.lsl.markers import BURST, PER_SECOND, MarkerStreams
from neurofeedback.acquisition.out.lsl import LslOutlet
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.offline import run_offline
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.verification.verify import verify_session
from reliability.live import Live, protocol
from reliability.live_sender import SFREQ, Sender, described

SENDER = Path(__file__).parents[1] / "support" / "marker_sender.py"
NOT_HERE = 77

pytestmark = pytest.mark.lsl

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def sender() -> Iterator[Start]:
    running: list[subprocess.Popen[bytes]] = []

    def start(
        name: str, n: int, offset: float = 0.0, kind: str = "text"
    ) -> subprocess.Popen[bytes]:
        args = [sys.executable, str(SENDER), name, str(n), str(offset), kind]
        running.append(subprocess.Popen(args, stdin=subprocess.PIPE, start_new_session=True))
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.communicate()


def go(process: subprocess.Popen[bytes]) -> None:
    """Have it send: only now, since what is sent to one who listens no more is lost."""
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()


def listen(process: subprocess.Popen[bytes], *names: str) -> MarkerStreams:
    """Wait for the streams, and listen to them."""
    while True:  # however long the machine takes to start it; the test has a time limit
        if process.poll() == NOT_HERE:
            pytest.skip("no process can be given a clock of its own here")
        assert process.poll() is None
        try:
            return MarkerStreams(names)
        except UserError:
            continue


def test_markers_of_a_process_with_another_clock_are_all_there_within_one_sample(
    tmp_path: Path, sender: Start
) -> None:
    name, n = f"eeg-{os.getpid()}-{time.monotonic_ns()}", 1000
    with Sender(described(name)):
        process = sender(f"cues-{name}", n, offset=0.037)
        other = sender(f"codes-{name}", 100, kind="number")
        session = prepare_session(
            LslSource(name, timeout=15.0), protocol(), root=tmp_path, participant="01",
            started=datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        markers = listen(process, f"cues-{name}", f"codes-{name}")
        runner = SessionRunner.of(session, markers=markers)
        runner.start()
        while not runner.status().recorded_samples:
            assert not runner.wait(0.02)
        for each in (process, other):
            go(each)
        while _n_markers(session.recorder.layout.log) < n + 100:
            assert not runner.wait(0.2)
        runner.stop()
        assert runner.wait()
    reader = SessionReader(session.recorder.path)
    times = np.concatenate([chunk.timestamps for chunk in reader.iter_chunks()])
    events = [e for e in reader.events() if e.kind is EventKind.MARKER]
    cues = [e for e in events if e.details["stream"].startswith("cues")]
    codes = [e for e in events if e.details["stream"].startswith("codes")]
    assert len({e.details["label"] for e in cues}) == n
    assert [e.details["label"] for e in codes] == [str(i) for i in range(100)]
    off = [times[e.sample] - float(e.details["label"]) for e in cues]
    assert np.abs(off).max() < 1.0 / SFREQ
    assert verify_session(reader.layout.session_dir).problems == []
    assert_in_every_file(reader, [(e.sample, e.details["label"]) for e in events])
    assert_replayed(reader, tmp_path / "again", [(e.sample, e.details["label"]) for e in events])


def _n_markers(log: Path) -> int:
    return log.read_bytes().count(b'"event": "Marker"')


def assert_in_every_file(reader: SessionReader, expected: list[tuple[int, str]]) -> None:
    origin = reader.chunk_rows[0].first_sample
    vmrk = reader.layout.vmrk.read_text().splitlines()
    cells = [line.split("=", 1)[1].split(",") for line in vmrk if line.startswith("Mk")]
    found = [(int(c[2]) - 1 + origin, c[1]) for c in cells if c[0] == "Comment"]
    assert [each for each in found if each in set(expected)] == expected
    table = [line.split("\t") for line in reader.layout.events.read_text().splitlines()[1:]]
    assert [int(row[3]) + origin for row in table if row[2] == "Marker"] == [s for s, _ in expected]


def assert_replayed(reader: SessionReader, root: Path, expected: list[tuple[int, str]]) -> None:
    """Replay the recording: the same markers at the same samples."""
    source = ReplaySource(reader.layout.vhdr)
    session = prepare_session(
        source, protocol(), root=root, participant="02", started=datetime(2026, 1, 1, tzinfo=UTC)
    )
    run_offline(source, session.engine, SFREQ, session.recorder)
    again = SessionReader(session.recorder.path)
    found = [(e.sample, e.details["label"]) for e in again.events() if e.is_of_source]
    origin = reader.chunk_rows[0].first_sample
    labels = {label for _, label in expected}
    wanted = sorted((s - origin, label) for s, label in expected)
    assert sorted(each for each in found if each[1] in labels) == wanted
    assert verify_session(session.recorder.path).problems == []


def test_of_ten_thousand_markers_a_second_some_are_recorded_and_the_rest_is_counted(
    tmp_path: Path, sender: Start
) -> None:
    name, n = f"eeg-{os.getpid()}-{time.monotonic_ns()}", 40_000
    with Sender(described(name)) as eeg:
        process = sender(f"cues-{name}", n, kind="flood")
        markers = listen(process, f"cues-{name}")
        live = Live(name, tmp_path, eeg, baseline=2.0, markers=markers)
        assert live.train()
        go(process)
        said = f"cues-{name}' sends more markers"
        assert live.until(lambda: said in str(live.runner.status().alarm))
        log = SessionReader(live.folder).layout.log
        assert live.until(lambda: _n_markers(log) + sum(markers.lost.values()) == n)
        live.runner.stop()
        assert live.runner.wait(30.0)
    reader = SessionReader(live.folder)
    events = list(reader.events())
    numbers = [int(e.details["label"]) for e in events if e.kind is EventKind.MARKER]
    lost = [e.details["lost"] for e in events if e.kind is EventKind.MARKERS_LOST]
    assert len(numbers) + sum(lost) == n
    assert numbers == sorted(set(numbers))
    assert BURST <= len(numbers) < BURST + 20 * PER_SECOND
    assert len(lost) < 20
    assert verify_session(live.folder).problems == []


def test_a_program_that_is_started_during_the_session_is_recorded_too(tmp_path: Path) -> None:
    name = f"eeg-{os.getpid()}-{time.monotonic_ns()}"
    with Sender(described(name)) as eeg:
        live = Live(name, tmp_path, eeg, baseline=2.0, markers=MarkerStreams())
        assert live.until(lambda: live.n_recorded > 0)
        own = LslOutlet(name)
        own.begin(live.runner.score, concealed=False)
        outlet = pylsl.StreamOutlet(
            pylsl.StreamInfo(f"late-{name}", "Markers", 1, pylsl.IRREGULAR_RATE, pylsl.cf_string)
        )
        assert live.until(outlet.have_consumers)
        times = [pylsl.local_clock() for _ in range(20) if not live.run(0.05)]
        for i, when in enumerate(times):
            outlet.push_sample([str(i)], when)
        log = SessionReader(live.folder).layout.log
        assert live.until(lambda: _n_markers(log) == len(times))
        assert live.runner.status().alarm is None
        live.runner.stop()
        assert live.runner.wait(30.0)
        own.close()
        del outlet
    reader = SessionReader(live.folder)
    stamps = np.concatenate([chunk.timestamps for chunk in reader.iter_chunks()])
    events = list(reader.events())
    found = [e for e in events if e.kind is EventKind.MARKER]
    assert np.abs([stamps[e.sample] for e in found] - np.array(times)).max() < 1.0 / SFREQ
    (joined,) = (e for e in events if e.details.get("markers") and e.sample > 0)
    assert joined.details["name"] == f"late-{name}"


def test_what_other_programs_write_is_read_however_they_write_it(tmp_path: Path) -> None:
    name = f"eeg-{os.getpid()}-{time.monotonic_ns()}"
    outlet = pylsl.StreamOutlet(
        pylsl.StreamInfo(f"odd-{name}", "Markers", 2, pylsl.IRREGULAR_RATE, pylsl.cf_string)
    )
    sent = [
        (["Größe".encode("latin-1"), ""], "Größe"),
        (["größer", "2"], "größer, 2"),
        (["a\tb\nc,d\\", '"'], 'a\tb\nc,d\\, "'),
        (["\x1b[31m\u202e", "end"], "\x1b[31m\u202e, end"),
        (["x" * 100_000, ""], "x" * 100_000),
    ]
    with Sender(described(name)) as eeg:
        live = Live(name, tmp_path, eeg, baseline=2.0, markers=MarkerStreams([f"odd-{name}"]))
        assert live.until(lambda: live.n_recorded > 0)
        for values, _ in sent:
            outlet.push_sample(values)
        log = SessionReader(live.folder).layout.log
        assert live.until(lambda: _n_markers(log) == len(sent)), live.runner.status()
        live.runner.stop()
        assert live.runner.wait(30.0)
    del outlet
    events = list(SessionReader(live.folder).events())
    labels = [e.details["label"] for e in events if e.kind is EventKind.MARKER]
    assert labels == [text for _, text in sent]
    assert events[-1].details["status"] == "stopped"
    assert verify_session(live.folder).problems == []


def test_a_marker_stream_that_is_not_there_is_said_with_what_is(sender: Start) -> None:
    name = f"only-{os.getpid()}"
    process = sender(name, 1)
    listening = listen(process, name)
    with pytest.raises(UserError, match=rf"No marker stream 'cues' was found; there is: .*{name}"):
        MarkerStreams(["cues"])
    listening.close()
