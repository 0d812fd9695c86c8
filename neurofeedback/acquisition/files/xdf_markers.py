"""What marker streams of an XDF file say of another stream.

Responsible for texts and numbers of markers, and for their time on the clock of the stream that is
read. A marker stream of the same computer has that clock already. One of another computer is
brought to it by the clock offsets that the recorder measured of both streams. Not responsible for
the samples (`xdf`), nor for which sample a marker lies at (`annotations`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from neurofeedback.acquisition.files.xdf_fields import channels, first, to_float
from neurofeedback.acquisition.recorded import Annotation
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

_TYPES = ("marker", "event", "trigger", "stim")  # how types of streams of numbers begin
_MEDIAN_OF = 5  # clock offsets: a single slow answer of the network does not count

Stream = dict[str, Any]


def markers_of(
    name: str, streams: list[Stream], chosen: Stream
) -> tuple[list[Annotation], list[Message]]:
    """Return the markers of all streams on the clock of one.

    Parameters
    ----------
    name : str
        The file, for messages.
    streams : list of dict
        Of the file, as pyxdf returns them without synchronising their clocks.
    chosen : dict
        The stream whose clock counts.

    Returns
    -------
    markers : list of Annotation
    notes : list of Message
        What was done with markers of other computers.
    """
    found: list[Annotation] = []
    notes = []
    for stream in streams:
        markers = list(_said_by(stream))
        if not markers:
            continue
        info = stream["info"]
        if first(info, "hostname") == first(chosen["info"], "hostname"):
            found += markers
            continue
        told = {"name": name, "stream": first(info, "name"), "host": first(info, "hostname")}
        if not (_has_offsets(stream) or _has_offsets(chosen)):
            notes.append(
                Message(
                    "{name}: left out, markers of {stream!r}, whose computer {host!r} has a clock "
                    "that was not compared with that of the EEG: {n}.",
                    n=len(markers), **told,
                )
            )  # fmt: skip
            continue
        times = _on_clock_of([a.onset for a in markers], stream, chosen)
        found += [
            Annotation(float(time), a.duration, a.text)
            for time, a in zip(times, markers, strict=True)
        ]
        notes.append(
            Message(
                "{name}: the markers of {stream!r} come from another computer, {host!r}, and are "
                "placed by the clock offsets of the recording.",
                **told,
            )
        )
    return found, notes


def _said_by(stream: Stream) -> Iterator[Annotation]:
    info = stream["info"]
    if to_float(first(info, "nominal_srate")) != 0:
        return
    kind = first(info, "type").casefold()
    if kind == "annotations" and first(info, "channel_format") != "string":
        yield from _durations(stream)
    elif first(info, "channel_format") == "string" or kind.startswith(_TYPES):
        for time, said in zip(stream["time_stamps"], stream["time_series"], strict=True):
            yield Annotation(float(time), 0.0, " ".join(map(_text, np.atleast_1d(said))))


def _text(said: object) -> str:
    return f"{said:g}" if isinstance(said, float | np.floating) else str(said)


def _durations(stream: Stream) -> Iterator[Annotation]:
    """Yield annotations streamed one channel a text, the value being the duration (-1: none)."""
    values = np.asarray(stream["time_series"], dtype=np.float64)
    labels = channels(stream["info"], values.shape[1] if values.ndim == 2 else 0)[0]
    times = stream["time_stamps"]
    for i, c in zip(*np.nonzero(values), strict=True):
        yield Annotation(float(times[i]), max(0.0, float(values[i, c])), labels[c])


def _has_offsets(stream: Stream) -> bool:
    return len(stream.get("clock_values", ())) > 0


def _on_clock_of(times: list[float], stream: Stream, chosen: Stream) -> FloatArray:
    """Return times of one stream on the clock of another, by way of the recorder's.

    A stream without offsets was not asked for its clock, so it has that of the recorder.
    """
    at, offsets = _offsets(stream)
    stamps = np.asarray(times, dtype=np.float64)
    recorder = stamps + np.interp(stamps, at, offsets)
    at, offsets = _offsets(chosen)
    return np.asarray(recorder - np.interp(recorder, at + offsets, offsets))


def _offsets(stream: Stream) -> tuple[FloatArray, FloatArray]:
    """Return when the recorder asked a stream for its clock, on that clock, and the offsets, s."""
    if not _has_offsets(stream):
        return np.zeros(1), np.zeros(1)
    from scipy.ndimage import median_filter

    at = np.asarray(stream["clock_times"], dtype=np.float64)
    offsets = np.asarray(stream["clock_values"], dtype=np.float64)
    return at, median_filter(offsets, _MEDIAN_OF, mode="nearest")
