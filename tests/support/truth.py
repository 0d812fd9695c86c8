"""What a file was made of, and whether it is what is read of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError


@dataclass(repr=False)
class Truth:
    """An EEG channel: its name, samples in V, what one bit of the file is, and the rate in Hz."""

    name: str
    volts: NDArray[np.float64]
    bit: float
    rate: float

    def __repr__(self) -> str:
        return f"{self.name}: {len(self.volts)} samples of {self.rate} Hz"


def true_or_said(path: Path, truths: list[Truth]) -> str:
    """Fail if something else than the truth is read without a word; return the words."""
    try:
        recording = load_recording(path)
        data = recording.data
    except UserError as error:
        return str(error)
    if said := " ".join(map(str, recording.notes)):
        return said
    names = list(recording.info.ch_names)
    assert {truth.name for truth in truths} <= {names[i] for i in recording.info.eeg}
    for truth in truths:
        assert abs(recording.info.sfreq / truth.rate - 1) < 1e-4
        found = data[:, names.index(truth.name)]
        assert found.shape == truth.volts.shape
        # What is kept is a float32.
        bit = truth.bit * 1.01 + np.abs(truth.volts).max() * 2.0**-24
        assert np.abs(found - truth.volts).max() <= bit, truth.name
    return ""
