"""The files that follow from the log and the table of chunks: BIDS events and markers.

Responsible for their content, so that it can be compared and made again. Not responsible for files.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.events import Event
from neurofeedback.recording import brainvision, tables
from neurofeedback.recording.page import OWN, comment_of
from neurofeedback.recording.start import SessionStart
from neurofeedback.recording.tables import ChunkRow


def event_table(start: SessionStart, rows: Sequence[ChunkRow], events: Sequence[Event]) -> str:
    """Return the BIDS table of events.

    Parameters
    ----------
    start : SessionStart
    rows : sequence of ChunkRow
        The recorded chunks.
    events : sequence of Event
        The log, in order.
    """
    sfreq = start.stream.sfreq
    lines = [tables.row(tables.EVENT_COLUMNS)]
    for event, position in _placed(rows, events):
        lines.append(tables.format_event_row(event, position, sfreq))
    return "".join(lines)


def marker_file(
    data_name: str, start: SessionStart, rows: Sequence[ChunkRow], events: Sequence[Event]
) -> str:
    """Return the marker file, markers in order of sample; see `event_table`.

    A running session appends a marker when it becomes known, so its order may be another.
    """
    marks = [
        (row.first_sample - rows[0].first_sample, "New Segment", "") for row in rows[1:] if row.gap
    ]
    for event, position in _placed(rows, events):
        if comment := comment_of(event):
            marks.append((position, "Comment", comment))
    marks.sort(key=lambda mark: mark[0])
    return brainvision.markers_head(data_name, start.started) + "".join(
        brainvision.marker_line(number, kind, description, position)
        for number, (position, kind, description) in enumerate(marks, start=2)
    )


def _placed(rows: Sequence[ChunkRow], events: Sequence[Event]) -> list[tuple[Event, int]]:
    """Return the events that lie in the recording, with their place in the data file."""
    if not rows:
        return []
    origin = rows[0].first_sample
    return [(e, e.sample - origin) for e in events if e.kind not in OWN and e.sample >= origin]
