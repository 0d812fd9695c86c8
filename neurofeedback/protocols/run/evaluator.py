"""From feature frames to feedback frames, within a block.

Responsible for applying boundary, score, threshold and reward to each frame, and for what a block
teaches. Not responsible for which block is on (`protocols.run.schedule`), for what ends one
(`protocols.run.protocol_run`), for computing features, nor for showing or storing anything.

In a scored block everything is computed from what the boundary feeds, once for each clean frame.
While a frame is held the value shown stays where it was, and neither success nor failure counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from neurofeedback.events import EventKind
from neurofeedback.frames import FeatureFrames, FeedbackFrame, FloatArray
from neurofeedback.protocols.commands import Command
from neurofeedback.protocols.run.baseline import Refit
from neurofeedback.protocols.run.block_data import BlockData
from neurofeedback.protocols.run.control import Boundary
from neurofeedback.protocols.run.event_log import EventLog
from neurofeedback.protocols.run.reward import NEUTRAL, RewardRule
from neurofeedback.protocols.run.score import Score
from neurofeedback.protocols.run.threshold import Threshold
from neurofeedback.protocols.spec import (
    FED_BACK,
    SCORED,
    Block,
    BlockKind,
    Condition,
    ProtocolSpec,
    TargetSettings,
)
from neurofeedback.words.message import Message

PAUSED = Message("paused")


def target_of(spec: ProtocolSpec) -> TargetSettings:
    """Return what decides on reward; of a protocol that only measures, its first feature."""
    first = Condition(feature=spec.signal.features[0].name)
    return spec.target or TargetSettings(conditions=(first,))


class Evaluator:
    """Evaluate the frames of one block after the other.

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
    log : EventLog
        Takes rewards, holds and changes of the threshold.
    """

    def __init__(
        self,
        spec: ProtocolSpec,
        frame_seconds: float,
        columns: Sequence[int],
        boundary: Boundary,
        log: EventLog,
    ) -> None:
        self.features = target_of(spec).features
        self._columns = list(columns)
        self._boundary = boundary
        self._log = log
        self._score = Score(target_of(spec))
        self._threshold = Threshold(spec.threshold, self._score, frame_seconds)
        self._rewarding = spec.target is not None
        self._reward = RewardRule(spec.reward, frame_seconds)
        self._follows = False  # whether the frame before was clean

    @property
    def target_rate(self) -> float | None:
        """Share of clean time that the threshold aims at now; None where it aims at none."""
        return self._threshold.target_rate if self._rewarding else None

    def commands(self) -> frozenset[str]:
        """Return the names of the commands that would move the threshold now."""
        return self._threshold.allowed() if self._rewarding else frozenset()

    def obey(self, command: Command) -> None:
        """Move the threshold as the operator wants; the command must be one of `commands`."""
        self._threshold.obey(command)
        self._log_threshold("operator")

    def start_block(self, block: Block) -> None:
        """Forget the block before."""
        self._data = BlockData(len(self.features), self._score.n_parts)
        self._value = NEUTRAL if block.kind in FED_BACK else math.nan
        self._reward.reset()

    def update(
        self, features: FeatureFrames, block: Block, index: int, *, running: bool
    ) -> list[FeedbackFrame]:
        """Evaluate the next frames of a block.

        Parameters
        ----------
        features : FeatureFrames
            Following on from those before.
        block : Block
            All of them lie in it.
        index : int
            Of the block in the schedule.
        running : bool
            Whether the protocol runs; while it is paused, nothing counts.

        Returns
        -------
        list of FeedbackFrame
            One for each feature frame.
        """
        # Plain numbers and one row at a time: what is computed for a frame must not depend on how
        # many came with it, or a replay in larger pieces would differ in the last bit.
        rows = zip(
            features.samples.tolist(),
            features.times.tolist(),
            features.values[:, self._columns],
            features.held,
            strict=True,
        )
        frames: list[FeedbackFrame] = []
        for sample, time, values, held in rows:
            self._log.sample, self._log.time = sample, time
            frames.append(self._frame(values, held, block, index, running))
        return frames

    def _frame(
        self, values: FloatArray, held: str | None, block: Block, index: int, running: bool
    ) -> FeedbackFrame:
        kind, scored = block.kind, block.kind in SCORED
        self._log.see_hold(held)
        feature, threshold = math.nan, self._score.shown_threshold(self._threshold.values)
        success, inhibit = False, None
        if running and held is None:
            feature, success, inhibit = self._clean(values, kind)
        elif scored:
            self._boundary.hold(kind)
        if not scored:
            self._boundary.rest()
        self._follows = running and held is None
        reward = self._reward.update(success and kind in FED_BACK)
        if reward:
            self._log.emit(EventKind.REWARD, block=index)
        return FeedbackFrame(
            self._log.sample,
            self._log.time,
            self._value,
            feature,
            threshold,
            reward,
            success,
            index,
            kind,
            held if running else PAUSED,
            inhibit,
        )

    def _clean(self, values: FloatArray, kind: BlockKind) -> tuple[float, bool, str | None]:
        """Take in a clean frame; return what is shown, whether it succeeds, and what forbids it."""
        score, thresholds = self._score, self._threshold.values
        if kind == "rest":
            return math.nan, False, None
        scored = kind in SCORED
        row = (self._boundary.feed(values, kind) if scored else values).tolist()
        parts = score.parts(row)
        feature, margin = score.show(parts, thresholds)
        self._data.add(feature, row)
        if not scored:
            self._data.keep_row(row, follows=self._follows)
            return feature, False, None
        inhibit = score.inhibit(row)
        success = inhibit is None and all([p > t for p, t in zip(parts, thresholds, strict=True)])
        if kind in FED_BACK:
            self._value = self._reward.value(margin, success)
        self._data.keep_parts(parts, inhibit is None)
        self._threshold.frame_over(parts, inhibit is None)
        return feature, success, inhibit

    def means(self) -> tuple[float | None, dict[str, float | None]]:
        """Return the mean of the block's score, and of each feature, over clean frames."""
        mean, *means = self._data.means()
        return mean, dict(zip(self.features, means, strict=True))

    def learn(self, refit: Refit | None) -> None:
        """Take a finished baseline to boundary, score and threshold.

        Parameters
        ----------
        refit : Refit or None
            The baseline as features are computed from now on; None where that has not changed.
        """
        baseline, joints = self._data.rows(), self._data.joints()
        if refit is not None:
            baseline, joints = refit.values, refit.joints
            for kind, details in refit.reports:
                self._log.emit(kind, **details)
        if self._rewarding:
            self._boundary.learn(baseline, joints)
            self._score.learn(baseline)
            self._threshold.start(self._score.clean_frames(baseline.tolist()))
            self._log_threshold("baseline", **self._score.describe_baseline())

    def adapt(self, kind: str, success_rate: float) -> None:
        """Let a finished scored block move the threshold; only training does."""
        changed = self._threshold.follows
        if kind == "train":
            changed |= self._threshold.block_over(self._data.frames(), success_rate)
        if changed:
            self._log_threshold("block")

    def _log_threshold(self, cause: str, **details: Any) -> None:
        self._log.emit(
            EventKind.THRESHOLD_CHANGED, cause=cause, **self._threshold.describe(), **details
        )
