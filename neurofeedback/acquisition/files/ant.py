"""Recordings of ANT Neuro (`.cnt` in RIFF).

Responsible for their samples, units, references and triggers. Not responsible for the format
itself, which `antio` reads. What it tells of the participant is not asked for: it is not needed,
and asking for a date of birth that was left out ends the whole program.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.acquisition.naming import electrode_name
from neurofeedback.acquisition.recorded import Annotation, RawRecording
from neurofeedback.acquisition.samples import RegularTimes
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray

_ENCODING = "latin-1"  # of labels; never fails


def read_ant(path: Path) -> RawRecording:
    """Read a recording.

    Raises
    ------
    UserError
        If it cannot be read.
    ImportError
        If `antio` is not installed.
    """
    from antio import read_cnt

    try:
        cnt = read_cnt(str(path))
        channels = [cnt.get_channel(i, encoding=_ENCODING) for i in range(cnt.get_channel_count())]
        n_times, rate = int(cnt.get_sample_count()), float(cnt.get_sample_frequency())
        triggers = [cnt.get_trigger(i) for i in range(cnt.get_trigger_count())]
        values = AntRows(path, cnt, n_times, len(channels))
    except Exception as error:  # a reader meets a broken file in more ways than can be listed
        raise _not_whole(path) from error
    return RawRecording(
        name=path.name,
        sfreq=rate,
        labels=[_label(str(label), str(reference)) for label, _, reference, *_ in channels],
        ch_types=[""] * len(channels),
        units=[str(unit) for _, unit, *_ in channels],
        values=values,
        timestamps=RegularTimes(n_times, rate),
        annotations=[
            Annotation(at / rate, max(0.0, length / rate), "/".join(filter(None, texts)))
            for code, at, length, condition, description, *_ in triggers
            if (texts := [code, condition, description])
        ],
    )


def _not_whole(path: Path) -> UserError:
    return UserError(
        "{path} cannot be read as a recording: it is no whole file of ANT Neuro. Get a fresh "
        "copy of it, or export it as EDF or BrainVision.",
        path=path,
    )


class AntRows:
    """Samples that are read when they are asked for, shape (n_times, n_channels).

    Parameters
    ----------
    path : Path
        The file.
    cnt : antio.libeep.InputCNT
        Its last sample is read at once, so that a file that was cut is not found out in the middle.
    n_times, n_channels : int
    """

    def __init__(self, path: Path, cnt: Any, n_times: int, n_channels: int) -> None:
        self._path, self._cnt = path, cnt
        self.shape = (max(0, n_times), n_channels)
        self[self.shape[0] - 1 :]

    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the samples; a new array.

        Raises
        ------
        UserError
            If they cannot be read.
        """
        start, stop, _ = rows.indices(self.shape[0])
        if stop <= start:
            return np.empty((0, self.shape[1]))
        try:
            found = self._cnt.get_samples_as_nparray(start, stop)
        except (SystemError, ValueError, RuntimeError, OSError) as error:
            raise _not_whole(self._path) from error
        return np.asarray(found.T, dtype=np.float64)


def _label(label: str, reference: str) -> str:
    """Return a label that names the reference of an electrode, as EDF does."""
    named = electrode_name(label) is not None and reference.strip()
    return f"{label}-{reference}" if named else label
