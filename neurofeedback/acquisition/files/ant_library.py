"""What `antio` tells of a recording of ANT Neuro; run in a process of its own by `ant`.

What it tells of the participant is not asked for: it is not needed, and asking for a date of birth
that was left out ends the process.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from antio import read_cnt
from numpy.typing import NDArray

from neurofeedback.acquisition.files.apart import serve

_ENCODING = "latin-1"  # of labels; never fails


class AntFile:
    """An open file; see `apart.Library`."""

    def __init__(self, path: Path) -> None:
        self._cnt: Any = read_cnt(str(path))

    def head(self) -> dict[str, Any]:
        """Return rate, length, channels and triggers."""
        cnt = self._cnt
        channels = [cnt.get_channel(i, encoding=_ENCODING) for i in range(cnt.get_channel_count())]
        triggers = [cnt.get_trigger(i) for i in range(cnt.get_trigger_count())]
        return {
            "rate": float(cnt.get_sample_frequency()),
            "n_times": int(cnt.get_sample_count()),
            "channels": [[str(text) for text in channel[:3]] for channel in channels],
            "triggers": [
                [float(at), float(length), [str(text) for text in (code, *more) if text]]
                for code, at, length, *more in (trigger[:5] for trigger in triggers)
            ],
        }

    def rows(self, start: int, stop: int) -> NDArray[np.generic]:
        """Return samples, shape (stop - start, n_channels)."""
        samples: NDArray[np.generic] = self._cnt.get_samples_as_nparray(start, stop)
        return samples.T


if __name__ == "__main__":
    serve(AntFile)
