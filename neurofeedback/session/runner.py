"""A running session: the threads between a source and what is recorded and shown.

Responsible for owning every thread of a session, for the order "recorded, then processed, then
shown", for the staleness alarm and for ending cleanly. Not responsible for what is computed
(`session.engine`), how it is stored (`recording`) or how it looks (`gui`).

::

    acquire:  source.read ──► writing ─┐
    write:    writing ─► sink.append ─► ring ─► work queue ─┐      (and results, notes, paints)
    engine:   work queue ─► engine.step ─► newest frame ─► writing ◄┘
    sync:     sink.poll and, at each third, sink.sync: within each second
    judge:    ring ─► newest verdict on the electrodes, once a second

The states and what moves them::

    ready --start--> running <--pause/resume--> paused
    running, paused --stop | end of source or protocol--> stopping --> finished
    any --an error in a thread--> failed (what was acquired is still written, then finalized)

A backlog of samples between acquisition and disk is bounded to `BACKLOG_SECONDS`. Sources are made
to wait, a live one too, since what it stands on keeps minutes; if nothing leaves a full backlog for
`STUCK_SECONDS`, a live session fails loudly. Nothing is dropped silently.

What a live source delivers is checked before the engine sees it (`session.live`): samples that are
late, or cannot be EEG, are held by a logged command.

Longer than most modules: the threads of a session share one state, and a reader needs all of them
to see that nothing can be lost between two.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from neurofeedback.acquisition.ring_buffer import RingBuffer
from neurofeedback.acquisition.source import Returning, Source, impedances_of
from neurofeedback.errors import ReadableError, UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FeatureDescriptor, FeedbackFrame, StreamInfo
from neurofeedback.protocols import commands
from neurofeedback.protocols.commands import Command
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.backlog import Backlog
from neurofeedback.session.command_queue import CommandQueue
from neurofeedback.session.ends import STOPPED
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.history import FrameHistory
from neurofeedback.session.latency import CONCEALED_STAGES, STAGES, Latency, LatencyMeter
from neurofeedback.session.live.checks import LiveChecks
from neurofeedback.session.markers import Markers, PlacedMarkers
from neurofeedback.session.offline import cut_at_starts, ending
from neurofeedback.session.prepare import PreparedSession, Resumed
from neurofeedback.session.quality import QualityMonitor
from neurofeedback.session.sink import Frames, NullSink, Sink
from neurofeedback.session.status import STALE, RunState, Status, estimator_sentence
from neurofeedback.session.stream_monitor import STALE_SECONDS, StreamMonitor
from neurofeedback.session.writing import Writing
from neurofeedback.signal.power.fidelity import FidelityPoint
from neurofeedback.signal.quality import QualityReport
from neurofeedback.words.message import NOTHING, Message, joined

BACKLOG_SECONDS = 30.0
STUCK_SECONDS = 5.0
RING_SECONDS = 20.0
READ_TIMEOUT = 0.1
PAUSE_SECONDS = 60.0  # without samples

logger = logging.getLogger(__name__)


class SessionRunner:
    """Run an engine on an opened source, with threads.

    Parameters
    ----------
    source : Source
        Opened; closed by the runner at the end.
    info : StreamInfo
        What the source said of itself.
    spec : ProtocolSpec
        The protocol, for those who show it.
    engine : SessionEngine
        Fresh.
    sink : Sink or None
        Where everything is recorded; finalized by the runner.
    folder : Path or None
        The session folder, for the status.
    clock : callable
        Monotonic seconds.
    on_feedback : callable or None
        Called with each feedback frame in the engine's thread; must return at once. If it raises,
        an error event is logged and it is not called again.
    pause_after : float
        Seconds without samples after which a live session pauses, by a logged command, until the
        operator resumes it; infinite where there is no operator: it goes on with the samples.
    pause_after_baseline : bool
        Pause, by a logged command, as soon as a baseline has set the threshold: the operator looks
        at it and resumes.
    resumed : Resumed or None
        Where a session goes on that was cut; its block starts again with the first new sample.
    concealed : bool
        Whether nobody may learn the session's arm; see `PreparedSession.concealed`.
    markers : Markers or None
        Marker streams beside a live source; closed by the runner at the end.

    Attributes
    ----------
    feedback_shown : bool
        Whether the operator is shown what is fed back all the same; see `show_feedback`.
    """

    def __init__(
        self,
        source: Source,
        info: StreamInfo,
        spec: ProtocolSpec,
        engine: SessionEngine,
        sink: Sink | None = None,
        *,
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_feedback: Callable[[FeedbackFrame], None] | None = None,
        pause_after: float = PAUSE_SECONDS,
        pause_after_baseline: bool = False,
        resumed: Resumed | None = None,
        concealed: bool = False,
        markers: Markers | None = None,
    ) -> None:
        self.info = info
        self.spec = spec
        self.concealed = concealed
        self.feedback_shown = False
        self.descriptors: Sequence[FeatureDescriptor] = engine.descriptors
        self.ring = RingBuffer(info.n_channels, math.ceil(RING_SECONDS * info.sfreq))
        self.folder = folder
        self._quality = QualityMonitor(info, self.ring)
        self._source = source
        self._engine = engine
        self._sink: Sink = sink or NullSink()
        self._stream = StreamMonitor(info.name, clock)
        self._on_feedback = on_feedback
        self._pause_after = pause_after
        self._paused_by_silence = False
        self._refused: Message | None = None
        self._sender: Mapping[str, Any] = {}
        self._offered = ""
        self._clock = clock
        self._checks = LiveChecks(info, engine.trained, clock)
        self._pause_after_baseline = pause_after_baseline
        self._backlog = Backlog(math.ceil(BACKLOG_SECONDS * info.sfreq))
        self._writing = Writing(self._sink, clock, n_sources=2)
        # Chunks with the time they arrived, commands to be obeyed at once, or names of markers;
        # None ends it.
        self._work: queue.SimpleQueue[tuple[Chunk, float] | Command | str | None] = (
            queue.SimpleQueue()
        )
        self._commands = CommandQueue(clock)
        self._marker_streams = () if markers is None else markers.found
        self._markers = None if markers is None else PlacedMarkers(markers)
        self._progress = engine.progress
        self._newest: FeedbackFrame | None = None
        self._history = FrameHistory()
        self._meter = LatencyMeter()
        self._stopping = threading.Event()
        self._done = threading.Event()
        self._ending: tuple[str, str] | None = None
        self._failure: Message | None = None
        self._state = RunState.READY
        self._recording_alarm: str | None = None  # when last looked at
        self._behind = 0.0  # seconds of samples in flight, when last looked at
        self._acquired = 0
        self._acquired_time = math.nan
        self._recorded = 0
        self._rewards = 0
        self._estimator = NOTHING
        self._fidelity: tuple[FidelityPoint, ...] = ()
        self._last_events: list[Event] = []
        if resumed is not None:
            self._go_on(resumed)
        self._threads = [
            threading.Thread(target=self._guard, args=(body, after), name=name, daemon=True)
            for name, body, after in (
                ("acquire", self._acquire, self._acquired_all),
                ("write", self._writing.write, self._finish),
                ("engine", self._process, self._writing.end),
                ("sync", lambda: self._writing.sync(self._done), lambda: None),
                ("judge", self._judge, lambda: None),
            )
        ]

    @classmethod
    def of(
        cls,
        prepared: PreparedSession,
        *,
        on_feedback: Callable[[FeedbackFrame], None] | None = None,
        pause_after_baseline: bool = False,
        pause_after: float = PAUSE_SECONDS,
        markers: Markers | None = None,
    ) -> SessionRunner:
        """Return the runner of a prepared session; see `SessionRunner` for what is added."""
        return cls(
            prepared.source,
            prepared.info,
            prepared.spec,
            prepared.engine,
            prepared.recorder,
            folder=prepared.recorder.path,
            resumed=prepared.resumed,
            concealed=prepared.concealed,
            on_feedback=on_feedback,
            pause_after_baseline=pause_after_baseline,
            pause_after=pause_after,
            markers=markers,
        )

    # ---- for those who watch: every call returns at once -------------------------------------

    def status(self) -> Status:
        """Return a snapshot; may be called from any thread.

        Where the arm is concealed nothing of what was fed back is in it, until it is shown.
        """
        progress = self._progress  # first: a pause at the end of a baseline is known before it
        hidden = self.concealed and not self.feedback_shown
        if hidden:
            progress = replace(progress, success_rate=math.nan)
        return Status(
            state=self._state,
            progress=progress,
            alarm=joined(filter(None, self._alarms())) or None,
            since_sample=self._since_sample(),
            recorded_samples=self._recorded,
            recorded_seconds=self._recorded / self.info.sfreq,
            rewards=None if hidden else self._rewards,
            queued=min(1.0, self._backlog.fill),
            folder=self.folder,
            estimator=self._estimator,
            fidelity=self._fidelity,
            age=self._checks.age,
            rate=self._checks.rate,
            true_rate=self._checks.true_rate,
            lost=self._checks.lost,
            offered=self._offered,
            n_expired=self._commands.n_expired,
        )

    @property
    def score(self) -> FeatureDescriptor:
        """What `FeedbackFrame.feature` and its threshold are, now."""
        return self._engine.score

    @property
    def band(self) -> tuple[float, float]:
        """Band of the first feature that decides on reward, Hz; a fit may change it."""
        return self._engine.band

    @property
    def descriptors_now(self) -> Sequence[FeatureDescriptor]:
        """What each feature is now; `descriptors` is what was known before the first sample."""
        return self._engine.descriptors_now

    @property
    def latest(self) -> FeedbackFrame | None:
        """The newest feedback frame, held as `STALE` while the stream is silent or far behind."""
        newest = self._newest
        if newest is None or self._alarm() is None or newest.held == STALE:
            return newest
        return replace(newest, held=STALE, reward=False, success=False)

    @property
    def impedances(self) -> Mapping[str, float]:
        """Newest impedance of each electrode, ohm; none where the amplifier measures none."""
        return impedances_of(self._source)

    @property
    def latency(self) -> Latency:
        """How long frames take to the screen so far, and whether that is short enough."""
        return self._meter.latency(self._engine.score.delay)

    @property
    def quality(self) -> QualityReport | None:
        """The newest verdict on the electrodes; None before there is one."""
        return self._quality.report

    def frames_since(self, cursor: int) -> tuple[list[FeedbackFrame], int]:
        """Return the feedback frames since `cursor` (0 is the start), and the next cursor.

        Only the last `history.HISTORY_FRAMES` are kept.
        """
        return self._history.since(cursor)

    # ---- for those who steer -----------------------------------------------------------------

    def start(self) -> None:
        """Start every thread."""
        self._show_paused()
        self._stream.start()
        for thread in self._threads:
            thread.start()

    def command(self, *commands: Command) -> None:
        """Have the engine obey from the next sample on; `Status.progress.allowed` says what it may.

        Several are obeyed together, or none of them. Where no sample comes within a second none
        is, ever: `Status.n_expired` counts them. Recording goes on in any case. A command that
        changes nothing is not logged.
        """
        self._commands.ask(*commands)

    def accept(self, source_id: str) -> None:
        """Go on with the refused stream of this source id, if `Status.offered` names it; log it."""
        if isinstance(self._source, Returning) and source_id and self._offered == source_id:
            self._log(EventKind.STREAM_ACCEPTED, source_id=source_id)
            self._source.accept(source_id)

    def stop(self, reason: str = STOPPED) -> None:
        """End the session; returns at once, `wait` for the end."""
        self._end("stopped", reason)

    def note(self, text: str) -> None:
        """Record a note of the operator at the newest sample."""
        self._log(EventKind.OPERATOR_NOTE, text=text)

    def show_feedback(self, who: str, reason: str) -> None:
        """Let the operator of a concealed session see what is fed back, for safety.

        It is logged at the newest sample; from then on the session is unblinded to the operator.
        """
        self._log(EventKind.FEEDBACK_SHOWN, who=who, reason=reason)
        self.feedback_shown = True

    def marker(self, label: str) -> None:
        """Record a marker at the newest sample."""
        self._log(EventKind.MARKER, label=label)

    def painted(
        self,
        frame: FeedbackFrame,
        shown: str,
        value: float,
        when: float,
        ground: float = math.nan,
        lights: int = 0,
    ) -> None:
        """Record that `frame` was displayed as `value`, in mode `shown`, at clock time `when`.

        `ground` and `lights` are the slow and the rare layer as displayed with it.
        """
        self._meter.painted(frame, when)
        if not self._done.is_set():
            self._writing.put([DisplayRow(frame.sample, shown, value, when, ground, lights)])

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until everything is written and closed; return whether it is."""
        if not self._done.wait(timeout):
            return False
        for thread in self._threads:
            thread.join()
        return True

    def _go_on(self, resumed: Resumed) -> None:
        self._acquired, self._acquired_time = resumed.next_sample, resumed.last_time
        self._recorded = resumed.next_sample
        self._rewards = resumed.n_rewards
        self._commands.order(commands.REPEAT)

    # ---- acquire ------------------------------------------------------------------------------

    def _acquire(self) -> None:
        try:
            while not self._stopping.is_set() and not self._source.exhausted:
                chunk = self._source.read(READ_TIMEOUT)
                if chunk is not None:
                    self._take(chunk)
                self._commands.expire()
                if self._source.live:
                    self._look()
        finally:
            self._source.close()
            if self._markers is not None:
                self._mark(self._markers.rest())

    def _take(self, chunk: Chunk) -> None:
        missed = self._stream.arrived()
        if missed is not None:
            self._log(EventKind.STREAM_RECOVERED, seconds=missed, gap=chunk.gap)
        taken = self._clock()
        if self._source.live:
            self._measure_backlog()
        if not self._make_room(chunk):
            return
        self._writing.put([chunk], lambda: self._is_recorded(chunk, taken))
        # Only now: what is logged at a sample must come after it.
        self._acquired, self._acquired_time = chunk.stop_sample, float(chunk.timestamps[-1])
        if self._markers is not None:
            for stream in self._marker_streams:
                self._log(EventKind.STREAM_CONNECTED, markers=True, **stream)
            self._marker_streams = ()
            self._mark(self._markers.after(chunk))

    def _mark(self, markers: list[Event]) -> None:
        """Record markers, and let the engine's thread see which of them starts a block."""
        for marker in markers:
            label = str(marker.details["label"])
            self._writing.put([marker], partial(self._work.put, label))

    def _make_room(self, chunk: Chunk) -> bool:
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
            if self._stopping.is_set() and not self._source.live:
                return False
        return True

    def _acquired_all(self) -> None:
        self._writing.put((), lambda: self._work.put(None))
        self._writing.end()

    def _measure_backlog(self) -> None:
        """Note how far processing is behind before the next chunk, which may be long, is added."""
        was, self._behind = self._behind, self._backlog.fill * BACKLOG_SECONDS
        if self._behind > STALE_SECONDS >= was:
            self._log(EventKind.FEEDBACK_STALE, behind=self._behind)

    def _look(self) -> None:
        had, self._recording_alarm = self._recording_alarm, self._writing.alarm
        if had is None and self._recording_alarm is not None:
            self._log(EventKind.RECORDING_ALARM, text=self._recording_alarm)
        silent = self._stream.silent
        for kind in self._stream.poll(self._source.connected):
            self._log(kind, seconds=silent)
        if self._stream.alarm() is not None:
            self._commands.expire(at_once=True)
        if isinstance(self._source, Returning):
            self._look_at_sender(self._source)
        if silent <= self._pause_after:
            self._paused_by_silence = False
        elif not self._paused_by_silence:
            self._paused_by_silence = True
            self._work.put(commands.PAUSE)

    def _look_at_sender(self, source: Returning) -> None:
        """Log which outlet samples come from, and which one was refused."""
        sender, refused = source.sender, source.refused
        if sender != self._sender and self._acquired:
            self._log(EventKind.STREAM_CONNECTED, **sender)
            self._sender = sender
        if refused is not None and refused != self._refused:
            self._log(EventKind.STREAM_REFUSED, text=refused)
        self._refused = refused
        self._offered = source.offered  # only now: that it was refused is logged before

    # ---- write (see also session.writing) -----------------------------------------------------

    def _is_recorded(self, chunk: Chunk, taken: float) -> None:
        self._recorded = chunk.stop_sample
        self.ring.append(chunk)
        self._work.put((chunk, taken))

    def _finish(self) -> None:
        if self.latency.known or (self._source.live and self.latency.begun):
            stages = CONCEALED_STAGES if self.concealed else STAGES
            self._log(EventKind.LATENCY_MEASURED, **self.latency.details(stages))
        self._attempt(self._writing.drain)
        self._attempt(self._finalize)
        self._work.put(None)  # lets the engine go when writing failed
        self._state = RunState.FINISHED if self._failure is None else RunState.FAILED
        self._stopping.set()
        self._done.set()

    def _finalize(self) -> None:
        status, reason = self._ending or ending(self._engine, self._last_events)
        if self._failure is not None:
            status, reason = "failed", self._failure
        self._sink.finalize(status, reason)

    # ---- engine -------------------------------------------------------------------------------

    def _process(self) -> None:
        finished = False
        while True:
            item = self._work.get()
            if item is None:
                return
            if isinstance(item, Command | str):
                self._answer(item)
                continue
            chunk, taken = item
            release = partial(self._backlog.release, chunk.n_times)
            if finished or self._failure is not None:
                self._writing.put((), release)
                continue
            before = [*self._obey(), *self._check(chunk, taken)]
            for piece, started in cut_at_starts(chunk, self._engine):
                self._step(piece, taken, [*before, *started])
                before = []
            self._writing.put((), release)
            finished = self._engine.finished

    def _step(self, piece: Chunk, taken: float, before: list[Event]) -> None:
        result = self._engine.step(piece)
        self._see(result.events)
        self._meter.computed(piece, taken, result.feedback, self._clock())
        late = self._obey()  # such as the pause at the end of a baseline
        self._show_paused()
        self._publish(result.feedback)
        self._progress = self._engine.progress
        frames = Frames(result.features, result.feedback)
        self._writing.put([*before, frames, *result.events, *late])
        if self._engine.finished:
            self._end(*ending(self._engine, result.events))

    def _show_paused(self) -> None:
        if not self._stopping.is_set():
            self._state = RunState.PAUSED if self._engine.paused else RunState.RUNNING

    def _answer(self, item: Command | str) -> None:
        """Obey what the session itself asks, or start the block that waits for a marker."""
        if isinstance(item, Command):
            self._commands.order(item)
        elif self._engine.started_by(item):
            self._commands.order(commands.RESUME)
        self._writing.put(self._obey())

    def _see(self, events: list[Event]) -> None:
        self._last_events = events or self._last_events
        for event in events:
            if event.kind is EventKind.REWARD:
                self._rewards += 1
            elif event.kind is EventKind.THRESHOLD_CHANGED:
                if self._pause_after_baseline and event.details["cause"] == "baseline":
                    self._commands.order(commands.PAUSE)
            elif (
                event.kind is EventKind.ESTIMATOR_FITTED
                and event.details["feature"] == self._engine.score.name
            ):
                self._estimator = estimator_sentence(event.details)
                self._fidelity = self._engine.expected_fidelity(event.details)

    def _obey(self) -> tuple[Event, ...]:
        done = []
        for command in self._commands.take():
            event = self._engine.apply(command)
            if event is not None:
                done.append(event)
                self._show_paused()
        return tuple(done)

    def _check(self, chunk: Chunk, taken: float) -> list[Event]:
        """Hold what of a live chunk must not be fed back; return what to log of it."""
        if not self._source.live:
            return []
        holds, doubts = self._checks.look(chunk, self._clock() - taken)
        for kind, details in doubts:
            self._log(kind, **details)
        events = [self._engine.apply(command) for command in holds]
        return [event for event in events if event is not None]

    def _publish(self, feedback: Sequence[FeedbackFrame]) -> None:
        if not feedback:
            return
        self._history.extend(feedback)
        self._newest = feedback[-1]
        if self._on_feedback is not None:
            try:
                for frame in feedback:
                    self._on_feedback(frame)
            except BaseException as error:  # a listener cannot kill the session
                logger.exception("A feedback listener failed and is not called again.")
                self._on_feedback = None
                self._log(EventKind.ERROR, where="feedback listener", error=str(error))

    # ---- sync, errors, ends -------------------------------------------------------------------

    def _judge(self) -> None:
        try:
            while not self._done.wait(1.0):
                self._quality.poll()
        except Exception as error:  # the lights go out, the session goes on
            logger.exception("The electrodes are not judged any more.")
            self._log(EventKind.ERROR, where="electrodes", error=str(error))

    def _guard(self, body: Callable[[], None], after: Callable[[], None]) -> None:
        try:
            self._attempt(body)
        finally:
            after()

    def _attempt(self, body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:  # every failure becomes an alarm, an event and a clean end
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        readable = isinstance(error, ReadableError)
        logger.error("The session failed: %s", error, exc_info=None if readable else error)
        if self._failure is None:
            self._failure = _failure_of(error)
            self._log(EventKind.ERROR, error=self._failure)
        self._writing.hurry()
        self._end("failed", self._failure)

    def _end(self, status: str, reason: str) -> None:
        if self._ending is None:
            self._ending = (status, reason)
            if self._state in (RunState.RUNNING, RunState.PAUSED):
                self._state = RunState.STOPPING
        self._stopping.set()

    def _log(self, kind: EventKind, **details: object) -> None:
        if not self._done.is_set():
            self._writing.put([Event(kind, self._acquired - 1, self._acquired_time, details)])

    # ---- alarms -------------------------------------------------------------------------------

    def _since_sample(self) -> float:
        return self._stream.silent if self._source.live and not self._done.is_set() else 0.0

    def _alarms(self) -> tuple[Message | None, ...]:
        """Return what is wrong: with the stream, what it delivers, and the recording."""
        live = self._source.live and not self._done.is_set()
        return (
            self._alarm(),
            self._refused if live else None,
            self._checks.alarm if live else None,
            self._writing.alarm,
        )

    def _alarm(self) -> Message | None:
        """Return why feedback must be held now, if it must."""
        if self._failure is not None:
            return Message("The session failed: {reason}", reason=self._failure)
        if self._done.is_set() or not self._source.live:
            return None
        alarm = self._stream.alarm()
        if alarm is None and self._behind > STALE_SECONDS:
            return Message(
                "Processing is {seconds:.0f} s behind the stream. Feedback is held.",
                seconds=self._behind,
            )
        return alarm


def _failure_of(error: BaseException) -> Message:
    if not str(error):
        return Message(repr(error))
    if isinstance(error, ReadableError):
        return error.message
    return Message("{kind}: {error}", kind=type(error).__name__, error=error)
