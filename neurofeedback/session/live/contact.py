"""Electrodes that are bridged or shorted.

Responsible for finding, among the electrodes that feedback is made of, two that measure the same
point and one that measures nothing. Both leave a signal that moves and that no limit of the gate
forbids. Not responsible for the traffic lights, which have the same rules (`signal.quality`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.signal.quality_measures import bridges, lifeless

WINDOW_SECONDS = 0.25
EVERY_SECONDS = 0.05


class Contact:
    """Judge electrodes by the last quarter of a second.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    columns : sequence of int
        What to judge; channels that are not in volts are left out.

    Attributes
    ----------
    cause : str or None
        ``bridge F3-F4`` or ``no signal F3``; None where nothing is wrong.
    """

    def __init__(self, info: StreamInfo, columns: Sequence[int]) -> None:
        self._columns = [i for i in columns if info.units[i] == "V" and info.ch_types[i] == "eeg"]
        self._names = [info.ch_names[i] for i in self._columns]
        self._n_window = max(16, round(WINDOW_SECONDS * info.sfreq))
        self._n_every = max(1, round(EVERY_SECONDS * info.sfreq))
        self._window = np.empty((0, len(self._columns)))
        self._n_new = 0
        self.cause: str | None = None

    def last(self, chunk: Chunk) -> int | None:
        """Return the number of the last sample of the next chunk that is wrong, or None."""
        if not self._columns:
            return None
        if chunk.gap:
            self._window = self._window[:0]
        found = None
        for start in range(0, chunk.n_times, self._n_every):
            part = chunk.data[start : start + self._n_every, self._columns]
            self._window = np.concatenate((self._window, part))[-self._n_window :]
            self._n_new += len(part)
            if self._n_new >= self._n_every:
                self._n_new = 0
                self.cause = self._judge()
            if self.cause is not None:
                found = chunk.first_sample + start + len(part) - 1
        return found

    def _judge(self) -> str | None:
        if len(self._window) < self._n_window or not np.isfinite(self._window).all():
            return None
        for i, j in np.argwhere(np.triu(bridges(self._window))):
            return f"bridge {self._names[i]}-{self._names[j]}"
        still = lifeless(self._window)
        if len(still) > 1 and still.all():
            return None  # a wrong unit (`session.live.size`), not as many wires
        for i in np.flatnonzero(still):
            return f"no signal {self._names[i]}"
        return None
