"""A recording, read as far as it is asked for.

Responsible for what every reader returns, whatever the format, and for what it becomes. Not
responsible for any format, for what labels and units mean (`interpretation`), nor for how samples
are read in stretches (`samples`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from neurofeedback.acquisition.header_filters import Corners
from neurofeedback.acquisition.losses import HIGHEST_RATE, LOWEST_RATE, Timing
from neurofeedback.acquisition.samples import STRETCH, Rows
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
    corners : list of Corners
        Of the filters of each channel; empty where nothing is said.
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
    corners: list[Corners] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse a rate that nothing can be computed with.

        Raises
        ------
        UserError
            If the rate is impossible.
        """
        if not LOWEST_RATE <= self.sfreq <= HIGHEST_RATE:
            raise UserError(
                "{where} gives an impossible sampling rate of {rate} Hz.",
                where=self.name, rate=self.sfreq,
            )  # fmt: skip

    def take_timing(self, gaps: list[Gap], timing: Timing) -> None:
        """Settle gaps and rate by what time stamps or a counter say; what differs is noted.

        Parameters
        ----------
        gaps : list of Gap
        timing : Timing
        """
        self.timing = timing
        self.gaps = gaps
        if timing.contradicts(self.sfreq) and LOWEST_RATE <= timing.rate <= HIGHEST_RATE:
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
