import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from session_parts import INFO, SFREQ, FeedSource, ListSink, ManualClock, cut, eeg, short_protocol

from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, FeedbackFrame
from neurofeedback.protocols.commands import PAUSE, REDO_BASELINE, REPEAT, RESUME, SKIP, Command
from neurofeedback.recording.files import RecordingError
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.engine import SessionEngine, StepResult
from neurofeedback.session.offline import run_offline
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import STALE, RunState

DATA = eeg(22.0)
WAIT = 20.0


class Bench:
    """A runner with everything around it."""

    def __init__(self, *, live: bool = True, **options: object) -> None:
        self.source = FeedSource(live=live)
        self.sink = ListSink()
        self.clock = ManualClock()
        self.engine = options.pop("engine", None) or SessionEngine(INFO, short_protocol())
        self.runner = SessionRunner(
            self.source, INFO, short_protocol(), self.engine, self.sink,  # type: ignore[arg-type]
            clock=self.clock, **options,
        )  # fmt: skip

    def start(self) -> "Bench":
        self.runner.start()
        return self

    def feed(self, *chunks: Chunk | Exception | None) -> None:
        self.source.feed(*chunks)

    def wait_for_event(self, kind: EventKind) -> None:
        self.sink.wait_until(lambda: any(e.kind is kind for e in self.sink.events()))

    def wait_for_frames(self, sample: int) -> None:
        self.sink.wait_until(
            lambda: bool(self.sink.feedback()) and self.sink.feedback()[-1].sample >= sample
        )

    def advance(self, seconds: float) -> None:
        """Let time go by, once nothing is being written: else the disk would have taken so long."""
        written = threading.Event()
        self.runner._writing.put((), written.set)
        assert written.wait(WAIT)
        self.clock.now += seconds

    def end(self) -> tuple[str, str]:
        assert self.runner.wait(WAIT)
        return self.sink.of("finalize")[-1]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def test_threads_give_what_the_offline_loop_gives() -> None:
    chunks = cut(DATA, range(0, len(DATA), 37), {1100: 0.5})
    bench = Bench(live=False).start()
    bench.feed(*chunks, None)
    assert bench.end() == ("completed", "end of the protocol")
    source, sink = FeedSource(live=False), ListSink()
    source.feed(*chunks, None)
    run_offline(source, SessionEngine(INFO, short_protocol()), SFREQ, sink)
    assert repr(bench.sink.feedback()) == repr(sink.feedback())
    assert bench.sink.events() == sink.events()
    status = bench.runner.status()
    assert status.state is RunState.FINISHED
    assert status.rewards == sum(f.reward for f in sink.feedback()) > 0
    assert status.estimator.startswith("FAA is now estimated by ")
    assert " in 8-13 Hz, fitted to the baseline; " in status.estimator
    assert bench.runner.descriptors_now != bench.runner.descriptors
    assert bench.source.closed == 1


def test_samples_are_recorded_before_they_are_processed() -> None:
    bench = Bench(live=False).start()
    bench.feed(*cut(DATA[:1000], range(0, 1000, 100)), None)
    assert bench.end() == ("stopped", "end of the recording")
    recorded = -1
    for what, value in bench.sink.calls:
        if what == "chunk":
            recorded = value.stop_sample
        elif what == "features" and len(value):
            assert value.samples[-1] < recorded
    assert recorded == 1000


def test_every_sample_acquired_is_recorded_and_processed_when_stopped() -> None:
    bench = Bench().start()
    bench.feed(*cut(DATA[:800], range(0, 800, 10)))
    bench.sink.wait_until(lambda: len(bench.sink.of("chunk")) >= 40)
    bench.runner.stop("the operator had enough")
    assert bench.end() == ("stopped", "the operator had enough")
    n_samples = bench.sink.of("chunk")[-1].stop_sample
    assert bench.sink.feedback()[-1].sample >= n_samples - 4
    recorded = np.concatenate([chunk.data for chunk in bench.sink.of("chunk")])
    np.testing.assert_array_equal(recorded, DATA[:n_samples])


def test_silence_raises_the_alarm_and_holds_feedback_until_samples_return() -> None:
    bench = Bench().start()
    before, after = cut(DATA[:1600], [], {800: 3.0})
    bench.feed(before)
    bench.wait_for_frames(796)
    assert bench.runner.status().alarm is None
    assert bench.runner.latest is not None
    assert bench.runner.latest.held != STALE
    shown = bench.runner.latest.value
    bench.advance(1.01)
    bench.wait_for_event(EventKind.FEEDBACK_STALE)
    alarm = bench.runner.status().alarm
    assert alarm is not None
    assert "No samples from 'amp' for 1.0 s" in alarm
    assert bench.runner.latest.held == STALE
    assert bench.runner.latest.value == shown
    assert not bench.runner.latest.reward
    bench.advance(2.0)
    bench.feed(after)
    bench.wait_for_event(EventKind.STREAM_RECOVERED)
    bench.wait_for_frames(1590)
    assert bench.runner.status().alarm is None
    assert bench.runner.latest.held != STALE
    gaps = [e for e in bench.sink.events() if e.kind is EventKind.GAP_DETECTED]
    assert [g.details["seconds"] for g in gaps] == [3.0]
    assert not any(f.held == STALE for f in bench.sink.feedback())
    bench.runner.stop()
    bench.end()


def test_a_lost_stream_is_said_to_be_lost_and_pauses_until_the_operator_resumes() -> None:
    bench = Bench(pause_after=30.0).start()
    before, after = cut(DATA[:1500], [], {500: 40.0})
    bench.feed(before)
    bench.wait_for_frames(490)
    bench.source.connected = False
    bench.wait_for_event(EventKind.STREAM_LOST)
    assert "is lost" in (bench.runner.status().alarm or "")
    bench.advance(31.0)
    bench.wait_for_event(EventKind.COMMAND)
    assert bench.runner.status().state is RunState.PAUSED
    bench.advance(7200.0)
    bench.source.connected = True
    bench.feed(after)
    bench.wait_for_frames(1490)
    assert {f.held for f in bench.sink.feedback() if f.sample >= 500} == {"paused"}
    bench.runner.command(RESUME)
    bench.feed(*cut(DATA, [1500])[1:])
    bench.wait_for_frames(len(DATA) - 10)
    bench.runner.stop()
    assert bench.end() == ("stopped", "stopped by the operator")
    assert not all(f.held for f in bench.sink.feedback())


@pytest.mark.parametrize(
    "asked", [SKIP, REPEAT, REDO_BASELINE, PAUSE, Command("extend", 30.0)], ids=lambda c: c.name
)
def test_what_is_asked_as_the_stream_dies_never_acts(asked: Command) -> None:
    bench = Bench().start()
    before, after = cut(DATA[:1500], [], {900: 40.0})  # 900: in the first training
    bench.feed(before)
    bench.wait_for_frames(890)
    bench.runner.command(asked, RESUME)
    bench.advance(1.01)
    while not bench.runner.status().n_expired:
        assert not bench.runner.wait(0.01)
    bench.advance(40.0)
    bench.feed(after)
    bench.wait_for_frames(1490)
    bench.runner.stop()
    bench.end()
    assert bench.runner.status().n_expired == 2
    assert not any(e.kind is EventKind.COMMAND for e in bench.sink.events())


def test_a_live_source_that_overflows_fails_loudly_and_loses_nothing_it_took(monkeypatch) -> None:
    monkeypatch.setattr("neurofeedback.session.threads.acquiring.STUCK_SECONDS", 0.2)
    bench = Bench()
    bench.sink.let_through.clear()
    bench.start()
    long = eeg(60.0, artefacts=False)
    bench.feed(*cut(long, range(0, len(long), 128)))
    while bench.runner.status().state is not RunState.STOPPING:
        assert not bench.runner.wait(0.01)
    assert "fell 30 s behind" in (bench.runner.status().alarm or "")
    bench.sink.let_through.set()
    status, reason = bench.end()
    assert status == "failed"
    assert "behind the stream" in reason
    assert bench.runner.status().state is RunState.FAILED
    assert bench.sink.of("chunk")[-1].stop_sample == 30 * SFREQ


def test_a_source_that_can_wait_is_made_to_wait() -> None:
    bench = Bench(live=False)
    bench.sink.let_through.clear()
    bench.start()
    long = eeg(60.0, artefacts=False)
    bench.feed(*cut(long, range(0, len(long), 128)), None)
    bench.sink.let_through.set()
    status, _ = bench.end()
    assert status == "completed"


@pytest.mark.parametrize("call", ["chunk", "features", "events"])
def test_a_sink_that_fails_ends_the_session_with_an_alarm(call: str) -> None:
    bench = Bench(live=False)
    bench.sink.fail_on[call] = OSError(28, "No space left on device")
    bench.start()
    bench.feed(*cut(DATA, range(0, len(DATA), 64)), None)
    assert bench.end()[0] == "failed"
    status = bench.runner.status()
    assert status.state is RunState.FAILED
    assert "No space left on device" in (status.alarm or "")


def test_a_source_that_fails_ends_the_session_with_what_came_before() -> None:
    bench = Bench().start()
    bench.feed(*cut(DATA[:500], [100, 300]), UserError("The file ends in the middle of a record."))
    status, reason = bench.end()
    assert (status, "middle of a record" in reason) == ("failed", True)
    assert bench.sink.of("chunk")[-1].stop_sample == 500
    assert any(e.kind is EventKind.ERROR for e in bench.sink.events())


def test_an_engine_that_fails_costs_no_samples() -> None:
    class Broken(SessionEngine):
        def step(self, chunk: Chunk) -> StepResult:
            if chunk.first_sample >= 300:
                raise FloatingPointError("not a number")
            return super().step(chunk)

    bench = Bench(engine=Broken(INFO, short_protocol()))
    bench.feed(*cut(DATA[:600], [100, 200, 300, 400, 500]))
    bench.start()
    status, reason = bench.end()
    assert (status, "not a number" in reason) == ("failed", True)
    assert bench.sink.of("chunk")[-1].stop_sample >= 400


def test_a_listener_cannot_kill_the_session() -> None:
    heard = []

    def listener(frame: FeedbackFrame) -> None:
        heard.append(frame)
        raise ZeroDivisionError("a listener's own fault")

    bench = Bench(live=False, on_feedback=listener).start()
    bench.feed(*cut(DATA, range(0, len(DATA), 100)), None)
    assert bench.end()[0] == "completed"
    assert len(heard) == 1
    errors = [e for e in bench.sink.events() if e.kind is EventKind.ERROR]
    assert "own fault" in errors[0].details["error"]


def test_after_the_end_nothing_is_kept_waiting() -> None:
    bench = Bench(live=False).start()
    bench.feed(*cut(DATA[:500], []), None)
    bench.end()
    frame = bench.runner.latest
    assert frame is not None
    before = len(bench.sink.calls)
    bench.runner.note("too late")
    bench.runner.painted(frame, "feedback", 0.5, 1.0)
    assert bench.runner._writing._waiting.empty()
    assert len(bench.sink.calls) == before


def test_pause_note_marker_and_paint_reach_the_log() -> None:
    bench = Bench().start()
    first, second, third = cut(DATA[:1200], [400, 800])
    bench.feed(first)
    bench.wait_for_frames(396)
    bench.runner.command(PAUSE)
    bench.feed(second)
    bench.wait_for_frames(796)
    assert bench.runner.status().state is RunState.PAUSED
    assert {f.held for f in bench.sink.feedback() if f.sample >= 400} == {"paused"}
    frame = bench.runner.latest
    assert frame is not None
    bench.runner.note("the patient coughed")
    bench.runner.marker("eyes closed")
    bench.runner.painted(frame, "paused", 0.25, 12.5)
    bench.runner.command(RESUME)
    bench.feed(third)
    bench.wait_for_frames(1196)
    bench.runner.stop()
    bench.end()
    logged = {e.kind: e for e in bench.sink.events()}
    assert logged[EventKind.OPERATOR_NOTE].details == {"text": "the patient coughed"}
    assert logged[EventKind.OPERATOR_NOTE].sample == 799
    assert logged[EventKind.MARKER].details == {"label": "eyes closed"}
    commands = [e for e in bench.sink.events() if e.kind is EventKind.COMMAND]
    assert [(c.sample, c.details["command"]) for c in commands] == [(400, "pause"), (800, "resume")]
    row = bench.sink.of("display")[0][0]
    assert row == DisplayRow(frame.sample, "paused", 0.25, 12.5)


def test_frames_since_gives_each_frame_once() -> None:
    bench = Bench(live=False).start()
    seen, cursor = [], 0
    for chunk in cut(DATA[:1500], range(0, 1500, 100)):
        bench.feed(chunk)
        bench.wait_for_frames(chunk.stop_sample - 4)
        new, cursor = bench.runner.frames_since(cursor)
        seen += new
    bench.feed(None)
    bench.end()
    new, cursor = bench.runner.frames_since(cursor)
    assert [f.sample for f in seen + new] == [f.sample for f in bench.sink.feedback()]


def test_folder_is_told(tmp_path: Path) -> None:
    bench = Bench(live=False, folder=tmp_path).start()
    bench.feed(None)
    bench.end()
    assert bench.runner.status().folder == tmp_path


def test_processing_that_falls_behind_holds_feedback_and_is_logged() -> None:
    bench = Bench().start()
    chunks = cut(DATA[:1600], range(0, 1600, 64))
    bench.feed(*chunks[:8])
    bench.wait_for_frames(500)
    bench.sink.let_through.clear()
    bench.feed(*chunks[8:20])
    while bench.runner.status().alarm is None:
        assert not bench.runner.wait(0.01)
    assert "behind the stream" in bench.runner.status().alarm
    assert bench.runner.latest.held == STALE
    bench.sink.let_through.set()
    bench.wait_for_event(EventKind.FEEDBACK_STALE)
    bench.wait_for_frames(1276)
    bench.feed(chunks[20])
    bench.wait_for_frames(1340)
    assert bench.runner.status().alarm is None
    bench.runner.stop()
    bench.end()


def test_an_alarm_about_the_recording_is_shown_and_logged_and_feedback_goes_on() -> None:
    bench = Bench().start()
    first, second = cut(DATA[:1600], [800])
    bench.feed(first)
    bench.wait_for_frames(796)
    bench.sink.alarm = "The disk failed. The recording goes on in /elsewhere."
    bench.wait_for_event(EventKind.RECORDING_ALARM)
    assert bench.runner.status().alarm == bench.sink.alarm
    bench.feed(second)
    bench.wait_for_frames(1590)
    assert bench.runner.latest is not None
    assert bench.runner.latest.held != STALE
    bench.runner.stop()
    assert bench.end()[0] == "stopped"
    alarms = [e for e in bench.sink.events() if e.kind is EventKind.RECORDING_ALARM]
    assert [e.details["text"] for e in alarms] == [bench.sink.alarm]
    assert bench.runner.status().alarm == bench.sink.alarm


def test_a_disk_that_takes_nothing_for_a_while_costs_nothing(monkeypatch) -> None:
    monkeypatch.setattr("neurofeedback.session.threads.writing.RETRY_SECONDS", 0.001)
    bench = Bench()
    bench.sink.fail_on["chunk"] = RecordingError("The disk is full.")
    bench.start()
    chunks = cut(DATA[:1200], range(0, 1200, 100))
    bench.feed(*chunks[:6])
    while bench.runner._writing._write_began is None:
        assert not bench.runner.wait(0.0)
    del bench.sink.fail_on["chunk"]
    bench.feed(*chunks[6:])
    bench.wait_for_frames(1190)
    bench.runner.stop()
    assert bench.end()[0] == "stopped"
    assert [c.first_sample for c in bench.sink.of("chunk")] == list(range(0, 1200, 100))


def test_a_disk_that_takes_nothing_at_all_fails_the_session_in_the_end(monkeypatch) -> None:
    monkeypatch.setattr("neurofeedback.session.threads.writing.RETRY_SECONDS", 0.001)
    bench = Bench()
    bench.sink.fail_on["chunk"] = RecordingError("The disk is full.")
    bench.start()
    bench.feed(*cut(DATA[:600], [100, 300]))
    status, reason = bench.end()
    assert (status, "The disk is full" in reason) == ("failed", True)
    assert bench.runner.status().state is RunState.FAILED


def test_nobody_sees_a_round_before_the_pause_after_the_baseline() -> None:
    bench = Bench(live=False, pause_after_baseline=True)
    seen: list[tuple[RunState, str]] = []

    def look() -> str:
        status = bench.runner.status()
        seen.append((status.state, status.progress.phase))
        return status.progress.phase

    watching = threading.Event()

    def watch() -> None:
        while look() == "baseline" and not watching.is_set():
            pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    bench.start()
    half = len(DATA) // 2
    bench.feed(*cut(DATA[:half], range(0, half, 37)))
    bench.wait_for_event(EventKind.COMMAND)
    watcher.join(WAIT)
    watching.set()
    watcher.join()
    assert look() != "baseline"
    assert {state for state, phase in seen if phase != "baseline"} == {RunState.PAUSED}
    (command,) = [e for e in bench.sink.events() if e.kind is EventKind.COMMAND]
    (baseline, *_) = [e for e in bench.sink.events() if e.kind is EventKind.BLOCK_ENDED]
    assert command.details["command"] == "pause"
    assert 0 < command.sample - baseline.sample <= 37
    bench.wait_for_frames(command.sample + 100)
    later = [f for f in bench.sink.feedback() if f.sample >= command.sample]
    assert all(f.held == "paused" for f in later)
    bench.runner.stop("enough")
    bench.feed(None)
    bench.end()
