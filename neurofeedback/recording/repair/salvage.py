"""What of a damaged or unfinished session can be trusted.

Responsible for finding the longest beginning of each file that checksums vouch for, and that
belongs to samples which are there. Reads only. Not responsible for putting anything in order
(`recording.repair.recover`).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.lines import CheckedLines, read_log, read_table
from neurofeedback.recording.read.reader import DamagedSession, SessionReader
from neurofeedback.recording.repair.compose import Content, Ending
from neurofeedback.recording.tables import ChunkRow, number
from neurofeedback.recording.write import bids
from neurofeedback.recording.write.batch import OWN
from neurofeedback.recording.write.part import small_files
from neurofeedback.recording.write.start import SessionStart

Progress = Callable[[float], None]

_COUNTS = ("n_samples", "n_chunks", "n_frames", "n_displayed")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What can be kept.

    Parameters
    ----------
    reader : SessionReader
        Where the samples are.
    content : Content
        What else is said; with its ending only where that holds for everything.
    small : dict
        The files that are whole before the first sample, path to text.
    """

    reader: SessionReader
    content: Content
    small: dict[Path, str]


def salvage(layout: SessionLayout, progress: Progress = lambda done: None) -> Salvaged:
    """Find what of a session can be kept.

    Parameters
    ----------
    layout : SessionLayout
        The session; nobody writes to it.
    progress : callable
        Called with the share that is done.

    Raises
    ------
    UserError
        If a file cannot be read, or nothing tells what was recorded.
    """
    log = read_log(layout.log)
    events = _events(log.texts)
    started = events[0] if events and events[0].kind is EventKind.SESSION_STARTED else None
    start = _start(layout, started)
    reader = SessionReader(layout, start)
    rows = _good_rows(reader, progress)
    stop = rows[-1].stop_sample if rows else 0
    content = Content(
        start=start,
        rows=rows,
        events=_before(stop, [event for event in events if event.kind not in OWN]),
        feedback=_rows(layout.feedback, start.feedback_columns, stop),
        display=_rows(layout.display, start.display_columns, stop),
        ending=None,
    )
    content = replace(content, ending=_ending(layout, content, events, log))
    return Salvaged(reader, content, _small_files(layout, start, started))


def _events(texts: Iterable[str]) -> list[Event]:
    events = []
    for text in texts:
        try:
            events.append(Event.from_json(text))
        except (ValueError, TypeError, OverflowError, RecursionError):
            break
    return events


def _start(layout: SessionLayout, started: Event | None) -> SessionStart:
    """Read what was known at the start, from the log or else from the file beside it."""
    try:
        if started is not None:
            return SessionStart.from_dict(started.details)
    except ValueError:
        pass
    try:
        return SessionStart.from_json(layout.protocol.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            "{folder} cannot be put in order: neither {protocol} nor the log tells what "
            "was recorded ({reason}). The samples can be read with {vhdr}.",
            folder=layout.session_dir,
            protocol=layout.protocol.name,
            reason=error,
            vhdr=layout.vhdr.name,
        ) from error


def _good_rows(reader: SessionReader, progress: Progress) -> list[ChunkRow]:
    rows: list[ChunkRow] = []
    for index, row in enumerate(reader.chunk_rows):
        try:
            times = reader.chunk_times(index)
        except DamagedSession:
            break
        ends = [*map(number, (times[0], times[-1]))]
        follows = not rows or row.first_sample == rows[-1].stop_sample
        if not follows or ends != [*map(number, (row.first_time, row.last_time))]:
            break
        rows.append(row)
        progress((index + 1) / len(reader.chunk_rows))
    return rows


def _before(stop: int, events: Sequence[Event]) -> list[Event]:
    """Return the events up to the first that belongs to a sample which is not there."""
    beyond = next((i for i, event in enumerate(events) if event.sample >= stop), len(events))
    return list(events[:beyond])


def _rows(path: Path, columns: Iterable[str], stop: int) -> list[str]:
    """Return the rows of a table up to the first that belongs to a sample which is not there."""
    table, wanted = read_table(path), [*columns]
    if not table.texts or table.texts[0].split("\t") != wanted:
        return []
    kept = []
    for text in table.texts[1:]:
        cells = text.split("\t")
        if len(cells) != len(wanted) or not cells[0].isdecimal() or int(cells[0]) >= stop:
            break
        kept.append(text)
    return kept


def _ending(
    layout: SessionLayout, content: Content, events: Sequence[Event], log: CheckedLines
) -> Ending | None:
    """Return how the session ended, if that was logged and is still true."""
    last = events[-1] if events else None
    if last is None or last.kind is not EventKind.SESSION_STOPPED or log.problem or log.n_torn:
        return None
    details = dict(last.details)
    progress = content.progress
    as_told = all(details.pop(name, None) == getattr(progress, name) for name in _COUNTS)
    if not as_told or len(content.events) != len(events) - 2:
        return None
    files = details.pop("files", None)
    others = {k: v for k, v in files.items() if k != layout.recording.name} if files else {}
    return Ending(str(details.pop("status", "")), str(details.pop("reason", "")), others, details)


def _small_files(
    layout: SessionLayout, start: SessionStart, started: Event | None
) -> dict[Path, str]:
    """Return the small files as they were written, read where they hold, else made again."""
    logged = started.details.get("files") if started is not None else None
    found: dict[Path, str] = {}
    for name, crc in logged.items() if isinstance(logged, dict) else ():
        here = (layout.eeg_dir, layout.derivatives_dir) if Path(name).name == name else ()
        for path in (folder / name for folder in here):
            data = path.read_bytes() if path.is_file() else b""
            if f"{zlib.crc32(data):08x}" == crc:
                found[path] = data.decode("utf-8")
        if name == layout.recording.name:  # It is another after the end.
            found.setdefault(layout.recording, bids.recording_json(start))
    if logged and len(found) == len(logged):
        return found
    return small_files(layout, start) | found
