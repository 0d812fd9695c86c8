"""Whether a live stream is of the size of EEG, so that its unit can be right.

Responsible for asking `acquisition.amplitude` of the first seconds and again every few seconds.
Not responsible for single channels, which the gate and the traffic lights judge.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurofeedback.acquisition.amplitude import doubtful_size, doubtful_unit
from neurofeedback.acquisition.units import volts_per_unit
from neurofeedback.frames import Chunk, FloatArray, StreamInfo
from neurofeedback.words.message import Message

ENOUGH_HZ = 250.0  # samples a second tell a size as well as more
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
        self._every = max(1, int(info.sfreq // ENOUGH_HZ))
        self._info = replace(info, sfreq=info.sfreq / self._every)
        factor = volts_per_unit(info.native_unit) or 1e-6
        self._factors = np.full(info.n_channels, factor)
        self._parts: list[FloatArray] = []
        self._n = 0
        self._n_wanted = round(FIRST_SECONDS * self._info.sfreq)
        self.doubt: Message | None = None

    def see(self, chunk: Chunk) -> None:
        """Take in the next chunk; judge when there are enough samples."""
        part = chunk.data[-chunk.first_sample % self._every :: self._every]
        self._parts.append(part)
        self._n += len(part)
        if self._n < self._n_wanted:
            return
        data = np.concatenate(self._parts)
        self.doubt = doubtful_unit(data, self._info, self._factors) or doubtful_size(
            data, self._info
        )
        self._parts, self._n = [], 0
        self._n_wanted = round(WINDOW_SECONDS * self._info.sfreq)
