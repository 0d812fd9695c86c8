"""Whether a live stream is of the size of EEG, so that its unit can be right.

Responsible for asking `acquisition.amplitude` of the first seconds and again every few seconds.
Not responsible for single channels, which the gate and the traffic lights judge.
"""

from __future__ import annotations

import numpy as np

from neurofeedback.acquisition.amplitude import doubtful_unit
from neurofeedback.acquisition.units import volts_per_unit
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.words.message import Message

FIRST_SECONDS = 2.0
WINDOW_SECONDS = 5.0


class Size:
    """Watch the size of all EEG channels.

    Parameters
    ----------
    info : StreamInfo
        The stream.

    Attributes
    ----------
    doubt : Message or None
        Why the unit seems to be wrong; None where it does not.
    """

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        factor = volts_per_unit(info.native_unit) or 1e-6
        self._factors = np.full(info.n_channels, factor)
        self._parts: list[Chunk] = []
        self._n = 0
        self._n_wanted = round(FIRST_SECONDS * info.sfreq)
        self.doubt: Message | None = None

    def see(self, chunk: Chunk) -> None:
        """Take in the next chunk; judge when there are enough samples."""
        self._parts.append(chunk)
        self._n += chunk.n_times
        if self._n < self._n_wanted:
            return
        data = np.concatenate([part.data for part in self._parts])
        self.doubt = doubtful_unit(data, self._info, self._factors)
        self._parts, self._n = [], 0
        self._n_wanted = round(WINDOW_SECONDS * self._info.sfreq)
