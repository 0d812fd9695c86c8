"""Recordings of LSL streams in XDF files.

Responsible for finding the EEG stream in the file and for its gaps. Not responsible for markers
(`xdf_markers`), nor for synchronising clocks: time stamps are the sender's own, as in a live
stream.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.acquisition import losses
from neurofeedback.acquisition.files.xdf_fields import channels, first, to_float
from neurofeedback.acquisition.files.xdf_markers import markers_of
from neurofeedback.acquisition.recorded import RawRecording, gaps_of
from neurofeedback.acquisition.samples import RegularTimes, any_numbers
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message, joined

SUFFIXES = frozenset({".xdf", ".xdfz"})


def read_xdf(path: Path, stream: str | None) -> RawRecording:
    """Read one stream of an XDF file.

    Parameters
    ----------
    path : Path
        The file.
    stream : str or None
        Name or number of the wanted stream; None for the only one of type EEG.

    Raises
    ------
    UserError
        If the file is broken, the wanted stream is not there or not the only one, or it holds no
        regular samples.
    """
    streams = _load(path)
    chosen = _choose(path, streams, stream)
    info = chosen["info"]
    markers, notes = markers_of(path.name, streams, chosen)
    name, sfreq = first(info, "name"), to_float(first(info, "nominal_srate"))
    values = np.asarray(chosen["time_series"])
    if not 0 < sfreq < losses.HIGHEST_RATE or values.dtype.kind not in "fiu":
        raise UserError(
            "{path}: stream {name!r} holds no regularly sampled signal.", path=path, name=name
        )
    timestamps = np.asarray(chosen["time_stamps"], dtype=np.float64)
    if timestamps.size == 0:
        raise UserError("{path}: stream {name!r} holds no samples.", path=path, name=name)
    with any_numbers():
        values = values.reshape(timestamps.shape[0], -1).astype(np.float64)
    labels, types, units = channels(info, values.shape[1])
    raw = RawRecording(
        name=name or path.name,
        sfreq=sfreq,
        labels=labels,
        ch_types=types,
        units=units,
        values=values,
        timestamps=timestamps,
        annotations=markers,
        notes=[*_notes(path, chosen), *notes],
        source_id=first(info, "source_id"),
    )
    if not _runs(timestamps):
        raw.timestamps = RegularTimes(len(timestamps), sfreq)
        raw.notes.append(
            Message("{name}: its time stamps do not run, and are not used.", name=raw.name)
        )
        return raw
    missing, timing = losses.from_timestamps(timestamps, sfreq)
    raw.take_timing(gaps_of(missing), timing)
    return raw


def _runs(timestamps: FloatArray) -> bool:
    """Whether time stamps move on, most of the time; a clock may be set back in between."""
    if not losses.are_times(timestamps):
        return False
    steps = np.diff(timestamps)
    return not len(steps) or bool((steps > 0).sum() > (steps < 0).sum())


def _load(path: Path) -> list[dict[str, Any]]:
    import pyxdf

    logger = logging.getLogger("pyxdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # what it would say comes back as a sentence or a note
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with path.open("rb") as file:
                streams, _ = pyxdf.load_xdf(
                    file, synchronize_clocks=False, dejitter_timestamps=False
                )
        except Exception as error:  # a reader meets a broken file in more ways than can be listed
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UserError(
                "{path} cannot be read as an XDF file: {reason}.",
                path=path,
                reason=reason[:300].rstrip("."),
            ) from error
        finally:
            logger.setLevel(level)
    if not streams:
        raise UserError("{path} holds no streams: it is empty or broken.", path=path)
    return list(streams)


def _choose(path: Path, streams: list[dict[str, Any]], wanted: str | None) -> dict[str, Any]:
    if wanted is None:
        found = [s for s in streams if first(s["info"], "type").casefold() == "eeg"]
        what = Message("streams of type EEG")
    else:
        by_name = [s for s in streams if first(s["info"], "name") == wanted]
        found = by_name or [s for s in streams if str(s["info"]["stream_id"]) == wanted]
        what = Message("streams {name!r}", name=wanted)
    if len(found) == 1:
        return found[0]
    there = joined(map(_described, streams), "; ")
    if not found:
        raise UserError(
            "{path} holds no {what}; name the stream to use, one of: {there}.",
            path=path, what=what, there=there,
        )  # fmt: skip
    raise UserError(
        "{path} holds {n} {what}; name the stream to use, one of: {there}.",
        path=path, n=len(found), what=what, there=there,
    )  # fmt: skip


def _described(stream: dict[str, Any]) -> Message:
    info = stream["info"]
    return Message(
        "{name!r} (type {kind!r}, number {n})",
        name=first(info, "name"), kind=first(info, "type"), n=info["stream_id"],
    )  # fmt: skip


def _notes(path: Path, stream: dict[str, Any]) -> list[Message]:
    footer = stream.get("footer") or {}
    info = footer.get("info") or {}
    count = first(info, "sample_count")
    if not count:
        return [
            Message(
                "{name} was never closed by its recorder; what is there is read.", name=path.name
            )
        ]
    n_times = len(stream["time_stamps"])
    if count != str(n_times):
        return [
            Message(
                "{name} announces {wanted} samples and holds {n}.",
                name=path.name, wanted=count, n=n_times,
            )
        ]  # fmt: skip
    return []
