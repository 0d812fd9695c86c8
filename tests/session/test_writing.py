import threading

import pytest
from session_parts import ListSink, ManualClock, cut, eeg

from neurofeedback.events import Event, EventKind
from neurofeedback.recording.files import RecordingError
from neurofeedback.session.threads import writing
from neurofeedback.session.threads.writing import Writing

WAIT = 20.0


def note(number: int) -> Event:
    return Event(EventKind.OPERATOR_NOTE, number, 0.0, {"text": str(number)})


class Unreliable(ListSink):
    """A sink that fails so many times, and counts the calls that got through."""

    def __init__(self, n_failures: int) -> None:
        super().__init__()
        self.n_failures = n_failures
        self.batches: list[int] = []

    def append(self, records) -> None:
        if self.n_failures:
            self.n_failures -= 1
            raise RecordingError("The disk is full.")
        self.batches.append(len(records))
        super().append(records)


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch) -> None:
    monkeypatch.setattr(writing, "RETRY_SECONDS", 0.001)


def run(sink: ListSink, records: list[Event], n_sources: int = 1) -> list[int]:
    written: list[int] = []
    way = Writing(sink, ManualClock(), n_sources)
    for record in records:
        way.put([record], lambda at=record.sample: written.append(at))
    for _ in range(n_sources):
        way.end()
    way.write()
    return written


def test_what_waits_is_written_in_order_and_in_one_go() -> None:
    sink = Unreliable(0)
    assert run(sink, [note(i) for i in range(50)]) == list(range(50))
    assert [event.sample for event in sink.events()] == list(range(50))
    assert sink.batches == [50]


def test_it_ends_with_the_last_source() -> None:
    way = Writing(ListSink(), ManualClock(), 2)
    way.end()
    thread = threading.Thread(target=way.write)
    thread.start()
    way.put([note(1)])
    assert thread.is_alive()
    way.end()
    thread.join(WAIT)
    assert not thread.is_alive()


def test_it_tries_again_while_no_disk_takes_the_records() -> None:
    sink = Unreliable(writing.TRIES - 1)
    assert run(sink, [note(1), note(2)]) == [1, 2]
    assert len(sink.events()) == 2


def test_it_gives_up_in_the_end_and_a_last_try_has_everything() -> None:
    sink = Unreliable(writing.TRIES + 1)
    written: list[int] = []
    way = Writing(sink, ManualClock(), 1)
    way.put([note(1)], lambda: written.append(1))
    way.end()
    with pytest.raises(RecordingError, match="full"):
        way.write()
    assert written == []
    way.put([note(2)], lambda: written.append(2))
    way.hurry()
    way.drain()
    assert written == [1, 2]
    assert [event.sample for event in sink.events()] == [1, 2]


def test_in_a_hurry_it_tries_twice_at_most() -> None:
    sink = Unreliable(10)
    way = Writing(sink, ManualClock(), 1)
    way.hurry()
    way.put([note(1)])
    way.end()
    with pytest.raises(RecordingError):
        way.write()
    assert sink.n_failures == 8


def test_a_slow_disk_raises_the_alarm_within_a_second() -> None:
    clock, sink = ManualClock(), ListSink()
    sink.let_through.clear()
    way = Writing(sink, clock, 1)
    way.put(cut(eeg(10.0), []))
    way.end()
    thread = threading.Thread(target=way.write)
    thread.start()
    while way._write_began is None:
        assert thread.is_alive()
    assert way.alarm is None
    clock.now += 0.2
    assert way.alarm is None
    clock.now += 0.3
    assert way.alarm == "The disk is slow: it has been taking 0.5 s to record. Nothing is lost."
    sink.let_through.set()
    thread.join(WAIT)
    assert way.alarm == "The disk is slow: it took 0.5 s to record. Nothing is lost."
    clock.now += 5.1
    assert way.alarm is None


def test_a_disk_that_confirms_nothing_raises_the_alarm(monkeypatch) -> None:
    monkeypatch.setattr(writing, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(writing, "SYNC_SECONDS", 0.0)
    clock, done, let_through, waiting = ManualClock(), threading.Event(), threading.Event(), []

    class Slow(ListSink):
        def sync(self) -> None:
            waiting.append(1)
            let_through.wait(WAIT)
            raise RecordingError("told by the sink's alarm")

    way = Writing(Slow(), clock, 1)
    thread = threading.Thread(target=lambda: way.sync(done))
    thread.start()
    while not waiting:
        assert thread.is_alive()
    clock.now += 6.0
    assert "confirmed nothing for 6 s" in (way.alarm or "")
    let_through.set()
    done.set()
    thread.join(WAIT)
    assert not thread.is_alive()
    assert way.alarm is None


def test_it_looks_several_times_for_each_sync(monkeypatch) -> None:
    monkeypatch.setattr(writing, "LOOK_SECONDS", 0.001)
    clock, done = ManualClock(), threading.Event()

    class Gone(ListSink):
        def poll(self) -> None:
            clock.now += 0.3
            self._add("look", None)
            if sum(what == "sync" for what, _ in self.calls) == 2:
                done.set()
            raise RecordingError("told by the sink's alarm")

        def sync(self) -> None:
            self._add("sync", None)

    sink = Gone()
    Writing(sink, clock, 1).sync(done)
    assert [what for what, _ in sink.calls] == [
        *["look"] * 3,
        "sync",
        *["look"] * 3,
        "sync",
        "look",
    ]


def test_the_sink_s_own_alarm_comes_first() -> None:
    sink = ListSink()
    sink.alarm = "The disk will be full in about 3 min of recording."
    assert Writing(sink, ManualClock(), 1).alarm == sink.alarm
