"""Playing recorded rows so that nothing shows where they were put together.

Responsible for the seams of what a control is fed. Not responsible for where the rows come from
(`protocols.run.control`).

A hold is passed over in the donor too. Where two frames that follow each other come from places
that do not (a donor's hold was cut out, its end was reached), the second stretch is moved towards
the first by what frames at that distance have in common in the participant's own baseline:
y(k) = x(k) + rho(k) (y(0) - x(0)), x(0) being a row of the second stretch that is not played. With
rho the autocorrelation, variance and correlation across the joint are those of an unbroken series.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurofeedback.frames import FloatArray

ATTEMPTS = 20  # to find two rows of one stretch
FORGOTTEN = 0.1  # correlation at which rows no longer seem to follow on each other


class Playback:
    """Play rows back so that nothing shows where they were put together.

    Parameters
    ----------
    correlation : ndarray, shape (n_lags, n_used)
        Autocorrelation of each column of what is imitated, lag 0 first; taken as 0 beyond.
    start : int
        Index of the first row to play.
    """

    def __init__(self, correlation: FloatArray, start: int = 0) -> None:
        self._correlation = correlation
        self._at = start - 1
        self._last: FloatArray | None = None
        self._offset = np.zeros(correlation.shape[1])
        self._since = self._passed = 0
        forgotten = np.flatnonzero((np.abs(correlation) < FORGOTTEN).all(axis=1))
        self._memory = int(forgotten[0]) if len(forgotten) else len(correlation)

    def hold(self) -> None:
        """Pass over a row; the one after it will be played as if it had been."""
        self._passed += 1

    def rest(self) -> None:
        """Pass over a row, as long as what comes after could still be felt to follow on."""
        self._passed += self._passed < self._memory

    def play(self, rows: Sequence[FloatArray], joints: Sequence[bool], stop: int) -> FloatArray:
        """Return the next row, moved towards the one before where they do not belong together.

        Parameters
        ----------
        rows : sequence of ndarray, shape (n_used,)
            May have grown since the last call.
        joints : sequence of bool
            Whether each row does not follow directly on the one before.
        stop : int
            Rows before this one may be played, at least one; the first follows on the last.
        """
        step, self._passed = 1 + self._passed, 0
        joint = self._advance(step, joints, stop)
        self._since += step
        if joint and self._last is not None:
            for _ in range(ATTEMPTS):
                reference = rows[self._at]
                if not self._advance(step, joints, stop):
                    break
            self._offset = self._last - reference
            self._since = step
        value: FloatArray = rows[self._at]
        if self._last is not None and self._since < len(self._correlation):
            value = value + self._offset * self._correlation[self._since]
        self._last = value
        return value

    def _advance(self, step: int, joints: Sequence[bool], stop: int) -> bool:
        """Go so many rows on; return whether a joint was crossed."""
        crossed = False
        for _ in range(step):
            self._at += 1
            if self._at >= stop:
                self._at, crossed = 0, True
            crossed |= bool(joints[self._at])
        return crossed
