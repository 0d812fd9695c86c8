"""The way of a session's records to its sink.

Responsible for one order of all records, for the sample at which an event is logged, for writing
all that wait in one go (so that a slow disk is asked seldom), for trying again while no disk takes
them, and for saying soon when a disk is slow or the files are gone.
Not responsible for threads, which call `write` and `sync` (`session.runner`), nor for files.
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk
from neurofeedback.recording.files import RecordingError
from neurofeedback.session.sink import Record, Sink
from neurofeedback.words.message import Message

LOOK_SECONDS = 0.25
SYNC_SECONDS = 0.7  # with the third look: a disk that confirms nothing is known within a second
RETRY_SECONDS = 0.5
TRIES = 60  # as long as the samples that may be in flight last
SLOW_SECONDS = 0.25
SLOW_SHOWN_SECONDS = 5.0  # how long a slow write is told of, so that it can be read
UNSAFE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Entry:
    records: Sequence[Record]
    written: Callable[[], None] | None
    is_end: bool = False


class Writing:
    """Records on their way to a sink. All methods may be called from any thread.

    Parameters
    ----------
    sink : Sink
        Where they go.
    clock : callable
        Monotonic seconds.
    n_sources : int
        How many will call `end`.
    """

    def __init__(self, sink: Sink, clock: Callable[[], float], n_sources: int) -> None:
        self._sink = sink
        self._clock = clock
        self._n_open = n_sources
        self._waiting: queue.SimpleQueue[_Entry] = queue.SimpleQueue()
        self._unwritten: list[_Entry] = []
        self._hurry = threading.Event()
        self._closed = False
        self._write_began: float | None = None
        self._sync_began: float | None = None
        self._last_slow: tuple[float, float] | None = None  # when it ended, how long it took
        self._newest = (-1, math.nan)  # number and time of the newest sample

    @property
    def alarm(self) -> Message | None:
        """What is wrong with the recording now, in a sentence or two; None when nothing is."""
        alarm = self._sink.alarm or self._slow()
        if alarm is None and (waits := self._since(self._sync_began)) > UNSAFE_SECONDS:
            alarm = Message(
                "The disk has confirmed nothing for {seconds:.0f} s: a power cut would cost that.",
                seconds=waits,
            )
        return alarm

    def put(self, records: Sequence[Record], written: Callable[[], None] | None = None) -> None:
        """Have records written after all that were put before; after `close`, forget them.

        Parameters
        ----------
        records : sequence of Record
            May be empty.
        written : callable or None
            Called in the writing thread when they are recorded.
        """
        if self._closed:
            return
        self._waiting.put(_Entry(records, written))
        for record in records:
            if isinstance(record, Chunk):  # only now: what is logged at a sample comes after it
                self._newest = record.stop_sample - 1, float(record.timestamps[-1])

    def log(self, kind: EventKind, **details: object) -> None:
        """Have an event recorded at the newest sample that was put."""
        sample, time = self._newest
        self.put([Event(kind, sample, time, details)])

    def go_on(self, next_sample: int, last_time: float) -> None:
        """Say where a session that was cut goes on: what was written last."""
        self._newest = next_sample - 1, last_time

    def end(self) -> None:
        """Say that one source of records is at its end."""
        self._waiting.put(_Entry((), None, is_end=True))

    def close(self) -> None:
        """Take no more: everything is written."""
        self._closed = True

    def hurry(self) -> None:
        """Do not try again any more when writing fails."""
        self._hurry.set()

    def write(self) -> None:
        """Write until all sources have ended: the body of the writing thread.

        Raises
        ------
        RecordingError
            If no disk took the records for half a minute, or one did not after `hurry`.
        """
        while self._n_open:
            self._write([self._waiting.get(), *self._more()])

    def drain(self) -> None:
        """Write what came after the ends, and what could not be written before."""
        self._write([*self._unwritten, *self._more()])

    def sync(self, done: threading.Event) -> None:
        """Look after the sink and sync it more than once a second until `done`: a thread's body."""
        last = self._clock()
        while not done.wait(LOOK_SECONDS):
            with suppress(RecordingError):  # the sink's alarm tells
                self._sink.poll()
            if self._clock() - last < SYNC_SECONDS:
                continue
            last = self._sync_began = self._clock()
            with suppress(RecordingError):
                self._sink.sync()
            self._sync_began = None

    def _more(self) -> list[_Entry]:
        entries = []
        with suppress(queue.Empty):
            while True:
                entries.append(self._waiting.get_nowait())
        return entries

    def _write(self, entries: list[_Entry]) -> None:
        self._unwritten = entries
        records = [record for entry in entries for record in entry.records]
        if records:
            self._append(records)
        self._unwritten = []
        for entry in entries:
            self._n_open -= entry.is_end
            if entry.written is not None:
                entry.written()

    def _append(self, records: Sequence[Record]) -> None:
        self._write_began = self._clock()
        try:
            for _ in range(TRIES):
                try:
                    return self._sink.append(records)
                except RecordingError:
                    if self._hurry.wait(RETRY_SECONDS):
                        break
            self._sink.append(records)
        finally:
            took, self._write_began = self._since(self._write_began), None
            if took > SLOW_SECONDS:
                self._last_slow = (self._clock(), took)

    def _slow(self) -> Message | None:
        if (waits := self._since(self._write_began)) > SLOW_SECONDS:
            return Message(
                "The disk is slow: it has been taking {seconds:.1f} s to record. Nothing is lost.",
                seconds=waits,
            )
        last = self._last_slow
        if last is None or self._since(last[0]) > SLOW_SHOWN_SECONDS:
            return None
        return Message(
            "The disk is slow: it took {seconds:.1f} s to record. Nothing is lost.",
            seconds=last[1],
        )

    def _since(self, began: float | None) -> float:
        return 0.0 if began is None else self._clock() - began
