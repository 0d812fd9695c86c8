"""Running recorded samples and commands through an engine once more.

Responsible for applying logged commands where they took effect. Not responsible for what is done
with the outcome: verifying (`session.verify`), going on after a crash (`session.resume`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk
from neurofeedback.protocols.commands import Command
from neurofeedback.session.engine import SessionEngine

CommandAt = tuple[int, Command]


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
