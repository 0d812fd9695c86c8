"""A recording in memory.

Responsible for what every reader returns, whatever the format, and for the steps all formats
share: names, types, units, the values as they are stored. Not responsible for any format.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from neurofeedback.acquisition.amplitude import doubtful_unit
from neurofeedback.acquisition.given_names import GivenNames
from neurofeedback.acquisition.naming import name_channels
from neurofeedback.acquisition.units import scaling
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo, from_storage, read_only, to_storage
from neurofeedback.words.message import Message

_SETTLED_AT_ONCE = 4096  # samples
_BREAKS = ("boundary", "new segment/", "edge boundary", "bad boundary", "bad_acq_skip")


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where samples are missing.

    Parameters
    ----------
    sample : int
        Number of the first sample after the gap.
    seconds : float
        Time missing before it; not zero, negative where the clock jumped back.
    """

    sample: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark in a recording.

    Parameters
    ----------
    onset : float
        On the time line of `Recording.timestamps`, s.
    duration : float
        In s; 0 for a moment.
    text : str
        What it says.
    """

    onset: float
    duration: float
    text: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole recording.

    Parameters
    ----------
    info : StreamInfo
    data : ndarray, shape (n_times, n_channels)
        Volts, each exactly what a stored float32 scales to; read-only.
    timestamps : ndarray, shape (n_times,)
        Time of each sample in s, from the start of the recording or on the recorder's clock;
        read-only.
    gaps : tuple of Gap
        In order; no processing may reach across one.
    annotations : tuple of Annotation
        In order of onset.
    notes : tuple of Message
        What the user should know about how the file was read; a sentence each.
    """

    info: StreamInfo
    data: FloatArray
    timestamps: FloatArray
    gaps: tuple[Gap, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    notes: tuple[Message, ...] = ()

    @property
    def n_times(self) -> int:
        """Number of samples."""
        return int(self.data.shape[0])

    @property
    def seconds(self) -> float:
        """Length of what was recorded in s, gaps not counted."""
        return self.n_times / self.info.sfreq

    def segments(self) -> Iterator[slice]:
        """Yield the stretches of samples without a gap, as slices into `data`."""
        edges = [0, *(gap.sample for gap in self.gaps), self.n_times]
        for start, stop in zip(edges[:-1], edges[1:], strict=True):
            yield slice(start, stop)


@dataclass(slots=True)
class RawRecording:
    """What a reader found, before names, types and units are settled.

    Parameters
    ----------
    name : str
        Name of the file or stream.
    sfreq : float
        Sampling rate in Hz.
    labels, ch_types, units : list of str
        As written in the file, for each channel; empty where nothing is said.
    values : ndarray, shape (n_times, n_channels)
        In the units written, times `applied`.
    timestamps : ndarray, shape (n_times,)
        In s.
    gaps, annotations, notes : list
        As in `Recording`.
    source_id : str
        Identity of the sender where the file tells it.
    applied : list of float
        What the reader has multiplied the stored values of each channel by already; empty where it
        has left them all alone.
    """

    name: str
    sfreq: float
    labels: list[str]
    ch_types: list[str]
    units: list[str]
    values: FloatArray
    timestamps: FloatArray
    gaps: list[Gap] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    source_id: str = ""
    applied: list[float] = field(default_factory=list)


def is_break(text: str) -> bool:
    """Return whether an annotation says that samples are missing where it stands."""
    return text.casefold().startswith(_BREAKS)


def marked_breaks(remarks: list[Annotation], sfreq: float, n_times: int) -> list[Gap]:
    """Gaps that a file speaks of in annotations: EEGLAB's boundary, BrainVision's new segment.

    How long they were is seldom said; then one sample stands for it.
    """
    found: dict[int, float] = {}
    for remark in remarks:
        sample = round(remark.onset * sfreq)
        if is_break(remark.text) and 0 < sample < n_times:
            found[sample] = remark.duration if remark.duration > 0 else 1 / sfreq
    return [Gap(sample, found[sample]) for sample in sorted(found)]


def settle(
    raw: RawRecording,
    *,
    unit: str | None,
    where: str,
    as_it_is: bool = False,
    given: GivenNames | None = None,
) -> Recording:
    """Settle names, types and units, and bring the values to what is stored.

    Parameters
    ----------
    raw : RawRecording
        Not used again by the caller.
    unit : str or None
        The user's word on the unit, see `units.scaling`.
    where : str
        The file, for messages.
    as_it_is : bool
        Go on, with a note, if the samples are not of the size of EEG in the units of the file.
    given : GivenNames, optional
        Names of electrodes that the user gives.

    Raises
    ------
    UserError
        If there are no channels or samples, the rate is impossible, the unit is unknown, or the
        samples are not of the size of EEG and the user has said neither `unit` nor `as_it_is`; or
        if the user names channels that are not there.
    """
    if raw.values.shape[1] == 0:
        raise UserError("{where} holds no channels of signal.", where=where)
    if raw.values.shape[0] == 0:
        raise UserError("{where} holds no samples: the recording is empty.", where=where)
    if not (math.isfinite(raw.sfreq) and raw.sfreq > 0):
        raise UserError(
            "{where} gives an impossible sampling rate of {rate} Hz.", where=where, rate=raw.sfreq
        )
    chosen = {} if given is None else given.resolve(raw.labels, where)
    named = name_channels(raw.labels, raw.ch_types, chosen, where)
    names, types = named.names, named.types
    scaled = scaling(
        raw.units,
        types,
        unit=unit,
        values=raw.values,
        sfreq=raw.sfreq,
        where=where,
        ch_names=names,
        applied=raw.applied,
    )
    info = StreamInfo(
        name=raw.name,
        source_id=raw.source_id,
        sfreq=float(raw.sfreq),
        ch_names=names,
        ch_types=types,
        units=scaled.units,
        native_unit=scaled.native_unit,
        origin="file",
        labels=tuple(raw.labels) if chosen else (),
        reference=named.reference,
    )
    data = _as_stored(raw.values, scaled.factors, info.storage_scale)
    doubt = doubtful_unit(data, info, scaled.stored)
    if doubt and unit is None and not as_it_is:
        raise UserError(
            "{where}: {doubt}: give the right one with --unit, or go on with the samples "
            "as they are with --as-it-is.",
            where=where,
            doubt=doubt,
        )
    if doubt:
        doubt = Message(
            "{where}: {doubt}; it is used all the same, as asked.", where=where, doubt=doubt
        )
    notes = [note for note in (*raw.notes, *named.notes, scaled.note, doubt) if note]
    return Recording(
        info=info,
        data=read_only(data),
        timestamps=read_only(np.asarray(raw.timestamps, dtype=np.float64)),
        gaps=tuple(raw.gaps),
        annotations=tuple(sorted(raw.annotations, key=lambda a: a.onset)),
        notes=tuple(notes),
    )


def _as_stored(values: FloatArray, factors: FloatArray, scale: FloatArray) -> FloatArray:
    """Scale samples and round them as storage does, in place and a stretch at a time."""
    values = values if values.flags.writeable else values.copy()
    for start in range(0, len(values), _SETTLED_AT_ONCE):
        part = values[start : start + _SETTLED_AT_ONCE]
        part *= factors
        part[:] = from_storage(to_storage(part, scale), scale)
    return values
