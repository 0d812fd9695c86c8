"""The threshold at work.

Responsible for its values, for the data it was found from, and for the operator's commands. Not
responsible for where it starts and what moves it (`protocols.rules`), nor for the schedule or for
what counts as clean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.joint import CleanFrames, joint_rate, joint_threshold
from neurofeedback.protocols.rules.base import LEAST_SECONDS, ThresholdRule
from neurofeedback.protocols.run.rolling import RollingThreshold
from neurofeedback.protocols.run.score import Score


class Threshold:
    """The thresholds of a score's parts, and the rule that moves them.

    Parameters
    ----------
    rule : ThresholdRule
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

    def __init__(self, rule: ThresholdRule, score: Score, frame_seconds: float) -> None:
        self._rule = rule
        self._score = score
        self._frame_seconds = frame_seconds
        self._rate = rule.rate
        self.values = [math.nan] * score.n_parts
        self._source: CleanFrames | None = None
        self._rolling: RollingThreshold | None = None

    def start(self, baseline: CleanFrames) -> None:
        """Set the threshold from a baseline, of which the score has learnt."""
        self._source = baseline
        self._rule.start(self)

    @property
    def means(self) -> Sequence[float]:
        """Mean of each part of the score over the baseline."""
        return self._score.means

    @property
    def scales(self) -> Sequence[float]:
        """Standard deviation of each part of the score over the baseline."""
        return self._score.scales

    def set(self, value: float) -> None:
        """Put it at a value given by a person; see `Score.level`."""
        self.values = self._score.level(value)

    def aim(self, at: CleanFrames | None = None) -> None:
        """Put it where the target rate is reached.

        Parameters
        ----------
        at : CleanFrames or None
            On these data from now on; None for those it was last found from.
        """
        self._source = at or self._source
        if self._rate is None:
            return
        if self._rolling is not None:
            self.values = self._rolling.threshold(self._rate)
        elif self._source is not None:
            self.values = joint_threshold(self._source, self._rate)

    def follow(self, window: float) -> None:
        """Let it follow the last clean `window`, in s, from now on."""
        assert self._source is not None
        n_frames = max(1, round(window / self._frame_seconds))
        self._rolling = RollingThreshold(n_frames, self._source)

    def frame_over(self, parts: Sequence[float], allowed: bool) -> None:
        """Take note of a clean frame of a scored block, after it was compared."""
        if self._rolling is not None:
            self._rolling.add(parts, allowed)
            self.aim()

    def block_over(self, block: CleanFrames, success_rate: float) -> bool:
        """Take note of a training block that is over; return whether that is to be logged.

        Parameters
        ----------
        block : CleanFrames
            Its clean frames.
        success_rate : float
            Share of them in which the reward condition was met.
        """
        if len(block.allowed) * self._frame_seconds < LEAST_SECONDS:
            return False
        return self._rule.block_over(self, block, success_rate)

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
        return self._rule.commands

    def obey(self, command: Command) -> None:
        """Let the operator move it; the command must be among those allowed.

        A new target rate is reached at once, on the data that the threshold was last found from,
        and is what the rule aims at from then on.
        """
        assert command.value is not None
        if command.name is CommandName.THRESHOLD:
            self.set(command.value)
        else:
            self._rate = command.value
            self.aim()

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
