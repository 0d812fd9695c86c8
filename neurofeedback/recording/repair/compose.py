"""What a session looks like on disk, its samples and times apart.

Responsible for every other file of a session, given what it says: for whoever puts a session in
order or writes one anew. Pure. Not responsible for writing one as it runs (`recording.write.part`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neurofeedback.events import Event
from neurofeedback.recording import tables
from neurofeedback.recording.files import to_bytes
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.lines import LOG, TABLE, add_checksums, header_line
from neurofeedback.recording.repair.derived import event_table, marker_file
from neurofeedback.recording.tables import ChunkRow
from neurofeedback.recording.write.batch import Progress
from neurofeedback.recording.write.part import (
    checksum,
    final_recording_json,
    small_files,
    started_event,
    stopped_event,
)
from neurofeedback.recording.write.start import SessionStart


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ended.

    Parameters
    ----------
    status, reason : str
        See `SessionRecorder.finalize`.
    files : mapping
        Checksums of further files that do not grow any more, by name.
    details : mapping
        Further facts as plain JSON types.
    """

    status: str
    reason: str
    files: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """What a session says, its samples and times apart.

    Parameters
    ----------
    start : SessionStart
        What was known before the first sample.
    rows : sequence of ChunkRow
        The chunks, each following on from the one before.
    events : sequence of Event
        The log without SessionStarted and SessionStopped.
    feedback, display : sequence of str
        Rows of these tables, without header and line breaks.
    ending : Ending or None
        None for a session that was never ended.
    """

    start: SessionStart
    rows: Sequence[ChunkRow]
    events: Sequence[Event]
    feedback: Sequence[str]
    display: Sequence[str]
    ending: Ending | None

    @property
    def progress(self) -> Progress:
        """Where the writing of the session stood at its end."""
        rows = self.rows
        return Progress(
            origin=rows[0].first_sample if rows else None,
            next_sample=rows[-1].stop_sample if rows else 0,
            last_time=rows[-1].last_time if rows else math.nan,
            n_chunks=len(rows),
            n_gaps=sum(row.gap != 0.0 for row in rows[1:]),
            n_frames=len(self.feedback),
            n_displayed=len(self.display),
        )


def session_files(
    layout: SessionLayout, content: Content, small: Mapping[Path, str] | None = None
) -> dict[Path, bytes]:
    """Return the files of a session, all but the samples and their times.

    Parameters
    ----------
    layout : SessionLayout
        Where they are to be.
    content : Content
        What they say.
    small : mapping or None
        The files that are whole before the first sample, path to text; made anew when None.

    Returns
    -------
    dict
        Path to bytes.
    """
    start = content.start
    texts = dict(small_files(layout, start) if small is None else small)
    log = [started_event(layout, start, texts), *content.events]
    if (ending := content.ending) is not None:
        progress = content.progress
        texts[layout.recording] = final_recording_json(start, progress)
        files = {layout.recording.name: checksum(texts[layout.recording]), **ending.files}
        log.append(stopped_event(progress, ending.status, ending.reason, files, **ending.details))
    texts |= {
        layout.events: event_table(start, content.rows, content.events),
        layout.vmrk: marker_file(layout.eeg.name, start, content.rows, content.events),
    }
    columns = start.feedback_columns
    chunks = [row.to_text().rstrip("\n") for row in content.rows]
    return {
        **{path: to_bytes(text) for path, text in texts.items()},
        layout.chunks: _table(tables.CHUNK_COLUMNS, chunks),
        layout.feedback: _table(columns, content.feedback),
        layout.display: _table(start.display_columns, content.display),
        layout.log: add_checksums([event.to_json() for event in log], 0, LOG)[0],
    }


def _table(columns: Iterable[str], rows: Iterable[str]) -> bytes:
    head, crc = header_line(columns)
    return head + add_checksums(rows, crc, TABLE)[0]
