"""The threshold: where it starts and what moves it.

Responsible for the rules that a protocol may choose from. Not responsible for the schedule, nor for
what counts as clean.

Where a rule has a target rate, that is the share of clean time in which all conditions are met and
no inhibit applies. What each rule does:

============ =================================== ==========================================
rule         at the end of a baseline            later
============ =================================== ==========================================
target-rate  target rate of the baseline         target rate of each training block
percentile   target rate of the baseline         nothing
fixed        the value                           nothing
mean-sd      mean + k SD of the baseline         nothing
staircase    target rate of the baseline         a step after an easy or hard training block
continuous   target rate of the baseline's end   target rate of the last moments, each frame
manual       target rate of the baseline         the operator
============ =================================== ==========================================

A training block with less than `LEAST_SECONDS` of clean data moves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.joint import CleanFrames, joint_rate, joint_threshold
from neurofeedback.protocols.rolling import RollingThreshold
from neurofeedback.protocols.score import Score
from neurofeedback.protocols.spec import (
    Continuous,
    Fixed,
    Manual,
    MeanSd,
    Percentile,
    Staircase,
    TargetRate,
    ThresholdSettings,
)

LEAST_SECONDS = 10.0


class Threshold:
    """The thresholds of a score's parts, and the rule that moves them.

    Parameters
    ----------
    rule : ThresholdSettings
        As declared.
    score : Score
        What it applies to.
    frame_seconds : float
        Stream time between frames, s.

    Attributes
    ----------
    values : list of float
        One for each part, oriented so that higher is harder; NaN before the first baseline.
    """

    def __init__(self, rule: ThresholdSettings, score: Score, frame_seconds: float) -> None:
        self._rule = rule
        self._score = score
        self._frame_seconds = frame_seconds
        self._rate: float | None = None
        if isinstance(rule, Percentile):
            self._rate = 1.0 - rule.percentile / 100.0
        elif not isinstance(rule, Fixed | MeanSd):
            self._rate = rule.target_rate
        self.values = [math.nan] * score.n_parts
        self._source: CleanFrames | None = None
        self._rolling: RollingThreshold | None = None

    def start(self, baseline: CleanFrames) -> None:
        """Set the threshold from a baseline, of which the score has learnt."""
        rule, score, self._source = self._rule, self._score, baseline
        if isinstance(rule, Fixed):
            self.values = score.level(rule.value)
        elif isinstance(rule, MeanSd):
            rows = zip(score.means, score.scales, strict=True)
            self.values = [mean + rule.k * scale for mean, scale in rows]
        else:
            if isinstance(rule, Continuous):
                n_frames = max(1, round(rule.window / self._frame_seconds))
                self._rolling = RollingThreshold(n_frames, baseline)
            self._aim()

    def frame_over(self, parts: Sequence[float], allowed: bool) -> None:
        """Take note of a clean frame of a scored block, after it was compared."""
        if self._rolling is not None:
            self._rolling.add(parts, allowed)
            self._aim()

    def block_over(self, block: CleanFrames, success_rate: float) -> bool:
        """Take note of a training block that is over; return whether that is to be logged.

        Parameters
        ----------
        block : CleanFrames
            Its clean frames.
        success_rate : float
            Share of them in which the reward condition was met.
        """
        rule = self._rule
        if len(block.allowed) * self._frame_seconds < LEAST_SECONDS:
            return False
        if isinstance(rule, TargetRate) and rule.update == "between-blocks":
            self._source = block
            self._aim()
            return True
        if isinstance(rule, Staircase):
            return self._step(rule, success_rate)
        return False

    @property
    def target_rate(self) -> float | None:
        """Share of clean time that it aims at now, 0..1; None for a rule that aims at none."""
        return self._rate

    @property
    def follows(self) -> bool:
        """Whether it moves within blocks, so that its value is worth logging at the end of each."""
        return self._rolling is not None

    def allowed(self) -> frozenset[str]:
        """Return the names of the commands that would change something now."""
        if math.isnan(self.values[0]):
            return frozenset()
        names = set()
        if isinstance(self._rule, Manual):
            names.add(CommandName.THRESHOLD)
        if isinstance(self._rule, TargetRate | Staircase | Continuous | Manual):
            names.add(CommandName.TARGET_RATE)
        return frozenset(names)

    def obey(self, command: Command) -> None:
        """Let the operator move it; the command must be among those allowed.

        A new target rate is reached at once, on the data that the threshold was last found from,
        and is what the rule aims at from then on.
        """
        assert command.value is not None
        if command.name is CommandName.THRESHOLD:
            self.values = self._score.level(command.value)
        else:
            self._rate = command.value
            self._aim()

    def describe(self) -> dict[str, Any]:
        """Return threshold and rule as they are logged.

        Among them is the share of the data it was last found from that passes it: less than the
        target rate where inhibits leave less.
        """
        found = {**self._score.describe_thresholds(self.values), "rule": self._rule.rule}
        if self._rate is not None:
            found["target_rate"] = self._rate
        source = self._source if self._rolling is None else self._rolling.frames()
        if source is not None:
            found["expected_rate"] = joint_rate(source, self.values)
            found["clean_seconds"] = len(source.allowed) * self._frame_seconds
        return found

    def _aim(self) -> None:
        """Move to the target rate."""
        assert self._rate is not None
        if self._rolling is not None:
            self.values = self._rolling.threshold(self._rate)
        elif self._source is not None:
            self.values = joint_threshold(self._source, self._rate)

    def _step(self, rule: Staircase, success_rate: float) -> bool:
        steps = (success_rate > rule.easy) - (success_rate < rule.hard)
        rows = zip(self.values, self._score.scales, strict=True)
        self.values = [value + steps * rule.step * scale for value, scale in rows]
        return steps != 0
