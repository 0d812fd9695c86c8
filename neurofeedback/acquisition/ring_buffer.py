"""The newest samples of a stream, for readers that may be slow.

Responsible for keeping the last `capacity` samples under their absolute sample numbers, and for
telling each reader honestly how many it missed. Not responsible for the record of the session
(`recording` writes every sample before it comes here) nor for processing.
"""

from __future__ import annotations

import threading

import numpy as np

from neurofeedback.frames import Chunk


class RingBuffer:
    """Fixed-size buffer for one writer and any number of readers in other threads.

    The buffer keeps no list of its readers: each holds its own cursor, the absolute number of the
    sample it wants next, so that a reader which stalls or vanishes costs nothing. Memory is
    allocated once.

    Samples are kept, gaps are not: a chunk read back follows the sample numbers, and its `gap`,
    `arrival` and `clock_offset` are at their defaults. That serves the drawing of traces (time
    stamps still show a gap); whoever must know of gaps reads the source's own chunks.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    capacity : int
        Number of samples kept.

    Raises
    ------
    ValueError
        If either is not positive.
    """

    def __init__(self, n_channels: int, capacity: int) -> None:
        if n_channels < 1 or capacity < 1:
            raise ValueError(f"RingBuffer of {capacity} samples x {n_channels} channels.")
        self._data = np.zeros((capacity, n_channels))
        self._times = np.zeros(capacity)
        self._capacity = capacity
        self._lock = threading.Lock()
        self._origin: int | None = None
        self._stop = 0

    @property
    def capacity(self) -> int:
        """Number of samples kept."""
        return self._capacity

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return int(self._data.shape[1])

    def append(self, chunk: Chunk) -> None:
        """Add the samples that follow those already there.

        Parameters
        ----------
        chunk : Chunk
            Its first sample must be the one after the last appended; the very first may start
            anywhere. A chunk longer than the buffer leaves its newest samples.

        Raises
        ------
        ValueError
            If the channels differ in number or the sample numbers do not follow on.
        """
        if chunk.data.shape[1] != self.n_channels:
            raise ValueError(
                f"Chunk of {chunk.data.shape[1]} channels for a buffer of {self.n_channels}."
            )
        with self._lock:
            if self._origin is None:
                self._origin = self._stop = chunk.first_sample
            if chunk.first_sample != self._stop:
                raise ValueError(
                    f"Chunk starts at sample {chunk.first_sample}, the buffer ends at {self._stop}."
                )
            kept = min(chunk.n_times, self._capacity)
            self._write(chunk, chunk.n_times - kept, kept)
            self._stop = chunk.stop_sample

    def cursor(self) -> int:
        """Return the absolute number of the next sample to come: start reading now."""
        with self._lock:
            return self._stop

    def read_since(self, cursor: int, max_samples: int | None = None) -> tuple[Chunk, int]:
        """Return the samples from `cursor` on that are still there.

        Parameters
        ----------
        cursor : int
            Absolute number of the first wanted sample; the `stop_sample` of the chunk read before.
        max_samples : int, optional
            Return no more than this, the oldest first. All by default.

        Returns
        -------
        chunk : Chunk
            A copy; may be empty. Its `stop_sample` is the next cursor.
        n_lost : int
            How many samples from `cursor` on were overwritten before they were read; they lie
            immediately before `chunk`.

        Raises
        ------
        ValueError
            If `cursor` lies beyond the newest sample.
        """
        with self._lock:
            if self._origin is None:
                return self._copy(cursor, 0), 0
            if cursor > self._stop:
                raise ValueError(f"Cursor {cursor} is beyond the newest sample {self._stop}.")
            wanted = max(cursor, self._origin)
            first = max(wanted, self._stop - self._capacity)
            n_times = self._stop - first
            if max_samples is not None:
                n_times = min(n_times, max(max_samples, 0))
            return self._copy(first, n_times), first - wanted

    def _write(self, chunk: Chunk, start: int, n_times: int) -> None:
        at = (chunk.first_sample + start) % self._capacity
        head = min(n_times, self._capacity - at)
        middle, stop = start + head, start + n_times
        self._data[at : at + head] = chunk.data[start:middle]
        self._times[at : at + head] = chunk.timestamps[start:middle]
        self._data[: n_times - head] = chunk.data[middle:stop]
        self._times[: n_times - head] = chunk.timestamps[middle:stop]

    def _copy(self, first: int, n_times: int) -> Chunk:
        at = first % self._capacity
        head = min(n_times, self._capacity - at)
        data = np.empty((n_times, self.n_channels))
        times = np.empty(n_times)
        data[:head] = self._data[at : at + head]
        times[:head] = self._times[at : at + head]
        data[head:] = self._data[: n_times - head]
        times[head:] = self._times[: n_times - head]
        return Chunk(data, times, first)
