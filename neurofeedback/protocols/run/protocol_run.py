"""A protocol at work: its blocks one after the other, and what each of them teaches.

Responsible for the course through the blocks, for the operator's commands and for the events that
follow from both. Not responsible for single frames (`protocols.run.evaluator`) nor for features:
its owner computes them, no further ahead than `frames_ahead`, and hands over what a baseline
changed about them when it ends the block. Pure: protocol time is the stream's, counted in frames.

Commands take effect at the next frame; a block that a command ends, ends with the frame before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeatureFrames, FeedbackFrame
from neurofeedback.holds import STALE
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.run.baseline import Refit
from neurofeedback.protocols.run.control import Boundary
from neurofeedback.protocols.run.evaluator import PAUSED, Evaluator
from neurofeedback.protocols.run.event_log import EventLog
from neurofeedback.protocols.run.schedule import BlockProgress, Schedule, State
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.words.message import Message

ABORTED = Message("aborted by the operator")
COMPLETED = Message("completed")
NO_BASELINE = Message("too little clean baseline")
TIME = "time"  # what ends a block that no command ends


class ProtocolRun:
    """Run a protocol over feature frames.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol.
    frame_seconds : float
        Stream time between feature frames, s.
    columns : sequence of int
        Columns of the features that decide on reward in the feature values, in order.
    boundary : Boundary
        What is fed back in the place of what is measured.
    """

    def __init__(
        self, spec: ProtocolSpec, frame_seconds: float, columns: Sequence[int], boundary: Boundary
    ) -> None:
        self._log = EventLog()
        self._schedule = Schedule(tuple(spec.iter_blocks()), frame_seconds)
        self._evaluator = Evaluator(spec, frame_seconds, columns, boundary, self._log)
        self._evaluator.start_block(self._schedule.block)

    @property
    def ended(self) -> bool:
        """Whether the last block is over."""
        return self._schedule.state is State.ENDED

    @property
    def paused(self) -> bool:
        """Whether the operator has paused the protocol."""
        return self._schedule.state is State.PAUSED

    @property
    def progress(self) -> BlockProgress:
        """How far the schedule has come."""
        progress = self._schedule.progress()
        return replace(
            progress,
            allowed=progress.allowed | self._threshold_commands(),
            target_rate=self._evaluator.target_rate,
        )

    @property
    def frames_ahead(self) -> int:
        """Number of frames, at least 1, within which the current block certainly does not end."""
        return self._schedule.frames_ahead()

    @property
    def in_baseline(self) -> bool:
        """Whether the next frame counts toward a baseline."""
        running = self._schedule.state is State.RUNNING
        return running and self._schedule.block.kind == "baseline"

    @property
    def at_block_start(self) -> bool:
        """Whether no frame of the current block has been counted yet."""
        return self._schedule.at_block_start

    @property
    def block_is_over(self) -> bool:
        """Whether the current block has had its frames, and is to be ended with `end_block`."""
        return self._schedule.state is State.RUNNING and self._schedule.block_is_over()

    def teaches(self, ended_by: str = TIME) -> bool:
        """Whether something is to be learned from a baseline if it ended now, by this."""
        learned = ended_by in (TIME, CommandName.SKIP)
        schedule = self._schedule
        return learned and schedule.block.kind == "baseline" and not schedule.baseline_failed()

    def allows(self, command: Command) -> bool:
        """Whether a command would change something now."""
        return command.name in self._threshold_commands() or self._schedule.allows(command.name)

    def obey(self, command: Command, refit: Refit | None = None) -> bool:
        """Obey the operator from the next frame on; return whether anything changed.

        Parameters
        ----------
        command : Command
        refit : Refit or None
            What the baseline changed, where the command ends one that `teaches`.
        """
        name, schedule = command.name, self._schedule
        if not self.allows(command):
            return False
        if name in self._threshold_commands():
            self._evaluator.obey(command)
            return True
        schedule.move(name)
        if name is CommandName.EXTEND:
            assert command.value is not None
            schedule.extend(command.value)
        elif name not in (CommandName.PAUSE, CommandName.RESUME, CommandName.HOLD):
            self.end_block(refit, name)
        return True

    def update(self, features: FeatureFrames) -> list[FeedbackFrame]:
        """Evaluate the next frames.

        Parameters
        ----------
        features : FeatureFrames
            Following on from those before; no more than `frames_ahead`. At the start of a block,
            either all of them are stale or the first is not.

        Returns
        -------
        list of FeedbackFrame
            One for each feature frame.
        """
        schedule = self._schedule
        running = schedule.state is State.RUNNING
        if running and schedule.at_block_start and len(features) and features.held[0] != STALE:
            self._log.sample, self._log.time = int(features.samples[0]), float(features.times[0])
            self._log.emit(
                EventKind.BLOCK_STARTED,
                block=schedule.index,
                phase=schedule.block.kind,
                seconds=schedule.block.seconds,
                attempt=schedule.attempt,
            )
        frames = self._evaluator.update(features, schedule.block, schedule.index, running=running)
        for frame in frames:
            if frame.held not in (PAUSED, STALE):  # time stands still
                schedule.tally.add(frame)
        return frames

    def end_block(self, refit: Refit | None = None, ended_by: str = TIME) -> None:
        """End the block with the newest frame, learn from it, and go where `ended_by` says.

        Parameters
        ----------
        refit : Refit or None
            What a baseline that `teaches` changed about the features.
        ended_by : str
            `TIME`, or the name of a command.
        """
        schedule, evaluator = self._schedule, self._evaluator
        failed, taught = schedule.baseline_failed(), self.teaches(ended_by)
        if not schedule.at_block_start:
            self._log_block(ended_by)
        if taught:
            evaluator.learn(refit)
        elif ended_by in (TIME, CommandName.SKIP) and schedule.scored:
            evaluator.adapt(schedule.block.kind, schedule.tally.success_rate)
        if ended_by == CommandName.ABORT:
            self._log.emit(EventKind.PROTOCOL_ENDED, reason=ABORTED)
        elif ended_by == CommandName.REPEAT:
            schedule.enter(schedule.index)
        elif ended_by == CommandName.REDO_BASELINE:
            schedule.enter_last_baseline()
        elif failed:
            schedule.move("end")
            self._log.emit(EventKind.PROTOCOL_ENDED, reason=NO_BASELINE)
        else:
            schedule.enter(schedule.index + 1)
            if self.ended:
                self._log.emit(EventKind.PROTOCOL_ENDED, reason=COMPLETED)
        evaluator.start_block(schedule.block)

    def take_events(self) -> list[Event]:
        """Return the events since the last call, in order."""
        return self._log.take()

    def _threshold_commands(self) -> frozenset[str]:
        return frozenset() if self.ended else self._evaluator.commands()

    def _log_block(self, ended_by: str) -> None:
        schedule, tally = self._schedule, self._schedule.tally
        mean, means = self._evaluator.means()
        self._log.emit(
            EventKind.BLOCK_ENDED,
            block=schedule.index,
            phase=schedule.block.kind,
            attempt=schedule.attempt,
            ended_by=str(ended_by),
            seconds=schedule.seconds(tally.frames),
            clean_seconds=schedule.seconds(tally.clean),
            mean=mean,
            means=means,
            success_rate=_known(tally.success_rate) if schedule.scored else None,
            inhibited_rate=_known(tally.inhibited_rate) if schedule.scored else None,
            rewards=tally.rewards,
        )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
