"""The files that follow from the log and the table of chunks: BIDS events and markers.

Responsible for their content, so that it can be compared and made again. Not responsible for files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from neurofeedback.events import Event
from neurofeedback.recording import brainvision, tables
from neurofeedback.recording.files import to_bytes
from neurofeedback.recording.tables import ChunkRow
from neurofeedback.recording.write.batch import OWN, comment_of
from neurofeedback.recording.write.start import SessionStart


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


def same_markers(found: bytes, wanted: str, *, whole: bool) -> bool:
    """Return whether a marker file has the wanted markers, in any order, numbered as they stand.

    Parameters
    ----------
    found : bytes
        The file.
    wanted : str
        As `marker_file` returns it.
    whole : bool
        Whether all must be there; if not, the last ones may be missing on either side.
    """
    n_head = wanted.count("\n", 0, wanted.index("Mk1=")) + 1
    lines = found.split(b"\n")
    last = lines.pop()
    if not whole and lines and lines[-1].startswith(b";"):
        lines.pop()  # it was being written
    expected = to_bytes(wanted).split(b"\n")[:-1]
    marks = [line.partition(b"=") for line in lines[n_head:]]
    zeroed = b"\0" in last  # no marker begins so: the file system filled up what it had lost
    if lines[:n_head] != expected[:n_head] or zeroed or (whole and last):
        return False
    if [name for name, _, _ in marks] != [b"Mk%d" % i for i in range(2, len(marks) + 2)]:
        return False
    have = Counter(mark for _, _, mark in marks)
    want = Counter(line.partition(b"=")[2] for line in expected[n_head:])
    return have == want if whole else have <= want or have >= want


def _placed(rows: Sequence[ChunkRow], events: Sequence[Event]) -> list[tuple[Event, int]]:
    """Return the events that lie in the recording, with their place in the data file."""
    if not rows:
        return []
    origin = rows[0].first_sample
    return [(e, e.sample - origin) for e in events if e.kind not in OWN and e.sample >= origin]
