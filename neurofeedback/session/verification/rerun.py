"""Running recorded samples and commands through an engine once more.

Responsible for applying logged commands where they took effect. Not responsible for what is done
with the outcome: verifying (`session.verification.verify`), going on after a crash
(`session.resume`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk
from neurofeedback.protocols.commands import Command
from neurofeedback.session.engine import SessionEngine

CommandAt = tuple[int, Command]
RUN_SECONDS = 5.0  # of samples at a time: ten times as fast as the chunks of a stream


def logged_commands(events: Iterable[Event]) -> list[CommandAt]:
    """Return the operator's commands with the samples they took effect at.

    Raises
    ------
    UserError
        If one is logged that is none.
    """
    return [
        (event.sample, Command.from_details(event.details))
        for event in events
        if event.kind is EventKind.COMMAND
    ]


def in_long_runs(chunks: Iterable[Chunk], n_times: int) -> Iterator[Chunk]:
    """Yield the same samples in longer chunks, which changes nothing but the time it takes.

    Parameters
    ----------
    chunks : iterable of Chunk
        Each following on from the one before.
    n_times : int
        Samples at which a chunk is long enough; none reaches across a gap.
    """
    run: list[Chunk] = []
    length = 0
    for chunk in chunks:
        if run and (chunk.gap != 0.0 or length >= n_times):
            yield _joined(run)
            run, length = [], 0
        run.append(chunk)
        length += chunk.n_times
    if run:
        yield _joined(run)


def _joined(run: Sequence[Chunk]) -> Chunk:
    if len(run) == 1:
        return run[0]
    return replace(
        run[0],
        data=np.concatenate([chunk.data for chunk in run]),
        timestamps=np.concatenate([chunk.timestamps for chunk in run]),
        annotations=(),  # those of a session are in its log
    )


def with_commands(
    chunks: Iterable[Chunk], commands: Sequence[CommandAt], engine: SessionEngine
) -> Iterator[Chunk]:
    """Yield chunks, split where a command took effect, having applied it to the engine."""
    waiting = deque(commands)
    for chunk in chunks:
        rest = chunk
        while waiting and waiting[0][0] < rest.stop_sample:
            at = max(0, waiting[0][0] - rest.first_sample)
            before, rest = rest.split(at)
            if at:
                yield before
            engine.apply(waiting.popleft()[1])
        yield rest
