"""Whether a measure changed by more than a person does who learns nothing.

Responsible for the interval around a change: from means of `MEAN_SECONDS`, their scatter,
autocorrelation and degrees of freedom. Not responsible for which stretches are compared
(`summary_blocks`).

Means of 2 s of a resting person's asymmetry are correlated, and wander slowly: two standard errors
of them call a change clear in 10 to 19 % of pieces of resting recordings. Means of 10 s, a common
variance, the correction for an AR(1) process and an error rate of 1 % keep each statement below
5 % at every length that could be tried, and all statements of a session together near it
(``python -m benchmarks --only change``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.frames import FloatArray
from neurofeedback.report.summary_parts import LEAST_SCORED

MEAN_SECONDS = 10.0
ERROR_RATE = 0.01  # of a statement, in both directions together
MOST_CORRELATED = 0.9


@dataclass(frozen=True, slots=True)
class Spread:
    """How far off a change may be.

    Parameters
    ----------
    dof : float
        Degrees of freedom that are left of the means.
    half : float
        Half of the interval's width.
    """

    dof: float
    half: float


def between(before: Sequence[FloatArray], after: Sequence[FloatArray]) -> Spread | None:
    """Return how far off the difference between two stretches may be.

    Parameters
    ----------
    before, after : sequence of ndarray, shape (n_means,)
        Means of `MEAN_SECONDS` of clean data, an array for each block.

    Returns
    -------
    Spread or None
        None where a side has too little clean data.
    """
    sides = [np.concatenate([*side, np.empty(0)]) for side in (before, after)]
    counts = [side.size for side in sides]
    if min(counts) < LEAST_SCORED / MEAN_SECONDS:
        return None
    residuals = [side - side.mean() for side in sides]
    return _spread(residuals, sum(1.0 / n for n in counts), n_fitted=2)


def of_line(
    places: FloatArray,
    means: FloatArray,
    least: int = round(2 * LEAST_SCORED / MEAN_SECONDS),
) -> Spread | None:
    """Return how far off the slope of the straight line through means may be.

    Parameters
    ----------
    places, means : ndarray, shape (n_means,)
        Minutes and means of `MEAN_SECONDS` each, in order; or numbers of sessions and their means.
    least : int
        Means that it takes, at least three.
    """
    if means.size < least:
        return None
    centred = places - places.mean()
    around = float(centred @ centred)
    residuals = means - means.mean() - float(centred @ means) / around * centred
    return _spread([residuals], 1.0 / around, n_fitted=2)


def of_mean(values: FloatArray) -> Spread | None:
    """Return how far off the mean of values in order may be; None of fewer than two."""
    if values.size < 2:
        return None
    return _spread([values - values.mean()], 1.0 / values.size, n_fitted=1)


def _spread(residuals: Sequence[FloatArray], weight: float, n_fitted: int) -> Spread:
    from scipy.special import stdtrit  # late: it takes long to load

    n = sum(part.size for part in residuals)
    total = sum(float(part @ part) for part in residuals)
    shared = sum(float(part[1:] @ part[:-1]) for part in residuals)
    # What is left after a fit looks less correlated than it is (Kendall 1954).
    r = shared / total if total > 0 else 0.0
    r = min(max(r + (1.0 + 3.0 * r) / n, 0.0), MOST_CORRELATED)
    inflation = (1.0 + r) / (1.0 - r)
    dof = max(n / inflation - n_fitted, 1.0)
    variance = total / (n - n_fitted) * inflation
    critical = float(stdtrit(dof, 1.0 - ERROR_RATE / 2.0))
    return Spread(dof, critical * math.sqrt(variance * weight))
