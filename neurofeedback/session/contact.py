"""Electrodes that are bridged or shorted.

Responsible for finding, among the electrodes that feedback is made of, two that measure the same
point and one that measures nothing. Both leave a signal that moves and that no limit of the gate
forbids. Not responsible for what follows: in a live session `session.live.checks`, in a recording
`session.recorded_commands`; nor for the traffic lights, which have the same rules
(`signal.quality`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from neurofeedback.frames import Chunk, FloatArray, StreamInfo
from neurofeedback.signal.quality_measures import CONTACT_SECONDS, bridges, lifeless

EVERY_SECONDS = 0.05

Fault = tuple[int, str]  # the sample after a window that is bad, and the cause


class Contact:
    """Judge electrodes by windows of a quarter of a second.

    A window ends at each multiple of 50 ms, in absolute numbers of samples, so that what is found
    does not depend on chunks. None reaches across a gap, and one with values that are no numbers
    tells nothing.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    columns : sequence of int
        What to judge; channels that are not EEG in volts are left out.
    others : sequence of int
        Columns by which a wrong unit is told from a dead electrode: where these are as dead as all
        that is judged, no electrode is. By default nothing is excused.

    Attributes
    ----------
    cause : str or None
        What the newest window says: ``bridge F3-F4`` or ``no signal F3``; None for nothing wrong.
    every : int
        Samples between windows.
    """

    def __init__(
        self, info: StreamInfo, columns: Sequence[int], others: Sequence[int] = ()
    ) -> None:
        judged = [i for i in columns if info.units[i] == "V" and info.ch_types[i] == "eeg"]
        self._names = [info.ch_names[i] for i in judged]
        self._columns = [*judged, *(i for i in others if i not in judged and info.units[i] == "V")]
        self._excused = bool(others) and len(self._columns) > 1
        self._n_window = max(16, round(CONTACT_SECONDS * info.sfreq))
        self.every = max(1, round(EVERY_SECONDS * info.sfreq))
        self._before = np.empty((0, len(self._columns)))
        self.cause: str | None = None

    def judge(self, chunk: Chunk) -> list[Fault]:
        """Judge every window that ends in the next chunk.

        Parameters
        ----------
        chunk : Chunk
            Following on from the chunk before.

        Returns
        -------
        list of (int, str)
            Of each window that is bad: the number of the sample after it, and the cause.
        """
        if not self._names:
            return []
        if chunk.gap:
            self._before, self.cause = self._before[:0], None
        data = np.concatenate((self._before, chunk.data[:, self._columns]))
        first = chunk.stop_sample - len(data)
        self._before = data[-(self._n_window - 1) :]  # what later windows still need
        first_stop = -(-(first + self._n_window) // self.every) * self.every
        stops = np.arange(first_stop, chunk.stop_sample + 1, self.every)
        if not stops.size:
            return []
        windows = sliding_window_view(data, self._n_window, axis=0)[stops - self._n_window - first]
        causes = self._causes(np.ascontiguousarray(windows).swapaxes(1, 2))
        self.cause = causes.get(len(stops) - 1)
        return [(int(stops[i]), cause) for i, cause in causes.items()]

    def _causes(self, windows: FloatArray) -> dict[int, str]:
        """Return what is wrong, by place; windows are of shape (n_windows, n_times, n_columns)."""
        windows[~np.isfinite(windows).all(axis=(1, 2))] = 0.0
        judged = windows[:, :, : len(self._names)]
        paired, still = bridges(judged), lifeless(judged)
        if self._excused:
            # Others are looked at only where it matters: there can be hundreds.
            (all_still,) = np.nonzero(still.all(axis=1))
            unit = all_still[lifeless(windows[all_still]).all(axis=1)]
            still[unit] = False
        bad = np.flatnonzero(paired.any(axis=(1, 2)) | still.any(axis=1))
        return {int(i): self._cause(paired[i], still[i]) for i in bad}

    def _cause(self, paired: NDArray[np.bool_], still: NDArray[np.bool_]) -> str:
        for i, j in np.argwhere(np.triu(paired)):
            return f"bridge {self._names[i]}-{self._names[j]}"
        return f"no signal {self._names[int(still.argmax())]}"
