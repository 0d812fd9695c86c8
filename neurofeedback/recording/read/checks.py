"""Whether the files of a session are as they were written.

Responsible for finding damage by reading alone. Not responsible for mending it
(`recording.repair.recover`), nor for whether the engine would compute the same again (`session`).

What vouches for what: the rows of the chunk table for samples and times; a running checksum in each
line for the tables and the log (`recording.read.lines`); the first line of the log for the small
files; log and chunk table for the files that follow from them (`recording.repair.derived`); a
running checksum in each record for the sealed file; and the last line of the log for the length of
everything.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.recording.files import to_bytes, why
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import DamagedSession, SessionReader
from neurofeedback.recording.repair.derived import event_table, marker_file, same_markers
from neurofeedback.recording.sealed import trusted
from neurofeedback.recording.tables import number
from neurofeedback.words.message import Message


def check_files(path: Path | str | SessionLayout) -> list[Message]:
    """Look for damage in every file of a session.

    For a session that was finished this finds any changed bit and any missing or additional byte in
    each of its files. A session that was killed may end in torn lines, in bytes that no row vouches
    for, and in rows of derived files that are still missing: no damage, see `SessionReader.beyond`.

    Parameters
    ----------
    path : path-like
        As for `SessionReader`.

    Returns
    -------
    list of Message
        A sentence for each problem; empty when all is well.

    Raises
    ------
    UserError
        If it is no session of this program.
    """
    layout = SessionLayout.find(path)
    # First: while a session is being recorded, log and chunks must not be older than these.
    derived = {file: _bytes(file) for file in (layout.events, layout.vmrk)}
    try:
        reader = SessionReader(layout)
    except DamagedSession as error:
        return [error.message]
    problems = [*_missing_files(reader), *reader.damage, *_chunk_problems(reader)]
    events: list[Event] = []
    readers: tuple[Callable[[], object], ...] = (
        lambda: events.extend(reader.events()),
        lambda: _check_feedback_columns(reader),
        reader.display_rows,
    )
    for read in readers:
        try:
            read()
        except UserError as error:
            problems.append(error.message)
    stopped = reader.stopped
    problems += _sealed_problems(layout)
    if events:
        problems += small_file_problems(reader, events[0], stopped)
        problems += _derived_problems(reader, events, derived, whole=stopped is not None)
    if stopped is None:
        problems += _missing_end(layout)
    else:
        problems += reader.beyond
        problems += _count_problems(reader, stopped)
    return problems


def _missing_files(reader: SessionReader) -> list[Message]:
    layout = reader.layout
    needed = [layout.times, layout.chunks, layout.vhdr, layout.vmrk, layout.events,
              layout.feedback, layout.display, layout.log]  # fmt: skip
    if reader.n_acknowledged:  # The data file is made with the first chunk.
        needed.append(layout.eeg)
    return [Message("{path} is missing.", path=path) for path in needed if not path.exists()]


def _sealed_problems(layout: SessionLayout) -> list[Message]:
    problem = trusted(_bytes(layout.sealed) or b"").problem
    if problem is None:
        return []
    return [Message("{path}: {problem}.", path=layout.sealed, problem=problem)]


def _check_feedback_columns(reader: SessionReader) -> None:
    if reader.feedback_columns() not in ([], [*reader.start.feedback_columns]):
        raise DamagedSession(
            "{path}: its columns are not those of the session.", path=reader.layout.feedback
        )


def _chunk_problems(reader: SessionReader) -> list[Message]:
    problems = []
    expected = None
    for index, row in enumerate(reader.chunk_rows):
        if expected is not None and row.first_sample != expected:
            problems.append(
                Message(
                    "{chunk} does not follow on: {sample} would be next.",
                    chunk=reader.chunk_name(index), sample=expected,
                )
            )  # fmt: skip
        expected = row.stop_sample
        try:
            times = reader.chunk_times(index)
        except DamagedSession as error:
            problems.append(error.message)
        else:
            ends = times[0], times[-1]
            if [*map(number, ends)] != [*map(number, (row.first_time, row.last_time))]:
                name = reader.chunk_name(index)
                problems.append(Message("{chunk}: its times differ from its row.", chunk=name))
    return problems


def small_file_problems(
    reader: SessionReader, first: Event, stopped: Event | None
) -> list[Message]:
    """Compare the small files with the checksums in the log.

    Parameters
    ----------
    reader : SessionReader
    first : Event
        That begins the log.
    stopped : Event or None
        That ends it, of a session that was finished.

    Returns
    -------
    list of Message
        Each with the field ``path``.
    """
    layout = reader.layout
    if first.kind is not EventKind.SESSION_STARTED:
        return []
    wanted = dict(_checksums(first))
    if stopped is not None:
        wanted |= _checksums(stopped)
    folders = (layout.eeg_dir, layout.derivatives_dir)
    # A log is never changed: it names files by the code under which the session was recorded.
    logged, code = (f"sub-{c}_" for c in (first.details.get("participant"), layout.participant))
    problems = []
    for logged_name, crc in wanted.items():
        name = logged_name.replace(logged, code, 1)
        path = next((f / name for f in folders if (f / name).exists()), layout.eeg_dir / name)
        data = _bytes(path)
        if data is not None:
            data = data.replace(code.encode(), logged.encode())
        if data is None:
            problems.append(Message("{path} is missing.", path=path))
        elif f"{zlib.crc32(data):08x}" != crc:
            problems.append(Message("{path} is not as it was written.", path=path))
    return problems


def _checksums(event: Event) -> dict[str, str]:
    files = event.details.get("files")
    if not isinstance(files, dict):
        return {}
    return {name: crc for name, crc in files.items() if Path(name).name == name}


def _derived_problems(
    reader: SessionReader, events: Sequence[Event], derived: dict[Path, bytes | None], whole: bool
) -> list[Message]:
    """Compare events table and markers with what follows from log and chunks."""
    layout, rows = reader.layout, reader.chunk_rows
    problems = []
    found, wanted = derived[layout.events], to_bytes(event_table(reader.start, rows, events))
    if found is not None and not _agree(found, wanted, whole):
        problems.append(Message("{path} does not have the events of the log.", path=layout.events))
    found = derived[layout.vmrk]
    text = marker_file(layout.eeg.name, reader.start, rows, events)
    if found is not None and not same_markers(found, text, whole=whole):
        problems.append(
            Message("{path} does not have the markers of the session.", path=layout.vmrk)
        )
    return problems


def _agree(found: bytes, wanted: bytes, whole: bool) -> bool:
    """Whether they are the same or, unless it is whole, one is the beginning of the other."""
    if whole:
        return found == wanted
    found = found[: found.rfind(b"\n") + 1]
    return wanted.startswith(found) or found.startswith(wanted)


def _missing_end(layout: SessionLayout) -> list[Message]:
    """Say so when a session was finished and yet its log does not end with SessionStopped."""
    try:
        fields = json.loads(_bytes(layout.recording) or b"")
    except (ValueError, RecursionError):
        return []
    if not isinstance(fields, dict) or "RecordingDuration" not in fields:
        return []
    return [
        Message(
            "{path} has no SessionStopped, though the session was finished: {name} tells of "
            "{seconds} s.",
            path=layout.log, name=layout.recording.name, seconds=fields["RecordingDuration"],
        )
    ]  # fmt: skip


def _count_problems(reader: SessionReader, stopped: Event) -> list[Message]:
    layout = reader.layout
    have: Iterable[tuple[Path, Message, Callable[[], int]]] = (
        (layout.log, Message("samples"), lambda: reader.n_samples),
        (layout.chunks, Message("chunks"), lambda: len(reader.chunk_rows)),
        (layout.feedback, Message("frames"), lambda: sum(1 for _ in reader.iter_feedback())),
        (layout.display, Message("displayed"), lambda: len(reader.display_rows())),
    )
    problems = []
    for path, noun, count in have:
        try:
            n = count()
        except DamagedSession:
            continue
        told = stopped.details.get(f"n_{noun}")
        if told != n:
            problems.append(
                Message(
                    "{path}: SessionStopped tells of {told} {noun}, there are {n}.",
                    path=path, told=told, noun=noun, n=n,
                )
            )  # fmt: skip
    return problems


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
