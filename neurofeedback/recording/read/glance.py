"""What a glance at a session tells, without reading its files whole.

Responsible for how far a session went and whether it was ended, from the beginning and the end of
its log and its table of chunks. No checksum is looked at, so this is for lists that must be there
at once. Not responsible for reading a session (`recording.read.reader`) nor for judging it
(`recording.read.checks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.recording.files import why
from neurofeedback.recording.layout import PIPELINE, SessionLayout
from neurofeedback.recording.tables import ChunkRow
from neurofeedback.recording.write.start import SessionStart

_PIECE = 1 << 16
_NO_SAMPLES = re.compile(r"no samples for \d+(\.\d+)? s")  # why sessions of earlier versions ended


@dataclass(frozen=True, slots=True)
class Glance:
    """How far a session went.

    Parameters
    ----------
    ended : bool
        Whether its log ends with SessionStopped.
    block : Event or None
        BlockStarted of the block that was on last; None before the first.
    protocol_ended : bool
        Whether the protocol came to its end.
    n_samples : int
        Samples acknowledged.
    """

    ended: bool
    block: Event | None
    protocol_ended: bool
    n_samples: int


def recordings(root: Path) -> list[SessionLayout]:
    """Return the recordings of a dataset, in order of their names."""
    logs = sorted((root / "derivatives" / PIPELINE).glob("sub-*/ses-*/eeg/*_session.jsonl"))
    return [SessionLayout.find(path) for path in logs]


def was_ended(layout: SessionLayout) -> bool:
    """Return whether the log of a session ends with SessionStopped.

    Raises
    ------
    UserError
        If the log cannot be read.
    """
    event = _last_event(layout)
    return event is not None and event.kind is EventKind.SESSION_STOPPED


def was_starved(stopped: Event | None) -> bool:
    """Return whether a session was ended for want of samples, so that it may still go on."""
    if stopped is None or stopped.kind is not EventKind.SESSION_STOPPED:
        return False
    return _NO_SAMPLES.fullmatch(str(stopped.details.get("reason"))) is not None


def starved(layout: SessionLayout) -> bool:
    """Return the same of the last event of a session; see `was_starved`.

    Raises
    ------
    UserError
        If the log cannot be read.
    """
    return was_starved(_last_event(layout))


def _last_event(layout: SessionLayout) -> Event | None:
    return _event(next(lines_from_end(layout.log), b""))


def glance(layout: SessionLayout) -> Glance:
    """Look how far a session went.

    Raises
    ------
    UserError
        If a file cannot be read.
    """
    ended = over = False
    block = None
    for line in lines_from_end(layout.log):
        event = _event(line)
        if event is None:
            continue
        ended = ended or event.kind is EventKind.SESSION_STOPPED
        over = over or event.kind is EventKind.PROTOCOL_ENDED
        if event.kind is EventKind.BLOCK_STARTED:
            block = event
            break
    return Glance(ended, block, over, _n_samples(layout.chunks))


def start_of(layout: SessionLayout) -> SessionStart:
    """Return what was known at a session's start.

    Raises
    ------
    UserError
        If that cannot be read.
    """
    try:
        return SessionStart.from_json(layout.protocol.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(
            "{path} cannot be understood: {reason}.", path=layout.protocol, reason=error
        ) from error
    except OSError as error:
        raise UserError(
            "{path} cannot be read: {reason}.", path=layout.protocol, reason=why(error)
        ) from error


def lines_from_end(path: Path) -> Iterator[bytes]:
    """Yield the whole lines of a file, the last one first; what is torn is passed over.

    Raises
    ------
    UserError
        If it cannot be read; a missing file has no lines.
    """
    try:
        with path.open("rb") as file:
            at = file.seek(0, 2)
            rest: bytes | None = None  # the beginning of it is still to be read
            while at > 0:
                size = min(_PIECE, at)
                at -= size
                file.seek(at)
                first, *lines = (file.read(size) + (rest or b"")).split(b"\n")
                whole = lines if rest is not None else lines[:-1]
                yield from reversed(whole)
                torn = rest is None and not lines
                rest = None if torn else first
            if rest is not None:
                yield rest
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error


def _n_samples(chunks: Path) -> int:
    last = _row(next(lines_from_end(chunks), b""))
    try:
        with chunks.open("rb") as file:
            file.readline()
            first = _row(file.readline())
    except OSError:
        return 0
    return 0 if first is None or last is None else last.stop_sample - first.first_sample


def _row(line: bytes) -> ChunkRow | None:
    cells = line.decode("utf-8", "replace").rstrip("\n").split("\t")
    try:
        return ChunkRow.from_cells(cells[:-1])
    except ValueError:
        return None


def _event(line: bytes) -> Event | None:
    try:
        return Event.from_json(line.decode("utf-8", "replace"))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
