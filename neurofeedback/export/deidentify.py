"""A session, written anew without what could say who it was, where, and when.

Responsible for what is kept and what is removed. A file, an event or a detail that is not known
here is not copied; so whatever is added to a session later stays out until somebody decides.
Not responsible for who gets which code (`export.bundle_key`), nor for the archive
(`export.bundle`).

Kept to the last bit: the samples, and everything the engine computes from them. Clocks start near
zero: from the sender's the whole seconds of the first sample are subtracted, from this machine's
those of the first arrival. That is exact, so that distances stay what they were, and `verify` finds
every logged value again. Dates are shifted by whole weeks: the day of the week, the time of day
(in UTC) and the distance between sessions stay.

Removed: the participant's code; operator's notes, labels of markers, reasons and messages; names
and serial numbers of the stream, which may be those of a file, a device or a computer; the time
zone; other columns of the list of participants; the sealed part of a concealed session. The
protocol, and what anybody may know of a study, are kept whole: they are the study's own text, and
the hash of the protocol says what it is.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.events import ENGINE_KINDS, Event, EventKind
from neurofeedback.export.output import Progress
from neurofeedback.recording import bids, brainvision, tables
from neurofeedback.recording.files import make_folders, replace_text
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.reader import SessionReader, complete_lines
from neurofeedback.recording.start import SessionStart

STREAM = "stream"

_UNIT = re.compile(r"[A-Za-zµμ0-9^-]{0,16}")
_WORD = re.compile(r"[a-z-]{1,32}")
_DETAILS = {
    EventKind.SESSION_STOPPED: ("status", "n_samples", "n_chunks", "n_frames"),
    EventKind.STREAM_LOST: ("seconds",),
    EventKind.STREAM_RECOVERED: ("seconds", "gap"),
    EventKind.FEEDBACK_STALE: ("seconds", "behind"),
}
_MARK = re.compile(r"Mk\d+=(Comment),((?:BlockStarted|BlockEnded|Reward)(?: [a-z]+)?),(\d+),1,0"
                   r"|Mk\d+=(New Segment),,(\d+),1,0")  # fmt: skip
_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Disguise:
    """Who a participant becomes.

    Parameters
    ----------
    code : str
        The new code.
    weeks : int
        Added to every date.
    """

    code: str
    weeks: int


@dataclass(frozen=True, slots=True)
class _Clocks:
    """Whole seconds that are subtracted from the sender's clock and from this machine's."""

    stream: float
    local: float

    def offset(self, clock_offset: float) -> float:
        """Return what must be added to the sender's clock to give this machine's, now."""
        return clock_offset + self.stream - self.local


def write_disguised(
    reader: SessionReader,
    root: Path,
    disguise: Disguise,
    progress: Progress = lambda done: None,
) -> SessionLayout:
    """Write a session anew, de-identified.

    Parameters
    ----------
    reader : SessionReader
        The session.
    root : Path
        The dataset to write to; its description is there already.
    disguise : Disguise
    progress : callable
        Called with the share that is done.

    Returns
    -------
    SessionLayout
        Where it is.

    Raises
    ------
    DamagedSession
        If the session cannot be read whole.
    """
    known = reader.layout
    layout = SessionLayout(root, disguise.code, known.session, known.task, known.run)
    make_folders(layout.eeg_dir)
    make_folders(layout.derivatives_dir)
    start = _start(reader.start, disguise)
    clocks = _clocks(reader)
    events = [_event(event, start, disguise, clocks) for event in reader.events()]
    _write_headers(reader, layout, start)
    _write_samples(reader, layout, clocks, progress)
    _write_events(reader, layout, events)
    _write_tables(reader, layout, clocks)
    return layout


def _start(start: SessionStart, disguise: Disguise) -> SessionStart:
    unit = start.stream.native_unit
    stream = replace(
        start.stream,
        name=STREAM,
        source_id="",
        native_unit=unit if _UNIT.fullmatch(unit) else "",
    )
    started = start.started.astimezone(UTC) + timedelta(weeks=disguise.weeks)
    return replace(start, stream=stream, started=started)


def _clocks(reader: SessionReader) -> _Clocks:
    stream = [row.first_time for row in reader.chunk_rows]
    local = [row.arrival for row in reader.chunk_rows] + [
        row.painted for row in reader.display_rows()
    ]
    return _Clocks(_whole_seconds(stream), _whole_seconds(local))


def _whole_seconds(readings: Sequence[float]) -> float:
    """Return the whole seconds of the first reading that is one."""
    return float(next((math.floor(r) for r in readings if math.isfinite(r)), 0))


def _event(event: Event, start: SessionStart, disguise: Disguise, clocks: _Clocks) -> Event:
    time = event.time - clocks.stream
    if event.kind in ENGINE_KINDS:
        return replace(event, time=time)
    if time < 0.0:  # of no sample: what is left of it would be the clock itself
        time = math.nan
    if event.kind is EventKind.SESSION_STARTED:
        known = start.to_dict()
        details = {key: known[key] for key in event.details if key in known}
        details |= {"participant": disguise.code, "session": event.details.get("session")}
    else:
        details = {k: v for k, v in event.details.items() if _is_kept(event.kind, k, v)}
    return replace(event, time=time, details=details)


def _is_kept(kind: EventKind, key: str, value: Any) -> bool:
    """Every text may be a person's, except the words that the program knows."""
    if kind is EventKind.COMMAND:  # the engine obeys them again, so their numbers are needed
        known = key == "command" or not isinstance(value, str)
    else:
        known = key in _DETAILS.get(kind, ())
    if isinstance(value, str):
        return known and _WORD.fullmatch(value) is not None
    return known and (value is None or isinstance(value, bool | int | float))


def _write_headers(reader: SessionReader, layout: SessionLayout, start: SessionStart) -> None:
    replace_text(layout.protocol, start.to_json())
    header = brainvision.header_text(start.stream, layout.eeg.name, layout.vmrk.name)
    replace_text(layout.vhdr, header)
    bids.write_sidecars(layout, start)
    bids.write_recording_json(
        layout,
        start,
        duration=reader.n_samples / start.stream.sfreq,
        gaps=any(row.gap != 0.0 for row in reader.chunk_rows[1:]),
    )
    lines = [brainvision.markers_head(layout.eeg.name, start.started)]
    for mark in filter(None, map(_MARK.fullmatch, complete_lines(reader.layout.vmrk))):
        kind, words = (mark[1], mark[2]) if mark[1] else (mark[4], "")
        position = int(mark[3] or mark[5]) - 1
        lines.append(brainvision.marker_line(len(lines) + 1, kind, words, position))
    replace_text(layout.vmrk, "".join(lines))


def _write_samples(
    reader: SessionReader, layout: SessionLayout, clocks: _Clocks, progress: Progress
) -> None:
    rows = [tables.row(tables.CHUNK_COLUMNS)]
    with layout.times.open("xb") as times_file:
        for i, chunk in enumerate(reader.iter_chunks()):
            row, times = reader.chunk_rows[i], np.asarray(chunk.timestamps - clocks.stream, "<f8")
            times_file.write(times.tobytes())
            row = replace(
                row,
                first_time=float(times[0]),
                last_time=float(times[-1]),
                clock_offset=clocks.offset(row.clock_offset),
                arrival=row.arrival - clocks.local,
                times_crc32=zlib.crc32(times.tobytes()),
            )
            rows.append(row.to_text())
            progress((i + 1) / len(reader.chunk_rows))
    replace_text(layout.chunks, "".join(rows))
    if reader.n_samples:
        n_bytes = 4 * reader.n_samples * reader.info.n_channels
        with reader.layout.eeg.open("rb") as source, layout.eeg.open("xb") as target:
            while part := source.read(min(n_bytes, _COPY_BYTES)):
                target.write(part)
                n_bytes -= len(part)


def _write_events(reader: SessionReader, layout: SessionLayout, events: Sequence[Event]) -> None:
    replace_text(layout.log, "".join([f"{event.to_json()}\n" for event in events]))
    rows = [tables.row(tables.EVENT_COLUMNS)]
    origin = reader.chunk_rows[0].first_sample if reader.chunk_rows else math.inf
    for event in events:
        own = event.kind in (EventKind.SESSION_STARTED, EventKind.SESSION_STOPPED)
        if event.sample >= origin and not own:
            position = event.sample - int(origin)
            rows.append(tables.format_event_row(event, position, reader.info.sfreq))
    replace_text(layout.events, "".join(rows))


def _write_tables(reader: SessionReader, layout: SessionLayout, clocks: _Clocks) -> None:
    known = reader.layout
    for source, target, column, start in (
        (known.feedback, layout.feedback, "time", clocks.stream),
        (known.display, layout.display, "painted", clocks.local),
    ):
        replace_text(target, "".join(_shifted(complete_lines(source), column, start)))


def _shifted(lines: Sequence[str], column: str, start: float) -> Iterator[str]:
    """Yield the lines of a table with what a clock read counted from `start`."""
    columns = lines[0].split("\t") if lines else []
    at = columns.index(column) if column in columns else None
    for i, line in enumerate(lines):
        cells = line.split("\t")
        if i and at is not None:
            cells[at] = tables.number(tables.to_float(cells[at]) - start)
        yield tables.row(cells)
