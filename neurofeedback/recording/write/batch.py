"""What a batch of records adds to the files of a session.

Responsible for turning samples, frames, events and painted values into the bytes of each file, and
for where the session then stands. Pure: it touches no file. Not responsible for getting the bytes
to disk (`recording.write.part`).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FeatureFrames, FeedbackFrame, to_storage
from neurofeedback.recording import concealment, tables
from neurofeedback.recording.brainvision import marker_line
from neurofeedback.recording.files import to_bytes
from neurofeedback.recording.read.lines import LOG, TABLE, add_checksums
from neurofeedback.recording.sealed_samples import SampleCipher
from neurofeedback.recording.write.start import SessionStart

FILES = ("times", "raw", "chunks", "log", "events", "feedback", "display")  # in this order
OWN = (EventKind.SESSION_STARTED, EventKind.SESSION_STOPPED)
_MARKED = (EventKind.BLOCK_STARTED, EventKind.BLOCK_ENDED, EventKind.REWARD)


@dataclass(frozen=True, slots=True)
class Frames:
    """A run of feature frames and what was fed back at them.

    Parameters
    ----------
    features : FeatureFrames
        One row each.
    feedback : sequence of FeedbackFrame
        In order of sample; see `tables.format_feedback_rows`.
    """

    features: FeatureFrames
    feedback: Sequence[FeedbackFrame]


Record = Chunk | Frames | Event | tables.DisplayRow


@dataclass(slots=True)
class Progress:
    """Where the writing of a session stands.

    Parameters
    ----------
    origin : int or None
        Absolute number of the first sample recorded; None before it.
    next_sample : int
        Absolute number of the sample that follows the last.
    last_time : float
        Stream time of the last sample, s.
    n_chunks, n_gaps, n_frames, n_events, n_displayed : int
        Rows and lines written, and gaps between chunks.
    n_markers : int
        Markers written, with that of the start.
    crcs : dict
        For each table and the log, by name, the checksum that begins its next line.
    """

    origin: int | None = None
    next_sample: int = 0
    last_time: float = math.nan
    n_chunks: int = 0
    n_gaps: int = 0
    n_frames: int = 0
    n_events: int = 0
    n_displayed: int = 0
    n_markers: int = 1
    crcs: dict[str, int] = field(default_factory=dict)

    @property
    def n_samples(self) -> int:
        """Samples recorded."""
        return 0 if self.origin is None else self.next_sample - self.origin

    def copy(self) -> Progress:
        """Return a copy that can go on by itself."""
        return replace(self, crcs=dict(self.crcs))


class Page:
    """The bytes that records add to each file.

    Parameters
    ----------
    start : SessionStart
        What is recorded.
    progress : Progress
        Where the session stands; not changed.

    concealed : bool
        Whether to part what tells the arm of the session from the rest; see
        `recording.concealment`.
    cipher : SampleCipher or None
        Encrypts the samples, where they are sealed.

    Attributes
    ----------
    added : dict
        Name of a file (``times, raw, chunks, log, events, feedback, display``) to the bytes to be
        appended to it.
    markers : list of str
        Lines for the marker file.
    progress : Progress
        Where the session stands when all of it is written.
    """

    def __init__(
        self,
        start: SessionStart,
        progress: Progress,
        *,
        concealed: bool,
        cipher: SampleCipher | None = None,
    ) -> None:
        self.progress = progress.copy()
        self._concealed = concealed
        self._cipher = cipher
        self._info = start.stream
        self._scale = start.stream.storage_scale
        self._start = start
        self.added = {name: bytearray() for name in FILES}
        self.markers: list[str] = []
        self._rows: list[str] = []  # for the sealed file
        self._events: list[Event] = []

    @property
    def sealed(self) -> list[str]:
        """Lines for the sealed file of a concealed session."""
        return [*self._rows, *concealment.event_lines(self._events)]

    def add(self, record: Record) -> None:
        """Add one record.

        Raises
        ------
        ValueError
            If a chunk does not follow on or has another number of channels, if frames have another
            number of features than declared or feedback without a frame, or if an event is one that
            the recorder writes itself.
        """
        if isinstance(record, Chunk):
            self._add_chunk(record)
        elif isinstance(record, Frames):
            self._add_frames(record)
        elif isinstance(record, Event):
            if record.kind in OWN:
                raise ValueError(f"{record.kind} is written by the recorder itself.")
            shown = concealment.open_event(record) if self._concealed else record
            if shown is not None:
                self.add_event(shown)
            if self._concealed:
                self._events.append(record)
        elif self._concealed:
            self._rows += concealment.sealed_display([record], layers=self._start.layers)
        else:
            self._add_rows("display", record.to_text(layers=self._start.layers))
            self.progress.n_displayed += 1

    def add_event(self, event: Event) -> None:
        """Add an event, in the open, to the log and, if it lies in the recording, the others."""
        crcs = self.progress.crcs
        line, crcs["log"] = add_checksums([event.to_json()], crcs.get("log", 0), LOG)
        self.added["log"] += line
        self.progress.n_events += 1
        origin = self.progress.origin
        if event.kind in OWN or origin is None or event.sample < origin:
            return
        position = event.sample - origin
        row = tables.format_event_row(event, position, self._info.sfreq)
        self.added["events"] += to_bytes(row)
        if comment := comment_of(event):
            self._mark("Comment", comment, position)

    def _add_chunk(self, chunk: Chunk) -> None:
        progress = self.progress
        if chunk.data.shape[1] != self._info.n_channels:
            raise ValueError(f"{chunk.data.shape[1]} channels, not {self._info.n_channels}.")
        if chunk.n_times == 0:
            return
        if progress.origin is None:
            progress.origin = chunk.first_sample
        elif chunk.first_sample != progress.next_sample:
            raise ValueError(
                f"A chunk from sample {chunk.first_sample} where {progress.next_sample} is next."
            )
        elif chunk.gap:
            self._mark("New Segment", "", chunk.first_sample - progress.origin)
            progress.n_gaps += 1
        raw: bytes | memoryview = to_storage(chunk.data, self._scale).data.cast("B")
        if self._cipher is not None:
            raw = self._cipher.apply(raw, chunk.first_sample)
        times = np.ascontiguousarray(chunk.timestamps, dtype="<f8").data.cast("B")
        row = tables.ChunkRow.of(chunk, zlib.crc32(raw), zlib.crc32(times))
        self.added["raw"] += raw
        self.added["times"] += times
        self._add_rows("chunks", row.to_text())
        for a in chunk.annotations:
            sample, time = chunk.first_sample + a.at, float(chunk.timestamps[a.at])
            self.add_event(Event.of_recording(sample, time, a.text, a.duration))
        progress.next_sample = chunk.stop_sample
        progress.last_time = row.last_time
        progress.n_chunks += 1

    def _add_frames(self, frames: Frames) -> None:
        features = frames.features
        start = self._start
        if len(features) and features.values.shape[1] != len(start.descriptors):
            raise ValueError(f"{features.values.shape[1]} features were not declared.")
        text = tables.format_feedback_rows(features, frames.feedback)
        if self._concealed:
            text = tables.open_rows(text, start.descriptors, start.feedback_columns)
            self._rows += concealment.sealed_frames(frames.feedback)
        self._add_rows("feedback", text)
        self.progress.n_frames += len(features)

    def _add_rows(self, table: str, text: str) -> None:
        crcs = self.progress.crcs
        lines, crcs[table] = add_checksums(text.split("\n")[:-1], crcs[table], TABLE)
        self.added[table] += lines

    def _mark(self, kind: str, description: str, position: int) -> None:
        self.progress.n_markers += 1
        self.markers.append(marker_line(self.progress.n_markers, kind, description, position))


def comment_of(event: Event) -> str:
    """Return the words of an event in the marker file; empty for one that has none there."""
    if event.is_of_source:
        return tables.cell(str(event.details.get("label", "")))
    if event.kind not in _MARKED:
        return ""
    phase = event.details.get("phase")
    return tables.cell(f"{event.kind} {phase}" if phase else str(event.kind))
