"""What can be seen of a running session from outside.

Responsible for the snapshot that screens and the command line show. Not responsible for making
it (`session.runner`) nor for showing it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from neurofeedback.protocols.schedule import BlockProgress

__all__ = ["BlockProgress", "RunState", "Status"]


class RunState(StrEnum):
    """Where a session stands, as seen from outside."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Status:
    """Snapshot of a running session.

    Parameters
    ----------
    state : RunState
    progress : BlockProgress
    alarm : str or None
        One sentence when something is wrong now (stale or lost stream, failed writing), else None.
    since_sample : float
        Seconds since the last sample arrived; 0 for a file.
    recorded_samples : int
        Samples appended to the raw file.
    recorded_seconds : float
        The same in s of stream time.
    rewards : int
        Rewards given so far.
    queued : float
        Fill of the fullest queue, 0..1.
    folder : Path or None
        Session folder; None when nothing is recorded.
    """

    state: RunState
    progress: BlockProgress
    alarm: str | None
    since_sample: float
    recorded_samples: int
    recorded_seconds: float
    rewards: int
    queued: float
    folder: Path | None
