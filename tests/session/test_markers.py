"""Markers of other programs, and of files: at their samples, and what begins at one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from pydantic import ValidationError
from session_parts import SFREQ, FeedSource, cut, eeg, short_protocol

from neurofeedback.acquisition.lsl.markers import StreamMarker
from neurofeedback.events import EventKind
from neurofeedback.frames import Annotated, Chunk
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.explain.protocol_words import course_in_words
from neurofeedback.session.explain.simulate import simulate
from neurofeedback.session.markers import PlacedMarkers
from neurofeedback.session.offline import run_offline
from neurofeedback.session.prepare import PreparedSession, prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import RunState
from neurofeedback.session.verification.verify import verify_session

DATA = eeg(30.0, artefacts=False)
STARTED = datetime(2026, 1, 2, tzinfo=UTC)


class Given:
    """Markers that the test sends."""

    found = ({"name": "cues", "source_id": "c", "uid": "u", "host": "h", "created_at": 1.0},)

    def __init__(self, *markers: StreamMarker) -> None:
        self.markers = list(markers)

    lost: Mapping[str, int] = {}

    def read(self, *, rest: bool = False) -> list[StreamMarker]:
        given, self.markers = self.markers, []
        return given

    def close(self) -> None:
        self.closed = True


def chunks(offset: float = 0.0) -> list[Chunk]:
    """Return 20 s in chunks of 10 samples; sample 0 is at 100 s of its sender's clock."""
    given = cut(DATA[: round(20 * SFREQ)], range(0, round(20 * SFREQ), 10))
    return [replace(c, clock_offset=offset) for c in given]


@pytest.mark.parametrize("offset", [0.0, 5.0, -0.25])
@pytest.mark.parametrize("delay", [-0.3, 0.0, 0.02, 3.0])
def test_a_marker_is_at_the_sample_nearest_to_its_time_whenever_it_comes(
    offset: float, delay: float
) -> None:
    times = 100.0 + np.random.default_rng(0).uniform(1.0, 15.0, 200)
    source = Given()
    placed, found = PlacedMarkers(source), []
    for chunk in chunks(offset):
        now = chunk.timestamps[-1]
        due = [t for t in times if t + delay <= now]
        source.markers += [StreamMarker(f"{t:.9f}", t + offset, "cues") for t in due]
        times = np.array([t for t in times if t + delay > now])
        events = placed.after(chunk)
        assert all(event.sample < chunk.stop_sample for event in events)
        found += events
    assert len(found) == 200
    assert placed.rest() == []
    for event in found:
        assert abs(event.time - float(event.details["label"])) <= 0.5 / SFREQ + 1e-9
        assert event.details["away"] <= 0.5 / SFREQ + 1e-9
        assert event.time == pytest.approx(100.0 + event.sample / SFREQ)


def test_a_marker_after_the_last_sample_is_kept_with_its_distance() -> None:
    placed = PlacedMarkers(Given(StreamMarker("late", 130.0, "cues")))
    last = chunks()[-1]
    assert placed.after(last) == []
    (event,) = placed.rest()
    assert event.sample == last.stop_sample - 1
    assert event.details["away"] == pytest.approx(130.0 - last.timestamps[-1])


def test_odd_stamps_do_not_confuse_it() -> None:
    """Stamps that stand still, run backwards or are none: the nearest of all samples is found."""
    random = np.random.default_rng(1)
    source, stamps = Given(), 100.0 + np.arange(2000) / SFREQ
    stamps[300:340] = stamps[300]
    stamps[700:760] = stamps[700:760][::-1]
    stamps[1000:1400] -= 5.0
    stamps[random.integers(0, 2000, 50)] = math.nan
    placed = PlacedMarkers(source)
    for n in range(0, 2000, 10):
        chunk = chunks()[n // 10]
        given = replace(chunk, timestamps=stamps[n : n + 10])
        times = random.uniform(100.0, 100.0 + n / SFREQ, 3)
        source.markers += [StreamMarker(f"{t:.9f}", t, "cues") for t in times]
        for event in placed.after(given):
            distances = np.abs(stamps[: n + 10] - float(event.details["label"]))
            assert event.details["away"] == pytest.approx(np.nanmin(distances), abs=1e-8)
            assert distances[event.sample] == pytest.approx(np.nanmin(distances), abs=1e-8)


def test_without_any_stamp_a_marker_is_at_the_newest_sample() -> None:
    placed = PlacedMarkers(Given(StreamMarker("m", 1.0, "cues")))
    chunk = chunks()[3]
    (event,) = placed.after(replace(chunk, timestamps=np.full(chunk.n_times, math.nan)))
    assert (event.sample, event.details["away"]) == (chunk.stop_sample - 1, math.inf)


def test_ten_thousand_markers_a_second_do_not_stop_the_acquisition() -> None:
    source = Given()
    placed, n_placed, start = PlacedMarkers(source), 0, time.process_time()
    for chunk in chunks():
        times = np.linspace(chunk.timestamps[0], chunk.timestamps[-1], 400)
        source.markers += [StreamMarker("m", t, "cues") for t in times.tolist()]
        n_placed += len(placed.after(chunk))
    assert n_placed + len(placed.rest()) == 400 * len(chunks())
    assert time.process_time() - start < 20.0  # for 20 s of stream


def waiting() -> ProtocolSpec:
    fields = short_protocol(baseline=4.0, train=4.0, repeat=1).model_dump(mode="json")
    fields["blocks"][1]["start"] = "marker:go"
    return ProtocolSpec.model_validate(fields)


def prepared(root: Path, source: FeedSource) -> PreparedSession:
    return prepare_session(source, waiting(), root=root, participant="01", started=STARTED)


def test_a_block_begins_at_its_marker_and_verifies(tmp_path: Path) -> None:
    source, given = FeedSource(live=True), Given()
    session = prepared(tmp_path, source)
    # A clock that stands still: a busy machine is not late.
    runner = SessionRunner.of(session, markers=given, clock=lambda: 0.0)
    runner.start()
    pieces = chunks()
    source.feed(*pieces[:100])
    until(lambda: runner.status().progress.awaits == "go")
    assert runner.status().state is RunState.PAUSED
    given.markers = [
        StreamMarker("no", 100.0 + 1001 / SFREQ, "cues"),
        StreamMarker("go", 100.0 + 1008 / SFREQ, "cues"),
    ]
    source.feed(*pieces[100:])
    assert runner.wait()
    reader = SessionReader(session.recorder.path)
    events = list(reader.events())
    marked = {e.details["label"]: e.sample for e in events if e.kind is EventKind.MARKER}
    assert marked == {"no": 1001, "go": 1008}
    (command,) = (e for e in events if e.kind is EventKind.COMMAND)
    assert (command.details["command"], command.sample) == ("resume", 1010)
    started = [e.sample for e in events if e.kind is EventKind.BLOCK_STARTED]
    assert 1010 <= started[1] < 1018
    connected = next(e for e in events if e.kind is EventKind.STREAM_CONNECTED)
    assert (connected.details["name"], connected.details["markers"]) == ("cues", True)
    assert verify_session(session.recorder.path).problems == []
    layout = session.recorder.layout
    assert sum("Comment,go" in line for line in layout.vmrk.read_text().splitlines()) == 1
    assert sum("\t1008\t" in line for line in layout.events.read_text().splitlines()) == 1
    assert given.closed


@pytest.mark.parametrize("paced", [True, False])
def test_a_replayed_marker_starts_the_block_at_its_very_sample(tmp_path: Path, paced: bool) -> None:
    source = FeedSource(live=False)
    session = prepared(tmp_path, source)
    (whole,) = cut(DATA, [])
    said = (Annotated(300, "go"), Annotated(1234, "no"), Annotated(1301, "go"))
    source.feed(replace(whole, annotations=said), None)
    if paced:
        runner = SessionRunner.of(session)
        runner.start()
        assert runner.wait()
    else:
        run_offline(session.source, session.engine, SFREQ, session.recorder)
    events = list(SessionReader(session.recorder.path).events())
    (command,) = (e for e in events if e.kind is EventKind.COMMAND)
    assert (command.details["command"], command.sample) == ("resume", 1301)
    assert verify_session(session.recorder.path).problems == []
    assert events[-1].details["status"] == "completed"


def test_a_protocol_with_a_start_says_so_and_others_keep_their_hash() -> None:
    assert "begins at the marker 'go'" in course_in_words(waiting())
    assert "start" not in load_protocol("faa-demo").model_dump(mode="json")["blocks"][0]
    assert waiting().hash != short_protocol(4.0, 4.0, 1).hash
    fields = waiting().model_dump(mode="json")
    assert ProtocolSpec.model_validate(fields).hash == waiting().hash
    for wrong in ("go", "marker:", "marker: ", "marker:" + "x" * 61):
        fields["blocks"][1]["start"] = wrong
        with pytest.raises(ValidationError):
            ProtocolSpec.model_validate(fields)


def test_a_simulation_does_not_wait_for_markers() -> None:
    assert simulate(waiting(), learner=False, seed=1) is not None


def until(condition: Callable[[], bool]) -> None:
    while not condition():  # the test has a time limit
        Event().wait(0.01)
