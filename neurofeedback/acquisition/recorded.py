"""A recording, read as far as it is asked for.

Responsible for what every reader returns, whatever the format, and for the steps all formats
share: names, types, units, the values as they are stored. Not responsible for any format, nor for
how samples are read in stretches (`samples`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from neurofeedback.acquisition.amplitude import doubtful_unit
from neurofeedback.acquisition.given_names import GivenNames
from neurofeedback.acquisition.losses import Timing, from_gaps
from neurofeedback.acquisition.naming import describe_channels, name_channels
from neurofeedback.acquisition.samples import STRETCH, PickedRows, Rows, StoredRows, Stretches
from neurofeedback.acquisition.units import (
    VOLTAGE_TYPES,
    is_declared,
    scaling,
    volts_per_unit,
)
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo, read_only
from neurofeedback.words.message import Message

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
    samples : Rows, shape (n_times, n_channels)
        Volts, each exactly what a stored float32 scales to. Those of a file are read when a slice
        of them is taken.
    times : Rows, shape (n_times,)
        Time of each sample in s, from the start of the recording or on the recorder's clock.
    gaps : tuple of Gap
        In order; no processing may reach across one.
    annotations : tuple of Annotation
        In order of onset.
    notes : tuple of Message
        What the user should know about how the file was read; a sentence each.
    timing : Timing or None
        What is known of the true rate and of samples lost.
    """

    info: StreamInfo
    samples: Rows
    times: Rows
    gaps: tuple[Gap, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    notes: tuple[Message, ...] = ()
    timing: Timing | None = None

    @property
    def n_times(self) -> int:
        """Number of samples."""
        return int(self.samples.shape[0])

    @property
    def data(self) -> FloatArray:
        """All samples at once, shape (n_times, n_channels); read-only."""
        return read_only(self.samples[:])

    @property
    def timestamps(self) -> FloatArray:
        """All times at once, shape (n_times,); read-only."""
        return read_only(self.times[:])

    @property
    def seconds(self) -> float:
        """Length of what was recorded in s, gaps not counted."""
        return self.n_times / self.info.sfreq

    def segments(self) -> Iterator[slice]:
        """Yield the stretches of samples without a gap, as slices into `data`."""
        edges = [0, *(gap.sample for gap in self.gaps), self.n_times]
        for start, stop in zip(edges[:-1], edges[1:], strict=True):
            yield slice(start, stop)

    def stretches(self) -> Iterator[slice]:
        """Yield all samples in slices of a length that memory does not feel, none across a gap."""
        n = max(1, STRETCH // self.info.n_channels)
        for segment in self.segments():
            edges = [segment.start, *range(-(-(segment.start + 1) // n) * n, segment.stop, n)]
            for start, stop in zip(edges, [*edges[1:], segment.stop], strict=True):
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
    values : Rows, shape (n_times, n_channels)
        In the units written, times `applied`; an array, or rows that are read when they are asked
        for.
    timestamps : Rows, shape (n_times,)
        In s.
    gaps, annotations, notes : list
        As in `Recording`.
    source_id : str
        Identity of the sender where the file tells it.
    applied : list of float
        What the reader has multiplied the stored values of each channel by already; empty where it
        has left them all alone.
    timing : Timing or None
        As in `Recording`; None where there are neither time stamps nor a counter.
    damage : list of Message
        What was left out because the file is broken there; notes, or a reason to refuse it.
    """

    name: str
    sfreq: float
    labels: list[str]
    ch_types: list[str]
    units: list[str]
    values: Rows
    timestamps: Rows
    gaps: list[Gap] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    source_id: str = ""
    applied: list[float] = field(default_factory=list)
    timing: Timing | None = None
    damage: list[Message] = field(default_factory=list)

    def take_timing(self, gaps: list[Gap], timing: Timing) -> None:
        """Settle gaps and rate by what time stamps or a counter say; what differs is noted.

        Parameters
        ----------
        gaps : list of Gap
        timing : Timing
        """
        self.timing = timing
        self.gaps = gaps
        if timing.contradicts(self.sfreq):
            self.notes.append(
                Message(
                    "{name} declares a rate of {declared:g} Hz, but its clock gives {rate:.6g} Hz, "
                    "which is used.",
                    name=self.name, declared=self.sfreq, rate=timing.rate,
                )
            )  # fmt: skip
            self.sfreq = timing.rate
        if timing.n_lost:
            self.notes.append(
                Message(
                    "{name}: {percent:.2g} % of its samples were lost, {seconds:.3g} s in {n} "
                    "gaps.",
                    name=self.name, percent=100 * timing.share_lost,
                    seconds=timing.n_lost / self.sfreq,
                    n=sum(gap.seconds > 0 for gap in self.gaps),
                )
            )  # fmt: skip


def gaps_of(missing: FloatArray) -> list[Gap]:
    """Return the gaps of what is missing before each sample, s, shape (n_times,)."""
    return [Gap(int(i), float(missing[i])) for i in np.flatnonzero(missing)]


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
    strict: bool = False,
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
    strict : bool
        Refuse a file that is broken in places, instead of reading what is there.
    given : GivenNames, optional
        Names of electrodes that the user gives.

    Raises
    ------
    UserError
        If there are no channels or samples, the rate is impossible, the unit is unknown, or the
        samples are not of the size of EEG and the user has said neither `unit` nor `as_it_is`; or
        if the user names channels that are not there.
    """
    if unit is None:
        _leave_out_unknown_units(raw)
    if strict and raw.damage:
        raise UserError(
            "{where} is not whole: {damage} Get a fresh copy of it, or read what is there "
            "without --strict.",
            where=where,
            damage=raw.damage[0],
        )
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
    samples = StoredRows(raw.values, scaled.factors, info.storage_scale)
    doubt = doubtful_unit(samples, info, scaled.stored)
    if doubt and unit is None and not as_it_is:
        raise UserError(
            "{where}: {doubt}: give the right one with --unit, or use the samples as "
            "they are with --as-it-is.",
            where=where,
            doubt=doubt,
        )
    if doubt:
        doubt = Message(
            "{where}: {doubt}; it is used all the same, as asked.", where=where, doubt=doubt
        )
    names = (*raw.damage, *raw.notes, *_on_labels(raw), *named.notes)
    notes = [note for note in (*names, scaled.note, doubt) if note]
    missing = np.array([gap.seconds for gap in raw.gaps])
    n_times = raw.values.shape[0]
    return Recording(
        info=info,
        samples=Stretches(samples),
        times=raw.timestamps,
        gaps=tuple(raw.gaps),
        annotations=tuple(sorted(raw.annotations, key=lambda a: a.onset)),
        notes=tuple(notes),
        timing=raw.timing or from_gaps(missing, raw.sfreq, n_times),
    )


def _on_labels(raw: RawRecording) -> Iterator[Message]:
    twice = [label for label, n in Counter(raw.labels).items() if n > 1 and label]
    if twice:
        yield Message(
            "{name} has several signals of the same name: {names}.",
            name=raw.name, names=", ".join(twice),
        )  # fmt: skip


def _leave_out_unknown_units(raw: RawRecording) -> None:
    """Leave out channels whose unit is not understood, where that of others is."""
    _, types = describe_channels(raw.labels, raw.ch_types)
    wanted = [i for i, kind in enumerate(types) if kind in VOLTAGE_TYPES]
    odd = {i for i in wanted if is_declared(raw.units[i]) and not volts_per_unit(raw.units[i])}
    if not odd or not any(is_declared(raw.units[i]) for i in set(wanted) - odd):
        return
    raw.damage += [
        Message(
            "{name}: channel {label} is left out, since its unit {unit!r} is not understood.",
            name=raw.name, label=raw.labels[i], unit=raw.units[i],
        )
        for i in sorted(odd)
    ]  # fmt: skip
    kept = [i for i in range(len(types)) if i not in odd]
    raw.values = PickedRows(raw.values, kept)
    raw.labels = [raw.labels[i] for i in kept]
    raw.ch_types = [raw.ch_types[i] for i in kept]
    raw.units = [raw.units[i] for i in kept]
    raw.applied = [raw.applied[i] for i in kept] if raw.applied else []
