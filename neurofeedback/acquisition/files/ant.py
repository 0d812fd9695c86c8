"""Recordings of ANT Neuro (`.cnt` in RIFF).

Responsible for their samples, units, references and triggers. Not responsible for the format
itself, which `antio` reads in a process of its own (`ant_library`), since some damaged files end
it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from neurofeedback.acquisition.files.apart import Apart, ProcessEnded
from neurofeedback.acquisition.naming import electrode_name
from neurofeedback.acquisition.recorded import Annotation, RawRecording
from neurofeedback.acquisition.samples import RegularTimes
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray


def read_ant(path: Path) -> RawRecording:
    """Read a recording.

    Raises
    ------
    UserError
        If it cannot be read.
    ImportError
        If `antio` is not installed.
    """
    if find_spec("antio") is None:
        raise ImportError("No module named 'antio'")
    try:
        file = Apart("neurofeedback.acquisition.files.ant_library", path)
    except ProcessEnded as error:
        raise _ended(path) from error
    except ValueError as error:
        raise _not_whole(path) from error
    head, rate = file.head, file.head["rate"]
    values = AntRows(path, file)
    return RawRecording(
        name=path.name,
        sfreq=rate,
        labels=[_label(label, reference) for label, _, reference in head["channels"]],
        ch_types=[""] * len(head["channels"]),
        units=[unit for _, unit, _ in head["channels"]],
        values=values,
        timestamps=RegularTimes(values.shape[0], rate),
        annotations=[
            Annotation(at / rate, max(0.0, length / rate), "/".join(texts))
            for at, length, texts in head["triggers"]
            if texts
        ],
    )


def _not_whole(path: Path) -> UserError:
    return UserError(
        "{path} cannot be read as a recording: it is no whole file of ANT Neuro. Get a fresh "
        "copy of it, or export it as EDF or BrainVision.",
        path=path,
    )


def _ended(path: Path) -> UserError:
    return UserError(
        "{path} cannot be read as a recording: the library that reads files of ANT Neuro stopped "
        "working on it. Get a fresh copy of it, or export it as EDF or BrainVision.",
        path=path,
    )


class AntRows:
    """Samples that are read when they are asked for, shape (n_times, n_channels).

    Parameters
    ----------
    path : Path
        The file.
    file : Apart
        Its last sample is read at once, so that a file that was cut is not found out in the middle.
    """

    def __init__(self, path: Path, file: Apart) -> None:
        self._path, self._file = path, file
        self.shape = (max(0, file.head["n_times"]), len(file.head["channels"]))
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
            return np.array(self._file.rows(start, stop), dtype=np.float64)
        except ProcessEnded as error:
            raise _ended(self._path) from error
        except ValueError as error:
            raise _not_whole(self._path) from error


def _label(label: str, reference: str) -> str:
    """Return a label that names the reference of an electrode, as EDF does."""
    named = electrode_name(label) is not None and reference.strip()
    return f"{label}-{reference}" if named else label
