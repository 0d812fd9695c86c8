"""The course of a session through its blocks.

Responsible for which block is on, how far it has come and whether the protocol is running, paused
or ended. Not responsible for thresholds, rewards or what is shown.

States and what moves them::

    running --pause--> paused --resume--> running
    running --end----> ended
    paused  --end----> ended

Time is counted in feature frames; it stands still while paused, and in a baseline while data are
bad.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from neurofeedback.protocols.spec import Block

BASELINE_PATIENCE = 3.0  # a baseline may last this many times its length before it is cut short
BASELINE_LEAST = 1 / 3  # share of the wanted clean data below which a baseline has failed


class State(StrEnum):
    """Whether the protocol advances."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Command(StrEnum):
    """What an operator may ask of a running protocol."""

    PAUSE = "pause"
    RESUME = "resume"


TRANSITIONS: dict[tuple[State, str], State] = {
    (State.RUNNING, Command.PAUSE): State.PAUSED,
    (State.PAUSED, Command.RESUME): State.RUNNING,
    (State.RUNNING, "end"): State.ENDED,
    (State.PAUSED, "end"): State.ENDED,
}


@dataclass(frozen=True, slots=True)
class BlockProgress:
    """How far the schedule has come.

    Parameters
    ----------
    block, n_blocks : int
        Index of the current block, and how many there are.
    phase : str
        ``baseline, train, rest``, or ``done`` when the protocol has ended.
    elapsed, seconds : float
        Time spent in the block and its length, s; for a baseline, seconds of clean data.
    success_rate : float
        Share of the block's clean time past the threshold, 0..1; NaN where there is no feedback.
    held_share : float
        Share of the block's time in which feedback was held, 0..1; NaN before its first frame.
    """

    block: int
    n_blocks: int
    phase: str
    elapsed: float
    seconds: float
    success_rate: float
    held_share: float


@dataclass(slots=True)
class BlockTally:
    """What has been counted in the current block, in frames."""

    frames: int = 0
    clean: int = 0
    successes: int = 0
    rewards: int = 0

    @property
    def success_rate(self) -> float:
        """Share of clean frames past the threshold; NaN before the first."""
        return self.successes / self.clean if self.clean else math.nan

    @property
    def held_share(self) -> float:
        """Share of frames in which feedback was held; NaN before the first."""
        return 1.0 - self.clean / self.frames if self.frames else math.nan


class Schedule:
    """Walk through blocks, frame by frame.

    Parameters
    ----------
    blocks : tuple of Block
        In order.
    frame_seconds : float
        Stream time between frames, s.

    Attributes
    ----------
    state : State
    index : int
        Index of the current block; one past the last once ended.
    block : Block
        The current block; the last one once ended.
    tally : BlockTally
        What has been counted in it.
    """

    def __init__(self, blocks: tuple[Block, ...], frame_seconds: float) -> None:
        self.blocks = blocks
        self.state = State.RUNNING
        self.index = -1
        self._frame_seconds = frame_seconds
        self.next_block()

    @property
    def at_block_start(self) -> bool:
        """Whether no frame of the current block has been counted yet."""
        return self.tally.frames == 0

    def move(self, what: str) -> bool:
        """Change state by the table; return whether anything changed."""
        new = TRANSITIONS.get((self.state, what))
        if new is None:
            return False
        self.state = new
        return True

    def block_is_over(self) -> bool:
        """Whether the current block has had its frames."""
        return self.frames_ahead() == 0

    def frames_ahead(self) -> int:
        """Return the least number of frames after which the current block can be over."""
        if self.block.kind != "baseline":
            return max(0, self._wanted - self.tally.frames)
        patience = math.ceil(BASELINE_PATIENCE * self._wanted) - self.tally.frames
        return max(0, min(self._wanted - self.tally.clean, patience))

    def baseline_failed(self) -> bool:
        """Whether the current block is a baseline that ended with too little clean data."""
        return self.block.kind == "baseline" and self.tally.clean < BASELINE_LEAST * self._wanted

    def next_block(self) -> None:
        """Go on to the next block; the state becomes ended after the last."""
        self.index += 1
        self.tally = BlockTally()
        if self.index >= len(self.blocks):
            self.move("end")
            return
        self.block = self.blocks[self.index]
        self._wanted = max(1, round(self.block.seconds / self._frame_seconds))

    def seconds(self, frames: int) -> float:
        """Return the stream time of so many frames, s."""
        return frames * self._frame_seconds

    def progress(self) -> BlockProgress:
        """Return how far the schedule has come."""
        block, tally = self.block, self.tally
        counted = tally.clean if block.kind == "baseline" else tally.frames
        return BlockProgress(
            block=min(self.index, len(self.blocks) - 1),
            n_blocks=len(self.blocks),
            phase="done" if self.state is State.ENDED else block.kind,
            elapsed=self.seconds(counted),
            seconds=block.seconds,
            success_rate=tally.success_rate if block.kind == "train" else math.nan,
            held_share=tally.held_share,
        )
