"""Where a session's results go.

Responsible for the contract between a running session and its recorder, and for the sink that
keeps nothing. Not responsible for writing (`recording`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from neurofeedback.recording.write.batch import Frames, Record
from neurofeedback.words.message import Message

__all__ = ["Frames", "NullSink", "Record", "Sink"]


class Sink(Protocol):
    """Takes everything a session produces, in order. `recording.SessionRecorder` is one.

    One thread calls `append` and `finalize`; another may call `look` and `sync` at any time.
    """

    @property
    def alarm(self) -> Message | None:
        """What is wrong with the recording now, for the operator; None when nothing is."""
        ...

    def append(self, records: Sequence[Record]) -> None:
        """Append records; they count as recorded when this returns.

        `RecordingError` says that none of them does and that it may be tried again.
        """
        ...

    def poll(self) -> None:
        """Notice when what is appended ends up nowhere; quick, called several times a second."""
        ...

    def sync(self) -> None:
        """Make what has been appended safe against loss of power."""
        ...

    def finalize(self, status: str, reason: str) -> None:
        """Record how the session ended, and close; may be called twice."""
        ...


class NullSink:
    """Keeps nothing; for benchmarks and tests."""

    alarm = None

    def append(self, records: Sequence[Record]) -> None:
        """Drop."""

    def poll(self) -> None:
        """Do nothing."""

    def sync(self) -> None:
        """Do nothing."""

    def finalize(self, status: str, reason: str) -> None:
        """Do nothing."""
