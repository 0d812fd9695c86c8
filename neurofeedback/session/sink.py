"""Where a session's results go.

Responsible for the contract between a running session and its recorder, and for the sink that
keeps nothing. Not responsible for writing (`recording`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from neurofeedback.events import Event
from neurofeedback.frames import Chunk, FeatureFrames, FeedbackFrame
from neurofeedback.recording.tables import DisplayRow


class Sink(Protocol):
    """Takes everything a session produces, in order. `recording.SessionRecorder` is one.

    One thread calls the ``append`` methods and `finalize`; another may call `sync` at any time.
    """

    def append_chunk(self, chunk: Chunk) -> None:
        """Append raw samples; they count as recorded when this returns."""
        ...

    def append_frames(self, features: FeatureFrames, feedback: Sequence[FeedbackFrame]) -> None:
        """Append feature and feedback frames, one of each per hop."""
        ...

    def append_events(self, events: Sequence[Event]) -> None:
        """Append events."""
        ...

    def append_display(self, rows: Sequence[DisplayRow]) -> None:
        """Append what was painted."""
        ...

    def sync(self) -> None:
        """Make what has been appended safe against loss of power."""
        ...

    def finalize(self, status: str, reason: str) -> None:
        """Record how the session ended, and close; may be called twice."""
        ...


class NullSink:
    """Keeps nothing; for benchmarks and tests."""

    def append_chunk(self, chunk: Chunk) -> None:
        """Drop."""

    def append_frames(self, features: FeatureFrames, feedback: Sequence[FeedbackFrame]) -> None:
        """Drop."""

    def append_events(self, events: Sequence[Event]) -> None:
        """Drop."""

    def append_display(self, rows: Sequence[DisplayRow]) -> None:
        """Drop."""

    def sync(self) -> None:
        """Do nothing."""

    def finalize(self, status: str, reason: str) -> None:
        """Do nothing."""
