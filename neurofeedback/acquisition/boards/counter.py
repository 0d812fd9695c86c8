"""Which samples of a board were lost on their way, by the number of their package.

Responsible for a counter whose numbers arrive in pieces. Not responsible for how it counts
(`acquisition.counters.Counter`).
"""

from __future__ import annotations

import numpy as np

from neurofeedback.acquisition.counters import Counter
from neurofeedback.frames import FloatArray

MEMORY = 1024  # rows without another number; a counter that stands still stands for hours
LEARN_SECONDS = 2.5  # a byte goes round in two, at 128 packages a second


class PackageCounter:
    """Follow a counter through a stream.

    Parameters
    ----------
    how : Counter
        How it counts.
    """

    def __init__(self, how: Counter) -> None:
        self._how = how
        self._last = np.empty(0)  # the rows of the newest number, and those without one behind it

    @classmethod
    def learned(cls, numbers: FloatArray) -> PackageCounter | None:
        """Return one for a counter that has counted so far; None where it is no counter."""
        how = Counter.learned(numbers, goes_on=True)
        return None if how is None else cls(how)

    def missing_before(self, numbers: FloatArray) -> FloatArray:
        """Return how many samples are missing before each of the next ones.

        Parameters
        ----------
        numbers : ndarray, shape (n_times,)
            As the board counted them.

        Returns
        -------
        ndarray, shape (n_times,)
            -1 for a sample that comes once more.
        """
        rows = np.concatenate([self._last, numbers])
        lost, repeated = self._how.skipped(rows)
        self._last = rows[max(_newest(rows), len(rows) - MEMORY) :]
        missing = np.where(repeated, -1.0, lost)
        return missing[len(rows) - len(numbers) :]


def _newest(rows: FloatArray) -> int:
    """Return where the newest number begins; 0 where there is but one."""
    known = np.flatnonzero(np.isfinite(rows))
    others = known[rows[known] != rows[known[-1]]] if len(known) else known
    return int(others[-1]) + 1 if len(others) else 0
