"""Thresholds that a wanted share of clean time would have passed.

Responsible for the joint rate of all conditions and inhibits. Not responsible for which data are
looked at, nor when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    quantile = max(0.0, 1.0 - rate * (len(clean.parts) / len(parts)))
    if parts.shape[1] > 1:
        ranks = [np.searchsorted(np.sort(column), column) for column in parts.T]
        quantile = float(np.quantile(np.min(ranks, axis=0), quantile)) / max(1, len(parts) - 1)
    return [float(np.quantile(column, quantile)) for column in parts.T]


def joint_rate(clean: CleanFrames, thresholds: Sequence[float]) -> float:
    """Return the share of frames that pass all thresholds while no inhibit applies."""
    passed = (clean.parts > np.asarray(thresholds)).all(axis=1)
    return float(np.mean(passed & clean.allowed))
