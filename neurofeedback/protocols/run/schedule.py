"""The course of a session through its blocks.

Responsible for which block is on, how far it has come, whether the protocol is running, paused or
ended, and which moves are possible. Not responsible for thresholds, rewards or what is shown.

States and what moves them::

    running --pause--> paused --resume--> running
    running, paused --skip | repeat | redo-baseline | extend--> the same state
    running, paused --abort | the end--> ended

`skip` ends the block now (a baseline only if it has enough clean data); `repeat` starts it again;
`redo-baseline` goes back to the last baseline, from which the schedule goes on once more; `extend`
makes this block longer. A block that waits for a marker is paused until that resumes it.

Time is counted in feature frames; it stands still while paused or while samples come late, and in a
baseline while data are bad. In a block that declares `extend`, time in which feedback was held is
made up for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from neurofeedback.frames import FeedbackFrame
from neurofeedback.protocols.commands import CommandName
from neurofeedback.protocols.spec import SCORED, Block

BASELINE_PATIENCE = 3.0  # a baseline may last this many times its length before it is cut short
BASELINE_LEAST = 1 / 3  # share of the wanted clean data below which a baseline has failed
END = "end"


class State(StrEnum):
    """Whether the protocol advances."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


_WITHIN = (CommandName.SKIP, CommandName.REPEAT, CommandName.REDO_BASELINE, CommandName.EXTEND)

TRANSITIONS: dict[tuple[State, str], State] = {
    (State.RUNNING, CommandName.PAUSE): State.PAUSED,
    (State.PAUSED, CommandName.RESUME): State.RUNNING,
    **{(state, move): state for state in (State.RUNNING, State.PAUSED) for move in _WITHIN},
    (State.RUNNING, CommandName.ABORT): State.ENDED,
    (State.PAUSED, CommandName.ABORT): State.ENDED,
    (State.RUNNING, END): State.ENDED,
    (State.PAUSED, END): State.ENDED,
    (State.RUNNING, CommandName.HOLD): State.RUNNING,
    (State.PAUSED, CommandName.HOLD): State.PAUSED,
}


@dataclass(frozen=True, slots=True)
class BlockProgress:
    """How far the schedule has come.

    Parameters
    ----------
    block, n_blocks : int
        Index of the current block, and how many there are.
    phase : str
        Kind of block, or ``done`` when the protocol has ended.
    elapsed, seconds : float
        Time spent in the block and its length, extensions included, s; for a baseline, seconds of
        clean data.
    success_rate : float
        Share of the block's clean time in which the reward condition was met, 0..1; NaN where the
        block is not scored.
    held_share : float
        Share of the block's time in which feedback was held, 0..1; NaN before its first frame.
    allowed : frozenset of str
        Names of the commands that would change something now.
    target_rate : float or None
        Share of clean time that the threshold aims at now, 0..1; None where it aims at none.
    awaits : str
        Name of the marker for which the block is paused before it begins; empty for none.
    """

    block: int
    n_blocks: int
    phase: str
    elapsed: float
    seconds: float
    success_rate: float
    held_share: float
    allowed: frozenset[str] = frozenset()
    target_rate: float | None = None
    awaits: str = ""


@dataclass(slots=True)
class BlockTally:
    """What has been counted in the current block, in frames."""

    frames: int = 0
    clean: int = 0
    successes: int = 0
    inhibited: int = 0
    rewards: int = 0

    def add(self, frame: FeedbackFrame) -> None:
        """Count a frame in which the protocol was running."""
        self.frames += 1
        self.clean += frame.held is None
        self.successes += frame.success
        self.inhibited += frame.inhibit is not None
        self.rewards += frame.reward

    @property
    def success_rate(self) -> float:
        """Share of clean frames in which the reward condition was met; NaN before the first."""
        return self.successes / self.clean if self.clean else math.nan

    @property
    def inhibited_rate(self) -> float:
        """Share of clean frames in which an inhibit applied; NaN before the first."""
        return self.inhibited / self.clean if self.clean else math.nan

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
        Index of the current block; one past the last once ended by the last block's end.
    block : Block
        The current block; the last one once ended.
    attempt : int
        How many times this block has been entered, from 1.
    tally : BlockTally
        What has been counted in it.
    awaits : str
        Name of the marker for which the block is paused before it begins; empty for none.
    """

    def __init__(self, blocks: tuple[Block, ...], frame_seconds: float) -> None:
        self.blocks = blocks
        self.state = State.RUNNING
        self._frame_seconds = frame_seconds
        self._attempts = [0] * len(blocks)
        self._guards: dict[str, Callable[[], bool]] = {
            CommandName.SKIP: lambda: self.block.kind != "baseline" or not self.baseline_failed(),
            CommandName.REPEAT: lambda: not self.at_block_start,
            CommandName.REDO_BASELINE: lambda: self._last_baseline() is not None,
        }
        self.enter(0)

    @property
    def at_block_start(self) -> bool:
        """Whether no frame of the current block has been counted yet."""
        return self.tally.frames == 0

    @property
    def scored(self) -> bool:
        """Whether the current block is one of those that need a threshold."""
        return self.block.kind in SCORED

    def allowed(self) -> frozenset[str]:
        """Return the names of the operator's commands that would change something now."""
        return frozenset(name for name in CommandName if self.allows(name)) - {CommandName.HOLD}

    def allows(self, what: str) -> bool:
        """Whether a move is possible now."""
        guard = self._guards.get(what)
        return (self.state, what) in TRANSITIONS and (guard is None or guard())

    def move(self, what: str) -> None:
        """Change state by the table; the move must be possible."""
        self.state = TRANSITIONS[self.state, what]
        if self.state is not State.PAUSED:
            self.awaits = ""

    def extend(self, seconds: float) -> None:
        """Make the current block longer."""
        self._wanted += max(1, round(seconds / self._frame_seconds))

    def block_is_over(self) -> bool:
        """Whether the current block has had its frames."""
        return self.frames_ahead() == 0

    def frames_ahead(self) -> int:
        """Return the least number of frames after which the current block can be over."""
        tally = self.tally
        if self.block.kind == "baseline":
            patience = math.ceil(BASELINE_PATIENCE * self._wanted) - tally.frames
            return max(0, min(self._length() - tally.clean, patience))
        return max(0, self._length() - tally.frames)

    def baseline_failed(self) -> bool:
        """Whether the current block is a baseline that has too little clean data so far."""
        least = BASELINE_LEAST * self._declared
        return self.block.kind == "baseline" and self.tally.clean < least

    def enter(self, index: int) -> None:
        """Go to the start of a block; the state becomes ended after the last."""
        self.index = index
        self.tally = BlockTally()
        self.awaits = ""
        if index >= len(self.blocks):
            self.move(END)
            return
        self.block = self.blocks[index]
        self._attempts[index] += 1
        self.attempt = self._attempts[index]
        if self.block.awaits:
            self.state, self.awaits = State.PAUSED, self.block.awaits
        self._wanted = self._declared = max(1, round(self.block.seconds / self._frame_seconds))

    def enter_last_baseline(self) -> None:
        """Go back to the start of the last baseline; there must be one."""
        index = self._last_baseline()
        assert index is not None
        self.enter(index)

    def seconds(self, frames: int) -> float:
        """Return the stream time of so many frames, s."""
        return frames * self._frame_seconds

    def progress(self) -> BlockProgress:
        """Return how far the schedule has come."""
        block, tally = self.block, self.tally
        baseline = block.kind == "baseline"
        return BlockProgress(
            block=min(self.index, len(self.blocks) - 1),
            n_blocks=len(self.blocks),
            phase="done" if self.state is State.ENDED else block.kind,
            elapsed=self.seconds(tally.clean if baseline else tally.frames),
            seconds=block.seconds + self.seconds(self._length() - self._declared),
            success_rate=tally.success_rate if self.scored else math.nan,
            held_share=tally.held_share,
            allowed=self.allowed(),
            awaits=self.awaits,
        )

    def _length(self) -> int:
        """Frames in the current block as far as is known now; in a baseline, clean frames."""
        if self.block.kind == "baseline":
            return self._wanted
        most = round(self.block.extend / self._frame_seconds)
        return self._wanted + min(self.tally.frames - self.tally.clean, most)

    def _last_baseline(self) -> int | None:
        """Index of the last baseline of which a frame was counted, if there is one."""
        last = self.index - self.at_block_start
        behind = [i for i, b in enumerate(self.blocks[: last + 1]) if b.kind == "baseline"]
        return behind[-1] if behind else None
