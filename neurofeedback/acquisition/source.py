"""What every source of samples is: LSL stream, recorded file, synthetic participant.

Responsible for the contract between a source and those who read it. Not responsible for any
particular source, nor for what is done with the samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.words.message import Message


@runtime_checkable
class Returning(Protocol):
    """A source that waits for a lost sender, and may meet another one that pretends to be it."""

    @property
    def refused(self) -> Message | None:
        """Why a stream that could be taken for the lost one is not used; None without one."""
        ...

    @property
    def hidden(self) -> Message | None:
        """Why the lost stream may be there and not be found; None where nothing says so."""
        ...

    @property
    def offered(self) -> str:
        """Source id of a stream that differs in nothing else and may be accepted; else empty."""
        ...

    @property
    def sender(self) -> Mapping[str, Any]:
        """Which outlet samples come from, as plain JSON types; empty before there is one."""
        ...

    def accept(self, source_id: str) -> None:
        """Go on with the stream that is offered; nothing where another one is."""
        ...


@runtime_checkable
class Measuring(Protocol):
    """A source whose amplifier measures the impedance of electrodes."""

    @property
    def impedances(self) -> Mapping[str, float]:
        """Newest impedance of each electrode for which there is one, ohm; any thread may ask."""
        ...


def impedances_of(source: object) -> Mapping[str, float]:
    """Return the impedances that an opened source knows, ohm; none where it measures none."""
    return source.impedances if isinstance(source, Measuring) else {}


class Source(Protocol):
    """A stream of samples, read by one thread.

    A source is made, opened, read until `exhausted` (or for as long as wanted) and closed.
    """

    @property
    def live(self) -> bool:
        """Whether samples arrive whether or not they are read (they cannot be held back)."""
        ...

    @property
    def connected(self) -> bool:
        """Whether the sender is there as far as the source knows; a file always is."""
        ...

    @property
    def exhausted(self) -> bool:
        """Whether there will never be another sample."""
        ...

    def open(self) -> StreamInfo:
        """Connect or load, and describe the stream.

        Raises
        ------
        UserError
            If the stream or file is missing, unreadable or not usable; one clear sentence.
        """
        ...

    def read(self, timeout: float) -> Chunk | None:
        """Return the samples that have arrived, waiting up to `timeout` s for the first.

        Returns
        -------
        Chunk or None
            At least one sample; None if nothing arrived in time, the sender is gone (the source
            looks for it again by itself) or the source is exhausted. A chunk never spans a
            discontinuity: samples after one come in a chunk of their own whose `gap` is not zero.
        """
        ...

    def close(self) -> None:
        """Let go of the stream or file. May be called twice."""
        ...
