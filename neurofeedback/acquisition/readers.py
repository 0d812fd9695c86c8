"""Recordings in the formats that MNE reads.

Responsible for what MNE does not tell: files that are broken, what the samples were scaled by, gaps
that were joined. Not responsible for the formats themselves, nor for EDF and BDF (`edf_samples`).
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.acquisition.recorded import Annotation, Gap, RawRecording, marked_breaks
from neurofeedback.acquisition.samples import RegularTimes
from neurofeedback.acquisition.units import volts_per_unit
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

SUFFIXES = frozenset(
    ".gdf .fif .gz .set .vhdr .ahdr .cnt .mff .nxe .lay .data .mef .sqd .con".split()
)
_UNIT_V = 107  # FIFF_UNIT_V
_IN_VOLTS = frozenset({".fif", ".gz", ".sqd", ".con"})


def read_mne(path: Path) -> RawRecording:
    """Read a file with MNE.

    Raises
    ------
    UserError
        If the file is broken, or no recording that MNE reads.
    """
    raw, notes = _open(path)
    return _without_skipped(_common(path, raw, notes))


def _open(path: Path) -> tuple[dict[str, Any], list[Message]]:
    """Load with MNE: everything wanted as plain values, and what it warned of."""
    import mne

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            raw = mne.io.read_raw(path, preload=False, verbose="error")
            loaded: dict[str, Any] = {
                "values": MneRows(path, raw),
                "sfreq": float(raw.info["sfreq"]),
                "labels": list(raw.ch_names),
                "ch_types": list(raw.get_channel_types()),
                "units": _units(path, raw),
                "bads": list(raw.info["bads"]),
                "annotations": [
                    Annotation(float(a["onset"]) - raw.first_time, float(a["duration"]), text)
                    for a in raw.annotations
                    if (text := str(a["description"]))
                ],
            }
        except Exception as error:  # a reader meets a broken file in more ways than can be listed
            raise _unreadable(path, error) from error
    notes = [
        Message("{name}: {note}", name=path.name, note=" ".join(str(w.message).split()))
        for w in caught
    ]
    if loaded["bads"]:
        bads = ", ".join(loaded["bads"])
        notes.append(Message("{name} marks channels as bad: {names}.", name=path.name, names=bads))
    return loaded, notes


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
