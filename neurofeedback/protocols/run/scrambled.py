"""A control arm that needs no donor: the participant's own past, out of order.

Responsible for a random series that cannot be told from the participant's feature by its course.
Not responsible for where it is fed in (`protocols.run.control`).

The series is put together from pieces of what was measured, `PIECE` long, drawn at random: within a
piece all is as the brain made it; phases of everything slower are scrambled. A model from which a
series is drawn (random phases, an autoregression with its innovations in random order) needs the
baseline alone, but its largest steps are not a brain's, and a baseline is too short to know them.

No seam shows: a piece begins where level and slope are near those that the one before ended with,
and what is left of the difference fades as the autocorrelation does (see `protocols.run.control`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.protocols.run.correlation import autocorrelation

PIECE = (1.5, 4.5)  # s, from and to
NEWEST = 5.0  # s; what is newer is not played yet
CANDIDATES = 30  # among which the piece that fits best is taken
SPARE = 0.3  # how much more often than the least used a piece may have been played
FIRST_CAPACITY = 1024  # rows


class PhaseScrambled:
    """Feed back pieces of the own past in random order, those first that were played least.

    Parameters
    ----------
    seed : int
        Equal seeds and equal real values give equal series.
    frame_seconds : float
        Stream time between frames, s.
    n_lags : int
        Frames over which a joint can be felt.
    """

    def __init__(self, seed: int, frame_seconds: float, n_lags: int) -> None:
        self._random = np.random.default_rng(seed)
        self._pieces = [max(2, round(seconds / frame_seconds)) for seconds in PIECE]
        self._n_newest = round(NEWEST / frame_seconds)
        self._n_lags = n_lags

    def learn(self, baseline: FloatArray, joints: NDArray[np.bool_]) -> None:
        """Begin with what was measured in the baseline."""
        self._past = _Past(baseline, joints)
        self._n_baseline = len(baseline)
        self._correlation = autocorrelation(baseline, self._n_lags)
        self._spread = _positive(baseline.std(axis=0))
        self._usual_step = _positive(_median(np.diff(baseline, axis=0)))
        self._last: FloatArray | None = None
        self._slope: FloatArray | None = None
        self._offset = np.zeros(baseline.shape[1])
        self._at = self._left = self._since = self._passed = 0
        self._after_hold = True

    def feed(self, real: FloatArray) -> FloatArray:
        """Keep the real values for later and return random ones."""
        self._past.append(real, follows=not self._after_hold)
        self._after_hold = False
        step, self._passed = 1 + self._passed, 0
        if step < self._left:
            self._at += step
            self._left -= step
            self._since += step
        else:
            self._join(step)
        value = self._past.play(self._at)
        if self._since < self._n_lags:
            value = value + self._offset * self._correlation[self._since]
        self._slope = None if step > 1 or self._last is None else value - self._last
        self._last = value
        return value

    def hold(self) -> None:
        """Pass over a held frame."""
        self._after_hold = True
        self._passed += 1

    def rest(self) -> None:
        """Let time go by: what comes next has nothing to do with what was."""
        self._after_hold = True
        self._last = self._slope = None
        self._offset[:] = 0.0
        self._left = self._passed = 0

    def _join(self, step: int) -> None:
        """Begin another piece so many frames after the last that was fed."""
        unseen = step if step < self._n_lags else 1  # after a long hold nothing is in common
        n_rows = max(self._n_baseline, len(self._past) - self._n_newest)
        low, high = self._pieces
        length = unseen + int(self._random.integers(low, high + 1))
        starts, length = self._past.unbroken(n_rows, length, unseen)
        drawn = starts[self._random.integers(len(starts), size=CANDIDATES)]
        start = int(drawn[0])
        if self._last is not None:
            start = int(drawn[np.argmin(self._misfit(drawn, self._last))])
            self._offset = self._last - self._past.rows[start]
        self._at = min(start + unseen, n_rows - 1)
        self._left, self._since = length - unseen, step

    def _misfit(self, starts: NDArray[np.intp], last: FloatArray) -> FloatArray:
        """Squared distance of pieces from what was fed last, in level and slope."""
        rows = self._past.rows
        found = (((rows[starts] - last) / self._spread) ** 2).sum(axis=1)
        if self._slope is not None:
            slopes = rows[starts] - rows[np.maximum(starts - 1, 0)]
            found += (((slopes - self._slope) / self._usual_step) ** 2).sum(axis=1)
        return np.asarray(found)


class _Past:
    """Rows that were measured, where they do not follow on, and how often each was played."""

    def __init__(self, baseline: FloatArray, joints: NDArray[np.bool_]) -> None:
        self._n = 0
        self._rows = np.empty((FIRST_CAPACITY, baseline.shape[1]))
        self._joints = np.ones(FIRST_CAPACITY, dtype=bool)
        self._played = np.zeros(FIRST_CAPACITY)
        for i, row in enumerate(baseline):
            self.append(row, follows=i > 0 and not joints[i])

    def __len__(self) -> int:
        return self._n

    @property
    def rows(self) -> FloatArray:
        """All rows, oldest first."""
        return self._rows[: self._n]

    def append(self, row: FloatArray, *, follows: bool) -> None:
        """Add a row; `follows` if no frame was held before it."""
        n = self._n
        if n == len(self._rows):
            self._rows = np.concatenate((self._rows, np.empty_like(self._rows)))
            self._joints = np.concatenate((self._joints, np.ones(n, dtype=bool)))
            self._played = np.concatenate((self._played, np.zeros(n)))
        self._rows[n] = row
        self._joints[n] = not follows
        self._n = n + 1

    def play(self, i: int) -> FloatArray:
        """Return a row and count it as played."""
        self._played[i] += 1
        return np.array(self._rows[i])

    def unbroken(self, n_rows: int, length: int, least: int) -> tuple[NDArray[np.intp], int]:
        """Return where pieces begin that hold no joint, of those that were played least.

        Parameters
        ----------
        n_rows : int
            Rows before this one may be played.
        length, least : int
            Wanted and least length, in rows; shortened where nothing as long is unbroken.

        Returns
        -------
        starts : ndarray of int
            At least one; any at all where even the least length is never unbroken.
        length : int
            What it came to.
        """
        joints = np.cumsum(self._joints[:n_rows])
        while length > least:
            starts = np.arange(1, n_rows - length)
            starts = starts[joints[starts + length] == joints[starts - 1]]
            if len(starts):
                played = np.cumsum(self._played[:n_rows])
                often = (played[starts + length] - played[starts]) / length
                return starts[often <= often.min() + SPARE], length
            length = (length + least) // 2
        return np.arange(max(1, n_rows - least)), least + 1


def _median(values: FloatArray) -> FloatArray:
    """Median size of each column; 0 of nothing."""
    return np.median(np.abs(values), axis=0) if len(values) else np.zeros(values.shape[1])


def _positive(values: FloatArray) -> FloatArray:
    return np.where(values > 0, values, 1.0)
