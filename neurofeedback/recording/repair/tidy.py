"""Putting the files of one session in order.

Responsible for cutting them to what can be trusted (`recording.repair.salvage`) and for finishing
headers, sidecars and log. Not responsible for how files are changed (`recording.repair.changes`),
nor for a session that was recorded in two places (`recording.repair.join`).

Safe at every moment and safe to run twice: what is cut is kept before anything is changed, and the
log, whose SessionStopped makes a session a finished one, is changed last. Interrupted before that,
the session is as unfinished as it was, and the next run does the same again.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.files import FILE_MODE, take_lock, why
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import DamagedSession, SessionReader
from neurofeedback.recording.repair.changes import (
    Change,
    apply,
    keep_originals,
    to_be_cut,
    to_become,
)
from neurofeedback.recording.repair.compose import Content, Ending, session_files
from neurofeedback.recording.repair.derived import same_markers
from neurofeedback.recording.repair.inside import refuse_links
from neurofeedback.recording.repair.salvage import Progress, Salvaged, salvage
from neurofeedback.recording.sealed import trusted
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

STATUS = "recovered"
REASON = later("the recording was interrupted")


@dataclass(frozen=True, slots=True)
class RecoverReport:
    """What was found and done.

    Parameters
    ----------
    session : Path
        Folder of the session.
    changed : bool
        Whether anything was (or with a dry run: would be) changed.
    n_samples, n_chunks, n_frames, n_events : int
        What the session has afterwards; events without the two of the recorder itself.
    seconds : float
        Its length by its sampling rate.
    problems : tuple of Message
        What was wrong, a sentence each.
    cut : dict
        Name of a file to the number of bytes that were cut from its end.
    originals : Path or None
        Folder that keeps them.
    joined : Path or None
        Folder of the continuation that was joined to it; it is not needed any more.
    """

    session: Path
    changed: bool
    n_samples: int
    n_chunks: int
    n_frames: int
    n_events: int
    seconds: float
    problems: tuple[Message, ...]
    cut: dict[str, int]
    originals: Path | None
    joined: Path | None = None


def is_locked(layout: SessionLayout) -> bool:
    """Return whether a program is recording the session now, or putting it in order."""
    try:
        fd = os.open(layout.log, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not take_lock(fd)
    finally:
        os.close(fd)


@contextmanager
def refusing(layout: SessionLayout) -> Iterator[None]:
    """Turn what the system refuses into one sentence."""
    try:
        yield
    except OSError as error:
        where = error.filename or layout.session_dir
        raise UserError(
            "{path}: {reason}, so the session was not put in order.",
            path=where,
            reason=why(error),
        ) from error


@contextmanager
def locked(layout: SessionLayout, *, read_only: bool = False) -> Iterator[None]:
    """Keep writers and others who would put a session in order out.

    Raises
    ------
    UserError
        If one of them is at work, or a link stands in the place of a file; see `inside`.
    OSError
        If the log cannot be opened.
    """
    refuse_links(layout)
    if read_only and not layout.log.exists():
        yield
        return
    fd = os.open(layout.log, os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT, FILE_MODE)
    try:
        if not take_lock(fd):
            raise UserError(
                "{folder} is being recorded at this moment; end that session first.",
                folder=layout.session_dir,
            )
        yield
    finally:
        os.close(fd)


def put_in_order(
    layout: SessionLayout, *, dry_run: bool = False, progress: Progress = lambda done: None
) -> RecoverReport:
    """Put a session in order that is locked; see `recover.recover_session`."""
    problems = problems_of(layout)
    kept = salvage(layout, progress)
    if not problems and kept.content.ending is not None:
        return report(layout, kept.content, (), [], None)
    content, changes = _plan(layout, kept)
    originals = None if dry_run else carry_out(layout, changes)
    return report(layout, content, problems, changes, originals)


def unended_changes(layout: SessionLayout, kept: Salvaged) -> list[Change]:
    """Return the changes after which a session without an end is in order and still has none."""
    sealed, _ = sealed_changes(layout)
    samples = _sample_changes(layout, kept.content)
    return [*samples, *sealed, *file_changes(layout, kept.content, kept.small)]


def carry_out(layout: SessionLayout, changes: list[Change]) -> Path:
    """Keep the originals, change the files and check the outcome; return where originals are.

    Raises
    ------
    UserError
        If there is no space, or something is still wrong afterwards.
    OSError
        If a file cannot be changed.
    """
    originals = keep_originals(layout, changes)
    apply(changes, last=layout.log)
    left = check_files(layout)
    if left:
        raise UserError(
            "{folder} was put in order, but for this: {left}",
            folder=layout.session_dir,
            left=left[0],
        )
    return originals


def problems_of(layout: SessionLayout) -> tuple[Message, ...]:
    """Return what is wrong with a session: damage, and what a kill leaves behind."""
    problems = check_files(layout)
    try:
        reader = SessionReader(layout)
    except DamagedSession:
        return tuple(problems)
    if reader.stopped is None:
        problems += [*reader.beyond, Message("The session was not ended.")]
    return tuple(problems)


def report(
    layout: SessionLayout,
    content: Content,
    problems: Iterable[Message],
    changes: list[Change],
    originals: Path | None,
    joined: Path | None = None,
) -> RecoverReport:
    """Return the report on a session that has `content` after `changes`."""
    progress = content.progress
    return RecoverReport(
        session=layout.session_dir,
        changed=bool(changes),
        n_samples=progress.n_samples,
        n_chunks=progress.n_chunks,
        n_frames=progress.n_frames,
        n_events=len(content.events),
        seconds=progress.n_samples / content.start.stream.sfreq,
        problems=tuple(problems),
        cut=n_cut(layout, changes),
        originals=originals,
        joined=joined,
    )


def file_changes(
    layout: SessionLayout, content: Content, small: Mapping[Path, str]
) -> list[Change]:
    """Return the changes after which all files but samples and sealed records say `content`."""
    files = session_files(layout, content, small)
    markers = layout.vmrk.read_bytes() if layout.vmrk.exists() else b""
    if same_markers(markers, files[layout.vmrk].decode(), whole=True):
        del files[layout.vmrk]  # They stand in the order in which they became known.
    return [change for path, data in files.items() if (change := to_become(path, data))]


def n_cut(layout: SessionLayout, changes: Iterable[Change]) -> dict[str, int]:
    """Return how many bytes are cut from each file that cannot be made again, by its name."""
    own = {layout.eeg, layout.times, layout.chunks, layout.feedback, layout.display, layout.log,
           layout.sealed}  # fmt: skip
    return {
        change.path.name: change.n_cut for change in changes if change.path in own and change.n_cut
    }


def _plan(layout: SessionLayout, kept: Salvaged) -> tuple[Content, list[Change]]:
    """Return what the session will say, and the changes that make it so."""
    sealed, checksums = sealed_changes(layout)
    others = [*_sample_changes(layout, kept.content), *sealed]
    if kept.content.ending is not None:
        return kept.content, [*others, *file_changes(layout, kept.content, kept.small)]
    content = replace(kept.content, ending=Ending(STATUS, REASON, checksums))
    cut = n_cut(layout, [*others, *file_changes(layout, content, kept.small)])
    content = replace(content, ending=Ending(STATUS, REASON, checksums, {"cut": cut}))
    return content, [*others, *file_changes(layout, content, kept.small)]


def _sample_changes(layout: SessionLayout, content: Content) -> list[Change]:
    n_samples, n_channels = content.progress.n_samples, content.start.stream.n_channels
    changes = (
        to_be_cut(layout.eeg, 4 * n_channels * n_samples),
        to_be_cut(layout.times, 8 * n_samples) if n_samples else to_become(layout.times, b""),
    )
    return [change for change in changes if change is not None]


def sealed_changes(layout: SessionLayout) -> tuple[list[Change], dict[str, str]]:
    """Return the change of the sealed file of a concealed session, and its checksum then."""
    if not layout.sealed.exists():
        return [], {}
    data = layout.sealed.read_bytes()
    size = trusted(data).size
    changes = [Change(layout.sealed, len(data), size, b"")] if size < len(data) else []
    return changes, {layout.sealed.name: f"{zlib.crc32(data[:size]):08x}"}
