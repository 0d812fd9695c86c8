"""A window of the last clean frames, and the threshold that follows it.

Responsible for keeping the window and for its joint threshold at every frame, fast. Not responsible
for when that becomes the threshold.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np

from neurofeedback.protocols.joint import (
    CleanFrames,
    joint_threshold,
    quantile,
    quantile_within,
)


class RollingThreshold:
    """The joint threshold of the last frames.

    Where the score has one part, its window is kept sorted, so that a frame costs a binary search;
    where it has several, the joint threshold is found anew.

    Parameters
    ----------
    n_frames : int
        Length of the window.
    start : CleanFrames
        What came before; its end fills the window.
    """

    def __init__(self, n_frames: int, start: CleanFrames) -> None:
        self._parts = np.array(start.parts[-n_frames:])
        self._allowed = np.array(start.allowed[-n_frames:])
        self._n_frames = n_frames
        self._oldest = 0
        self._sorted: list[float] | None = None
        if self._parts.shape[1] == 1:
            self._sorted = sorted(self._parts[self._allowed, 0].tolist())

    def add(self, parts: Sequence[float], allowed: bool) -> None:
        """Take in a clean frame; the oldest goes when the window is full."""
        if len(self._parts) < self._n_frames:
            self._parts = np.concatenate([self._parts, [parts]])
            self._allowed = np.append(self._allowed, allowed)
        else:
            at, self._oldest = self._oldest, (self._oldest + 1) % self._n_frames
            if self._sorted is not None and self._allowed[at]:
                del self._sorted[bisect_left(self._sorted, self._parts[at, 0])]
            self._parts[at] = parts
            self._allowed[at] = allowed
        if self._sorted is not None and allowed:
            insort(self._sorted, parts[0])

    def frames(self) -> CleanFrames:
        """Return the window; only until the next frame is added."""
        return CleanFrames(self._parts, self._allowed)

    def threshold(self, rate: float) -> list[float]:
        """Return the thresholds that a share `rate` of the window would have passed."""
        found = self._sorted
        if not found:
            return joint_threshold(self.frames(), rate)
        return [quantile(found, quantile_within(rate, len(self._parts), len(found)))]
