"""The clean frames of the current block, as far as its end needs them.

Responsible for keeping them small: rows of a baseline, which everything after it is learnt from; of
a scored block what a threshold is found from. Not responsible for learning.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.protocols.joint import CleanFrames


class BlockData:
    """What is kept of a block.

    Parameters
    ----------
    n_used : int
        Number of features that decide on reward.
    n_parts : int
        Number of parts of the score.
    """

    def __init__(self, n_used: int, n_parts: int) -> None:
        self._shape = n_used, n_parts
        self._rows, self._parts, self._allowed = array("d"), array("d"), array("b")
        self._joints = array("b")
        self._sums = [0.0] * (1 + n_used)
        self._n_frames = 0

    def add(self, feature: float, row: Sequence[float]) -> None:
        """Count what was shown of a clean frame, and its features, toward the means."""
        self._n_frames += 1
        self._sums = [total + x for total, x in zip(self._sums, (feature, *row), strict=True)]

    def keep_row(self, row: Sequence[float], *, follows: bool) -> None:
        """Keep the features of a frame of a baseline; `follows` if the one before was kept too."""
        self._joints.append(not (follows and len(self._joints)))
        self._rows.extend(row)

    def keep_parts(self, parts: Sequence[float], allowed: bool) -> None:
        """Keep the score of a frame of a scored block, and whether no inhibit applied."""
        self._parts.extend(parts)
        self._allowed.append(allowed)

    def rows(self) -> FloatArray:
        """Return the features of a baseline, shape (n_clean, n_used)."""
        return np.array(self._rows).reshape(-1, self._shape[0])

    def joints(self) -> NDArray[np.bool_]:
        """Whether each row does not follow directly on the one before, shape (n_clean,)."""
        return np.array(self._joints, dtype=np.bool_)

    def frames(self) -> CleanFrames:
        """Return the frames of a scored block."""
        parts = np.array(self._parts).reshape(-1, self._shape[1])
        return CleanFrames(parts, np.array(self._allowed, dtype=np.bool_))

    def means(self) -> list[float | None]:
        """Return the mean of what was shown, then of each feature; None where unknown."""
        n = self._n_frames
        return [None if not n or math.isnan(total) else total / n for total in self._sums]
