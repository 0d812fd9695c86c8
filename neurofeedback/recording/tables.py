"""Rows of the tables of a session, as text.

Responsible for turning values into table rows and back so that every float reads back to the same
bits, and for the descriptions of the columns. Both the writer and whoever verifies a session use
it, so that text can be compared to text. Not responsible for files.

Missing values and NaN are ``n/a``; yes and no are ``1`` and ``0``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FeatureDescriptor, FeatureFrames, FeedbackFrame
from neurofeedback.words.message import Message

MISSING = "n/a"

CHUNK_COLUMNS = {
    "first_sample": "Absolute number of the first sample since the stream was opened.",
    "n_times": "Number of samples in the chunk.",
    "first_time": "Stream time of the first sample, in s.",
    "last_time": "Stream time of the last sample, in s.",
    "gap": "Seconds missing immediately before the first sample; 0 where it follows on; "
    "negative where the sender's clock jumped back.",
    "clock_offset": "Sender's clock to local clock as measured last, in s.",
    "arrival": "Local clock when the chunk was taken from its source, in s.",
    "crc32": "CRC-32 of the chunk's bytes in the raw data file, hexadecimal.",
    "times_crc32": "CRC-32 of the chunk's bytes in the file of sample times, hexadecimal.",
}
DISPLAY_COLUMNS = {
    "sample": "Absolute number of the sample of the frame that was painted.",
    "shown": "What was displayed: feedback; the value before, frozen (held, paused, stale); or no "
    "value (baseline, rest, transfer, finished).",
    "value": "Feedback value as displayed, 0 to 1; 0.5 lies at the threshold; n/a for no value.",
    "painted": "Local clock when the frame was painted, in s.",
    "ground": "Slow layer as displayed, 0 to 1: the mean of the value over tens of seconds, twice "
    "as far from 0.5; n/a without a value.",
    "lights": "Rare layer as displayed: rewards shown in this block; n/a without a value.",
}
LAYERS = ("ground", "lights")  # not in sessions of before there were layers
EVENT_COLUMNS = {
    "onset": "Position in the data file in s: samples before the event over the sampling rate.",
    "duration": "Duration in s; 0 for a moment, n/a where an event of its own marks the end.",
    "trial_type": "What happened.",
    "sample": "Position in the data file in samples, from 0.",
    "details": "Further facts as JSON.",
}
_FRAME_COLUMNS = {
    "sample": "Absolute number of the last sample that the frame depends on.",
    "time": "Stream time of that sample, in s.",
}
_FEEDBACK_COLUMNS = {
    "gate": "Why the features of the frame must not be used; n/a where they may.",
    "held": "Why feedback was frozen; n/a where it was not.",
    "value": "Feedback value, 0 to 1; 0.5 lies at the threshold; n/a without feedback.",
    "feature": "The trained feature, or the score of several, as fed back, in its unit.",
    "threshold": "Threshold in the unit of what was fed back.",
    "inhibit": "The feature whose limit forbade success, and the side of the limit; n/a for none.",
    "success": "Whether the reward condition was met (1) or not (0).",
    "reward": "Whether a reward started (1) or not (0).",
    "block": "Index of the block in the schedule, from 0.",
    "phase": "Kind of block.",
}
_NO_FEEDBACK = (MISSING,) * (len(_FEEDBACK_COLUMNS) - 1)
FED = ("value", "feature", "threshold", "inhibit", "success", "reward")  # what was fed back
_LASTING = {EventKind.BLOCK_STARTED, EventKind.HOLD_STARTED, EventKind.STREAM_LOST}


def number(value: float) -> str:
    """Return a float as text that reads back to the same bits; NaN as ``n/a``."""
    return MISSING if value != value else repr(float(value))


def to_float(text: str) -> float:
    """Read back what `number` wrote."""
    return math.nan if text == MISSING else float(text)


def cell(text: str | None) -> str:
    """Return text as one table cell: no tab, no line break, ``n/a`` when missing or empty."""
    if not text:
        return MISSING
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def row(cells: Iterable[str]) -> str:
    """Return one line of a table, with its line break."""
    return "\t".join(cells) + "\n"


def feature_column(name: str) -> str:
    """Return the column of a feature: prefixed, so that no name meets one of the other columns."""
    return f"feature_{name}"


def feedback_columns(descriptors: Sequence[FeatureDescriptor]) -> dict[str, str]:
    """Return the columns of the feedback table, name to description, in order."""
    features = {
        feature_column(d.name): f"{d.label} [{d.unit}]. Delay {d.delay} s, window {d.window} s."
        + (f" {d.note}" if d.note else "")
        for d in descriptors
    }
    return {**_FRAME_COLUMNS, **features, **_FEEDBACK_COLUMNS}


def open_columns() -> dict[str, str]:
    """Return the columns of a concealed session's feedback table: none that could tell the arm."""
    columns = feedback_columns(())
    return {name: about for name, about in columns.items() if name not in FED}


def open_rows(text: str, descriptors: Sequence[FeatureDescriptor], columns: Collection[str]) -> str:
    """Return what lies open of feedback rows in a concealed session.

    Parameters
    ----------
    text : str
        As `format_feedback_rows` made it.
    descriptors : sequence of FeatureDescriptor
        Of its features.
    columns : collection of str
        Those of the open table. Sessions of before have all columns, with ``n/a`` in those of what
        was fed back.

    Returns
    -------
    str
    """
    names = list(feedback_columns(descriptors))
    places = [None if name in FED else names.index(name) for name in columns]
    rows = (line.split("\t") for line in text.splitlines())
    return "".join(row(MISSING if at is None else cells[at] for at in places) for cells in rows)


def format_feedback_rows(features: FeatureFrames, feedback: Sequence[FeedbackFrame]) -> str:
    """Return the feedback table's rows for a run of frames.

    Parameters
    ----------
    features : FeatureFrames
        One row is made for each frame, in order.
    feedback : sequence of FeedbackFrame
        What was fed back, in order of sample; frames without an entry get ``n/a``.

    Returns
    -------
    str
        Lines, each with its line break; empty without frames.

    Raises
    ------
    ValueError
        If an entry belongs to none of the frames.
    """
    if not len(features):
        if feedback:
            raise ValueError("Feedback without feature frames.")
        return ""
    samples = np.asarray(features.samples).tolist()
    columns: list[Iterable[str]] = [map(str, samples), _numbers(features.times)]
    columns += [_numbers(column) for column in np.asarray(features.values, float).T]
    texts: dict[str | None, str] = {reason: cell(reason) for reason in set(features.held)}
    columns.append([texts[reason] for reason in features.held])
    left = zip(*columns, strict=True)
    right = _feedback_cells(samples, feedback)
    return "".join([row(a + b) for a, b in zip(left, right, strict=True)])


def fed_cells(frame: FeedbackFrame) -> tuple[str, ...]:
    """Return the cells of `FED` at a frame; in a concealed session they are sealed."""
    return (
        number(frame.value),
        number(frame.feature),
        number(frame.threshold),
        cell(frame.inhibit),
        "1" if frame.success else "0",
        "1" if frame.reward else "0",
    )


def _feedback_cells(
    samples: list[int], feedback: Sequence[FeedbackFrame]
) -> Iterator[tuple[str, ...]]:
    by_sample = {
        frame.sample: (
            cell(frame.held),
            *fed_cells(frame),
            str(frame.block),
            cell(frame.phase),
        )
        for frame in feedback
    }
    if not by_sample.keys() <= set(samples):
        raise ValueError("Feedback for a sample that has no feature frame.")
    return (by_sample.get(sample, _NO_FEEDBACK) for sample in samples)


def _numbers(values: NDArray[np.float64]) -> list[str]:
    return [MISSING if s == "nan" else s for s in map(repr, np.asarray(values, float).tolist())]


@dataclass(frozen=True, slots=True)
class DisplayRow:
    """What one frame showed and when.

    Parameters
    ----------
    sample : int
        Absolute sample number of the frame.
    shown : str
        What kind of thing was displayed; see `DISPLAY_COLUMNS`.
    value : float
        Value as displayed; NaN for none.
    painted : float
        Local clock when it was painted, s.
    ground : float
        Slow layer as displayed, 0..1; NaN for none.
    lights : int
        Rare layer as displayed; 0 without a value.
    """

    sample: int
    shown: str
    value: float
    painted: float
    ground: float = math.nan
    lights: int = 0

    def to_text(self, *, layers: bool = True) -> str:
        """Return the table row; without `LAYERS` for a session of before there were layers."""
        cells = [str(self.sample), cell(self.shown), number(self.value), number(self.painted)]
        if layers:
            shows = not math.isnan(self.value)
            cells += [number(self.ground), str(self.lights)] if shows else [MISSING, MISSING]
        return row(cells)

    @classmethod
    def from_cells(cls, cells: Sequence[str]) -> DisplayRow:
        """Read the row back; raises ValueError if it is none."""
        sample, shown, value, painted, *layers = cells
        known = cls(int(sample), shown, to_float(value), to_float(painted))
        if not layers:
            return known
        ground, lights = layers
        return replace(
            known, ground=to_float(ground), lights=0 if lights == MISSING else int(lights)
        )


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """What the chunk table says of one chunk; see `CHUNK_COLUMNS`."""

    first_sample: int
    n_times: int
    first_time: float
    last_time: float
    gap: float
    clock_offset: float
    arrival: float
    crc32: int
    times_crc32: int

    @classmethod
    def of(cls, chunk: Chunk, crc32: int, times_crc32: int) -> ChunkRow:
        """Return the row of a chunk that is not empty, given its checksums."""
        return cls(
            first_sample=chunk.first_sample,
            n_times=chunk.n_times,
            first_time=float(chunk.timestamps[0]),
            last_time=float(chunk.timestamps[-1]),
            gap=chunk.gap,
            clock_offset=chunk.clock_offset,
            arrival=chunk.arrival,
            crc32=crc32,
            times_crc32=times_crc32,
        )

    @property
    def stop_sample(self) -> int:
        """Absolute number of the sample after the last."""
        return self.first_sample + self.n_times

    def to_text(self) -> str:
        """Return the table row."""
        floats = (self.first_time, self.last_time, self.gap, self.clock_offset, self.arrival)
        return row(
            (
                str(self.first_sample),
                str(self.n_times),
                *map(number, floats),
                f"{self.crc32:08x}",
                f"{self.times_crc32:08x}",
            )
        )

    @classmethod
    def from_cells(cls, cells: Sequence[str]) -> ChunkRow:
        """Read the row back; raises ValueError if it is none."""
        first, n_times, *floats, crc, times_crc = cells
        t0, t1, gap, offset, arrival = map(to_float, floats)
        if int(n_times) < 1:
            raise ValueError(Message("{n} samples", n=n_times))
        crcs = int(crc, 16), int(times_crc, 16)
        return cls(int(first), int(n_times), t0, t1, gap, offset, arrival, *crcs)


def format_event_row(event: Event, position: int, sfreq: float) -> str:
    """Return the row of an event in the BIDS table of events.

    Parameters
    ----------
    event : Event
    position : int
        Sample in the data file, from 0.
    sfreq : float
        Sampling rate in Hz.
    """
    details = json.loads(event.to_json())
    for key in ("event", "sample", "time"):
        del details[key]
    text = json.dumps(details, ensure_ascii=False) if details else MISSING
    duration = MISSING if event.kind in _LASTING else "0"
    if event.is_of_source:  # whatever a file says is kept to the letter
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
        duration = number(event.duration) if event.duration else "0"
    return row((number(position / sfreq), duration, str(event.kind), str(position), cell(text)))
