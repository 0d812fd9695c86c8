"""A running session: the threads between a source and what is recorded and shown.

Responsible for owning every thread of a session, for the staleness alarm and for ending cleanly.
Not responsible for what the threads do (`session.threads`), what is computed (`session.engine`),
how it is stored (`recording`) or how it looks (`gui`).

::

    acquire:  source.read ──► writing ─┐
    write:    writing ─► sink.append ─► ring ─► computing ─┐       (and results, notes, paints)
    engine:   computing ─► engine.step ─► newest frame ─► writing ◄┘
    sync:     sink.poll and, at each third, sink.sync: within each second
    judge:    ring ─► newest verdict on the electrodes, once a second

The states and what moves them::

    ready --start--> running <--pause/resume--> paused
    running, paused --stop | end of source or protocol--> stopping --> finished
    any --an error in a thread--> failed (what was acquired is still written, then finalized)

What a live source delivers is checked before the engine sees it (`session.live`): samples that are
late, or cannot be EEG, are held by a logged command. So are electrodes of a recorded file that are
dead or bridged (`session.recorded_commands`).

Longer than most modules: what those who watch and those who steer may ask of a session is in one
place, with its ends and errors.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from neurofeedback.acquisition.ring_buffer import RingBuffer
from neurofeedback.acquisition.source import Source, impedances_of
from neurofeedback.errors import ReadableError
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, FeatureDescriptor, FeedbackFrame, StreamInfo
from neurofeedback.protocols import commands
from neurofeedback.protocols.commands import Command
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.ends import STOPPED
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.latency import CONCEALED_STAGES, STAGES, Latency
from neurofeedback.session.live.checks import LiveChecks
from neurofeedback.session.markers import Markers
from neurofeedback.session.prepare import PreparedSession, Resumed
from neurofeedback.session.quality import QualityMonitor
from neurofeedback.session.sink import NullSink, Sink
from neurofeedback.session.status import STALE, RunState, Status
from neurofeedback.session.threads.acquiring import Acquiring
from neurofeedback.session.threads.backlog import BACKLOG_SECONDS, Backlog
from neurofeedback.session.threads.command_queue import CommandQueue
from neurofeedback.session.threads.computing import Computing
from neurofeedback.session.threads.stream_monitor import StreamMonitor
from neurofeedback.session.threads.writing import Writing
from neurofeedback.signal.quality import QualityReport
from neurofeedback.words.message import Message, joined

RING_SECONDS = 20.0
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
        self._recorded = 0 if resumed is None else resumed.next_sample
        self._checks = LiveChecks(info, engine.trained, clock)
        self._asked = CommandQueue(clock)
        self._stream = StreamMonitor(info.name, clock)
        backlog = self._backlog = Backlog(math.ceil(BACKLOG_SECONDS * info.sfreq))
        self._writing = Writing(self._sink, clock, n_sources=2)
        self._computing = Computing(
            engine,
            self._writing,
            backlog,
            self._asked,
            self._checks if source.live else None,
            clock=clock,
            ended=self._end,
            on_feedback=on_feedback,
            pause_after_baseline=pause_after_baseline,
            n_rewards=0 if resumed is None else resumed.n_rewards,
        )
        self._acquiring = Acquiring(
            source,
            self._stream,
            self._writing,
            self._computing,
            backlog,
            self._asked,
            recorded=self._is_recorded,
            clock=clock,
            pause_after=pause_after,
            markers=markers,
        )
        if resumed is not None:
            self._writing.go_on(resumed.next_sample, resumed.last_time)
            self._asked.order(commands.REPEAT)
        self._started = False
        self._stopping, self._done = threading.Event(), threading.Event()
        self._ending: tuple[str, str] | None = None
        self._failure: Message | None = None
        self._threads = self._make_threads()

    @classmethod
    def of(
        cls,
        prepared: PreparedSession,
        *,
        on_feedback: Callable[[FeedbackFrame], None] | None = None,
        pause_after_baseline: bool = False,
        pause_after: float = PAUSE_SECONDS,
        markers: Markers | None = None,
        clock: Callable[[], float] = time.monotonic,
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
            clock=clock,
        )

    # ---- for those who watch: every call returns at once -------------------------------------

    def status(self) -> Status:
        """Return a snapshot; may be called from any thread.

        Where the arm is concealed nothing of what was fed back is in it, until it is shown.
        """
        progress = (
            self._computing.progress
        )  # first: a pause at the end of a baseline is known before it
        hidden = self.concealed and not self.feedback_shown
        if hidden:
            progress = replace(progress, success_rate=math.nan)
        return Status(
            state=self._state(),
            progress=progress,
            alarm=joined(filter(None, self._alarms())) or None,
            since_sample=self._since_sample(),
            recorded_samples=self._recorded,
            recorded_seconds=self._recorded / self.info.sfreq,
            rewards=None if hidden else self._computing.n_rewards,
            queued=min(1.0, self._backlog.fill),
            folder=self.folder,
            estimator=self._computing.estimator,
            fidelity=self._computing.fidelity,
            age=self._checks.age,
            rate=self._checks.rate,
            true_rate=self._checks.true_rate,
            lost=self._checks.lost,
            offered=self._acquiring.offered,
            n_expired=self._asked.n_expired,
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
        newest = self._computing.newest
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
        return self._computing.meter.latency(self._engine.score.delay)

    @property
    def quality(self) -> QualityReport | None:
        """The newest verdict on the electrodes; None before there is one."""
        return self._quality.report

    def frames_since(self, cursor: int) -> tuple[list[FeedbackFrame], int]:
        """Return the feedback frames since `cursor` (0 is the start), and the next cursor.

        Only the last `history.HISTORY_FRAMES` are kept.
        """
        return self._computing.history.since(cursor)

    # ---- for those who steer -----------------------------------------------------------------

    def start(self) -> None:
        """Start every thread."""
        self._started = True
        self._stream.start()
        for thread in self._threads:
            thread.start()

    def command(self, *commands: Command) -> None:
        """Have the engine obey from the next sample on; `Status.progress.allowed` says what it may.

        Several are obeyed together, or none of them. Where no sample comes within a second none
        is, ever: `Status.n_expired` counts them. Recording goes on in any case. A command that
        changes nothing is not logged.
        """
        self._asked.ask(*commands)

    def accept(self, source_id: str) -> None:
        """Go on with the refused stream of this source id, if `Status.offered` names it; log it."""
        self._acquiring.accept(source_id)

    def stop(self, reason: str = STOPPED) -> None:
        """End the session; returns at once, `wait` for the end."""
        self._end("stopped", reason)

    def note(self, text: str) -> None:
        """Record a note of the operator at the newest sample."""
        self._writing.log(EventKind.OPERATOR_NOTE, text=text)

    def show_feedback(self, who: str, reason: str) -> None:
        """Let the operator of a concealed session see what is fed back, for safety.

        It is logged at the newest sample; from then on the session is unblinded to the operator.
        """
        self._writing.log(EventKind.FEEDBACK_SHOWN, who=who, reason=reason)
        self.feedback_shown = True

    def marker(self, label: str) -> None:
        """Record a marker at the newest sample."""
        self._writing.log(EventKind.MARKER, label=label)

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
        self._computing.meter.painted(frame, when)
        self._writing.put([DisplayRow(frame.sample, shown, value, when, ground, lights)])

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until everything is written and closed; return whether it is."""
        if not self._done.wait(timeout):
            return False
        for thread in self._threads:
            thread.join()
        return True

    # ---- threads -----------------------------------------------------------------------------

    def _make_threads(self) -> list[threading.Thread]:
        bodies: tuple[tuple[str, Callable[[], None], Callable[[], None]], ...] = (
            ("acquire", lambda: self._acquiring.run(self._stopping), self._acquired_all),
            ("write", self._writing.write, self._finish),
            ("engine", self._computing.run, self._writing.end),
            ("sync", lambda: self._writing.sync(self._done), lambda: None),
            ("judge", self._judge, lambda: None),
        )
        return [
            threading.Thread(target=self._guard, args=(body, after), name=name, daemon=True)
            for name, body, after in bodies
        ]

    def _is_recorded(self, chunk: Chunk, taken: float) -> None:
        self._recorded = chunk.stop_sample
        self.ring.append(chunk)
        self._computing.take(chunk, taken)

    def _acquired_all(self) -> None:
        self._writing.put((), self._computing.end)
        self._writing.end()

    def _finish(self) -> None:
        if self.latency.known or (self._source.live and self.latency.begun):
            stages = CONCEALED_STAGES if self.concealed else STAGES
            self._writing.log(EventKind.LATENCY_MEASURED, **self.latency.details(stages))
        self._attempt(self._writing.drain)
        self._attempt(self._finalize)
        self._writing.close()
        self._computing.end()  # lets the engine go when writing failed
        self._stopping.set()
        self._done.set()

    def _finalize(self) -> None:
        status, reason = self._ending or self._computing.ending
        if self._failure is not None:
            status, reason = "failed", self._failure
        self._sink.finalize(status, reason)

    def _judge(self) -> None:
        try:
            while not self._done.wait(1.0):
                self._quality.poll()
        except Exception as error:  # the lights go out, the session goes on
            logger.exception("The electrodes are not judged any more.")
            self._writing.log(EventKind.ERROR, where="electrodes", error=str(error))

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
            self._writing.log(EventKind.ERROR, error=self._failure)
        self._writing.hurry()
        self._computing.drop()
        self._end("failed", self._failure)

    def _end(self, status: str, reason: str) -> None:
        if self._ending is None:
            self._ending = (status, reason)
        self._stopping.set()

    # ---- state and alarms ----------------------------------------------------------------------

    def _state(self) -> RunState:
        if self._done.is_set():
            return RunState.FINISHED if self._failure is None else RunState.FAILED
        if not self._started:
            return RunState.READY
        if self._stopping.is_set():
            return RunState.STOPPING
        return RunState.PAUSED if self._engine.paused else RunState.RUNNING

    def _since_sample(self) -> float:
        return self._stream.silent if self._source.live and not self._done.is_set() else 0.0

    def _alarms(self) -> tuple[Message | None, ...]:
        """Return what is wrong: with the stream, what it delivers, and the recording."""
        running = not self._done.is_set()
        live = self._source.live and running
        return (
            self._alarm(),
            *(self._acquiring.told if live else ()),
            self._checks.alarm if live else None,
            self._computing.recorded.alarm if running else None,
            self._writing.alarm,
        )

    def _alarm(self) -> Message | None:
        """Return why feedback must be held now, if it must."""
        if self._failure is not None:
            return Message("The session failed: {reason}", reason=self._failure)
        if self._done.is_set() or not self._source.live:
            return None
        return self._acquiring.alarm


def _failure_of(error: BaseException) -> Message:
    if not str(error):
        return Message(repr(error))
    if isinstance(error, ReadableError):
        return error.message
    return Message("{kind}: {error}", kind=type(error).__name__, error=error)
