"""The thread of the engine: recorded samples become frames.

Responsible for when a command is obeyed, for holding what must not be fed back, for the order in
which results are recorded and published, and for the newest of them. Not responsible for what is
computed (`session.engine`), for what a live source may deliver (`session.live`), nor for threads
(`session.runner`).
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Sequence
from functools import partial

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FeedbackFrame
from neurofeedback.protocols import commands
from neurofeedback.protocols.commands import Command
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.latency import LatencyMeter
from neurofeedback.session.live.checks import LiveChecks
from neurofeedback.session.offline import ending
from neurofeedback.session.recorded_commands import RecordedCommands
from neurofeedback.session.sink import Frames
from neurofeedback.session.status import estimator_sentence
from neurofeedback.session.threads.backlog import Backlog
from neurofeedback.session.threads.command_queue import CommandQueue
from neurofeedback.session.threads.history import FrameHistory
from neurofeedback.session.threads.writing import Writing
from neurofeedback.signal.power.fidelity import FidelityPoint
from neurofeedback.words.message import NOTHING, Message

logger = logging.getLogger(__name__)


class Computing:
    """Give an engine recorded samples; `run` is a thread's body, all else may be used by any.

    Parameters
    ----------
    engine : SessionEngine
        Fresh.
    writing : Writing
        Where results are recorded.
    backlog : Backlog
        Room in it is given back once samples were computed with.
    asked : CommandQueue
        What the operator asks.
    checks : LiveChecks or None
        What of the samples must not be fed back; None for a file, which `recorded` checks.
    clock : callable
        Monotonic seconds.
    ended : callable
        Called with status and reason when the protocol is over.
    on_feedback : callable or None
        Called with each feedback frame; see `SessionRunner`.
    pause_after_baseline : bool
        Pause as soon as a baseline has set the threshold.
    n_rewards : int
        Rewards that a session that goes on has given before.

    Attributes
    ----------
    recorded : RecordedCommands
        What samples themselves command.
    progress : BlockProgress
        Where the protocol stands.
    newest : FeedbackFrame or None
    history : FrameHistory
    meter : LatencyMeter
    n_rewards : int
    estimator : Message
        What was fitted to the baseline; `NOTHING` before.
    fidelity : tuple of FidelityPoint
        How well it can be expected to follow the brain at each lag.
    """

    def __init__(
        self,
        engine: SessionEngine,
        writing: Writing,
        backlog: Backlog,
        asked: CommandQueue,
        checks: LiveChecks | None,
        *,
        clock: Callable[[], float],
        ended: Callable[[str, str], None],
        on_feedback: Callable[[FeedbackFrame], None] | None = None,
        pause_after_baseline: bool = False,
        n_rewards: int = 0,
    ) -> None:
        self._engine = engine
        self._writing = writing
        self._backlog = backlog
        self._asked = asked
        self._checks = checks
        self.recorded = RecordedCommands(engine, live=checks is not None)
        self._clock = clock
        self._ended = ended
        self._on_feedback = on_feedback
        self._pause_after_baseline = pause_after_baseline
        # Chunks with the time they arrived, commands to be obeyed at once, or names of markers;
        # None ends it.
        self._work: queue.SimpleQueue[tuple[Chunk, float] | Command | list[str] | None] = (
            queue.SimpleQueue()
        )
        self._dropping = False
        self._last_events: list[Event] = []
        self.progress = engine.progress
        self.newest: FeedbackFrame | None = None
        self.history = FrameHistory()
        self.meter = LatencyMeter()
        self.n_rewards = n_rewards
        self.estimator: Message = NOTHING
        self.fidelity: tuple[FidelityPoint, ...] = ()

    @property
    def ending(self) -> tuple[str, str]:
        """Status and reason of a session that nobody stopped."""
        return ending(self._engine, self._last_events)

    def take(self, chunk: Chunk, taken: float) -> None:
        """Compute with a recorded chunk, which arrived at clock time `taken`."""
        self._work.put((chunk, taken))

    def order(self, command: Command) -> None:
        """Obey what the session itself asks, whether samples come or not."""
        self._work.put(command)

    def mark(self, labels: list[str]) -> None:
        """Start the block that waits for one of these markers, if one does."""
        self._work.put(labels)

    def end(self) -> None:
        """Say that nothing comes any more."""
        self._work.put(None)

    def drop(self) -> None:
        """Compute no more: what is still taken was recorded, and only makes room."""
        self._dropping = True

    def run(self) -> None:
        """Compute until `end`."""
        while (item := self._work.get()) is not None:
            if isinstance(item, Command | list):
                self._answer(item)
                continue
            chunk, taken = item
            if not self._dropping:
                self._compute(chunk, taken)
            self._writing.put((), partial(self._backlog.release, chunk.n_times))

    def _compute(self, chunk: Chunk, taken: float) -> None:
        before = [*self._obey(), *self._check(chunk, taken)]
        for piece, started in self.recorded.pieces(chunk):
            self._step(piece, taken, [*before, *started])
            before = []
        self._dropping |= self._engine.finished

    def _step(self, piece: Chunk, taken: float, before: list[Event]) -> None:
        result = self._engine.step(piece)
        self._see(result.events)
        self.meter.computed(piece, taken, result.feedback, self._clock())
        late = self._obey()  # such as the pause at the end of a baseline
        self._publish(result.feedback)
        self.progress = self._engine.progress
        frames = Frames(result.features, result.feedback)
        self._writing.put([*before, frames, *result.events, *late])
        if self._engine.finished:
            self._ended(*ending(self._engine, result.events))

    def _answer(self, item: Command | list[str]) -> None:
        """Obey what the session itself asks, or start the block that waits for a marker."""
        if isinstance(item, Command):
            self._asked.order(item)
        elif any(self._engine.started_by(label) for label in item):
            self._asked.order(commands.RESUME)
        self._writing.put(self._obey())

    def _see(self, events: list[Event]) -> None:
        self._last_events = events or self._last_events
        for event in events:
            if event.kind is EventKind.REWARD:
                self.n_rewards += 1
            elif event.kind is EventKind.THRESHOLD_CHANGED:
                if self._pause_after_baseline and event.details["cause"] == "baseline":
                    self._asked.order(commands.PAUSE)
            elif (
                event.kind is EventKind.ESTIMATOR_FITTED
                and event.details["feature"] == self._engine.score.name
            ):
                self.estimator = estimator_sentence(event.details)
                self.fidelity = self._engine.expected_fidelity(event.details)

    def _obey(self) -> list[Event]:
        done = [self._engine.apply(command) for command in self._asked.take()]
        return [event for event in done if event is not None]

    def _check(self, chunk: Chunk, taken: float) -> list[Event]:
        """Hold what of a live chunk must not be fed back; return what to log of it."""
        if self._checks is None:
            return []
        holds, doubts = self._checks.look(chunk, self._clock() - taken)
        for kind, details in doubts:
            self._writing.log(kind, **details)
        events = [self._engine.apply(command) for command in holds]
        return [event for event in events if event is not None]

    def _publish(self, feedback: Sequence[FeedbackFrame]) -> None:
        if not feedback:
            return
        self.history.extend(feedback)
        self.newest = feedback[-1]
        if self._on_feedback is not None:
            try:
                for frame in feedback:
                    self._on_feedback(frame)
            except BaseException as error:  # a listener cannot kill the session
                logger.exception("A feedback listener failed and is not called again.")
                self._on_feedback = None
                self._writing.log(EventKind.ERROR, where="feedback listener", error=str(error))
