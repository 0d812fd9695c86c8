"""Going on with a session that was cut.

Responsible for an engine in the state in which the session was cut, and for a source whose samples
follow on the recorded ones. Not responsible for finding such sessions (`app.unfinished`), for
putting all of it together (`session.prepare_resumed`) nor for running what follows
(`session.runner`, which repeats the block that was cut).

The first new chunk has a gap, so nothing is computed across the cut. The samples, the gap and the
command are recorded as ever, and the whole session verifies like one that was never cut.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from neurofeedback.acquisition.source import Returning, Source
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.protocols.run.control import Boundary
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.engine import SessionEngine, StepResult
from neurofeedback.session.verification.rerun import CommandAt, with_commands
from neurofeedback.signal.power.prior import Prior
from neurofeedback.words.message import Message


def resumed_engine(
    info: StreamInfo,
    spec: ProtocolSpec,
    chunks: Iterable[Chunk],
    commands: Sequence[CommandAt],
    bads: Sequence[str] = (),
    boundary: Boundary | None = None,
    prior: Prior | None = None,
    on_step: Callable[[StepResult], None] | None = None,
) -> SessionEngine:
    """Return an engine in the state in which a session was cut.

    Parameters
    ----------
    info : StreamInfo
        The stream of the session.
    spec : ProtocolSpec
        Its protocol.
    chunks : iterable of Chunk
        All its recorded samples, in order.
    commands : sequence of (int, Command)
        The operator's commands with the samples they took effect at.
    bads : sequence of str
        Channels marked bad at its start.
    boundary : Boundary or None
        Fresh, made as that of the session.
    prior : Prior or None
        What was learned from other people, as the session had it.
    on_step : callable or None
        Called with each step's outcome: what was recorded of it may end before the samples do.

    Returns
    -------
    SessionEngine
        The next chunk must follow on from the recorded samples.
    """
    engine = SessionEngine(info, spec, bads, boundary, prior)
    for chunk in with_commands(chunks, commands, engine):
        result = engine.step(chunk)
        if on_step is not None:
            on_step(result)
    return engine


class ContinuedSource:
    """A source whose samples are numbered on from those of a session that was cut.

    Parameters
    ----------
    source : Source
        Not yet opened.
    info : StreamInfo
        The stream of the session; the source must have the same channels and rate.
    next_sample : int
        Absolute number that the first new sample gets.
    last_time : float
        Stream time of the last of them, s.
    """

    def __init__(
        self, source: Source, info: StreamInfo, next_sample: int, last_time: float
    ) -> None:
        self._source = source
        self._info = info
        self._next_sample = next_sample
        self._last_time = last_time
        self._offset: int | None = None

    @property
    def live(self) -> bool:
        """As the source."""
        return self._source.live

    @property
    def connected(self) -> bool:
        """As the source."""
        return self._source.connected

    @property
    def exhausted(self) -> bool:
        """As the source."""
        return self._source.exhausted

    @property
    def refused(self) -> Message | None:
        """As the source."""
        return self._source.refused if isinstance(self._source, Returning) else None

    @property
    def hidden(self) -> Message | None:
        """As the source."""
        return self._source.hidden if isinstance(self._source, Returning) else None

    @property
    def offered(self) -> str:
        """As the source."""
        return self._source.offered if isinstance(self._source, Returning) else ""

    @property
    def sender(self) -> Mapping[str, Any]:
        """As the source."""
        return self._source.sender if isinstance(self._source, Returning) else {}

    def accept(self, source_id: str) -> None:
        """As the source."""
        if isinstance(self._source, Returning):
            self._source.accept(source_id)

    def open(self) -> StreamInfo:
        """Open the source and return the description of the session's stream.

        Raises
        ------
        UserError
            If the source cannot be opened or is another than that of the session.
        """
        found, wanted = self._source.open(), self._info
        same = ("sfreq", "ch_names", "ch_types", "units")
        if any(getattr(found, name) != getattr(wanted, name) for name in same):
            self._source.close()
            raise UserError(
                "The stream {stream!r} ({n} channels, {rate:g} Hz) differs from the one "
                "of the session ({n_wanted} channels, {wanted:g} Hz); connect the same "
                "one, or start a new session.",
                stream=found.name,
                n=found.n_channels,
                rate=found.sfreq,
                n_wanted=wanted.n_channels,
                wanted=wanted.sfreq,
            )
        return wanted

    def read(self, timeout: float) -> Chunk | None:
        """Return the next samples; see `Source.read`."""
        chunk = self._source.read(timeout)
        if chunk is None:
            return None
        if self._offset is None:
            self._offset = self._next_sample - chunk.first_sample
            chunk = replace(chunk, gap=self._missing(chunk))
        return replace(chunk, first_sample=chunk.first_sample + self._offset)

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _missing(self, chunk: Chunk) -> float:
        """Seconds between the recorded samples and the first new one; never 0."""
        missing = float(chunk.timestamps[0]) - self._last_time - 1.0 / self._info.sfreq
        return missing if missing != 0.0 and math.isfinite(missing) else 1.0 / self._info.sfreq
