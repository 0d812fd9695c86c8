"""Joining a session that was recorded in two places.

Responsible for what both parts together say, and for bringing it to the place of the first. Not
responsible for how the second came to be (`recording.write.writer`).

The second part begins with what the first disk had not confirmed, so both may have the same rows.
Both are right; the longer is taken. Nothing in the second place is changed, but for putting it in
order by itself where it cannot be joined.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TypeVar

from neurofeedback.errors import UserError
from neurofeedback.recording.files import make_folders
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.repair.changes import Change, FilePart, to_be_cut, to_become
from neurofeedback.recording.repair.compose import Content, Ending
from neurofeedback.recording.repair.salvage import Progress, Salvaged, salvage
from neurofeedback.recording.repair.tidy import (
    REASON,
    STATUS,
    RecoverReport,
    carry_out,
    file_changes,
    locked,
    problems_of,
    put_in_order,
    refusing,
    report,
)
from neurofeedback.recording.sealed import trusted
from neurofeedback.recording.write import bids
from neurofeedback.recording.write.elsewhere import came_from
from neurofeedback.recording.write.part import small_files
from neurofeedback.recording.write.start import Continues
from neurofeedback.words.message import Message

_Row = TypeVar("_Row")


def join_parts(
    first: SessionLayout,
    second: SessionLayout,
    *,
    dry_run: bool = False,
    progress: Progress = lambda done: None,
) -> RecoverReport:
    """Join both parts of a session in the place of the first, and put it in order.

    Parameters
    ----------
    first, second : SessionLayout
        As `elsewhere.both_parts` returns them.
    dry_run : bool
        Only report; change nothing.
    progress : callable
        Called with the share that is done.

    Raises
    ------
    UserError
        If one is being recorded now, they do not belong together, or there is no space.
    """
    continues = came_from(second) or Continues(str(first.session_dir), first.run, 0, 0, 0, 0)
    with refusing(first), ExitStack() as stack:
        stack.enter_context(locked(second, read_only=True))
        if not (first.root if continues.n_chunks == 0 else first.log).exists():
            done = put_in_order(second, dry_run=dry_run, progress=progress)
            said = Message(
                "{folder}, where the session began, is not there.", folder=first.session_dir
            )
            return replace(done, problems=(*done.problems, said))
        if not dry_run:
            make_folders(first.eeg_dir)
            make_folders(first.derivatives_dir)
        stack.enter_context(locked(first, read_only=dry_run))
        return _join(first, second, continues, dry_run, progress)


def _join(
    first: SessionLayout,
    second: SessionLayout,
    continues: Continues,
    dry_run: bool,
    progress: Progress,
) -> RecoverReport:
    problems = problems_of(first)
    b = salvage(second, progress)
    a = _begun(first, b, continues)
    ending = a.content.ending
    if not problems and ending is not None and "joined" in ending.details:
        return report(first, a.content, (), [], None, second.session_dir)
    if len(a.content.rows) < continues.n_chunks:
        put_in_order(second, dry_run=dry_run)
        done = put_in_order(first, dry_run=dry_run)
        said = Message(
            "{n} of the {wanted} chunks that came before can be read, so what follows in {folder} "
            "cannot be joined.",
            n=len(a.content.rows), wanted=continues.n_chunks, folder=second.session_dir,
        )  # fmt: skip
        return replace(done, problems=(*done.problems, said))
    merged = _merged(a.content, b, continues, first)
    changes = [
        *_sample_changes(first, a.content, b, continues),
        *_sealed_change(first, second),
        *file_changes(first, merged, a.small),
    ]
    originals = None
    if not dry_run:
        bids.write_dataset(first, merged.start.versions)
        originals = carry_out(first, changes)
    problems = (Message("The session went on in a second place."), *problems)
    return report(first, merged, problems, changes, originals, second.session_dir)


def _begun(first: SessionLayout, b: Salvaged, continues: Continues) -> Salvaged:
    """Return what the first part has; nothing if all of it is in the second."""
    start = replace(b.content.start, continues=None)
    try:
        a = salvage(first)
    except UserError:
        if continues.n_chunks:
            raise
        empty = Content(start, [], [], [], [], None)
        return Salvaged(b.reader, empty, small_files(first, start))
    if a.content.start != start:
        raise UserError(
            "{folder} does not belong to {other}: they were started with different "
            "protocols or streams, or at different times.",
            folder=b.reader.layout.session_dir,
            other=first.session_dir,
        )
    return a


def _merged(a: Content, b: Salvaged, continues: Continues, first: SessionLayout) -> Content:
    events = max(continues.n_events - 1, 0)  # without SessionStarted
    checksums = {}
    if sealed := _sealed(first, b.reader.layout):
        checksums[first.sealed.name] = f"{zlib.crc32(sealed):08x}"
    since = b.content.rows[0].first_sample if b.content.rows else None
    where = {"joined": {"first_sample": since}}
    ending = b.content.ending or Ending(STATUS, REASON)
    return Content(
        start=a.start,
        rows=_longer(a.rows, b.content.rows, continues.n_chunks),
        events=_longer(a.events, b.content.events, events),
        feedback=_longer(a.feedback, b.content.feedback, continues.n_frames),
        display=_longer(a.display, b.content.display, continues.n_displayed),
        ending=replace(ending, files=checksums, details={**ending.details, **where}),
    )


def _longer(a: Sequence[_Row], b: Sequence[_Row], n_before: int) -> list[_Row]:
    """Join rows of which `b` begins after the first `n_before` of `a`; both may have the same."""
    n_same = _n_same(a[n_before:], b)
    if len(a) < n_before or len(a) > n_before + len(b):
        return [*a]
    return [*a[: n_before + n_same], *b[n_same:]]


def _n_same(a: Sequence[_Row], b: Sequence[_Row]) -> int:
    pairs = zip(a, b, strict=False)
    return next((i for i, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))


def _sample_changes(
    first: SessionLayout, a: Content, b: Salvaged, continues: Continues
) -> list[Change]:
    """Bring the samples of the second part that the first does not have."""
    rows = _longer(a.rows, b.content.rows, continues.n_chunks)
    kept = rows[: _n_same(rows, a.rows)]
    n_kept = sum(row.n_times for row in kept)
    n_added = sum(row.n_times for row in rows) - n_kept
    n_skipped = sum(row.n_times for row in kept[continues.n_chunks :])
    other = b.reader.layout
    found: list[Change | None] = []
    for path, source, width in (
        (first.eeg, other.eeg, 4 * a.start.stream.n_channels),
        (first.times, other.times, 8),
    ):
        size = path.stat().st_size if path.exists() else None
        if n_added:
            part = FilePart(source, n_skipped * width, (n_skipped + n_added) * width)
            found.append(Change(path, size, n_kept * width, part))
        elif path == first.times and not n_kept:
            found.append(to_become(path, b""))
        else:
            found.append(to_be_cut(path, n_kept * width))
    return [change for change in found if change is not None]


def _sealed_change(first: SessionLayout, second: SessionLayout) -> list[Change]:
    """Bring the sealed records of a concealed session, which are whole in the second place."""
    sealed = _sealed(first, second)
    change = to_become(first.sealed, sealed) if sealed else None
    return [] if change is None else [change]


def _sealed(first: SessionLayout, second: SessionLayout) -> bytes:
    """Return the longer of two sealed files that begin alike, as far as it can be trusted."""
    found = [path.read_bytes() for path in (first.sealed, second.sealed) if path.exists()]
    return max((data[: trusted(data).size] for data in found), key=len, default=b"")
