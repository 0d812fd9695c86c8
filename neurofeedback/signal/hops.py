"""The hop grid: samples regrouped into hops of equal length at absolute sample numbers.

Responsible for making everything after it independent of how the samples were chunked: each hop is
computed on its own, by operations of one fixed shape. Not responsible for any computation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import Chunk, FloatArray


def hop_length(sfreq: float, seconds: float) -> int:
    """Return the hop in whole samples nearest to `seconds`, at least one."""
    return max(1, round(sfreq * seconds))


@dataclass(frozen=True, slots=True)
class Hops:
    """Consecutive complete hops.

    Parameters
    ----------
    first : int
        Number of the first hop; hop k holds samples ``k * n .. (k + 1) * n - 1``.
    data : ndarray, shape (n_hops, hop, n_channels)
        Volts.
    times : ndarray, shape (n_hops,)
        Stream time of each hop's last sample, s.
    broken : ndarray of bool, shape (n_hops,)
        Whether the samples of the hop do not all follow on from the hop before.
    """

    first: int
    data: FloatArray
    times: FloatArray
    broken: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.data.shape[0])

    def split(self, at: int) -> tuple[Hops, Hops]:
        """Split into the first `at` hops and the rest."""
        return (
            Hops(self.first, self.data[:at], self.times[:at], self.broken[:at]),
            Hops(self.first + at, self.data[at:], self.times[at:], self.broken[at:]),
        )


class HopGrid:
    """Regroup chunks into hops, keeping what does not yet fill one.

    Parameters
    ----------
    hop : int
        Samples in a hop.
    n_channels : int
        Number of channels.
    """

    def __init__(self, hop: int, n_channels: int) -> None:
        self.hop = hop
        self._n_channels = n_channels
        self.reset()

    def reset(self) -> None:
        """Forget all samples; the next chunk may start anywhere."""
        self._data: FloatArray = np.empty((0, self._n_channels))
        self._times: FloatArray = np.empty(0)
        self._next_sample: int | None = None
        self._start = 0  # first sample not yet taken out in a hop
        self._breaks: list[int] = []

    def push(self, chunk: Chunk) -> Hops:
        """Add a chunk and take out every hop it completes.

        Parameters
        ----------
        chunk : Chunk
            The next samples; the first chunk of all may start inside a hop, which is then left out.

        Returns
        -------
        Hops
            Possibly none.

        Raises
        ------
        ValueError
            If the chunk does not start at the sample expected or has other channels.
        """
        if chunk.data.shape[1] != self._n_channels:
            raise ValueError(
                f"A chunk of {chunk.data.shape[1]} channels in a stream of {self._n_channels}."
            )
        if self._next_sample is None:
            self._next_sample = chunk.first_sample
            self._start = -(-chunk.first_sample // self.hop) * self.hop
        if chunk.first_sample != self._next_sample:
            raise ValueError(
                f"Chunk starts at sample {chunk.first_sample}, expected {self._next_sample}."
            )
        self._next_sample = chunk.stop_sample
        if chunk.first_sample < self._start:
            chunk = chunk.split(min(self._start - chunk.first_sample, chunk.n_times))[1]
        if chunk.gap != 0.0 and chunk.n_times:
            self._breaks.append(chunk.first_sample)
        return self._take(_join(self._data, chunk.data), _join(self._times, chunk.timestamps))

    def _take(self, data: FloatArray, times: FloatArray) -> Hops:
        n_hops = times.size // self.hop
        used = n_hops * self.hop
        first = self._start // self.hop
        self._data, self._times = data[used:].copy(), times[used:].copy()
        self._start += used
        broken = np.zeros(n_hops, dtype=bool)
        broken[[s // self.hop - first for s in self._breaks if s < self._start]] = True
        self._breaks = [s for s in self._breaks if s >= self._start]
        hops = data[:used].reshape(n_hops, self.hop, self._n_channels)
        return Hops(first, hops, times[self.hop - 1 : used : self.hop], broken)


def _join(kept: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate((kept, new)) if len(kept) else np.ascontiguousarray(new)
