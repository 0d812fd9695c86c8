"""How many samples there are in a second.

Responsible for the effective rate of a stream, by its time stamps and by the local clock, and for
the share of samples that are lost. Not responsible for what is held because of it
(`session.live.checks`).

A rate is the slope of the sample count over time. It is off where it certainly differs from the
nominal one by more than 1 %: jitter alone is no wrong rate.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from neurofeedback.acquisition.discontinuity import SHORTEST
from neurofeedback.frames import Chunk

TOLERANCE = 0.01
SURE = 4.0  # standard errors
STAMP_WINDOWS = (3.0, 10.0)  # s
ARRIVAL_WINDOWS = (20.0,)  # what arrives jitters more
LONGEST_WINDOW = 20.0
POINT_SECONDS = 0.1
NEARLY = 2e-4  # of a rate: two clocks differ by as much
FEWEST = 5
LONGEST_PIECE = 1.0  # s; a longer loss is told of by itself
STALL_SECONDS = 0.5  # arrivals that far apart begin anew


class RateMonitor:
    """The effective rate of a stream.

    Parameters
    ----------
    nominal : float
        Rate as declared, Hz.

    Attributes
    ----------
    rate : float
        Hz, over the last seconds; NaN before enough are known.
    off : bool
        Whether it is not the nominal one.
    true : float
        What to declare instead, Hz, where the stamps say so too; NaN otherwise.
    """

    def __init__(self, nominal: float) -> None:
        self._nominal = nominal
        self._by_stamps: deque[tuple[int, float]] = deque()
        self._by_arrival: deque[tuple[int, float]] = deque()
        self._missing: deque[tuple[int, float]] = deque()  # at sample, so many
        self._first = -1
        self._stop = 0
        self._n_lost = 0.0
        self._last_arrival = math.nan
        self.rate = self.true = math.nan
        self.off = False

    @property
    def lost(self) -> float:
        """Share of all samples that did not arrive, 0..1, as far as gaps tell."""
        n_sent = self._stop - self._first + self._n_lost
        return self._n_lost / n_sent if n_sent > 0 else 0.0

    @property
    def lost_now(self) -> float:
        """The same over the last 10 s, losses of more than a second aside."""
        n = sum(missing for _, missing in self._missing)
        return n / (n + STAMP_WINDOWS[-1] * self._nominal)

    def see(self, chunk: Chunk) -> None:
        """Take in the next chunk."""
        if self._first < 0:
            self._first = chunk.first_sample
        self._count_gap(chunk)
        if not abs(chunk.arrival - self._last_arrival) <= STALL_SECONDS + self._length(chunk):
            self._by_arrival.clear()
        self._last_arrival = chunk.arrival
        self._stop = chunk.stop_sample
        added = self._add(self._by_stamps, float(chunk.timestamps[-1]))
        if self._add(self._by_arrival, chunk.arrival) or added:
            self._judge()

    def _length(self, chunk: Chunk) -> float:
        return chunk.n_times / self._nominal

    def _count_gap(self, chunk: Chunk) -> None:
        if chunk.gap > 0.0 and self._stop:
            n = chunk.gap * self._nominal
            self._n_lost += n
            if chunk.gap <= LONGEST_PIECE:
                self._missing.append((chunk.first_sample, n))
        if chunk.gap < 0.0 or chunk.gap > SHORTEST:
            self._by_stamps.clear()
            self._by_arrival.clear()
        oldest = chunk.first_sample - STAMP_WINDOWS[-1] * self._nominal
        while self._missing and self._missing[0][0] < oldest:
            self._missing.popleft()

    def _add(self, points: deque[tuple[int, float]], time: float) -> bool:
        if not math.isfinite(time):
            return False
        if points and self._stop - points[-1][0] < POINT_SECONDS * self._nominal:
            return False
        points.append((self._stop, time))
        while time - points[0][1] > LONGEST_WINDOW:
            points.popleft()
        return True

    def _judge(self) -> None:
        stamps = [_slope(self._by_stamps, seconds) for seconds in STAMP_WINDOWS]
        arrivals = [_slope(self._by_arrival, seconds) for seconds in ARRIVAL_WINDOWS]
        known = [found for found in (*stamps, *arrivals) if found is not None]
        wrong = [rate for rate, error in known if self._is_off(rate, error)]
        self.off = bool(wrong)
        self.rate = wrong[0] if wrong else known[-1][0] if known else math.nan
        # Longer windows know it better. A sender that stamps by its count must be mended itself.
        stamped = [found[0] for found in stamps if found is not None and self._is_off(*found)]
        known_lossless = stamped and self.lost_now <= TOLERANCE
        self.true = _declared(stamped[-1]) if known_lossless else math.nan

    def _is_off(self, rate: float, error: float) -> bool:
        return abs(rate / self._nominal - 1.0) - SURE * error > TOLERANCE


def _declared(rate: float) -> float:
    """Return a rate as one would declare it: whole where it certainly is, else to a tenth."""
    return float(round(rate)) if abs(rate - round(rate)) < NEARLY * rate else round(rate, 1)


def _slope(points: deque[tuple[int, float]], seconds: float) -> tuple[float, float] | None:
    """Return samples per second over the last `seconds`, and its relative standard error."""
    table = np.array(points, dtype=np.float64)
    if not len(table):
        return None
    n, times = table[table[:, 1] >= table[-1, 1] - seconds].T
    if len(n) < FEWEST or times[-1] - times[0] < 0.8 * seconds:
        return None
    n, times = n - n.mean(), times - times.mean()
    spread = float(n @ n)
    slope = float(n @ times) / spread  # time has the jitter, not the count
    rest = times - slope * n
    error = math.sqrt(float(rest @ rest) / (len(n) - 2) / spread)
    return (1.0 / slope, error / slope) if slope > 0.0 else None
