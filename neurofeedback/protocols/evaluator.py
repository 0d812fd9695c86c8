"""From feature frames to feedback frames: the protocol at work.

Responsible for applying boundary, score, threshold, reward and schedule to each frame, and for the
events that follow. Not responsible for computing features, nor for showing or storing anything.
Pure: protocol time is the stream's, counted in frames.

In a scored block everything is computed from what the boundary feeds, once for each clean frame.
While a frame is held the value shown stays where it was, and neither success nor failure counts.
Commands take effect at the next frame; a block that a command ends, ends with the frame before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeatureFrames, FeedbackFrame, FloatArray
from neurofeedback.protocols.block_data import BlockData
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.control import Boundary
from neurofeedback.protocols.event_log import EventLog
from neurofeedback.protocols.reward import NEUTRAL, RewardRule
from neurofeedback.protocols.schedule import BlockProgress, Schedule, State
from neurofeedback.protocols.score import Score
from neurofeedback.protocols.spec import FED_BACK, Condition, ProtocolSpec, TargetSettings
from neurofeedback.protocols.threshold import Threshold
from neurofeedback.words.message import Message

PAUSED = Message("paused")
ABORTED = Message("aborted by the operator")
COMPLETED = Message("completed")
NO_BASELINE = Message("too little clean baseline")
TIME = "time"  # what ends a block that no command ends


@dataclass(frozen=True, slots=True)
class Refit:
    """What became of the baseline when its end changed how features are computed.

    Parameters
    ----------
    values : ndarray, shape (n_clean, n_used)
        Clean values over the baseline, as they are computed from now on.
    joints : ndarray of bool, shape (n_clean,)
        Whether a frame does not follow directly on the one before.
    reports : sequence of (EventKind, dict)
        What to log of it: kinds and details of events, as plain JSON types.
    """

    values: FloatArray
    joints: NDArray[np.bool_]
    reports: Sequence[tuple[EventKind, dict[str, Any]]]


def target_of(spec: ProtocolSpec) -> TargetSettings:
    """Return what decides on reward; of a protocol that only measures, its first feature."""
    first = Condition(feature=spec.signal.features[0].name)
    return spec.target or TargetSettings(conditions=(first,))


class Evaluator:
    """Run a protocol over feature frames.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol.
    frame_seconds : float
        Stream time between feature frames, s.
    columns : sequence of int
        Columns of the features of `target_of` in the feature values, in order.
    boundary : Boundary
        What is fed back in the place of what is measured.
    refit : callable or None
        Called at the end of a baseline; may change how later features are computed, and then
        returns the baseline in those terms.
    """

    def __init__(
        self,
        spec: ProtocolSpec,
        frame_seconds: float,
        columns: Sequence[int],
        boundary: Boundary,
        refit: Callable[[], Refit | None] = lambda: None,
    ) -> None:
        self._features = target_of(spec).features
        self._columns = list(columns)
        self._boundary = boundary
        self._refit = refit
        self._score = Score(target_of(spec))
        self._threshold = Threshold(spec.threshold, self._score, frame_seconds)
        self._rewarding = spec.target is not None
        self._schedule = Schedule(tuple(spec.iter_blocks()), frame_seconds)
        self._reward = RewardRule(spec.reward, frame_seconds)
        self._log = EventLog()
        self._follows = False  # whether the frame before was clean
        self._prepare_block()

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
            target_rate=self._threshold.target_rate if self._rewarding else None,
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

    def apply(self, command: Command) -> bool:
        """Obey the operator from the next frame on; return whether anything changed."""
        name, schedule = command.name, self._schedule
        if name in self._threshold_commands():
            self._threshold.obey(command)
            self._log_threshold("operator")
            return True
        if not schedule.allows(name):
            return False
        schedule.move(name)
        if name is CommandName.EXTEND:
            assert command.value is not None
            schedule.extend(command.value)
        elif name not in (CommandName.PAUSE, CommandName.RESUME):
            self._end_block(name)
        return True

    def update(self, features: FeatureFrames) -> list[FeedbackFrame]:
        """Evaluate the next frames.

        Parameters
        ----------
        features : FeatureFrames
            Following on from those before.

        Returns
        -------
        list of FeedbackFrame
            One for each feature frame until the protocol ends, none after.
        """
        rows = zip(
            features.samples.tolist(),
            features.times.tolist(),
            features.values[:, self._columns],
            features.held,
            strict=True,
        )
        frames: list[FeedbackFrame] = []
        for sample, time, values, held in rows:
            if self.ended:
                break
            self._log.sample, self._log.time = sample, time
            frames.append(self._frame(values, held))
            if self._schedule.state is State.RUNNING and self._schedule.block_is_over():
                self._end_block(TIME)
        return frames

    def take_events(self) -> list[Event]:
        """Return the events since the last call, in order."""
        return self._log.take()

    def _frame(self, values: FloatArray, held: str | None) -> FeedbackFrame:
        schedule = self._schedule
        running = schedule.state is State.RUNNING
        if running and schedule.at_block_start:
            self._start_block()
        self._log.see_hold(held)
        feature, threshold = math.nan, self._score.shown_threshold(self._threshold.values)
        success, inhibit = False, None
        if running and held is None:
            feature, success, inhibit = self._count(values)
        elif schedule.scored:
            self._boundary.hold(schedule.block.kind)
        if not schedule.scored:
            self._boundary.rest()
        self._follows = running and held is None
        schedule.tally.frames += running
        reward = self._reward.update(success and schedule.block.kind in FED_BACK)
        if reward:
            schedule.tally.rewards += 1
            self._log.emit(EventKind.REWARD, block=schedule.index)
        return FeedbackFrame(
            self._log.sample,
            self._log.time,
            self._value,
            feature,
            threshold,
            reward,
            success,
            schedule.index,
            schedule.block.kind,
            held if running else PAUSED,
            inhibit,
        )

    def _count(self, values: FloatArray) -> tuple[float, bool, str | None]:
        """Count a clean frame; return what is shown, whether it succeeds, and what forbids it."""
        schedule, score, thresholds = self._schedule, self._score, self._threshold.values
        tally, kind = schedule.tally, schedule.block.kind
        tally.clean += 1
        if kind == "rest":
            return math.nan, False, None
        row = (self._boundary.feed(values, kind) if schedule.scored else values).tolist()
        parts = score.parts(row)
        feature, margin = score.show(parts, thresholds)
        self._data.add(feature, row)
        if not schedule.scored:
            self._data.keep_row(row, follows=self._follows)
            return feature, False, None
        inhibit = score.inhibit(row)
        success = inhibit is None and all([p > t for p, t in zip(parts, thresholds, strict=True)])
        tally.successes += success
        tally.inhibited += inhibit is not None
        if kind in FED_BACK:
            self._value = self._reward.value(margin, success)
        self._data.keep_parts(parts, inhibit is None)
        self._threshold.frame_over(parts, inhibit is None)
        return feature, success, inhibit

    def _prepare_block(self) -> None:
        """Forget the block before; also while paused."""
        self._data = BlockData(len(self._features), self._score.n_parts)
        self._value = NEUTRAL if self._schedule.block.kind in FED_BACK else math.nan
        self._reward.reset()

    def _start_block(self) -> None:
        schedule, block = self._schedule, self._schedule.block
        self._log.emit(
            EventKind.BLOCK_STARTED,
            block=schedule.index,
            phase=block.kind,
            seconds=block.seconds,
            attempt=schedule.attempt,
        )

    def _end_block(self, ended_by: str) -> None:
        """End the block with the newest frame, learn from it, and go where `ended_by` says."""
        schedule = self._schedule
        kind, failed = schedule.block.kind, schedule.baseline_failed()
        if not schedule.at_block_start:
            self._log_block(ended_by)
        if ended_by in (TIME, CommandName.SKIP) and not failed:
            if kind == "baseline":
                self._learn()
            elif schedule.scored:
                self._adapt()
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
        self._prepare_block()

    def _learn(self) -> None:
        """Take a finished baseline to boundary, score and threshold."""
        refit = self._refit()
        baseline, joints = self._data.rows(), self._data.joints()
        if refit is not None:
            baseline, joints = refit.values, refit.joints
        for kind, details in refit.reports if refit is not None else ():
            self._log.emit(kind, **details)
        if self._rewarding:
            self._boundary.learn(baseline, joints)
            self._score.learn(baseline)
            self._threshold.start(self._score.clean_frames(baseline.tolist()))
            self._log_threshold("baseline", **self._score.describe_baseline())

    def _adapt(self) -> None:
        """Let a finished scored block move the threshold; only training does."""
        changed = self._threshold.follows
        if self._schedule.block.kind == "train":
            rate = self._schedule.tally.success_rate
            changed |= self._threshold.block_over(self._data.frames(), rate)
        if changed:
            self._log_threshold("block")

    def _threshold_commands(self) -> frozenset[str]:
        return frozenset() if self.ended or not self._rewarding else self._threshold.allowed()

    def _log_block(self, ended_by: str) -> None:
        schedule, tally = self._schedule, self._schedule.tally
        mean, *means = self._data.means()
        self._log.emit(
            EventKind.BLOCK_ENDED,
            block=schedule.index,
            phase=schedule.block.kind,
            attempt=schedule.attempt,
            ended_by=str(ended_by),
            seconds=schedule.seconds(tally.frames),
            clean_seconds=schedule.seconds(tally.clean),
            mean=mean,
            means=dict(zip(self._features, means, strict=True)),
            success_rate=_known(tally.success_rate) if schedule.scored else None,
            inhibited_rate=_known(tally.inhibited_rate) if schedule.scored else None,
            rewards=tally.rewards,
        )

    def _log_threshold(self, cause: str, **details: Any) -> None:
        self._log.emit(
            EventKind.THRESHOLD_CHANGED, cause=cause, **self._threshold.describe(), **details
        )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
