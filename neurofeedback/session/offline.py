"""A session without threads: every sample of a source through the engine as fast as it goes.

Responsible for the loop that offline replay, verification and benchmarks share. Not responsible
for the engine itself, nor for live sources, which need `session.runner`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from neurofeedback.acquisition.source import Source
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk
from neurofeedback.protocols.run.protocol_run import ABORTED, COMPLETED
from neurofeedback.session.ends import INTERRUPTED, PROTOCOL_OVER, RECORDING_OVER
from neurofeedback.session.engine import BlockProgress, SessionEngine
from neurofeedback.session.recorded_commands import RecordedCommands
from neurofeedback.session.sink import Frames, NullSink, Sink


@dataclass(frozen=True, slots=True)
class OfflineResult:
    """What an offline run came to.

    Parameters
    ----------
    n_samples, n_frames, n_rewards : int
        Counts.
    stream_seconds : float
        Length of what was processed, s.
    status, reason : str
        How the session ended: ``completed`` with the protocol's or the recording's end,
        ``stopped`` when interrupted or aborted, ``failed`` when the baseline had too little clean
        data.
    progress : BlockProgress
        Where the protocol stood.
    """

    n_samples: int
    n_frames: int
    n_rewards: int
    stream_seconds: float
    status: str
    reason: str
    progress: BlockProgress


def chunks_of(source: Source, timeout: float = 0.5) -> Iterator[Chunk]:
    """Yield every chunk of an opened source until it is exhausted."""
    while not source.exhausted:
        chunk = source.read(timeout)
        if chunk is not None:
            yield chunk


def run_offline(
    source: Source,
    engine: SessionEngine,
    sfreq: float,
    sink: Sink | None = None,
    on_chunk: Callable[[Chunk], None] | None = None,
) -> OfflineResult:
    """Run an opened source through an engine, recording to a sink.

    Parameters
    ----------
    source : Source
        Opened; must end by itself.
    engine : SessionEngine
        Fresh.
    sfreq : float
        Sampling rate in Hz.
    sink : Sink or None
        Where everything goes; finalized at the end, also when interrupted.
    on_chunk : callable or None
        Called after each chunk, for a progress display.

    Returns
    -------
    OfflineResult
    """
    sink = sink or NullSink()
    n_samples = n_frames = n_rewards = 0
    last: list[Event] = []
    status, reason = "stopped", str(INTERRUPTED)
    recorded = RecordedCommands(engine)
    try:
        for chunk in chunks_of(source):
            sink.append([chunk])  # recorded before processed
            for piece, commands in recorded.pieces(chunk):
                result = engine.step(piece)
                sink.append([*commands, Frames(result.features, result.feedback), *result.events])
                n_samples += piece.n_times
                n_frames += len(result.feedback)
                n_rewards += sum(e.kind is EventKind.REWARD for e in result.events)
                last = result.events or last
            if on_chunk is not None:
                on_chunk(chunk)
            if engine.finished:
                break
        status, reason = ending(engine, last)
    finally:
        sink.finalize(status, reason)
    return OfflineResult(
        n_samples, n_frames, n_rewards, n_samples / sfreq, status, reason, engine.progress
    )


def ending(engine: SessionEngine, last: list[Event]) -> tuple[str, str]:
    """Say how a session ended that nobody stopped.

    Parameters
    ----------
    engine : SessionEngine
        After its last step.
    last : list of Event
        Events of that step.

    Returns
    -------
    status, reason : str
    """
    if not engine.finished:  # the file was shorter than the protocol
        return "stopped", RECORDING_OVER
    for event in last:
        if event.kind is EventKind.PROTOCOL_ENDED and event.details["reason"] != COMPLETED:
            reason = str(event.details["reason"])
            return "stopped" if reason == ABORTED else "failed", reason
    return "completed", PROTOCOL_OVER
