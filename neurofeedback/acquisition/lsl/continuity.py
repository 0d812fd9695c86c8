"""Where samples of a live stream are missing, whatever its time stamps look like.

Responsible for finding losses far shorter than a sender's jitter allows at first sight, from the
count of samples against their stamps. Not responsible for the stamps, which are never corrected,
nor for files (`acquisition.discontinuity`).

A sample's lateness is its stamp minus what the count of samples since the last gap would have it.
It moves within a band: of no width where a sender counts samples, of its jitter where it asks a
clock, of a burst's length where it stamps bursts. A loss shifts the whole band. So a sample is
after a gap if it is later than all of the last seconds by three quarters of a sample and by half
the band's width; after a packet sent twice, or a clock set back, it is earlier by as much. Until
the band is known, what `discontinuity` calls a jump is one.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from neurofeedback.acquisition.discontinuity import SAMPLES, SHORTEST
from neurofeedback.frames import FloatArray

KNOWN_SECONDS = 1.0
MEMORY_SECONDS = 5.0
PIECE_SECONDS = 0.1
LEAST_SAMPLES = 0.75
WIDTHS = 0.5


class Continuity:
    """Find gaps, sample by sample.

    Parameters
    ----------
    sfreq : float
        Rate as declared, Hz.
    """

    def __init__(self, sfreq: float) -> None:
        self._step = 1.0 / sfreq
        self._n_known = max(2, round(KNOWN_SECONDS * sfreq))
        self._n_piece = max(1, round(PIECE_SECONDS * sfreq))
        self._jump = max(SHORTEST, SAMPLES * self._step)
        self._pieces: deque[tuple[float, float]] = deque(
            maxlen=round(MEMORY_SECONDS / PIECE_SECONDS)
        )  # earliest and latest lateness of each tenth of a second
        self._last = math.nan
        self._begin(math.nan)
        self._width = 0.0

    def missing_before(self, stamps: FloatArray) -> FloatArray:
        """Return the seconds missing immediately before each of the next samples.

        Parameters
        ----------
        stamps : ndarray, shape (n_times,)
            Time stamps, s.

        Returns
        -------
        ndarray, shape (n_times,)
            0 where a sample follows on; negative where time jumped back.
        """
        gaps = np.zeros(len(stamps))
        for i, stamp in enumerate(stamps.tolist()):
            if math.isfinite(stamp):
                gaps[i] = self._next(stamp)
        return gaps

    def broken(self, last: float) -> None:
        """Begin anew after the sample of stamp `last`: another outlet sends from here on."""
        self._last = last
        self._begin(math.nan)

    def _begin(self, origin: float) -> None:
        self._origin, self._count, self._n_seen = origin, 0, 0
        self._pieces.clear()
        self._low, self._high = math.inf, -math.inf

    def _next(self, stamp: float) -> float:
        step, self._last = stamp - self._last - self._step, stamp
        if math.isnan(self._origin):
            self._origin = stamp
        late = stamp - self._origin - self._count * self._step
        gap = self._gap(late, step)
        if gap:
            self._origin += gap
            late -= gap
        self._count += 1
        self._remember(late)
        return gap

    def _gap(self, late: float, step: float) -> float:
        low, high = self._band()
        if low > high:
            return 0.0
        width = high - low
        limit = self._jump
        if self._n_seen >= self._n_known:
            limit = min(limit, max(LEAST_SAMPLES * self._step, WIDTHS * width))
        beyond = late - high if late > high else min(0.0, late - low)
        if abs(beyond) <= limit:
            return 0.0
        # Where stamps are regular the step itself is exact; in bursts it has the pause in it.
        return step if width < self._jump else beyond

    def _band(self) -> tuple[float, float]:
        lows, highs = zip(*self._pieces, strict=True) if self._pieces else ((), ())
        return min((*lows, self._low)), max((*highs, self._high))

    def _remember(self, late: float) -> None:
        self._low, self._high = min(self._low, late), max(self._high, late)
        self._n_seen += 1
        if self._n_seen % self._n_piece == 0:
            self._pieces.append((self._low, self._high))
            self._low, self._high = math.inf, -math.inf
