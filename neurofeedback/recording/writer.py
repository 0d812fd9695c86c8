"""A session, written as it runs.

Responsible for appending every sample, frame and event to the session's files in an order in which
nothing that was acknowledged can be lost. Not responsible for making the files
(`recording.session_files`), for threads, for calling `SessionRecorder.sync` each second, nor for
what is recorded.

What is acknowledged: `append_chunk` writes sample times, then samples, then the row in
``chunks.tsv``. A chunk counts from the moment its row has its line break; bytes beyond the last row
belong to a chunk that was being written when the program ended.
"""

from __future__ import annotations

import math
import threading
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import (
    Chunk,
    FeatureDescriptor,
    FeatureFrames,
    FeedbackFrame,
    StreamInfo,
    to_storage,
)
from neurofeedback.recording import bids, tables
from neurofeedback.recording.concealment import (
    Concealed,
    open_event,
    sealed_display,
    sealed_events,
    sealed_frames,
)
from neurofeedback.recording.files import MIN_FREE_BYTES, RecordingError, check_free_space, why
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.session_files import SessionFiles
from neurofeedback.recording.start import SessionStart

__all__ = ["RecordingError", "SessionRecorder"]

_FRAMES_PER_SECOND = 50
_BYTES_PER_FRAME = 250
_OWN = (EventKind.SESSION_STARTED, EventKind.SESSION_STOPPED)
_MARKED = (EventKind.BLOCK_STARTED, EventKind.BLOCK_ENDED, EventKind.REWARD)


class SessionRecorder:
    """Writes one session. All methods may be called from any thread.

    `append_chunk`, `append_frames`, `append_events` and `append_display` raise `RecordingError`
    when the system does not take the bytes; the call has then left nothing behind and may be
    repeated. They may wait for a disk, so a screen should not call them.

    Parameters
    ----------
    layout : SessionLayout
        As made by `SessionLayout.new`; nothing may have been recorded to it.
    info : StreamInfo
        The stream.
    protocol : mapping
        The whole protocol as plain JSON types.
    protocol_name, protocol_hash : str
        Its name and what identifies its meaning.
    descriptors : sequence of FeatureDescriptor
        The feature columns, in order.
    versions : mapping
        Name to version of the program and of the libraries that compute.
    started : datetime
        Wall clock at the start, with time zone.
    bads : sequence of str
        Channels marked bad.
    expected_seconds : float
        How long the session may take; it is refused when there is no space for that.
    concealed : Concealed or None
        For a session whose arm must not be known: what tells it is sealed.

    Raises
    ------
    UserError
        If the session holds a recording already, its folder cannot be written, or space is short.
    """

    def __init__(
        self,
        layout: SessionLayout,
        info: StreamInfo,
        protocol: Mapping[str, Any],
        *,
        protocol_name: str,
        protocol_hash: str,
        descriptors: Sequence[FeatureDescriptor],
        versions: Mapping[str, str],
        started: datetime,
        bads: Sequence[str] = (),
        expected_seconds: float = 0.0,
        concealed: Concealed | None = None,
    ) -> None:
        self.layout = layout
        self.start = SessionStart(
            protocol_name=protocol_name,
            protocol_hash=protocol_hash,
            protocol=protocol,
            stream=info,
            descriptors=tuple(descriptors),
            versions=versions,
            bads=tuple(bads),
            started=started,
            study=None if concealed is None else concealed.study,
        )
        self._info = info
        self._scale = info.storage_scale
        self._append_lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._closed = False
        self._origin: int | None = None
        self._next_sample = 0
        self._last_time = math.nan
        self._n_chunks = self._n_frames = self._n_gaps = 0
        n_bytes = _estimate(info, expected_seconds)
        self._files = _create(layout, self.start, n_bytes, concealed)

    @property
    def path(self) -> Path:
        """Folder of the session."""
        return self.layout.session_dir

    @property
    def n_samples(self) -> int:
        """Samples acknowledged so far."""
        return 0 if self._origin is None else self._next_sample - self._origin

    def append_chunk(self, chunk: Chunk) -> None:
        """Append samples; when this returns they survive the end of the program.

        Parameters
        ----------
        chunk : Chunk
            Follows on from the one before by sample number; an empty chunk is passed over.

        Raises
        ------
        RecordingError
            If it could not be written; it may be tried again.
        ValueError
            If it does not follow on, or has another number of channels.
        """
        if chunk.data.shape[1] != self._info.n_channels:
            raise ValueError(f"{chunk.data.shape[1]} channels, not {self._info.n_channels}.")
        if chunk.n_times == 0:
            return
        raw = to_storage(chunk.data, self._scale).data.cast("B")
        times = np.ascontiguousarray(chunk.timestamps, dtype="<f8").data.cast("B")
        row = tables.ChunkRow.of(chunk, zlib.crc32(raw), zlib.crc32(times))
        with self._append_lock:
            if self._origin is not None and chunk.first_sample != self._next_sample:
                raise ValueError(
                    f"A chunk from sample {chunk.first_sample} where {self._next_sample} is next."
                )
            origin = chunk.first_sample if self._origin is None else self._origin
            is_gap = chunk.gap != 0.0 and self._origin is not None
            files = self._files
            with files.all_or_nothing(files.times, files.raw, files.chunks):
                files.times.append(times)
                files.raw.append(raw)
                if is_gap:
                    files.append_marker("New Segment", "", chunk.first_sample - origin)
                files.chunks.append(row.to_text().encode())
            self._origin = origin
            self._next_sample = chunk.stop_sample
            self._last_time = row.last_time
            self._n_chunks += 1
            self._n_gaps += is_gap

    def append_frames(self, features: FeatureFrames, feedback: Sequence[FeedbackFrame]) -> None:
        """Append feature frames and what was fed back at them.

        Parameters
        ----------
        features : FeatureFrames
            One row each.
        feedback : sequence of FeedbackFrame
            In order of sample; see `tables.format_feedback_rows`.

        Raises
        ------
        RecordingError
            If they could not be written.
        ValueError
            If there is another number of features than declared, or feedback without a frame.
        """
        if len(features) and features.values.shape[1] != len(self.start.descriptors):
            raise ValueError(f"{features.values.shape[1]} features were not declared.")
        sealed = self._files.sealed
        text = tables.format_feedback_rows(features, feedback, concealed=sealed is not None)
        if not text:
            return
        with self._append_lock, self._files.all_or_nothing(self._files.feedback):
            self._files.feedback.append(text.encode())
            if sealed is not None:
                sealed.append(sealed_frames(feedback))
            self._n_frames += len(features)

    def append_display(self, rows: Iterable[tables.DisplayRow]) -> None:
        """Append what was painted and when.

        Raises
        ------
        RecordingError
            If it could not be written.
        """
        sealed = self._files.sealed
        with self._append_lock:
            if sealed is not None:
                sealed.append(sealed_display(rows))
            else:
                self._files.display.append("".join([row.to_text() for row in rows]).encode())

    def append_events(self, events: Iterable[Event]) -> None:
        """Append events to the session log, the BIDS table and the marker file.

        Events before the first recorded sample go to the log alone.

        Raises
        ------
        RecordingError
            If they could not be written.
        ValueError
            For SessionStarted and SessionStopped, which the recorder writes itself.
        """
        given = list(events)
        for event in given:
            if event.kind in _OWN:
                raise ValueError(f"{event.kind} is written by the recorder itself.")
        sealed = self._files.sealed
        with self._append_lock, self._files.all_or_nothing(self._files.log, self._files.events):
            for event in given if sealed is None else filter(None, map(open_event, given)):
                self._files.append_log(event)
                if self._origin is not None and event.sample >= self._origin:
                    self._append_to_tables(event, event.sample - self._origin)
            if sealed is not None:
                sealed.append(sealed_events(given))

    def sync(self) -> None:
        """Wait until everything appended so far is on the disk; appending goes on meanwhile.

        Raises
        ------
        RecordingError
            If the disk does not take it.
        """
        with self._sync_lock:
            if not self._closed:
                self._files.sync()

    def finalize(self, status: str, reason: str = "") -> None:
        """Write SessionStopped, finish the headers and close. Further calls do nothing.

        Parameters
        ----------
        status : str
            ``completed``, ``stopped`` or ``failed``.
        reason : str
            Why, for people.

        Raises
        ------
        RecordingError
            If that could not be written; the files are closed all the same. Without its
            SessionStopped the session reads as one that crashed.
        """
        with self._append_lock:
            if self._closed:
                return
            try:
                self._finish(status, reason)
            finally:
                with self._sync_lock:
                    self._closed = True
                    self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.finalize("completed")
        else:
            with suppress(RecordingError):
                self.finalize("failed", f"{type(error).__name__}: {error}")

    def _append_to_tables(self, event: Event, position: int) -> None:
        row = tables.format_event_row(event, position, self._info.sfreq)
        self._files.events.append(row.encode())
        if event.kind in _MARKED:
            phase = event.details.get("phase")
            description = f"{event.kind} {phase}" if phase else str(event.kind)
            self._files.append_marker("Comment", tables.cell(description), position)

    def _finish(self, status: str, reason: str) -> None:
        self.sync()
        details = {
            "status": status,
            "reason": reason,
            "n_samples": self.n_samples,
            "n_chunks": self._n_chunks,
            "n_frames": self._n_frames,
        }
        last = self._next_sample - 1 if self.n_samples else -1
        self._files.append_log(Event(EventKind.SESSION_STOPPED, last, self._last_time, details))
        self.sync()
        try:
            bids.write_recording_json(
                self.layout,
                self.start,
                duration=self.n_samples / self._info.sfreq,
                gaps=self._n_gaps > 0,
            )
        except OSError as error:
            raise RecordingError(
                f"The description of {self.path} could not be finished: {why(error)}."
            ) from error


def _create(
    layout: SessionLayout, start: SessionStart, n_bytes: int, concealed: Concealed | None
) -> SessionFiles:
    try:
        check_free_space(layout.root, n_bytes)
        return SessionFiles(layout, start, _started_event(layout, start), concealed)
    except FileExistsError as error:
        raise UserError(
            f"{layout.session_dir} holds a recording already; take a new session."
        ) from error
    except (OSError, RecordingError) as error:
        cause = why(error) if isinstance(error, OSError) else str(error).rstrip(".")
        raise UserError(f"Nothing can be recorded in {layout.session_dir}: {cause}.") from error
    except UserError:
        layout.remove_empty()
        raise


def _estimate(info: StreamInfo, seconds: float) -> int:
    per_second = info.sfreq * (4 * info.n_channels + 8) + _FRAMES_PER_SECOND * _BYTES_PER_FRAME
    return max(MIN_FREE_BYTES, int(seconds * per_second))


def _started_event(layout: SessionLayout, start: SessionStart) -> Event:
    known = start.to_dict()
    keys = ("protocol_name", "protocol_hash", "versions", "stream", "bads", "started", "study")
    details = {"participant": layout.participant, "session": layout.session}
    details |= {key: known[key] for key in keys}
    return Event(EventKind.SESSION_STARTED, -1, math.nan, details)
