"""A recording to look at: any part of it, and what happened in it.

Responsible for reading parts of a recorded file or of a session, and for blocks, holds, rewards and
remarks as stretches of time. Not responsible for showing them (`gui.operator.recording.page`) nor
for running anything. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.app.states import PHASES, hold_in_words
from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.summary_rows import read_events
from neurofeedback.words.language import tr, with_point

BLOCK, HOLD, REWARD, REMARK, GAP = "block", "hold", "reward", "remark", "gap"
_ENDS = {
    EventKind.BLOCK_STARTED: EventKind.BLOCK_ENDED,
    EventKind.HOLD_STARTED: EventKind.HOLD_ENDED,
}
_KINDS = {EventKind.BLOCK_STARTED: BLOCK, EventKind.HOLD_STARTED: HOLD}


@dataclass(frozen=True, slots=True)
class Band:
    """Something that lasted, or a moment.

    Parameters
    ----------
    kind : str
        ``block, hold, reward, remark`` or ``gap``.
    start, stop : float
        In s of recording; equal for a moment.
    text : str
        In words.
    phase : str
        Kind of a block.
    """

    kind: str
    start: float
    stop: float
    text: str
    phase: str = ""


class RecordingView(Protocol):
    """What can be looked at. Seconds count from the first sample; missing time does not count."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def info(self) -> StreamInfo:
        """Its stream."""
        ...

    @property
    def n_times(self) -> int:
        """Number of samples."""
        ...

    @property
    def path(self) -> Path:
        """The file a protocol is run over."""
        ...

    @property
    def bands(self) -> Sequence[Band]:
        """What happened, in order of start."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What one must know of it, a sentence each."""
        ...

    def read(self, start: int, n_times: int) -> Chunk:
        """Return samples from a place on, fewer at the end."""
        ...


def open_recording(
    path: Path | str, *, stream: str | None = None, unit: str | None = None
) -> RecordingView:
    """Open a recorded file, or a session of this program, to look at.

    A file whose unit seems to be wrong is opened all the same: looking is how one finds out.

    Parameters
    ----------
    path : path-like
        A file that `load_recording` takes; or the folder of a session, or any file of it.
    stream, unit : str, optional
        See `load_recording`.

    Raises
    ------
    UserError
        If it is neither, or has no samples.
    """
    path = Path(path)
    try:
        reader = SessionReader(SessionLayout.find(path))
    except UserError:
        if path.is_dir() and path.suffix.lower() != ".mff":
            raise
        return FileView(path, load_recording(path, stream=stream, unit=unit, as_it_is=True))
    if not reader.n_samples:
        raise UserError(
            "{folder} has no samples: nothing has been recorded yet.",
            folder=reader.layout.session_dir,
        )
    return SessionView(reader)


class FileView:
    """A recorded file.

    Parameters
    ----------
    path : Path
    recording : Recording
    """

    def __init__(self, path: Path, recording: Recording) -> None:
        self._recording = recording
        self.path, self.name = path, path.name
        self.info, self.n_times = recording.info, recording.n_times
        self.notes = recording.notes
        self.bands = tuple(sorted(self._found(), key=lambda band: band.start))

    def _found(self) -> Iterator[Band]:
        sfreq = self.info.sfreq
        times = self._recording.timestamps if self._recording.annotations else np.empty(0)
        for gap in self._recording.gaps:
            at = gap.sample / sfreq
            yield Band(GAP, at, at, _missing(gap.seconds))
        for remark in self._recording.annotations:
            at = min(int(np.searchsorted(times, remark.onset - 0.5 / sfreq)), self.n_times - 1)
            yield Band(REMARK, at / sfreq, at / sfreq + remark.duration, remark.text)

    def read(self, start: int, n_times: int) -> Chunk:
        """Return samples from a place on, fewer at the end."""
        part = slice(start, start + n_times)
        return Chunk(self._recording.samples[part], self._recording.times[part], start)


class SessionView:
    """A session of this program, read a part at a time.

    Parameters
    ----------
    reader : SessionReader
        With at least one sample.
    """

    def __init__(self, reader: SessionReader) -> None:
        self._reader = reader
        self.path, self.name = reader.layout.vhdr, reader.layout.stem
        self.info, self.n_times = reader.info, reader.n_samples
        self._first = reader.chunk_rows[0].first_sample
        lengths = [row.n_times for row in reader.chunk_rows]
        self._starts = np.concatenate(([0], np.cumsum(lengths)))
        events, problems = read_events(reader)
        self.notes = (*reader.damage, *problems)
        self.bands = tuple(
            sorted([*self._gaps(), *self._happenings(events)], key=lambda band: band.start)
        )

    def read(self, start: int, n_times: int) -> Chunk:
        """Return samples from a place on, fewer at the end.

        Raises
        ------
        DamagedSession
            If a checksum does not hold.
        """
        stop = min(start + n_times, self.n_times)
        first = int(np.searchsorted(self._starts, start, "right")) - 1
        last = max(int(np.searchsorted(self._starts, stop, "left")), first + 1)
        chunks = [
            self._reader.read_chunk(i) for i in range(first, min(last, self._starts.size - 1))
        ]
        data = np.concatenate([chunk.data for chunk in chunks])
        times = np.concatenate([chunk.timestamps for chunk in chunks])
        part = slice(start - int(self._starts[first]), stop - int(self._starts[first]))
        return Chunk(data[part].copy(), times[part].copy(), start)

    def _seconds(self, sample: int) -> float:
        return min(max(sample - self._first, 0), self.n_times) / self.info.sfreq

    def _gaps(self) -> Iterator[Band]:
        for row in self._reader.chunk_rows[1:]:
            if row.gap != 0.0:
                at = self._seconds(row.first_sample)
                yield Band(GAP, at, at, _missing(row.gap))

    def _happenings(self, events: Sequence[Event]) -> Iterator[Band]:
        open_since: dict[EventKind, Event] = {}
        for event in events:
            for start, end in _ENDS.items():
                if event.kind in (start, end) and start in open_since:  # a new cause ends the last
                    yield self._lasting(open_since.pop(start), self._seconds(event.sample))
            at = self._seconds(event.sample)
            if event.kind in _ENDS:
                open_since[event.kind] = event
            elif event.kind is EventKind.REWARD:
                yield Band(REWARD, at, at, tr("reward"))
            elif event.kind is EventKind.OPERATOR_NOTE:
                yield Band(REMARK, at, at, str(event.details.get("text", "")))
            elif event.kind is EventKind.MARKER:
                yield Band(REMARK, at, at + event.duration, str(event.details.get("label", "")))
        for event in open_since.values():
            yield self._lasting(event, self.n_times / self.info.sfreq)

    def _lasting(self, begun: Event, stop: float) -> Band:
        start, phase = self._seconds(begun.sample), str(begun.details.get("phase", ""))
        if begun.kind is EventKind.HOLD_STARTED:
            words = hold_in_words(str(begun.details.get("cause", "")))
        else:
            words = tr(PHASES.get(phase, phase))
        return Band(_KINDS[begun.kind], start, stop, words, phase)


def _missing(seconds: float) -> str:
    return tr("{seconds} s missing", seconds=with_point(f"{seconds:.2f}"))
