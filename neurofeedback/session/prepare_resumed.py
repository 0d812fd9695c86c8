"""From a session that was cut to one that is ready to go on, at the block that was cut.

Responsible for bringing files and engine to the same place before anything new is written. Not
responsible for finding such sessions (`app.unfinished`), nor for running what follows
(`session.runner`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from neurofeedback.acquisition.source import Source
from neurofeedback.errors import UserError
from neurofeedback.events import ENGINE_KINDS, Event, EventKind
from neurofeedback.frames import Chunk
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.files import RecordingError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.repair.reopen import CutSession, reopen_session
from neurofeedback.recording.tables import format_feedback_rows
from neurofeedback.recording.write.batch import Frames, Record
from neurofeedback.session.engine import StepResult
from neurofeedback.session.prepare import PreparedSession, Resumed
from neurofeedback.session.resume import ContinuedSource, resumed_engine
from neurofeedback.session.verification.rerun import RUN_SECONDS, in_long_runs, logged_commands
from neurofeedback.signal.power.prior import recorded_prior
from neurofeedback.words.message import Message

Progress = Callable[[float], None]
_READING = 0.3  # share of the work that finding the trusted beginning is


def prepare_resumed(
    layout: SessionLayout,
    source: Source,
    *,
    second: Path | None = None,
    progress: Progress = lambda done: None,
) -> PreparedSession:
    """Make a session that was cut ready to go on: the block that was cut starts again.

    All recorded samples are run through the engine, which must find every logged value again.
    What the program had computed and not yet written is written now, then SessionResumed. The
    session's source, engine and recorder are used like those of a new one; `SessionRunner` takes
    `PreparedSession.resumed`.

    Parameters
    ----------
    layout : SessionLayout
        One of those that `list_unfinished` says can be resumed.
    source : Source
        Not yet opened; must be a stream like that of the session.
    second : Path or None
        Where the recording goes on when its disk fails; None for nowhere.
    progress : callable
        Called with the share that is done.

    Returns
    -------
    PreparedSession

    Raises
    ------
    UserError
        If the session cannot be resumed, or the source is another than that of the session. The
        source is closed then; the session can still be finished.
    """
    cut = reopen_session(layout, lambda done: progress(_READING * done))
    start, last = cut.content.start, cut.content.rows[-1]
    try:
        spec = ProtocolSpec.model_validate(start.protocol)
    except ValidationError as error:
        raise _refused(cut, Message("this version cannot run its protocol")) from error
    again = _Again(cut)
    engine = resumed_engine(
        start.stream,
        spec,
        in_long_runs(_told(cut, progress), round(RUN_SECONDS * start.stream.sfreq)),
        logged_commands(cut.content.events),
        start.bads,
        prior=recorded_prior(start.versions),
        on_step=again.see,
    )
    if engine.finished:
        raise _refused(cut, Message("its protocol had already ended"))
    missing = again.missing()
    continued = ContinuedSource(source, start.stream, last.stop_sample, last.last_time)
    info = continued.open()
    try:
        recorder = cut.recorder(
            expected_seconds=sum(block.seconds for block in spec.iter_blocks()), second=second
        )
        resumed = Event(EventKind.SESSION_RESUMED, last.stop_sample - 1, last.last_time)
        recorder.append([*missing, resumed])
    except RecordingError as error:
        recorder.abandon()
        continued.close()
        raise UserError(error.message) from error
    except BaseException:
        continued.close()
        raise
    at = Resumed(last.stop_sample, last.last_time, again.n_rewards)
    return PreparedSession(continued, info, spec, engine, recorder, at)


def _refused(cut: CutSession, reason: Message) -> UserError:
    return UserError(
        "{folder} cannot be resumed: {reason}; it can be finished.",
        folder=cut.reader.layout.session_dir,
        reason=reason,
    )


def _told(cut: CutSession, progress: Progress) -> Iterator[Chunk]:
    n_chunks = len(cut.content.rows)
    for number, chunk in zip(range(1, n_chunks + 1), cut.reader.iter_chunks(), strict=False):
        yield chunk
        progress(_READING + (1.0 - _READING) * number / n_chunks)


class _Again:
    """Compares what the engine finds with what is logged, and keeps what is not."""

    def __init__(self, cut: CutSession) -> None:
        self._cut = cut
        self._rows = _Logged(cut.content.feedback)
        self._events = _Logged([e.to_json() for e in cut.content.events if e.kind in ENGINE_KINDS])
        self._missing: list[Record] = []
        self.n_rewards = 0

    def see(self, result: StepResult) -> None:
        """Take the outcome of one step."""
        self.n_rewards += sum(event.kind is EventKind.REWARD for event in result.events)
        rows = format_feedback_rows(result.features, result.feedback).splitlines()
        known = self._rows.match(rows)
        if known < len(rows):
            self._missing.append(_from(result, known))
        known = self._events.match([event.to_json() for event in result.events])
        self._missing += result.events[known:]

    def missing(self) -> Sequence[Record]:
        """Return the records that the samples give and that were not written.

        Raises
        ------
        UserError
            If something is logged that the samples do not give.
        """
        if not (self._rows.all_found and self._events.all_found):
            reason = Message("what it logged does not follow from its samples on this machine")
            raise _refused(self._cut, reason)
        return self._missing


@dataclass
class _Logged:
    """Lines as logged, and how many of them were found again."""

    lines: Sequence[str]
    n_found: int = 0
    differs: bool = False

    @property
    def all_found(self) -> bool:
        return not self.differs and self.n_found == len(self.lines)

    def match(self, lines: Iterable[str]) -> int:
        """Return how many of these lines, which come next, are logged."""
        lines = list(lines)
        logged = self.lines[self.n_found : self.n_found + len(lines)]
        self.differs = self.differs or list(logged) != lines[: len(logged)]
        self.n_found += len(logged)
        return len(logged)


def _from(result: StepResult, first: int) -> Frames:
    features, feedback = result.features, result.feedback
    fed = {frame.sample: frame for frame in feedback}
    rest = type(features)(
        features.samples[first:],
        features.times[first:],
        features.values[first:],
        features.held[first:],
    )
    kept = [fed[s] for s in rest.samples.tolist() if s in fed]
    return Frames(rest, kept)
