"""Recordings in the formats that MNE reads.

Responsible for what MNE does not tell: files that are broken, units that were not declared, gaps
that were joined, rates that were raised. Not responsible for the formats themselves.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.acquisition import edf
from neurofeedback.acquisition.recorded import Annotation, Gap, RawRecording
from neurofeedback.acquisition.units import volts_per_unit
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray

SUFFIXES = frozenset(
    ".edf .bdf .gdf .fif .gz .set .vhdr .ahdr .cnt .mff .nxe .lay .data .mef .sqd .con".split()
)
_UNIT_V = 107  # FIFF_UNIT_V
_TURNED_AT_ONCE = 1 << 18  # values
_BREAKS = ("boundary", "new segment/", "edge boundary", "bad boundary", "bad_acq_skip")


def read_mne(path: Path) -> RawRecording:
    """Read a file with MNE.

    Raises
    ------
    UserError
        If the file is broken, or no recording that MNE reads.
    """
    kind = path.suffix.lower()
    header = edf.read_header(path) if kind in (".edf", ".bdf") else None
    raw, notes = _open(path)
    if header is not None:
        return _settle_edf(path, raw, header, notes)
    units = ["V" if ch["unit"] == _UNIT_V else "" for ch in raw["chs"]]
    return _without_skipped(_common(path, raw, units, notes))


def _open(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Load with MNE: everything wanted as plain values, and what it warned of."""
    import mne

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            raw = mne.io.read_raw(path, preload=False, verbose="error")
            loaded = {
                "values": _samples(raw),
                "sfreq": float(raw.info["sfreq"]),
                "labels": list(raw.ch_names),
                "ch_types": list(raw.get_channel_types()),
                "chs": raw.info["chs"],
                "bads": list(raw.info["bads"]),
                "annotations": [
                    Annotation(float(a["onset"]) - raw.first_time, float(a["duration"]), text)
                    for a in raw.annotations
                    if (text := str(a["description"]))
                ],
            }
        except Exception as error:  # a reader meets a broken file in more ways than can be listed
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UserError(
                f"{path} cannot be read as a recording: {reason[:300].rstrip('.')}."
            ) from error
    notes = [f"{path.name}: {' '.join(str(w.message).split())}" for w in caught]
    if loaded["bads"]:
        notes.append(f"{path.name} marks channels as bad: {', '.join(loaded['bads'])}.")
    return loaded, notes


def _samples(raw: Any) -> FloatArray:
    """Return all samples, shape (n_times, n_channels); turned a stretch at a time, in the cache."""
    values = np.empty((raw.n_times, len(raw.ch_names)))
    step = max(1, _TURNED_AT_ONCE // max(1, len(raw.ch_names)))
    for start in range(0, raw.n_times, step):
        stop = min(start + step, raw.n_times)
        values[start:stop] = raw.get_data(start=start, stop=stop).T
    return values


def _common(path: Path, raw: dict[str, Any], units: list[str], notes: list[str]) -> RawRecording:
    values = raw["values"]
    timestamps = np.arange(values.shape[0]) / raw["sfreq"]
    breaks = _marked_breaks(raw["annotations"], raw["sfreq"], values.shape[0])
    return RawRecording(
        name=path.name,
        sfreq=raw["sfreq"],
        labels=raw["labels"],
        ch_types=raw["ch_types"],
        units=units,
        values=values,
        timestamps=timestamps,
        gaps=breaks,
        annotations=raw["annotations"],
        notes=notes,
    )


def _marked_breaks(remarks: list[Annotation], sfreq: float, n_times: int) -> list[Gap]:
    """Gaps that a file speaks of in annotations: EEGLAB's boundary, BrainVision's new segment.

    How long they were is seldom said; then one sample stands for it.
    """
    found: dict[int, float] = {}
    for remark in remarks:
        text = remark.text.casefold()
        sample = round(remark.onset * sfreq)
        if text.startswith(_BREAKS) and 0 < sample < n_times:
            found[sample] = remark.duration if remark.duration > 0 else 1 / sfreq
    return [Gap(sample, found[sample]) for sample in sorted(found)]


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
    raw.values, raw.timestamps = raw.values[keep], raw.timestamps[keep]
    n_times = raw.values.shape[0]
    raw.gaps = [Gap(sample, gaps[sample]) for sample in sorted(gaps) if 0 < sample < n_times]
    return raw


def _settle_edf(
    path: Path, loaded: dict[str, Any], header: edf.EdfHeader, notes: list[str]
) -> RawRecording:
    signals = header.signals
    if not signals:
        raise UserError(f"{path} holds no signals, only annotations.")
    if len(signals) != len(loaded["labels"]):
        raise UserError(
            f"{path} cannot be read: {len(loaded['labels'])} of its {len(signals)} signals "
            "are understood."
        )
    declared = [header.units[i] for i in signals]
    # MNE has scaled what it understood; what it did not is as it was in the file.
    units = [text if volts_per_unit(text) is None else "V" for text in declared]
    fastest = max(header.n_samples[i] for i in signals)
    slow = [header.labels[i] for i in signals if header.n_samples[i] != fastest]
    notes = [*header.notes, *notes]
    if slow:
        notes.append(
            f"{path.name}: {', '.join(slow)} were sampled more slowly than the rest and are "
            "interpolated."
        )
    raw = _common(path, loaded, units, notes)
    raw.native_unit = ", ".join(dict.fromkeys(declared))
    if header.discontinuous:
        _put_gaps(path, raw, header, fastest)
    return raw


def _put_gaps(path: Path, raw: RawRecording, header: edf.EdfHeader, n_samples: int) -> None:
    """Tell the truth about a discontinuous file: time stamps, gaps, annotations."""
    if raw.values.shape[0] != header.n_records * n_samples:
        raise UserError(f"{path} cannot be read: its records do not have the announced length.")
    texts = edf.record_texts(path, header)
    onsets = edf.record_onsets(path, texts)
    within = np.arange(n_samples) / raw.sfreq
    raw.timestamps = ((onsets - onsets[0])[:, None] + within).reshape(-1)
    raw.gaps = edf.gaps_between_records(onsets, header, n_samples)
    raw.annotations = edf.parse_annotations(texts, float(onsets[0]))
    if raw.gaps:
        missing = sum(gap.seconds for gap in raw.gaps)
        raw.notes.append(f"{path.name} has {len(raw.gaps)} gaps, {missing:g} s missing in all.")
