"""Which samples of a board were lost on their way, by the number of their package.

Responsible for a counter whose numbers arrive in pieces. Not responsible for how it counts
(`acquisition.losses.Counter`).
"""

from __future__ import annotations

import numpy as np

from neurofeedback.acquisition.losses import Counter
from neurofeedback.frames import FloatArray

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
        self._last = np.empty(0, dtype=np.int64)  # the rows of the newest number

    @classmethod
    def learned(cls, numbers: FloatArray) -> PackageCounter | None:
        """Return one for a counter that has counted so far; None where it is no counter."""
        how = Counter.learned(_whole(numbers), goes_on=True) if len(numbers) else None
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
        rows = np.concatenate([self._last, _whole(numbers)])
        lost, repeated = self._how.skipped(rows)
        self._last = rows[np.flatnonzero(rows != rows[-1])[-1] + 1 :] if np.ptp(rows) else rows
        missing = np.where(repeated, -1.0, lost)
        return missing[len(rows) - len(numbers) :]


def _whole(numbers: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.round(np.nan_to_num(numbers)).astype(np.int64)
