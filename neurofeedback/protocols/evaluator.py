"""From feature frames to feedback frames: the protocol at work.

Responsible for applying schedule, threshold and reward to each frame, and for the events that
follow. Not responsible for computing features, nor for showing or storing anything. Pure: protocol
time is the stream's, counted in frames.

While a frame is held the value shown stays where it was, and neither success nor failure counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import SETTLING, FeatureFrames, FeedbackFrame
from neurofeedback.protocols.reward import RewardRule
from neurofeedback.protocols.schedule import BlockProgress, Command, Schedule, State
from neurofeedback.protocols.spec import ProtocolSpec, TargetRate
from neurofeedback.protocols.threshold import display_scale, target_rate_threshold

PAUSED = "paused"
LEAST_UPDATE_SECONDS = 10.0  # clean data a training block needs to set the next threshold
NEUTRAL = 0.5


@dataclass(frozen=True, slots=True)
class Refit:
    """What became of the baseline when its end changed how features are computed.

    Parameters
    ----------
    values : sequence of float
        Clean values of the trained feature over the baseline, as it is computed from now on.
    reports : sequence of (EventKind, dict)
        What to log of it: kinds and details of events, as plain JSON types.
    """

    values: Sequence[float]
    reports: Sequence[tuple[EventKind, dict[str, Any]]]


class Evaluator:
    """Run a protocol over feature frames.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol.
    frame_seconds : float
        Stream time between feature frames, s.
    column : int
        Column of the trained feature in the feature values.
    refit : callable or None
        Called at the end of a baseline; may change how later features are computed, and then
        returns the baseline in those terms.
    """

    def __init__(
        self,
        spec: ProtocolSpec,
        frame_seconds: float,
        column: int,
        refit: Callable[[], Refit | None] = lambda: None,
    ) -> None:
        self._spec = spec
        self._column = column
        self._refit = refit
        trained = spec.trained
        self._sign = -1.0 if trained is not None and trained.direction == "down" else 1.0
        self._schedule = Schedule(tuple(spec.iter_blocks()), frame_seconds)
        self._reward = RewardRule(spec.reward, frame_seconds)
        self._threshold = math.nan  # oriented: higher is better
        self._scale = 1.0
        self._value = math.nan
        self._clean: list[float] = []
        self._cause: str | None = None
        self._events: list[Event] = []

    @property
    def ended(self) -> bool:
        """Whether the last block is over."""
        return self._schedule.state is State.ENDED

    @property
    def progress(self) -> BlockProgress:
        """How far the schedule has come."""
        return self._schedule.progress()

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
        return self._schedule.move(command)

    def update(self, features: FeatureFrames) -> tuple[list[FeedbackFrame], list[Event]]:
        """Evaluate the next frames.

        Parameters
        ----------
        features : FeatureFrames
            Following on from those before.

        Returns
        -------
        feedback : list of FeedbackFrame
            One for each feature frame until the protocol ends, none after.
        events : list of Event
            In order.
        """
        self._events = []
        rows = zip(
            features.samples.tolist(),
            features.times.tolist(),
            features.values[:, self._column].tolist(),
            features.held,
            strict=True,
        )
        frames: list[FeedbackFrame] = []
        for sample, time, feature, held in rows:
            if self.ended:
                break
            frames.append(self._frame(sample, time, feature, held))
        return frames, self._events

    def _frame(self, sample: int, time: float, feature: float, held: str | None) -> FeedbackFrame:
        schedule = self._schedule
        running = schedule.state is State.RUNNING
        if running and schedule.tally.frames == 0:
            self._start_block(sample, time)
        index, phase = schedule.index, schedule.block.kind
        if held is not self._cause:
            self._log_hold(sample, time, held)
        reward = success = False
        if running:
            success, reward = self._count(sample, time, self._sign * feature, held)
        else:
            held = PAUSED
            self._reward.update(False)
        frame = FeedbackFrame(
            sample,
            time,
            self._value,
            feature,
            self._sign * self._threshold,
            reward,
            success,
            index,
            phase,
            held,
        )
        if running and schedule.block_is_over():
            self._end_block(sample, time)
        return frame

    def _count(
        self, sample: int, time: float, oriented: float, held: str | None
    ) -> tuple[bool, bool]:
        tally, training = self._schedule.tally, self._schedule.block.kind == "train"
        tally.frames += 1
        success = False
        if held is None:
            tally.clean += 1
            self._clean.append(oriented)
            if training:
                success = oriented > self._threshold
                tally.successes += success
                self._value = 0.5 * (
                    1.0 + math.tanh((oriented - self._threshold) / (2.0 * self._scale))
                )
        reward = training and self._reward.update(success)
        if reward:
            tally.rewards += 1
            self._emit(EventKind.REWARD, sample, time, block=self._schedule.index)
        return success, reward

    def _start_block(self, sample: int, time: float) -> None:
        block = self._schedule.block
        self._clean = []
        self._value = NEUTRAL if block.kind == "train" else math.nan
        self._reward.reset()
        self._emit(
            EventKind.BLOCK_STARTED,
            sample,
            time,
            block=self._schedule.index,
            phase=block.kind,
            seconds=block.seconds,
        )

    def _end_block(self, sample: int, time: float) -> None:
        schedule, tally = self._schedule, self._schedule.tally
        kind = schedule.block.kind
        self._emit(
            EventKind.BLOCK_ENDED,
            sample,
            time,
            block=schedule.index,
            phase=kind,
            seconds=schedule.seconds(tally.frames),
            clean_seconds=schedule.seconds(tally.clean),
            mean=self._sign * sum(self._clean) / len(self._clean) if self._clean else None,
            success_rate=tally.success_rate if kind == "train" else None,
            rewards=tally.rewards,
        )
        failed = schedule.baseline_failed()
        if kind == "baseline" and not failed:
            self._use_refit(sample, time)
        if not failed:
            self._set_threshold(sample, time, kind)
        schedule.next_block()
        if failed:
            schedule.move("end")
            self._emit(EventKind.PROTOCOL_ENDED, sample, time, reason="too little clean baseline")
        elif self.ended:
            self._emit(EventKind.PROTOCOL_ENDED, sample, time, reason="completed")

    def _use_refit(self, sample: int, time: float) -> None:
        refit = self._refit()
        if refit is None:
            return
        self._clean = [self._sign * value for value in refit.values]
        for kind, details in refit.reports:
            self._emit(kind, sample, time, **details)

    def _set_threshold(self, sample: int, time: float, kind: str) -> None:
        rule = self._spec.threshold
        if not isinstance(rule, TargetRate):
            raise NotImplementedError(rule.rule)
        if kind == "baseline":
            self._scale = display_scale(self._clean)
        elif not (
            kind == "train"
            and rule.update == "between-blocks"
            and self._schedule.seconds(len(self._clean)) >= LEAST_UPDATE_SECONDS
        ):
            return
        self._threshold = target_rate_threshold(self._clean, rule.target_rate)
        self._emit(
            EventKind.THRESHOLD_CHANGED,
            sample,
            time,
            threshold=self._sign * self._threshold,
            scale=self._scale,
            rule=rule.rule,
            target_rate=rule.target_rate,
            clean_seconds=self._schedule.seconds(len(self._clean)),
        )

    def _log_hold(self, sample: int, time: float, held: str | None) -> None:
        if held == self._cause or (held == SETTLING and self._cause is not None):
            return
        self._cause = held
        if held is None:
            self._emit(EventKind.HOLD_ENDED, sample, time)
        else:
            self._emit(EventKind.HOLD_STARTED, sample, time, cause=held)

    def _emit(self, kind: EventKind, sample: int, time: float, **details: Any) -> None:
        self._events.append(Event(kind, sample, time, details))
