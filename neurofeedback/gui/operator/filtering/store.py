"""The last page of samples: as they came, and as they are drawn.

Responsible for keeping them and for filtering them (`gui.operator.filtering.display_filter`), also
anew when another filter is chosen. Not responsible for drawing. Knows no Qt.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import Chunk, FloatArray
from neurofeedback.gui.operator.filtering.display_filter import USUAL, DisplayFilter, FilterRun


class TraceStore:
    """The last page of samples, as drawn: filtered for display only.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    sfreq : float
        Sampling rate in Hz.
    seconds : float
        Length kept.
    chosen : DisplayFilter
        What they are drawn through.
    """

    def __init__(
        self, n_channels: int, sfreq: float, seconds: float, chosen: DisplayFilter = USUAL
    ) -> None:
        self._sfreq = sfreq
        self._kept = max(2, round(seconds * sfreq))
        # Samples come as float32 values: so their copy loses nothing.
        self._raw = np.full((2 * self._kept, n_channels), np.nan, dtype=np.float32)
        self._values: FloatArray = np.full((2 * self._kept, n_channels), np.nan)
        self._breaks = np.zeros(2 * self._kept, dtype=np.bool_)  # a stretch begins here
        self._used = 0
        self._run = FilterRun(chosen, sfreq, n_channels)
        self._last_time = np.nan
        self.stop = 0

    def append(self, chunk: Chunk) -> None:
        """Add samples; a break in sample numbers or times leaves a break in the line.

        Parameters
        ----------
        chunk : Chunk
            Follows the last one, or not.
        """
        if chunk.n_times == 0:
            return
        missing = chunk.first_sample - self.stop
        breaks = self._jumps(chunk)
        if self._used == 0 or missing < 0 or missing >= self._kept:
            self._used = 0
            self._run.begin()
        elif missing:
            nothing = np.full((missing, chunk.data.shape[1]), np.nan)
            self._push(nothing, nothing, np.zeros(missing, dtype=np.bool_))
            breaks[0] = True
        self._push(chunk.data, self._filtered(chunk.data, breaks), breaks)
        self.stop = chunk.stop_sample

    def page(self) -> tuple[FloatArray, int]:
        """Return the samples kept (volts, shape (n_times, n_channels)) and the first's number."""
        kept = min(self._used, self._kept)
        return self._values[self._used - kept : self._used], self.stop - kept

    def use(self, chosen: DisplayFilter) -> None:
        """Filter what is kept, and all that follows, in another way."""
        self._run = FilterRun(chosen, self._sfreq, self._raw.shape[1])
        kept = slice(self._used - min(self._used, self._kept), self._used)
        raw = self._raw[kept].astype(np.float64)
        self._values[kept] = self._filtered(raw, self._breaks[kept])

    def _filtered(self, data: FloatArray, breaks: NDArray[np.bool_]) -> FloatArray:
        """Filter stretch by stretch: the filter forgets at each break, and draws nothing there."""
        starts = [0, *(int(i) for i in np.flatnonzero(breaks) if i)]
        parts = []
        for start, stop in zip(starts, [*starts[1:], len(data)], strict=True):
            if breaks[start : start + 1].any():
                self._run.begin()
            parts.append(self._run(data[start:stop]) if stop > start else data[start:stop])
        values: FloatArray = np.concatenate(parts)
        values[breaks] = np.nan
        return values

    def _push(self, raw: FloatArray, values: FloatArray, breaks: NDArray[np.bool_]) -> None:
        """Append at the end; move the newest half to the front when the arrays are full."""
        raw, values, breaks = raw[-self._kept :], values[-self._kept :], breaks[-self._kept :]
        arrays: tuple[NDArray[Any], ...] = (self._raw, self._values, self._breaks)
        if self._used + len(values) > len(self._values):
            keep = min(self._used, self._kept)
            for array in arrays:
                array[:keep] = array[self._used - keep : self._used].copy()
            self._used = keep
        place = slice(self._used, self._used + len(values))
        for array, new in zip(arrays, (raw, values, breaks), strict=True):
            array[place] = new
        self._used += len(values)

    def _jumps(self, chunk: Chunk) -> NDArray[np.bool_]:
        """Return which samples come after a jump in time."""
        steps = np.diff(chunk.timestamps, prepend=self._last_time)
        self._last_time = float(chunk.timestamps[-1])
        expected = 1.0 / self._sfreq
        return np.asarray(np.abs(steps - expected) > max(0.1, 3 * expected))
