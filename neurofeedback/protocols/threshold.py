"""Thresholds from data.

Responsible for computing a threshold and the scale of the display from clean feature values. Not
responsible for when that happens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def target_rate_threshold(values: Sequence[float], target_rate: float) -> float:
    """Return the value that a share `target_rate` of `values` exceeds.

    Parameters
    ----------
    values : sequence of float
        Clean feature values, oriented so that higher is better; not empty.
    target_rate : float
        Wanted share above the threshold, between 0 and 1.

    Returns
    -------
    float
        The (1 - target_rate) quantile, linearly interpolated.
    """
    return float(np.quantile(np.asarray(values, dtype=np.float64), 1.0 - target_rate))


def display_scale(values: Sequence[float]) -> float:
    """Return the standard deviation of `values`, or 1 where they do not vary."""
    return float(np.std(np.asarray(values, dtype=np.float64))) or 1.0
