"""Whether the time stamps of a stream can be used.

Responsible for noticing stamps that are no numbers, do not move, or run backwards. Not responsible
for gaps (`acquisition.lsl.continuity`), which are looked for by what stamps there are.
"""

from __future__ import annotations

import math

import numpy as np

from neurofeedback.frames import Chunk
from neurofeedback.words.message import Message

MOST = 0.01  # share of the stamps of the last seconds
MEMORY_SECONDS = 10.0

_NO_NUMBERS = Message("are no numbers")
_REPEATED = Message("do not move on from sample to sample")
_BACKWARDS = Message("run backwards")


class Stamps:
    """Watch time stamps.

    Parameters
    ----------
    sfreq : float
        Hz.
    """

    def __init__(self, sfreq: float) -> None:
        self._memory = MEMORY_SECONDS * sfreq
        self._shares = np.zeros(3)
        self._last = math.nan

    @property
    def doubt(self) -> Message | None:
        """What is wrong with many of the stamps; None where nothing is."""
        worst = int(self._shares.argmax())
        if self._shares[worst] <= MOST:
            return None
        return (_NO_NUMBERS, _REPEATED, _BACKWARDS)[worst]

    def see(self, chunk: Chunk) -> None:
        """Take in the next chunk."""
        steps = np.diff(chunk.timestamps, prepend=self._last)
        self._last = float(chunk.timestamps[-1])
        known = np.isfinite(steps)
        wrong = (~np.isfinite(chunk.timestamps), known & (steps == 0.0), known & (steps < 0.0))
        weight = min(1.0, chunk.n_times / self._memory)
        self._shares += weight * (np.array([kind.mean() for kind in wrong]) - self._shares)
