"""Samples that come again.

Responsible for finding a run of samples that is equal, to the last bit and in all EEG channels, to
one of a few seconds before. No brain does that; a driver that hangs, or a packet sent twice, does.
Not responsible for channels that stand still, which the gate finds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from neurofeedback.acquisition.discontinuity import SHORTEST
from neurofeedback.frames import Chunk, FloatArray

MEMORY_SECONDS = 10.0
RUN_SECONDS = 0.03
RUN_SAMPLES = 8


class Repeats:
    """Look for samples that come again.

    Parameters
    ----------
    columns : sequence of int
        The EEG channels.
    sfreq : float
        Hz.
    """

    def __init__(self, columns: Sequence[int], sfreq: float) -> None:
        self._columns = list(columns)
        self._memory = round(MEMORY_SECONDS * sfreq)
        self._least = max(RUN_SAMPLES, round(RUN_SECONDS * sfreq))
        rng = np.random.default_rng(0)
        self._weights = rng.integers(1, 2**63, len(self._columns), dtype=np.uint64) | np.uint64(1)
        self._seen: dict[int, int] = {}
        self._order: deque[tuple[int, int]] = deque()
        self._lag = self._run = 0
        self._before: int | None = None

    def last(self, chunk: Chunk) -> int | None:
        """Return the number of the last sample of the next chunk that comes again, or None.

        What comes after a loss may be the same recording, played from its beginning.
        """
        if chunk.gap > SHORTEST:
            self._forget()
        found = None
        for sample, key in enumerate(self._keys(chunk.data), chunk.first_sample):
            at = self._seen.get(key)
            lag = 0 if at is None else sample - at
            if key != self._before:  # standing still is no repetition
                self._run = self._run + 1 if lag and lag == self._lag else int(lag > 0)
                self._lag = lag
            self._before = key
            if self._run >= self._least:
                found = sample
            self._remember(key, sample)
        return found

    def _forget(self) -> None:
        self._seen.clear()
        self._order.clear()
        self._lag = self._run = 0
        self._before = None

    def _keys(self, data: FloatArray) -> list[int]:
        """Return a number for each sample that is the same for equal ones."""
        bits = np.ascontiguousarray(data[:, self._columns]).view(np.uint64)
        keys: list[int] = (bits * self._weights).sum(axis=1, dtype=np.uint64).tolist()
        return keys

    def _remember(self, key: int, sample: int) -> None:
        self._seen[key] = sample
        self._order.append((key, sample))
        while self._order[0][1] <= sample - self._memory:
            old, at = self._order.popleft()
            if self._seen.get(old) == at:
                del self._seen[old]
