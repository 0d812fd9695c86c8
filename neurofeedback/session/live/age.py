"""How long ago the samples were taken that arrive now.

Responsible for the age of samples on the local clock. Not responsible for what is held because of
it (`session.live.checks`), nor for a stream that is silent (`session.threads.stream_monitor`).

Age is arrival minus time stamp minus clock offset. Not every sender's stamps are of LSL's clock:
where they cannot be, only changes of age are known, and the least age seen counts as none. Clocks
drift, too: the age that counts as usual follows a slow clock, but not while samples are late.
"""

from __future__ import annotations

import math

import numpy as np

from neurofeedback.frames import Chunk, FloatArray

LATE_SECONDS = 1.0
DRIFT = 0.002  # s/s; oscillators of amplifiers are within 0.1 %
PLAUSIBLE = (-1.0, 60.0)  # s; beyond it, stamps are of another clock


class DataAge:
    """The age of samples, chunk by chunk.

    Attributes
    ----------
    seconds : float
        Age of the newest sample when it was last asked, s; NaN before.
    known : bool
        Whether the stamps are of a clock that is known here; otherwise only changes are seen.
    """

    def __init__(self) -> None:
        self.seconds = math.nan
        self.known = True
        self._usual = 0.0  # age of a sample that is on its way for no time, by its stamp
        self._delay = 0.0  # what it usually is on its way
        self._arrival = math.nan  # of the chunk before

    def of(self, chunk: Chunk, waited: float) -> FloatArray:
        """Return the age of each sample of the next chunk.

        Parameters
        ----------
        chunk : Chunk
        waited : float
            How long ago it arrived, s.

        Returns
        -------
        ndarray, shape (n_times,)
            In s; where there is no stamp, the time waited.
        """
        offset = 0.0 if math.isnan(chunk.clock_offset) else chunk.clock_offset
        raw = chunk.arrival - chunk.timestamps - offset
        stamped = raw[np.isfinite(raw)]
        if not stamped.size:
            return np.full(chunk.n_times, waited)
        newest = float(stamped.min())
        if math.isnan(self._arrival) or chunk.gap < 0.0:
            self._begin(newest)
        else:
            self._follow(newest, chunk.arrival - self._arrival)
        self._arrival = chunk.arrival
        self.seconds = newest - self._usual + waited
        ages = np.nan_to_num(raw - self._usual, nan=0.0, posinf=0.0, neginf=0.0)
        return np.asarray(ages + waited)

    def _begin(self, age: float) -> None:
        self.known = PLAUSIBLE[0] <= age <= PLAUSIBLE[1]
        self._usual = min(0.0, age) if self.known else age
        on_time = self.known and age <= LATE_SECONDS
        self._delay = max(0.0, age) if on_time else 0.0

    def _follow(self, age: float, elapsed: float) -> None:
        """Let the usual age follow the clock: down at once, up slowly."""
        over = age - self._usual - self._delay
        if over > LATE_SECONDS:
            return
        if over > 0.0:
            self._usual += min(over, DRIFT * max(0.0, elapsed))
            return
        back = min(-over, max(0.0, self._usual))  # first what it had followed up
        shorter = min(-over - back, self._delay)
        self._delay -= shorter
        self._usual += over + shorter
