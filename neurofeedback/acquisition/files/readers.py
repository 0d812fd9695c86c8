"""Recordings in the formats that MNE reads.

Responsible for what MNE does not tell: files that are broken, what the samples were scaled by, gaps
that were joined. Not responsible for the formats themselves, nor for EDF, BDF (`edf_samples`) and
BrainVision (`brainvision`).
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.acquisition.files.ant import read_ant
from neurofeedback.acquisition.files.structure import RIFF, check_structure
from neurofeedback.acquisition.header_filters import Corners, corner
from neurofeedback.acquisition.naming import electrode_name
from neurofeedback.acquisition.recorded import Annotation, Gap, RawRecording, marked_breaks
from neurofeedback.acquisition.samples import RegularTimes, any_numbers
from neurofeedback.acquisition.units import volts_per_unit
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

_COMMENT = "Comment/"  # what BrainVision calls free text, as this program writes its markers
SUFFIXES = frozenset(
    ".gdf .fif .gz .set .cnt .mff .nxe .lay .data .mef .sqd .con .cdt .nihon".split()
)
_UNIT_V = 107  # FIFF_UNIT_V
_IN_VOLTS = frozenset({".fif", ".gz", ".sqd", ".con"})


# What MNE says of files it does not read, and what a user is told.
_NEEDS = re.compile(r"[Tt]he module (\w+) is needed|No module named '(\w+)'|(antio) package")
_NOT_CONTINUOUS = re.compile(r"number of trials|No raw data in|[Ee]poch")
_SPLIT = re.compile(r"Split raw file detected but next file (.+?) does not exist")
_PYTHON = re.compile(
    r"mne\.|broadcast|NoneType|object has no|must match the length|preload|pip install|conda|\w\("
    r"|encoding|[Cc]onsider|MNE|`|argument|http"
)
_LATER_PART = re.compile(r"-[1-9]\d*\.fif(\.gz)?$|split-(?!0*1_)\d+_")


def read_mne(path: Path, kind: str = "") -> RawRecording:
    """Read a file with MNE, or with the package of its maker.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        Its kind as `content.kind` tells it; by default the end of its name.

    Raises
    ------
    UserError
        If the file is broken, or no recording that MNE reads.
    """
    kind = kind or path.suffix.lower()
    check_structure(path, kind)
    if kind == ".cnt" and _first_bytes(path) in RIFF:
        try:
            return read_ant(path)
        except ImportError as error:
            raise _refusal(path, error) from error
    return _without_skipped(_common(path, *_open(path, kind)))


def first_part(path: Path) -> Path | None:
    """Return what the first part of a split recording would be called; None for no later part."""
    later = _LATER_PART.search(path.name)
    if later is None:
        return None
    part = later.group()
    first = f".fif{later[1] or ''}" if part[0] == "-" else f"split-{1:0{len(part) - 7}}_"
    return path.with_name(path.name[: later.start()] + first + path.name[later.end() :])


def _open(path: Path, kind: str) -> tuple[dict[str, Any], list[Message]]:
    """Load with MNE: everything wanted as plain values, and what it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            raw, damage = _opened(path, kind)
            damage += _other_length(path, raw)
            loaded: dict[str, Any] = {
                "damage": damage,
                "values": MneRows(path, raw),
                "sfreq": float(raw.info["sfreq"]),
                "labels": list(raw.ch_names),
                "ch_types": list(raw.get_channel_types()),
                "units": _units(path, raw),
                "bads": list(raw.info["bads"]),
                "corners": _corners(raw),
                "annotations": [
                    Annotation(float(a["onset"]) - raw.first_time, float(a["duration"]), text)
                    for a in raw.annotations
                    if (text := str(a["description"]).removeprefix(_COMMENT))
                ],
            }
        except Exception as error:  # a reader meets a broken file in more ways than can be listed
            raise _refusal(path, error) from error
    notes = [
        Message("{name}: {note}", name=path.name, note=note)
        for w in caught
        if (note := _without_advice(str(w.message)))
    ]
    astray = [
        name
        for name, unit in zip(loaded["labels"], loaded["units"], strict=True)
        if not unit and electrode_name(name)
    ]
    if astray:
        notes.append(
            Message(
                "{name}: not in volts, and so not taken for EEG: {names}.",
                name=path.name, names=", ".join(astray),
            )
        )  # fmt: skip
    if loaded["bads"]:
        bads = ", ".join(loaded["bads"])
        notes.append(Message("{name} marks channels as bad: {names}.", name=path.name, names=bads))
    return loaded, notes


def _opened(path: Path, kind: str) -> tuple[Any, list[Message]]:
    """Open with the reader of a kind, and say what is missing of a recording in several files."""
    import mne

    read = {
        ".nihon": mne.io.read_raw_nihon,
        ".cdt": mne.io.read_raw_curry,
        ".cnt": mne.io.read_raw_cnt,
        ".gdf": mne.io.read_raw_gdf,
    }.get(kind, mne.io.read_raw)
    damage = []
    if _LATER_PART.search(path.name):
        damage.append(
            Message(
                "{name} is a later part of a recording; give the first part to read all.",
                name=path.name,
            )
        )
    try:
        return read(path, preload=False, verbose="error"), damage
    except ValueError as error:
        split = _SPLIT.search(str(error))
        if split is None:
            raise
    damage.append(
        Message(
            "{name}: its next part {part} is not beside it, and the recording is read so far.",
            name=path.name, part=Path(split[1]).name,
        )
    )  # fmt: skip
    return mne.io.read_raw_fif(path, on_split_missing="ignore", verbose="error"), damage


def _other_length(path: Path, raw: Any) -> list[Message]:
    """Return what is to be said where EEGLAB's file of samples is of another length."""
    file = Path(str(raw.filenames[0])) if raw.filenames and raw.filenames[0] else path
    if file.suffix.lower() != ".fdt":
        return []
    there = file.stat().st_size / (4 * len(raw.ch_names))
    if there == raw.n_times:
        return []
    return [
        Message(
            "{name} announces {wanted} samples and {file} holds {n:g}.",
            name=path.name, wanted=int(raw.n_times), file=file.name, n=there,
        )
    ]  # fmt: skip


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _refusal(path: Path, error: Exception) -> UserError:
    text = " ".join(str(error).split())
    needed = _NEEDS.search(text)
    if needed is not None:
        return UserError(
            "{path} is read by the package {package}, which is not installed: install this "
            "program with its extra 'formats' (neurofeedback[formats]).",
            path=path,
            package=next(name for name in needed.groups() if name),
        )
    if _NOT_CONTINUOUS.search(text):
        return UserError(
            "{path} holds no continuous recording, but parts that were cut out of one: export the "
            "continuous data.",
            path=path,
        )
    reason = _without_advice(text)
    if not reason:
        return UserError(
            "{path} cannot be read as a recording: its content is not what its name says, or of a "
            "version that is not known; export it as EDF or BrainVision.",
            path=path,
        )
    return UserError(
        "{path} cannot be read as a recording: {reason}.",
        path=path,
        reason=reason[:300].rstrip("."),
    )


def _without_advice(text: str) -> str:
    """Return the sentences of a text that are not meant for programmers."""
    sentences = re.split(r"(?<=[.!?:])\s+", " ".join(text.split()))
    return " ".join(s for s in sentences if not _PYTHON.search(s))


def _units(path: Path, raw: Any) -> list[str]:
    """Return the unit in which each channel was stored, before MNE made volts of it.

    Where a file does not tell, its format does: FIF holds volts, the rest microvolts. Channels that
    are not in volts have been left as they were.
    """
    by_format = "V" if path.suffix.lower() in _IN_VOLTS else "uV"
    written = raw._orig_units  # noqa: SLF001  MNE has no public name for it
    told = [written.get(name, by_format) for name in raw.ch_names]
    return [
        ("V" if volts_per_unit(unit) is None else unit) if ch["unit"] == _UNIT_V else ""
        for unit, ch in zip(told, raw.info["chs"], strict=True)
    ]


def _corners(raw: Any) -> list[Corners]:
    """Return the corners of filters: of each channel where the format has them, else MNE's one."""
    n = len(raw.ch_names)
    own = raw._raw_extras[0]  # noqa: SLF001  MNE has no public name for it
    sides = {}
    for side in ("highpass", "lowpass"):
        told = own.get(side, ()) if isinstance(own, dict) else ()
        values = list(told) if len(told) == n else [raw.info[side]] * n
        sides[side] = [corner(str(value)) for value in values]
    return [Corners(*pair) for pair in zip(sides["highpass"], sides["lowpass"], strict=True)]


class MneRows:
    """Samples that MNE reads when they are asked for, shape (n_times, n_channels).

    Parameters
    ----------
    path : Path
        The file.
    raw : mne.io.BaseRaw
        Not loaded. Its last samples are read at once, so that a file that was cut is not found out
        in the middle.
    """

    def __init__(self, path: Path, raw: Any) -> None:
        self._path, self._raw = path, raw
        self.shape = (int(raw.n_times), len(raw.ch_names))
        raw.get_data(start=max(0, raw.n_times - 1))

    @any_numbers()
    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the samples; a new array.

        Raises
        ------
        UserError
            If MNE cannot read them.
        """
        start, stop, _ = rows.indices(self.shape[0])
        try:
            return np.ascontiguousarray(
                self._raw.get_data(start=start, stop=stop, verbose="error").T
            )
        except Exception as error:  # see `_open`
            raise _unreadable(self._path, error) from error


def _unreadable(path: Path, error: Exception) -> UserError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return UserError(
        "{path} cannot be read as a recording: {reason}.",
        path=path,
        reason=reason[:300].rstrip("."),
    )


def _common(path: Path, raw: dict[str, Any], notes: list[Message]) -> RawRecording:
    values = raw["values"]
    breaks = marked_breaks(raw["annotations"], raw["sfreq"], values.shape[0])
    return RawRecording(
        name=path.name,
        sfreq=raw["sfreq"],
        labels=raw["labels"],
        ch_types=raw["ch_types"],
        units=raw["units"],
        applied=[volts_per_unit(unit) or 1.0 for unit in raw["units"]],
        values=values,
        timestamps=RegularTimes(values.shape[0], raw["sfreq"]),
        gaps=breaks,
        annotations=raw["annotations"],
        notes=notes,
        damage=raw["damage"],
        corners=raw["corners"],
    )


def _without_skipped(raw: RawRecording) -> RawRecording:
    """Leave out the zeros that MNE puts where a FIF file has no samples."""
    skips = [a for a in raw.annotations if a.text.casefold() == "bad_acq_skip"]
    if not skips:
        return raw
    keep = np.ones(raw.values.shape[0], dtype=bool)
    for skip in skips:
        start = max(0, round(skip.onset * raw.sfreq))
        keep[start : start + round(skip.duration * raw.sfreq)] = False
    moved = np.cumsum(keep) - keep
    gaps = {int(moved[min(g.sample, len(keep) - 1)]): g.seconds for g in raw.gaps}
    raw.values, raw.timestamps = raw.values[:][keep], raw.timestamps[:][keep]
    n_times = raw.values.shape[0]
    raw.gaps = [Gap(sample, gaps[sample]) for sample in sorted(gaps) if 0 < sample < n_times]
    return raw
