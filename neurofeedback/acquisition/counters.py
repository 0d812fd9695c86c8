"""What the counter of an amplifier says of lost samples.

Responsible for how a counter counts, and for what it skipped and what it repeats. Pure: numbers in,
numbers out. Not responsible for time stamps (`acquisition.losses`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray

_HIGHEST = 2.0**62  # no counter counts so far
_SPARSE = 10  # times as many numbers as rows: no counter loses so many
_ROUND_SIZES = (1 << 8, 1 << 16)  # of counters of a byte, or two
_NEARLY = 0.95  # of a round, seen before it began again


def from_counter(counter: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Tell how many samples a counter has skipped before each, and which rows repeat one.

    Parameters
    ----------
    counter : ndarray, shape (n_times,)
        Whole numbers; a row whose number cannot be read is one sample, wherever it stands.

    Returns
    -------
    lost : ndarray, shape (n_times,)
        Number of samples; none where the numbers are no counter.
    repeated : ndarray of bool, shape (n_times,)
        Whether a number comes once more than it should.
    """
    learned = Counter.learned(counter)
    if learned is None:
        return np.zeros(len(counter)), np.zeros(len(counter), dtype=bool)
    return learned.skipped(counter)


@dataclass(frozen=True, slots=True)
class Counter:
    """How a counter counts: 0 to 255, every second number of these, 0 to 200, pairs of one number.

    Parameters
    ----------
    every : ndarray of int, shape (n_numbers,)
        The numbers of a round, in order.
    held : ndarray of int, shape (n_numbers,)
        How many samples share each.
    """

    every: NDArray[np.int64]
    held: NDArray[np.int64]

    @classmethod
    def learned(cls, counter: FloatArray, *, goes_on: bool = False) -> Counter | None:
        """Learn it from what it has counted; None where the numbers are no counter.

        Parameters
        ----------
        counter : ndarray, shape (n_times,)
        goes_on : bool
            Whether more numbers may come: a round that was not seen whole then ends with a byte,
            or with two.
        """
        _, read = _read(counter)
        if not len(read):
            return None
        begins = _begins(read)
        lengths = np.diff(begins, append=len(read))
        numbers, number_of = np.unique(read[begins], return_inverse=True)
        step = int(np.median(np.diff(numbers))) if len(numbers) > 1 else 0
        # A column that stands still, or jumps about, is no counter.
        span = int(numbers[-1]) - int(numbers[0])  # wider than 64 bits can be
        if not step or span > _SPARSE * step * len(read):
            return None
        usual = max(1, round(float(np.median(lengths))))
        if goes_on:  # the first and the last number may have been cut
            lengths[0] = lengths[-1] = usual
        shared = [round(float(np.median(lengths[number_of == k]))) for k in range(len(numbers))]
        low, high = int(numbers[0]), int(numbers[-1])
        if goes_on:
            low, high = _whole_round(low, high, step, began_again=bool((np.diff(read) < 0).any()))
        every = np.arange(low, high + 1, step)
        held = np.full(len(every), usual)
        held[np.searchsorted(every, numbers).clip(max=len(every) - 1)] = shared
        return cls(every, held)

    def skipped(self, counter: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Tell what consecutive numbers have skipped; as `from_counter`.

        A loss of a whole round cannot be seen.
        """
        lost, repeated = np.zeros(len(counter)), np.zeros(len(counter), dtype=bool)
        at, numbers = _read(counter)
        if len(at):
            skipped, repeated[at] = self._skipped(numbers)
            # What came without a number between two numbers was not lost.
            lost[at] = np.maximum(skipped - (np.diff(at, prepend=at[0] - 1) - 1), 0)
        return lost, repeated

    def _skipped(self, counter: NDArray[np.int64]) -> tuple[FloatArray, NDArray[np.bool_]]:
        begins = _begins(counter)
        lengths = np.diff(begins, append=len(counter))
        first = np.concatenate([[0], np.cumsum(self.held)])
        place = np.searchsorted(self.every, counter).clip(max=len(self.every) - 1)
        within = np.arange(len(counter)) - np.repeat(begins, lengths)
        repeated = within >= self.held[place]
        phase = first[place] + np.minimum(within, self.held[place] - 1)
        lost = np.zeros(len(counter))
        kept = np.flatnonzero(~repeated)
        lost[kept[1:]] = (np.diff(phase[kept]) - 1) % int(first[-1])
        return lost, repeated


def _read(counter: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return which rows have a number, and their numbers."""
    at = np.flatnonzero(np.abs(counter) < _HIGHEST)  # neither NaN nor infinite
    return at, np.round(counter[at]).astype(np.int64)


def _begins(counter: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return where another number begins."""
    return np.flatnonzero(np.diff(counter, prepend=counter[0] - 1))


def _whole_round(low: int, high: int, step: int, *, began_again: bool) -> tuple[int, int]:
    """Return the first and last number of a round of which some have been seen."""
    for size in _ROUND_SIZES:
        if high < size and (not began_again or high >= _NEARLY * size):
            return (low if began_again else low % step), size - 1
    return low, high
