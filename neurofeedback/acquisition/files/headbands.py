"""Text files of headbands and small amplifiers: muselsl, Mind Monitor, Emotiv, BrainFlow.

Responsible for their columns; all give microvolts. Not responsible for rate and losses by the clock
or counter that each of them has (`tables`).
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import numpy as np

from neurofeedback.acquisition import losses
from neurofeedback.acquisition.files import tables
from neurofeedback.acquisition.recorded import RawRecording
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

_MUSE_RATE = 256.0  # Hz
_SLOWEST = 100.0  # Hz; a table of fewer rows a second holds band powers, and not the EEG
_EPOCH = 1e9  # s; a column of larger numbers is a clock
# Signals of a BrainFlow table by its number of columns: Cyton, Cyton with Daisy, Ganglion.
_BRAINFLOW = {24: 8, 32: 16, 15: 4}


def read_muselsl(path: Path) -> RawRecording:
    """Read a CSV file of muselsl.

    Raises
    ------
    UserError
        If one of its lines is broken.
    """
    names = [name.strip() for name in tables.head(path)[0].split(",")]
    signals = [i for i, name in enumerate(names) if i and not name.startswith("Marker")]
    table, damage = tables.columns(path, [0, *signals], 1, len(names))
    raw = _recording(path, [names[i] for i in signals], table[:, 1:], _MUSE_RATE, damage)
    tables.settle_times(raw, clock=table[:, 0])
    return raw


def read_mind_monitor(path: Path) -> RawRecording:
    """Read a CSV file of Mind Monitor that holds the raw EEG.

    Raises
    ------
    UserError
        If it holds band powers alone.
    """
    lines = tables.text(path).splitlines()
    names = lines[0].split(",")
    signals = [i for i, name in enumerate(names) if name.startswith("RAW_")]
    times, rows, n_broken = [], [], 0
    for line in lines[1:]:
        fields = line.split(",")
        if len(fields) <= max(signals, default=0) or not all(fields[i] for i in signals):
            continue  # a blink, or another event
        try:
            row = datetime.fromisoformat(fields[0]).timestamp(), [float(fields[i]) for i in signals]
        except ValueError:
            n_broken += 1
            continue
        times.append(row[0])
        rows.append(row[1])
    seconds = times[-1] - times[0] if times else 0.0
    if not signals or not seconds or len(times) / seconds < _SLOWEST:
        raise UserError(
            "{path} holds band powers, not the EEG: record again with the interval of Mind Monitor "
            "set to 'Constant'.",
            path=path,
        )
    labels = [names[i].removeprefix("RAW_") for i in signals]
    raw = _recording(path, labels, np.array(rows), _MUSE_RATE, tables.broken(path, n_broken))
    tables.settle_times(raw, clock=np.array(times))
    return raw


def read_emotiv(path: Path) -> RawRecording:
    """Read a CSV file of Emotiv.

    Raises
    ------
    UserError
        If its first line names neither rate nor columns, or another line is broken.
    """
    lines = tables.head(path)
    rate = re.search(r"sampling(?: rate)?:\s*(?:eeg_)?([\d.]+)", lines[0], re.IGNORECASE)
    labels = re.search(r"labels:\s*([^,]+)", lines[0])
    second = "".join(lines[1:2])
    names = labels[1].split() if labels else [name.strip() for name in second.split(",")]
    names = [name.removeprefix("EEG.") for name in names]
    counter = next((i for i, name in enumerate(names) if name.casefold() == "counter"), None)
    own = [i for i, name in enumerate(names) if re.fullmatch(r"[A-Z]{1,3}[pPhzZ]?\d{0,2}", name)]
    own = [i for i in own if i != counter and names[i].casefold() not in _NOT_EMOTIV]
    if rate is None or not own:
        raise UserError(
            "{path} names neither its rate nor its channels: export the raw EEG as CSV from "
            "Emotiv's program.",
            path=path,
        )
    wanted = [*own, *([] if counter is None else [counter])]
    table, damage = tables.columns(path, wanted, 1 if labels else 2, None if labels else len(names))
    raw = _recording(path, [names[i] for i in own], table[:, : len(own)], float(rate[1]), damage)
    tables.settle_times(raw, None if counter is None else table[:, -1])
    return raw


_NOT_EMOTIV = frozenset({"cq", "battery", "marker", "sync", "raw", "gyrox", "gyroy"})


def read_brainflow(path: Path) -> RawRecording:
    """Read a CSV file of BrainFlow: columns without names, in the order of the board.

    Raises
    ------
    UserError
        If it has no clock, or one of its lines is broken.
    """
    n_columns = len(tables.head(path)[0].split(","))
    table, damage = tables.columns(path, list(range(n_columns)), 0, n_columns)
    clock = next((i for i in reversed(range(1, n_columns)) if table[0, i] > _EPOCH), None)
    n_signals = _BRAINFLOW.get(n_columns) or _n_moving(table[:, 1:clock])
    times = table[:, clock] if clock is not None else np.zeros(1)
    seconds = float(times[-1] - times[0]) if losses.are_times(times) else 0.0
    rate = round((len(times) - 1) / seconds) if seconds > 0 else 0
    if not (n_signals and rate):
        raise UserError(
            "{path} holds no columns that can be told for signals and clock: export the recording "
            "as EDF or XDF.",
            path=path,
        )
    values = table[:, 1 : 1 + n_signals]
    labels = [f"channel {i}" for i in range(1, n_signals + 1)]
    raw = _recording(path, labels, values, float(rate), damage)
    raw.notes.append(
        Message(
            "{name} does not name its columns; columns 2 to {last} are taken for EEG, the rate of "
            "{rate:g} Hz from its clock.",
            name=path.name, last=n_signals + 1, rate=rate,
        )
    )  # fmt: skip
    tables.settle_times(raw, table[:, 0], times)
    return raw


def is_brainflow(line: str) -> bool:
    """Whether a line is a row of a BrainFlow table: numbers alone, one of them a clock's."""
    try:
        numbers = [float(field) for field in line.split(",")]
    except ValueError:
        return False
    return len(numbers) > 3 and any(number > _EPOCH for number in numbers[1:])


def _n_moving(table: FloatArray) -> int:
    still = np.flatnonzero(np.ptp(table, axis=0) == 0)
    return int(still[0]) if len(still) else table.shape[1]


def _recording(
    path: Path, labels: list[str], values: FloatArray, sfreq: float, damage: list[Message]
) -> RawRecording:
    return RawRecording(
        name=path.name,
        sfreq=sfreq,
        labels=labels,
        ch_types=[""] * len(labels),
        units=["uV"] * len(labels),
        values=values,
        timestamps=np.empty(0),
        damage=damage,
    )
