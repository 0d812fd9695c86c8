"""The course of what a protocol trains, over the time of its training.

Responsible for the trained measure of each clean moment. Not responsible for the line through it
(`protocols.learning_curve`), nor for what is fed back: the measure does not know thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurofeedback.events import EventKind
from neurofeedback.frames import FeatureDescriptor, FloatArray
from neurofeedback.protocols.learning_curve import (
    LEAST_CLEAN,
    LEAST_SEGMENTS,
    SEGMENT,
    LearningCurve,
    difference,
    line_through,
)
from neurofeedback.protocols.run.score import UNIT
from neurofeedback.protocols.spec import TargetSettings
from neurofeedback.session.engine import StepResult

__all__ = ["LEAST_SEGMENTS", "LearningCurve", "LearningCurveRecorder", "difference", "line_through"]


class LearningCurveRecorder:
    """Collect the trained measure from an engine's steps.

    Parameters
    ----------
    target : TargetSettings
        What is trained.
    descriptors : sequence of FeatureDescriptor
        Of the features.
    frame_seconds : float
        Stream time between frames, s.
    """

    def __init__(
        self,
        target: TargetSettings,
        descriptors: Sequence[FeatureDescriptor],
        frame_seconds: float,
    ) -> None:
        names = [d.name for d in descriptors]
        self._conditions = target.conditions
        self._columns = [names.index(c.feature) for c in target.conditions]
        self._one = descriptors[self._columns[0]] if len(self._columns) == 1 else None
        self._frame_seconds = frame_seconds
        self._n_frames = 0  # of training
        self._segments: dict[int, list[float]] = {}
        self._baseline: dict[str, dict[str, float]] = {}

    def add(self, result: StepResult) -> None:
        """Take in what one step gave."""
        for event in result.events:
            if event.kind is EventKind.THRESHOLD_CHANGED and "baseline" in event.details:
                self._baseline = event.details["baseline"]
        for frame, values in zip(result.feedback, result.features.values, strict=False):
            if frame.phase == "train" and frame.held != "paused":
                segment = int(self._n_frames * self._frame_seconds / SEGMENT)
                self._n_frames += 1
                if frame.held is None:
                    self._segments.setdefault(segment, []).append(self._measure(values))

    def course(self) -> LearningCurve | None:
        """Return the course; None where there is too little clean training for one."""
        least = LEAST_CLEAN * SEGMENT / self._frame_seconds
        kept = {
            (number + 0.5) * SEGMENT / 60.0: float(np.mean(values))
            for number, values in self._segments.items()
            if len(values) >= least
        }
        name, direction = "score", "up"
        unit: str = UNIT
        if self._one is not None:
            name, unit = self._one.name, self._one.unit
            direction = self._conditions[0].direction
        return line_through(kept, name, unit, direction)

    def _measure(self, values: FloatArray) -> float:
        if self._one is not None:
            return float(values[self._columns[0]])
        total = 0.0
        for condition, column in zip(self._conditions, self._columns, strict=True):
            known = self._baseline[condition.feature]
            z = (float(values[column]) - known["mean"]) / known["sd"]
            total += condition.weight * (-z if condition.direction == "down" else z)
        return total / sum(condition.weight for condition in self._conditions)
