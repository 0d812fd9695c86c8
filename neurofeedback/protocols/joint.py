"""Thresholds that a wanted share of clean time would have passed.

Responsible for the joint rate of all conditions and inhibits. Not responsible for which data are
looked at, nor when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray


@dataclass(frozen=True, slots=True)
class CleanFrames:
    """Clean frames that a threshold is found from, at least one.

    Parameters
    ----------
    parts : ndarray, shape (n_frames, n_parts)
        Parts of the score, oriented so that higher is better.
    allowed : ndarray of bool, shape (n_frames,)
        Whether no inhibit applied.
    """

    parts: FloatArray
    allowed: NDArray[np.bool_]


def joint_threshold(clean: CleanFrames, rate: float) -> list[float]:
    """Return the thresholds that a share of the frames passes while no inhibit applies.

    Several parts get the same quantile of their own distributions: the one at which as many frames
    as wanted pass all of them.

    Parameters
    ----------
    clean : CleanFrames
    rate : float
        Wanted share of all frames, between 0 and 1.

    Returns
    -------
    list of float
        One for each part. Where inhibits leave less than `rate`, the lowest value they leave.
    """
    parts = clean.parts[clean.allowed]
    if not len(parts):
        return [float(x) for x in clean.parts.min(axis=0)]
    at = quantile_within(rate, len(clean.parts), len(parts))
    columns = [np.sort(column) for column in parts.T]
    if len(columns) > 1:
        ranks = [np.searchsorted(s, x) for s, x in zip(columns, parts.T, strict=True)]
        at = quantile(np.sort(np.min(ranks, axis=0)), at) / max(1, len(parts) - 1)
    return [quantile(column, at) for column in columns]


def quantile_within(rate: float, n_frames: int, n_allowed: int) -> float:
    """Return the quantile of the allowed frames that a share `rate` of all frames exceeds."""
    return max(0.0, 1.0 - rate * (n_frames / n_allowed))


def quantile(ordered: Sequence[float] | NDArray[Any], at: float) -> float:
    """Return a quantile of values in rising order, linearly interpolated as by `numpy.quantile`."""
    place = at * (len(ordered) - 1)
    i = int(place)
    low, high = float(ordered[i]), float(ordered[min(i + 1, len(ordered) - 1)])
    part = place - i
    if part < 0.5:
        return low + (high - low) * part
    return high - (high - low) * (1.0 - part)


def joint_rate(clean: CleanFrames, thresholds: Sequence[float]) -> float:
    """Return the share of frames that pass all thresholds while no inhibit applies."""
    passed = (clean.parts > np.asarray(thresholds)).all(axis=1)
    return float(np.mean(passed & clean.allowed))
