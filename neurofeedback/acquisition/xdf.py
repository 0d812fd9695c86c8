"""Recordings of LSL streams in XDF files.

Responsible for finding the EEG stream in the file and for its metadata, gaps and markers. Not
responsible for synchronising clocks: time stamps are the sender's own, as in a live stream.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.acquisition import losses
from neurofeedback.acquisition.recorded import Annotation, RawRecording, gaps_of
from neurofeedback.errors import UserError
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
    name, sfreq = _first(info, "name"), _float(_first(info, "nominal_srate"))
    values = np.asarray(chosen["time_series"])
    if not sfreq > 0 or values.dtype.kind not in "fiu":
        raise UserError(
            "{path}: stream {name!r} holds no regularly sampled signal.", path=path, name=name
        )
    timestamps = np.asarray(chosen["time_stamps"], dtype=np.float64)
    if timestamps.size == 0:
        raise UserError("{path}: stream {name!r} holds no samples.", path=path, name=name)
    values = values.reshape(timestamps.shape[0], -1).astype(np.float64)
    labels, types, units = _channels(info, values.shape[1])
    raw = RawRecording(
        name=name or path.name,
        sfreq=sfreq,
        labels=labels,
        ch_types=types,
        units=units,
        values=values,
        timestamps=timestamps,
        annotations=_markers(streams, _first(info, "hostname")),
        notes=_notes(path, chosen),
        source_id=_first(info, "source_id"),
    )
    missing, timing = losses.from_timestamps(timestamps, sfreq)
    raw.take_timing(gaps_of(missing), timing)
    return raw


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
        found = [s for s in streams if _first(s["info"], "type").casefold() == "eeg"]
        what = Message("streams of type EEG")
    else:
        by_name = [s for s in streams if _first(s["info"], "name") == wanted]
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
        name=_first(info, "name"), kind=_first(info, "type"), n=info["stream_id"],
    )  # fmt: skip


def _channels(info: dict[str, Any], n_channels: int) -> tuple[list[str], list[str], list[str]]:
    described = _descriptions(info)
    if len(described) != n_channels:
        described = [{} for _ in range(n_channels)]
    labels = [_first(d, "label") or _first(d, "name") for d in described]
    labels = [label or f"channel {i}" for i, label in enumerate(labels, start=1)]
    return labels, [_first(d, "type") for d in described], [_first(d, "unit") for d in described]


def _descriptions(info: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the descriptions of the channels, wherever the tree of metadata ends."""
    node: Any = info
    for key in ("desc", "channels"):
        found = node.get(key) if isinstance(node, dict) else None
        node = found[0] if found else None
    channels = node.get("channel") if isinstance(node, dict) else None
    return [d if isinstance(d, dict) else {} for d in channels or []]


def _markers(streams: list[dict[str, Any]], hostname: str) -> list[Annotation]:
    """Return what marker streams of the same computer say (others have another clock)."""
    found = []
    for stream in streams:
        info = stream["info"]
        if _float(_first(info, "nominal_srate")) != 0 or _first(info, "hostname") != hostname:
            continue
        if _first(info, "channel_format") == "string":
            for time, said in zip(stream["time_stamps"], stream["time_series"], strict=True):
                found.append(Annotation(float(time), 0.0, " ".join(str(s) for s in said)))
        elif _first(info, "type").casefold() == "annotations":
            found += _durations(stream)
    return found


def _durations(stream: dict[str, Any]) -> list[Annotation]:
    """Return annotations streamed one channel a text, the value being the duration (-1: none)."""
    values = np.asarray(stream["time_series"], dtype=np.float64)
    labels = _channels(stream["info"], values.shape[1] if values.ndim == 2 else 0)[0]
    times = stream["time_stamps"]
    return [
        Annotation(float(times[i]), max(0.0, float(values[i, c])), labels[c])
        for i, c in zip(*np.nonzero(values), strict=True)
    ]


def _notes(path: Path, stream: dict[str, Any]) -> list[Message]:
    footer = stream.get("footer") or {}
    info = footer.get("info") or {}
    count = _first(info, "sample_count")
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


def _first(fields: dict[str, Any], key: str) -> str:
    """Return the text of a field of XDF's metadata, empty when there is none."""
    found = fields.get(key)
    value = found[0] if isinstance(found, list) and found else found
    return value if isinstance(value, str) else ""


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
