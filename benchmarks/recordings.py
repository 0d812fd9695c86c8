"""Recordings to benchmark on: those given, or the real ones beside the repository."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.frames import FloatArray, StreamInfo


class NoRecordings(Exception):
    """There is nothing to measure on."""


VARIABLE = "BENCHMARK_RECORDINGS"
DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True)
class Rest:
    """A resting recording: average reference, EEG channels only, shape (n_times, n_channels)."""

    name: str
    info: StreamInfo
    data: FloatArray
    ch_names: tuple[str, ...]
    all_channels: FloatArray = field(default_factory=lambda: np.empty((0, 0)))  # as recorded

    def pick(self, *names: str) -> FloatArray:
        """Return channels by name, shape (n_times, n_names), V."""
        return self.data[:, [self.ch_names.index(name) for name in names]]


def resting(*needed: str) -> list[Rest]:
    """Load every recording that has the channels needed.

    ``BENCHMARK_RECORDINGS`` may name files or folders, separated by the path separator.

    Raises
    ------
    NoRecordings
        If there is none.
    """
    given = os.environ.get(VARIABLE)
    if given:
        paths = [p for part in given.split(os.pathsep) for p in _files(Path(part))]
    else:
        rest = sorted((DEFAULT / "rest").glob("*.edf"))
        paths = [*rest, DEFAULT / "edf/S001R01.edf", DEFAULT / "edf/S001R02_first60s.edf"]
    found = []
    for path in filter(Path.is_file, paths):
        recording = load_recording(path)
        eeg = list(recording.info.eeg)
        names = tuple(recording.info.ch_names[i] for i in eeg)
        if set(needed) <= set(names):
            data = recording.data[:, eeg]
            referenced = data - data.mean(axis=1, keepdims=True)
            found.append(Rest(path.stem, recording.info, referenced, names, recording.data))
    if not found:
        raise NoRecordings(
            f"no recordings with {', '.join(needed)}: name files or folders of resting EEG in "
            f"{VARIABLE}, separated by {os.pathsep!r}"
        )
    return found


def _files(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
