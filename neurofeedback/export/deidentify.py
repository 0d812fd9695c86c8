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

Removed: the participant's code; operator's notes, what was said of adverse effects in words, labels
of markers, reasons and messages; names and serial numbers of the stream, which may be those of a
file, a device or a computer; the time zone; other columns of the list of participants; the sealed
part of a concealed session. The adverse effects that were ticked stay, with their severity. The
protocol, and what anybody may know of a study, are kept whole: they are the study's own text, and
the hash of the protocol says what it is.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.events import ENGINE_KINDS, Event, EventKind
from neurofeedback.export.output import Progress
from neurofeedback.holds import LIVE_CAUSES, Hold
from neurofeedback.recording import tables
from neurofeedback.recording.debrief import read_debrief, write_debrief
from neurofeedback.recording.files import make_folders, replace_bytes
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.compose import Content, Ending, session_files
from neurofeedback.recording.write.batch import OWN
from neurofeedback.recording.write.start import SessionStart

STREAM = "stream"

_UNIT = re.compile(r"[A-Za-zµμ0-9^-]{0,16}")
_WORD = re.compile(r"[a-z-]{1,32}")
_STAGES = ("arrival", "engine", "screen", "total")
_FIGURES = ("n", "p50", "p95", "p99", "max")
_LATENCY = ("limit", "ok", *(f"{stage}_{figure}" for stage in _STAGES for figure in _FIGURES))
_DETAILS = {
    EventKind.STREAM_LOST: ("seconds",),
    EventKind.STREAM_RECOVERED: ("seconds", "gap"),
    EventKind.FEEDBACK_STALE: ("seconds", "behind"),
    EventKind.LATENCY_MEASURED: _LATENCY,
}
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
    UserError
        If its debrief cannot be read.
    """
    was = reader.layout
    layout = SessionLayout(root, disguise.code, was.session, was.task, was.run)
    make_folders(layout.eeg_dir)
    make_folders(layout.derivatives_dir)
    start = _start(reader.start, disguise)
    clocks = _clocks(reader)
    content = Content(
        start=start,
        rows=_write_samples(reader, layout, clocks, progress),
        events=[_event(event, clocks) for event in reader.events() if event.kind not in OWN],
        feedback=_shifted(reader.feedback_rows(), "time", clocks.stream),
        display=[_shown(row, clocks, start) for row in reader.display_rows()],
        ending=_ending(reader.stopped),
    )
    for path, data in session_files(layout, content).items():
        replace_bytes(path, data)
    if (debrief := read_debrief(was)) is not None:
        write_debrief(layout, debrief.disguised(disguise.weeks))
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
    if (continues := start.continues) is not None:
        continues = replace(continues, session="")
    return replace(start, stream=stream, started=started, continues=continues)


def _clocks(reader: SessionReader) -> _Clocks:
    stream = [row.first_time for row in reader.chunk_rows]
    local = [row.arrival for row in reader.chunk_rows] + [
        row.painted for row in reader.display_rows()
    ]
    return _Clocks(_whole_seconds(stream), _whole_seconds(local))


def _whole_seconds(readings: Sequence[float]) -> float:
    """Return the whole seconds of the first reading that is one."""
    return float(next((math.floor(r) for r in readings if math.isfinite(r)), 0))


def _event(event: Event, clocks: _Clocks) -> Event:
    time = event.time - clocks.stream
    if event.kind in ENGINE_KINDS:
        return replace(event, time=time)
    if time < 0.0:  # of no sample: what is left of it would be the clock itself
        time = math.nan
    details = {k: v for k, v in event.details.items() if _is_kept(event.kind, k, v)}
    return replace(event, time=time, details=details)


def _ending(stopped: Event | None) -> Ending | None:
    """Return how the session ended, without the words that somebody may have given as reason."""
    if stopped is None:
        return None
    status = str(stopped.details.get("status"))
    return Ending(status if _WORD.fullmatch(status) else "", reason="")


def _is_kept(kind: EventKind, key: str, value: Any) -> bool:
    """Every text may be a person's, except the words that the program knows."""
    if kind is EventKind.COMMAND and key == "cause":  # as it stands in the feedback table, too
        return Hold.read(str(value)).cause in LIVE_CAUSES
    if kind is EventKind.COMMAND:  # the engine obeys them again, so their numbers are needed
        known = key == "command" or not isinstance(value, str)
    else:
        known = key in _DETAILS.get(kind, ())
    if isinstance(value, str):
        return known and _WORD.fullmatch(value) is not None
    return known and (value is None or isinstance(value, bool | int | float))


def _write_samples(
    reader: SessionReader, layout: SessionLayout, clocks: _Clocks, progress: Progress
) -> list[tables.ChunkRow]:
    """Write samples and times; return the rows of the chunks."""
    rows = []
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
            rows.append(row)
            progress((i + 1) / len(reader.chunk_rows))
    if reader.n_samples:
        n_bytes = 4 * reader.n_samples * reader.info.n_channels
        with reader.layout.eeg.open("rb") as source, layout.eeg.open("xb") as target:
            while part := source.read(min(n_bytes, _COPY_BYTES)):
                target.write(part)
                n_bytes -= len(part)
    return rows


def _shifted(table: Mapping[str, Sequence[str]], column: str, start: float) -> list[str]:
    """Return the rows of a table with what a clock read counted from `start`."""
    columns = dict(table)
    if column in columns:
        read = (tables.to_float(text) - start for text in columns[column])
        columns[column] = [tables.number(seconds) for seconds in read]
    return ["\t".join(cells) for cells in zip(*columns.values(), strict=True)]


def _shown(row: tables.DisplayRow, clocks: _Clocks, start: SessionStart) -> str:
    moved = replace(row, painted=row.painted - clocks.local)
    return moved.to_text(layers=start.layers).rstrip("\n")
