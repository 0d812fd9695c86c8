"""A straight line through what a protocol trains, over the time of its training.

Responsible for the line, its slope and the slope's standard error. Not responsible for what the
line goes through: that is collected while a session runs (`session.explain.learning_curve`) or read
out of one (`report.summary`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

SEGMENT = 10.0  # s of training that make one point of the regression
LEAST_CLEAN = 0.3  # share of a segment
LEAST_SEGMENTS = 6
CLEARLY = 2.0  # standard errors


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """A straight line through the trained measure.

    Parameters
    ----------
    name, unit : str
        What was measured: the feature itself, or the weighted mean of several in SD of the
        baseline, each in the direction that is trained.
    direction : str
        ``up`` or ``down``: which way is trained.
    start, end : float
        Of the line, at the start and the end of training.
    slope, error : float
        Change and its standard error a minute of training.
    minutes, means : tuple of float
        What the line goes through: the measure's mean over each `SEGMENT` s of training that was
        clean enough, and the training time of its middle, min.
    """

    name: str
    unit: str
    direction: str
    start: float
    end: float
    slope: float
    error: float
    minutes: tuple[float, ...]
    means: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types, with what follows from it."""
        return {**asdict(self), "clarity": self.clarity, "learned": self.learned}

    @property
    def clarity(self) -> float:
        """Slope in the direction that is trained, in standard errors."""
        towards = -self.slope if self.direction == "down" else self.slope
        return towards / self.error if self.error > 0 else math.copysign(math.inf, towards)

    @property
    def learned(self) -> bool:
        """Whether the measure moved clearly in the direction that is trained."""
        return self.clarity > CLEARLY


def difference(one: LearningCurve, other: LearningCurve) -> LearningCurve | None:
    """Return the course of one participant less that of another with the same seed.

    What chance does to both falls out, so that small effects are seen.
    """
    known = dict(zip(other.minutes, other.means, strict=True))
    rows = zip(one.minutes, one.means, strict=True)
    both = {minute: mean - known[minute] for minute, mean in rows if minute in known}
    return line_through(both, one.name, one.unit, one.direction)


def line_through(
    points: dict[float, float], name: str, unit: str, direction: str
) -> LearningCurve | None:
    """Fit a line by least squares; return None where there are too few points.

    Parameters
    ----------
    points : dict of float to float
        Minutes of training to the measure's mean there.
    name, unit, direction : str
        See `LearningCurve`.
    """
    if len(points) < LEAST_SEGMENTS:
        return None
    x, y = np.array(list(points)), np.array(list(points.values()))
    centred = x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ y) / spread
    residuals = y - y.mean() - slope * centred
    error = math.sqrt(float(residuals @ residuals) / (len(x) - 2) / spread)
    half = 0.5 * SEGMENT / 60.0

    def at(minute: float) -> float:
        return float(y.mean() + slope * (minute - x.mean()))

    return LearningCurve(
        name=name,
        unit=unit,
        direction=direction,
        start=at(x[0] - half),
        end=at(x[-1] + half),
        slope=slope,
        error=error,
        minutes=tuple(points),
        means=tuple(points.values()),
    )
