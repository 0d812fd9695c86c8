"""The thread that takes samples from a source.

Responsible for the order "recorded, then computed with", for how far computing may fall behind, and
for what a live source, its sender and its markers tell on the way. Not responsible for writing
(`threads.writing`), for what samples are used for (`threads.computing`), nor for when the thread
starts and ends (`session.runner`).

A backlog of samples between acquisition and disk is bounded to `BACKLOG_SECONDS`. Sources are made
to wait, a live one too, since what it stands on keeps minutes; if nothing leaves a full backlog for
`STUCK_SECONDS`, a live session fails loudly. Nothing is dropped silently.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from neurofeedback.acquisition.source import Returning, Source
from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk
from neurofeedback.protocols import commands
from neurofeedback.session.markers import LostMarkers, Markers, PlacedMarkers
from neurofeedback.session.threads.backlog import BACKLOG_SECONDS, Backlog
from neurofeedback.session.threads.command_queue import CommandQueue
from neurofeedback.session.threads.computing import Computing
from neurofeedback.session.threads.stream_monitor import STALE_SECONDS, StreamMonitor
from neurofeedback.session.threads.writing import Writing
from neurofeedback.words.message import Message

STUCK_SECONDS = 5.0
READ_TIMEOUT = 0.1


class Acquiring:
    """Take samples from a source; `run` is a thread's body, all else may be called from any.

    Parameters
    ----------
    source : Source
        Opened; closed at the end.
    stream : StreamMonitor
        Of the source.
    writing : Writing
        Where chunks and what is told of them are recorded.
    computing : Computing
        Told of markers, and to pause when the stream falls silent.
    backlog : Backlog
        Room is taken here, and given back by `computing`.
    asked : CommandQueue
        What the operator asks; it expires where no sample comes.
    recorded : callable
        Called in the writing thread with each chunk that is recorded, and when it arrived.
    clock : callable
        Monotonic seconds.
    pause_after : float
        Seconds without samples after which the session pauses, by a logged command.
    markers : Markers or None
        Marker streams beside the source; closed at the end.
    """

    def __init__(
        self,
        source: Source,
        stream: StreamMonitor,
        writing: Writing,
        computing: Computing,
        backlog: Backlog,
        asked: CommandQueue,
        *,
        recorded: Callable[[Chunk, float], None],
        clock: Callable[[], float],
        pause_after: float,
        markers: Markers | None,
    ) -> None:
        self._source = source
        self._stream = stream
        self._writing = writing
        self._computing = computing
        self._backlog = backlog
        self._asked = asked
        self._recorded = recorded
        self._clock = clock
        self._pause_after = pause_after
        self._marker_streams = markers
        self._n_told = 0  # marker streams that are in the log
        self._markers = None if markers is None else PlacedMarkers(markers)
        self._lost_markers = None if markers is None else LostMarkers(markers, clock)
        self._paused_by_silence = False
        self._recording_alarm: str | None = None  # when last looked at
        self._behind = 0.0  # seconds of samples in flight, when last looked at
        self._begun = False
        self._sender: Mapping[str, Any] = {}
        self._refused: Message | None = None
        self._hidden: Message | None = None
        self.offered = ""

    @property
    def alarm(self) -> Message | None:
        """Why feedback must be held now, if it must: no samples, or too many on their way."""
        alarm = self._stream.alarm()
        if alarm is None and self._behind > STALE_SECONDS:
            return Message(
                "Processing is {seconds:.0f} s behind the stream. Feedback is held.",
                seconds=self._behind,
            )
        return alarm

    @property
    def told(self) -> tuple[Message | None, ...]:
        """What is wrong with other streams: one that was refused or may be hidden, lost markers."""
        lost = None if self._lost_markers is None else self._lost_markers.alarm
        return self._refused, self._hidden, lost

    def accept(self, source_id: str) -> None:
        """Go on with the refused stream of this source id, if it is the one `offered`; log it."""
        if isinstance(self._source, Returning) and source_id and self.offered == source_id:
            self._writing.log(EventKind.STREAM_ACCEPTED, source_id=source_id)
            self._source.accept(source_id)

    def run(self, stopping: threading.Event) -> None:
        """Take samples until the source is exhausted or the session stops."""
        try:
            while not stopping.is_set() and not self._source.exhausted:
                chunk = self._source.read(READ_TIMEOUT)
                if chunk is not None:
                    self._take(chunk, stopping)
                self._asked.expire()
                if self._source.live:
                    self._look()
        finally:
            self._source.close()
            if self._markers is not None:
                self._mark(self._markers.rest())
                self._tell_of_lost_markers(last=True)

    def _take(self, chunk: Chunk, stopping: threading.Event) -> None:
        missed = self._stream.arrived()
        if missed is not None:
            self._writing.log(EventKind.STREAM_RECOVERED, seconds=missed, gap=chunk.gap)
        taken = self._clock()
        if self._source.live:
            self._measure_backlog()
        if not self._make_room(chunk, stopping):
            return
        self._writing.put([chunk], partial(self._recorded, chunk, taken))
        self._begun = True
        if self._markers is not None:
            markers = self._markers.after(chunk)
            self._tell_of_marker_streams()
            self._mark(markers)
            self._tell_of_lost_markers()

    def _mark(self, markers: list[Event]) -> None:
        """Record markers, and let the engine's thread see whether one of them starts a block."""
        if markers:
            labels = [str(marker.details["label"]) for marker in markers]
            self._writing.put(markers, partial(self._computing.mark, labels))

    def _tell_of_marker_streams(self) -> None:
        if self._marker_streams is not None:
            for stream in self._marker_streams.found[self._n_told :]:
                self._writing.log(EventKind.STREAM_CONNECTED, markers=True, **stream)
                self._n_told += 1

    def _tell_of_lost_markers(self, *, last: bool = False) -> None:
        if self._lost_markers is not None:
            for lost in self._lost_markers.look(last=last):
                self._writing.log(EventKind.MARKERS_LOST, **lost)

    def _make_room(self, chunk: Chunk, stopping: threading.Event) -> bool:
        """Wait for room in the backlog; return whether there is, and not the end of the session."""
        tries = math.ceil(STUCK_SECONDS / READ_TIMEOUT)
        left, fill = tries, self._backlog.fill
        while not self._backlog.reserve(chunk.n_times, READ_TIMEOUT):
            moved, fill = self._backlog.fill < fill, self._backlog.fill
            left = tries if moved else left - 1
            if self._source.live and not left:
                raise UserError(
                    "Processing fell {seconds:g} s behind the stream; the session was ended so "
                    "that nothing is lost unnoticed. Use fewer channels or a lower rate.",
                    seconds=BACKLOG_SECONDS,
                )
            if stopping.is_set() and not self._source.live:
                return False
        return True

    def _measure_backlog(self) -> None:
        """Note how far processing is behind before the next chunk, which may be long, is added."""
        was, self._behind = self._behind, self._backlog.fill * BACKLOG_SECONDS
        if self._behind > STALE_SECONDS >= was:
            self._writing.log(EventKind.FEEDBACK_STALE, behind=self._behind)

    def _look(self) -> None:
        had, self._recording_alarm = self._recording_alarm, self._writing.alarm
        if had is None and self._recording_alarm is not None:
            self._writing.log(EventKind.RECORDING_ALARM, text=self._recording_alarm)
        silent = self._stream.silent
        for kind in self._stream.poll(self._source.connected):
            self._writing.log(kind, seconds=silent)
        if self._stream.alarm() is not None:
            self._asked.expire(at_once=True)
        if isinstance(self._source, Returning):
            self._look_at_sender(self._source)
        if silent <= self._pause_after:
            self._paused_by_silence = False
        elif not self._paused_by_silence:
            self._paused_by_silence = True
            self._computing.order(commands.PAUSE)

    def _look_at_sender(self, source: Returning) -> None:
        """Log which outlet samples come from, which was refused, and why none is found."""
        sender, refused = source.sender, source.refused
        if sender != self._sender and self._begun:
            self._writing.log(EventKind.STREAM_CONNECTED, **sender)
            self._sender = sender
        if refused is not None and refused != self._refused:
            self._writing.log(EventKind.STREAM_REFUSED, text=refused)
        self._refused = refused
        had, self._hidden = self._hidden, source.hidden
        if had is None and self._hidden is not None:
            self._writing.log(EventKind.STREAM_DOUBTED, cause="hidden", text=self._hidden)
        self.offered = source.offered  # only now: that it was refused is logged before
