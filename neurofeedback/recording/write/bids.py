"""The small files that make the folder a BIDS dataset.

Responsible for the dataset's description, the list of participants and the files that describe the
raw data (channels, electrodes, sampling). Not responsible for the data itself, nor for names
(`recording.layout`).

References
----------
Pernet et al. 2019, EEG-BIDS, doi:10.1038/s41597-019-0104-8.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.recording.brainvision import channel_labels
from neurofeedback.recording.files import FILE_MODE, make_folders, write_text_once
from neurofeedback.recording.layout import PIPELINE, SessionLayout
from neurofeedback.recording.read.lines import CRC_COLUMN
from neurofeedback.recording.tables import (
    CHUNK_COLUMNS,
    EVENT_COLUMNS,
    MISSING,
    row,
)
from neurofeedback.recording.write.start import SessionStart

if TYPE_CHECKING:
    from mne.channels import DigMontage

BIDS_VERSION = "1.10.0"

# MNE 1.13 gave the template of old a new name.
_TEMPLATES = ("colin27_1005", "standard_1005")
_TYPES = {"eeg": "EEG", "eog": "EOG", "ecg": "ECG", "emg": "EMG", "stim": "TRIG", "misc": "MISC"}
_UNITS = {
    "onset": "s", "duration": "s", "time": "s", "first_time": "s", "last_time": "s", "gap": "s",
    "clock_offset": "s", "arrival": "s", "painted": "s",
}  # fmt: skip
_README = """\
Neurofeedback sessions
======================

Each session holds the unfiltered EEG as it came from the amplifier (BrainVision files, float32),
with the events of the session. What the program computed from it, what it fed back and when it was
shown lies in derivatives/neurofeedback, in a folder of the same name.

The files are written while a session runs. A session whose log (session.jsonl) does not end with
SessionStopped was interrupted; everything up to its last row in chunks.tsv can be used, and
"neurofeedback recover" puts it in order.
"""
_DERIVATIVE_README = """\
What the neurofeedback program computed from each session, and its log.

protocol.json   all that was known before the first sample
session.jsonl   a line of JSON for each event
chunks.tsv      a row for each chunk of raw samples, with checksums
times.f64       stream time of each raw sample, little-endian float64, s
feedback.tsv    a row for each feature frame with what was fed back
display.tsv     a row for each frame that was painted
debrief.json    what was said after the session: note, adverse effects

Lines end with a checksum of their own. A folder "recovered_..." holds what was cut off when an
interrupted session was put in order.
"""

Position = tuple[float, float, float]


def write_dataset(layout: SessionLayout, versions: Mapping[str, str]) -> None:
    """Write what the dataset as a whole needs, where it is not there yet.

    Raises
    ------
    OSError
        If a file cannot be written.
    UserError
        If there is a list of participants that is not one.
    """
    program = {"Name": PIPELINE, "Version": versions.get(PIPELINE, "unknown")}
    raw = {"Name": "Neurofeedback sessions", "BIDSVersion": BIDS_VERSION, "DatasetType": "raw"}
    derived = {
        "Name": "What was computed and fed back in neurofeedback sessions",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [program],
    }
    write_text_once(layout.root / "dataset_description.json", _json(raw))
    _write_readme(layout.root, _README)
    add_participant(layout.root / "participants.tsv", layout.participant)
    make_folders(layout.derivatives_root)
    write_text_once(layout.derivatives_root / "dataset_description.json", _json(derived))
    _write_readme(layout.derivatives_root, _DERIVATIVE_README)
    write_text_once(layout.derivatives_root / ".bidsignore", "/sub-*/\n")


def add_participant(table: Path, participant: str) -> None:
    """Append a participant to the list unless it is there.

    Lines that others wrote, with whatever columns, stay as they are. Two programs may do this at
    the same time, where the system can lock a file.

    Raises
    ------
    OSError
        If the file cannot be written.
    UserError
        If the file is no list of participants.
    """
    fd = os.open(table, os.O_RDWR | os.O_CREAT | os.O_APPEND, FILE_MODE)
    with os.fdopen(fd, "rb+", buffering=0) as file:
        _lock(file.fileno())
        text = file.readall().decode("utf-8", "replace")
        lines = text.splitlines()
        columns = lines[0].split("\t") if lines else ["participant_id"]
        if columns[0].lstrip("\ufeff") != "participant_id":
            raise UserError(
                "{table} does not start with the column participant_id; fix or remove it.",
                table=table,
            )
        if any(line.split("\t")[0] == f"sub-{participant}" for line in lines[1:]):
            return
        addition = "" if not text or text.endswith("\n") else "\n"
        if not lines:
            addition = row(columns)
        addition += row([f"sub-{participant}"] + [MISSING] * (len(columns) - 1))
        file.write(addition.encode())


def sidecars(layout: SessionLayout, start: SessionStart) -> dict[Path, str]:
    """Return the files that describe the data of one session, before its first sample.

    Returns
    -------
    dict
        Path to text.
    """
    tables = {
        "chunks.json": CHUNK_COLUMNS,
        "display.json": start.display_columns,
        "feedback.json": start.feedback_columns,
    }
    return {
        layout.raw("channels.tsv"): _channels(start.stream, start.bads),
        layout.raw("events.json"): _json(_described(EVENT_COLUMNS)),
        layout.recording: recording_json(start),
        **_positions(layout, start),
        **{
            layout.derived(ending): _json(_described(columns | CRC_COLUMN))
            for ending, columns in tables.items()
        },
    }


def recording_json(
    start: SessionStart, *, duration: float | None = None, gaps: bool = False
) -> str:
    """Return the sidecar of the raw data; `duration` in s when it is known."""
    kinds = [_TYPES.get(kind, "MISC") for kind in start.stream.ch_types]
    versions = (f"{name} {version}" for name, version in start.versions.items())
    fields: dict[str, Any] = {
        "TaskName": start.protocol_name,
        "SamplingFrequency": start.stream.sfreq,
        "EEGReference": _reference(start.stream),
        "PowerLineFrequency": MISSING,
        "SoftwareFilters": MISSING,
        "HardwareFilters": MISSING,
        "RecordingType": "discontinuous" if gaps else "continuous",
        "SoftwareVersions": ", ".join(versions) or MISSING,
    }
    counts = {
        "EEG": "EEG",
        "EOG": "EOG",
        "ECG": "ECG",
        "EMG": "EMG",
        "TRIG": "Trigger",
        "MISC": "MISC",
    }
    for kind, word in counts.items():
        fields[f"{word}ChannelCount"] = kinds.count(kind)
    if duration is not None:
        fields["RecordingDuration"] = duration
    return _json(fields)


def _reference(info: StreamInfo) -> str:
    if info.reference:
        return f"{info.reference}, as the labels of the channels say"
    return "as recorded by the amplifier; not known to the program"


def template_montage() -> DigMontage:
    """Return the places of the extended 10-05 system in a standard head, with its fiducials."""
    import mne

    name = next(t for t in _TEMPLATES if t in mne.channels.get_builtin_montages())
    return mne.channels.make_standard_montage(name)


def template_positions(info: StreamInfo) -> dict[str, Position]:
    """Return template positions of the EEG channels whose names are known.

    Parameters
    ----------
    info : StreamInfo

    Returns
    -------
    dict
        Channel label to (x, y, z) in m; x to the right, y to the front, z up.
    """
    if not info.eeg:
        return {}
    template = template_montage().get_positions()["ch_pos"]
    known = {name.lower(): position for name, position in template.items()}
    labels = channel_labels(info)
    found: dict[str, Position] = {}
    for i in info.eeg:
        position = known.get(info.ch_names[i].lower())
        if position is not None:
            x, y, z = map(float, position)
            found[labels[i]] = (x, y, z)
    return found


def _positions(layout: SessionLayout, start: SessionStart) -> dict[Path, str]:
    info = start.stream
    positions = template_positions(info)
    if not positions:
        return {}
    labels = channel_labels(info)
    measured = ("impedance",) if start.impedances else ()
    rows = [row(("name", "x", "y", "z", *measured))]
    for i in info.eeg:
        xyz = positions.get(labels[i])
        cells = [labels[i], *(map(repr, xyz) if xyz else (MISSING,) * 3)]
        if measured:
            ohms = start.impedances.get(info.ch_names[i])
            cells.append(MISSING if ohms is None else f"{ohms / 1e3:.2f}")  # BIDS has kilohm
        rows.append(row(cells))
    system = {
        "EEGCoordinateSystem": "Other",
        "EEGCoordinateUnits": "m",
        "EEGCoordinateSystemDescription": (
            "Template positions, not measured: the positions of the extended 10-05 system "
            "(standard_1005 in MNE-Python) for electrodes of these names, in a standard head. "
            "x to the right, y to the front, z up."
        ),
    }
    return {layout.electrodes: "".join(rows), layout.coordsystem: _json(system)}


def _channels(info: StreamInfo, bads: Sequence[str]) -> str:
    rows = [row(("name", "type", "units", "sampling_frequency", "status"))]
    fields = zip(channel_labels(info), info.ch_names, info.ch_types, info.units, strict=True)
    for label, name, kind, unit in fields:
        status = "bad" if name in bads else "good"
        shown = "µV" if unit == "V" else MISSING
        rows.append(row((label, _TYPES.get(kind, "MISC"), shown, repr(info.sfreq), status)))
    return "".join(rows)


def _described(columns: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {
        name: {"Description": text} | ({"Units": _UNITS[name]} if name in _UNITS else {})
        for name, text in columns.items()
    }


def _write_readme(folder: Path, text: str) -> None:
    if not any(folder.glob("README*")):
        write_text_once(folder / "README", text)


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _lock(fd: int) -> None:
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(fd, fcntl.LOCK_EX)
