"""Text files of the OpenBCI GUI.

Responsible for their header, their EXG columns (microvolts by definition of the format) and lost
packets. Not responsible for accelerometer, analog and digital columns, which are left out.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from neurofeedback.acquisition.recorded import Annotation, Gap, RawRecording
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

SUFFIXES = frozenset({".txt", ".csv"})
_HEAD = "%OpenBCI"
_COUNTER = 256  # the sample index of the boards runs from 0 to 255


def read_openbci(path: Path) -> RawRecording:
    """Read a text file of the OpenBCI GUI.

    Raises
    ------
    UserError
        If it is no such file, or one of its lines is broken.
    """
    header, columns, n_skip = _head(path)
    sfreq = _field(path, header, "Sample Rate")
    exg = [i for i, name in enumerate(columns) if name.startswith("EXG Channel")]
    if not columns:
        exg = list(range(1, 1 + int(_field(path, header, "Number of channels"))))
    if not exg:
        raise UserError("{path} has no EXG columns: it holds no signal.", path=path)
    marker = next((i for i, name in enumerate(columns) if name == "Marker Channel"), None)
    wanted = [0, *exg, *([] if marker is None else [marker])]
    table = _table(path, wanted, n_skip)
    values = table[:, 1 : 1 + len(exg)]
    timestamps, gaps = _times(table[:, 0], sfreq)
    return RawRecording(
        name=path.name,
        sfreq=sfreq,
        labels=[columns[i] if columns else f"EXG Channel {i - 1}" for i in exg],
        ch_types=["eeg"] * len(exg),
        units=["uV"] * len(exg),
        values=values,
        timestamps=timestamps,
        gaps=gaps,
        annotations=[] if marker is None else _markers(table[:, -1], timestamps),
        notes=[_lost(path, len(gaps))] if gaps else [],
    )


def _lost(path: Path, n: int) -> Message:
    return Message("{name}: {n} times packets were lost.", name=path.name, n=n)


def _head(path: Path) -> tuple[str, list[str], int]:
    """Return the header's text, the names of the columns and the number of lines of both."""
    lines: list[str] = []
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if not line.startswith("%"):
                    break
                lines.append(line)
            else:
                line = ""
    except UnicodeDecodeError as error:
        raise UserError("{path} is not a text file of the OpenBCI GUI.", path=path) from error
    if not lines or not lines[0].startswith(_HEAD):
        raise UserError(
            "{path} is not a text file of the OpenBCI GUI: it does not begin with {head!r}.",
            path=path,
            head=_HEAD,
        )
    if not line:
        raise UserError("{path} holds no samples: the recording is empty.", path=path)
    named = line.lower().startswith("sample index")
    columns = [name.strip() for name in line.split(",")] if named else []
    return "".join(lines), columns, len(lines) + named


def _field(path: Path, header: str, name: str) -> float:
    found = re.search(rf"{name}\s*=\s*([\d.]+)", header)
    try:
        return float(found[1] if found else "")
    except ValueError as error:
        raise UserError(
            "{path} does not give its {name!r} in the header as a number.", path=path, name=name
        ) from error


def _table(path: Path, columns: list[int], n_skip: int) -> FloatArray:
    try:
        table = np.loadtxt(path, delimiter=",", skiprows=n_skip, usecols=columns, ndmin=2)
    except (ValueError, IndexError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise UserError("{path} has a broken line: {reason}.", path=path, reason=reason) from error
    return np.asarray(table, dtype=np.float64)


def _times(index: FloatArray, sfreq: float) -> tuple[FloatArray, list[Gap]]:
    """Return time stamps and gaps from the board's sample index.

    The usual step is 1 (2 with the Daisy module). A loss of exactly 256 packets cannot be seen.
    """
    steps = np.diff(index) % _COUNTER
    usual = float(np.median(steps)) if steps.size else 1.0
    lost = np.zeros(index.shape[0])
    if usual > 0:
        lost[1:] = np.where(steps == usual, 0.0, ((steps - usual) % _COUNTER) / usual)
    timestamps = (np.arange(index.shape[0]) + np.cumsum(lost)) / sfreq
    return timestamps, [Gap(int(i), float(lost[i] / sfreq)) for i in np.flatnonzero(lost)]


def _markers(column: FloatArray, timestamps: FloatArray) -> list[Annotation]:
    at = np.flatnonzero(column)
    return [Annotation(float(timestamps[i]), 0.0, f"{column[i]:g}") for i in at]
