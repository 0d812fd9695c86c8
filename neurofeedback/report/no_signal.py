"""Channels of a recording that have no signal of their own: flat, dead, or bridged.

Responsible for finding them in samples as recorded: once something has been subtracted, a dead
channel has the signal of the others. Not responsible for what is left out because of it (`faa`,
`sections`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.signal.quality_measures import CONTACT_SECONDS, bridges, lifeless
from neurofeedback.words.message import Message

MOST_LOST = 0.1  # share of the time; with more, a number would tell of the loss
_Shares = NDArray[np.int64]


class SignalLoss:
    """Count how much of the time channels are lost, by the rule that holds feedback.

    Windows of a quarter of a second are judged. Where all channels are dead at once their unit is
    wrong, which a ratio of powers does not feel; only those that do not move at all are lost then.

    Parameters
    ----------
    info : StreamInfo
        The recording.
    """

    def __init__(self, info: StreamInfo) -> None:
        self._columns = [i for i in info.eeg if info.units[i] == "V"]
        self._names = [info.ch_names[i] for i in self._columns]
        self._n_window = max(16, round(CONTACT_SECONDS * info.sfreq))
        n = len(self._names)
        self._n_windows = 0
        self._flat: _Shares = np.zeros(n, dtype=np.int64)
        self._dead: _Shares = np.zeros(n, dtype=np.int64)
        self._bridged: _Shares = np.zeros((n, n), dtype=np.int64)

    def add(self, data: FloatArray) -> None:
        """Add a stretch of samples, shape (n_times, n_channels), V."""
        n_windows = len(data) // self._n_window
        if not n_windows or not self._names:
            return
        samples = data[: n_windows * self._n_window, self._columns]
        windows = samples.reshape(n_windows, self._n_window, -1)
        finite: NDArray[np.bool_] = np.asarray(np.isfinite(windows).all(axis=1))
        windows = np.where(finite[:, None, :], windows, 0.0)
        flat: NDArray[np.bool_] = (np.ptp(windows, axis=1) == 0.0) & finite
        dead = lifeless(windows)
        if len(self._names) > 1:
            dead[(dead | flat | ~finite).all(axis=1)] = False
        self._n_windows += n_windows
        self._flat += flat.sum(axis=0)
        self._dead += dead.sum(axis=0)
        self._bridged += bridges(windows).sum(axis=0)

    def lost(self) -> dict[str, Message]:
        """Return why channels must not be used, in words, by name."""
        found = {}
        for name, flat, dead in zip(self._names, self._flat, self._dead, strict=True):
            if flat + dead > MOST_LOST * self._n_windows:
                percent = 100 * (flat + dead) / self._n_windows
                found[name] = (
                    Message("{name} is flat for {percent:.0f} % of the time",
                            name=name, percent=percent)
                    if flat >= dead
                    else Message("{name} measures nothing (shorted, or connected with the "
                                 "reference) for {percent:.0f} % of the time",
                                 name=name, percent=percent)
                )  # fmt: skip
        return found

    def bridge(self, one: str, other: str) -> Message | None:
        """Say that two channels measure the same point; None where they do not."""
        if not {one, other} <= set(self._names):
            return None
        n = self._bridged[self._names.index(one), self._names.index(other)]
        if n <= MOST_LOST * self._n_windows:
            return None
        return Message(
            "{one} and {other} measure the same point (bridged by gel, or one wire twice) for "
            "{percent:.0f} % of the time",
            one=one, other=other, percent=100 * n / self._n_windows,
        )  # fmt: skip
