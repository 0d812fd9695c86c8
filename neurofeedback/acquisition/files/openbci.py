"""Text files of OpenBCI: of the GUI in all its versions, and of the SD card of the board.

Responsible for their headers and for which columns are signals (microvolts by definition of the
format; on the card, counts of the board's converter at its usual gain). Not responsible for
accelerometer, analog and digital columns, which are left out, nor for lost packets (`tables`).
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from neurofeedback.acquisition.files import tables
from neurofeedback.acquisition.recorded import Annotation, RawRecording
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

HEAD = "%OpenBCI"
OLD_HEAD = "%Raw EEG Data"
CONVERTED = "%OBCI SD Convert"
CARD = re.compile(r"%(START|STOP) AT|[0-9A-F]{1,2}(,[0-9A-F]{6}){8,}", re.IGNORECASE)
_BOARDS = (16, 8, 4)  # channels
_CARD_RATE = 250.0  # Hz
_CARD_STEP = 4.5e6 / 24 / (2**23 - 1)  # uV, of the converter at a gain of 24


def read_openbci(path: Path) -> RawRecording:
    """Read a text file of the OpenBCI GUI.

    Raises
    ------
    UserError
        If it is no such file, or one of its lines is broken.
    """
    header, names, n_skip = _head(path)
    sfreq = _field(path, header, "Sample Rate")
    exg = [i for i, name in enumerate(names) if name.startswith("EXG Channel")]
    if not names:
        exg = list(range(1, 1 + _n_channels(path, header, n_skip)))
    if not exg:
        raise UserError("{path} has no EXG columns: it holds no signal.", path=path)
    extra = [_place(names, "Marker Channel"), _clock_column(header, names)]
    wanted = [0, *exg, *(i for i in extra if i is not None)]
    table, damage = tables.columns(path, wanted, n_skip, len(names) or None)
    raw = RawRecording(
        name=path.name,
        sfreq=sfreq,
        labels=[names[i] if names else f"EXG Channel {i - 1}" for i in exg],
        ch_types=["eeg"] * len(exg),
        units=["uV"] * len(exg),
        values=table[:, 1 : 1 + len(exg)],
        timestamps=np.empty(0),
        damage=damage,
    )
    marker, clock = (None if i is None else table[:, wanted.index(i)] for i in extra)
    tables.settle_times(raw, table[:, 0], clock)
    raw.annotations = [] if marker is None else _markers(marker, raw.timestamps[:])
    return raw


def read_card(path: Path) -> RawRecording:
    """Read the hexadecimal text that an OpenBCI board wrote to its SD card.

    Raises
    ------
    UserError
        If it holds no samples.
    """
    rows, stamps, n_broken = [], [], 0
    lines = tables.text(path).split("\n")
    for number, line in enumerate(lines):
        fields = line.strip().rstrip(",").split(",")
        if CARD.match(line) and len(fields) > 1:
            rows.append([fields[0], *(f for f in fields[1:] if len(f) == 6)])
        elif re.fullmatch(r"[0-9A-F]{8}", line.strip(), re.IGNORECASE):
            stamps.append(int(line, 16) / 1000)
        elif line.strip() and not line.startswith("%"):
            n_broken += 1 if number < len(lines) - 1 or rows else 0
    if not rows:
        raise UserError("{path} holds no samples: the recording is empty.", path=path)
    width = max(map(len, rows))
    whole = [row for row in rows if len(row) == width]
    n_broken += len(rows) - len(whole)
    counts = np.array([[int(field, 16) for field in row] for row in whole], dtype=np.int64)
    values = np.where(counts[:, 1:] < 1 << 23, counts[:, 1:], counts[:, 1:] - (1 << 24))
    raw = RawRecording(
        name=path.name,
        sfreq=_CARD_RATE,
        labels=[f"EXG Channel {i}" for i in range(width - 1)],
        ch_types=["eeg"] * (width - 1),
        units=["uV"] * (width - 1),
        values=values * _CARD_STEP,
        timestamps=np.empty(0),
        notes=[
            Message(
                "{name}: microvolts are those of the board's usual gain of 24; the card does not "
                "tell another.",
                name=path.name,
            )
        ],
    )
    raw.damage += tables.broken(path, n_broken)
    # The card tells the time only when recording starts and stops.
    clock = np.linspace(stamps[0], stamps[-1], len(whole)) if len(stamps) > 1 else None
    if clock is None:
        raw.notes.append(
            Message("{name} tells no rate; {rate:g} Hz is assumed.", name=path.name, rate=raw.sfreq)
        )
    tables.settle_times(raw, counts[:, 0].astype(np.float64), clock)
    return raw


def _head(path: Path) -> tuple[str, list[str], int]:
    """Return the header's text, the names of the columns and the number of lines of both."""
    lines = tables.head(path)
    n_head = next((i for i, line in enumerate(lines) if not line.startswith("%")), len(lines))
    if n_head == len(lines):
        raise UserError("{path} holds no samples: the recording is empty.", path=path)
    line = lines[n_head]
    named = line.lower().startswith("sample index")
    names = [name.strip() for name in line.split(",")] if named else []
    return "\n".join(lines[:n_head]), names, n_head + named


def _n_channels(path: Path, header: str, n_skip: int) -> int:
    """Return how many columns are signals where columns have no names."""
    if "Number of channels" in header:
        return int(_field(path, header, "Number of channels"))
    n_columns = max(len(line.split(",")) for line in tables.head(path)[n_skip:] if line)
    # Beside the samples there are a counter and three columns of the accelerometer.
    fitting = [n for n in _BOARDS if n + 4 <= n_columns] or [n for n in _BOARDS if n < n_columns]
    return max(fitting, default=0)


def _place(names: list[str], name: str) -> int | None:
    return names.index(name) if name in names else None


def _clock_column(header: str, names: list[str]) -> int | None:
    if names:
        return _place(names, "Timestamp")
    return -1 if re.search(r"Last Column\s*=\s*Timestamp", header) else None


def _field(path: Path, header: str, name: str) -> float:
    found = re.search(rf"{name}\s*=\s*([\d.]+)", header)
    try:
        return float(found[1] if found else "")
    except ValueError as error:
        raise UserError(
            "{path} does not give its {name!r} in the header as a number.", path=path, name=name
        ) from error


def _markers(column: FloatArray, timestamps: FloatArray) -> list[Annotation]:
    at = np.flatnonzero(column[: len(timestamps)])
    return [Annotation(float(timestamps[i]), 0.0, f"{column[i]:g}") for i in at]
