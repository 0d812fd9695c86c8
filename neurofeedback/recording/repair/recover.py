"""Finding unfinished sessions, and putting them in order.

Responsible for what a person or the application asks for; see `recover_session`. Not responsible
for how it is done in one place (`recording.repair.tidy`) or with two (`recording.repair.join`).
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import PIPELINE, SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.join import join_parts
from neurofeedback.recording.repair.salvage import Progress
from neurofeedback.recording.repair.tidy import (
    RecoverReport,
    is_locked,
    locked,
    put_in_order,
    refusing,
)
from neurofeedback.recording.write.elsewhere import both_parts, came_from, continuations
from neurofeedback.words.message import Message

__all__ = ["RecoverReport", "recover_session", "unfinished"]


def recover_session(
    path: Path | str | SessionLayout,
    second: Path | None = None,
    *,
    dry_run: bool = False,
    progress: Progress = lambda done: None,
) -> RecoverReport:
    """Put a session in order: keep all that can be trusted, finish it, mark it as recovered.

    A session that was finished and is undamaged is left alone. If a session went on in a second
    place, both parts are joined in the first. What is cut off is kept, and a second call changes
    nothing.

    Parameters
    ----------
    path : path-like or SessionLayout
        The session folder or any path that `SessionLayout.find` takes; of a session in two places,
        either.
    second : Path or None
        The second place, where to look for what goes on from the session. A session that says it
        goes on from another is joined to it only if it lies there; else it is put in order by
        itself, and nothing outside of its dataset is written.
    dry_run : bool
        Only report; change nothing.
    progress : callable
        Called with the share that is done.

    Returns
    -------
    RecoverReport

    Raises
    ------
    UserError
        If it is no session of this program, is being recorded now, cannot be read or written, has
        a link in the place of a file, or if nothing tells what was recorded.
    """
    layout = SessionLayout.find(path)
    parts = both_parts(layout, second)
    if parts is not None:
        return join_parts(*parts, dry_run=dry_run, progress=progress)
    with refusing(layout), locked(layout, read_only=dry_run):
        done = put_in_order(layout, dry_run=dry_run, progress=progress)
    if (continues := came_from(layout)) is None:
        return done
    said = Message(
        "It says that it goes on from {session!r}, and lies in no known second place, so nothing "
        "was written there; if it was recorded here, name it with --second-out {folder}.",
        session=continues.session, folder=layout.root.parent,
    )  # fmt: skip
    return replace(done, problems=(*done.problems, said))


def unfinished(root: Path | str, second: Path | None = None) -> list[SessionLayout]:
    """Return the sessions of a dataset that were not finished and that nobody records now.

    Parameters
    ----------
    root : path-like
        Folder of the dataset.
    second : Path or None
        The second place; what goes on there from a session of the dataset is not finished before
        it is joined.

    Returns
    -------
    list of SessionLayout
        For `recover_session`; empty when all is in order.

    Raises
    ------
    UserError
        If there is no session of this program.
    """
    base = Path(os.path.abspath(root))
    logs = sorted((base / "derivatives" / PIPELINE).glob("sub-*/ses-*/eeg/*_session.jsonl"))
    parts = [] if second is None else _not_joined(base, second)
    if not logs and not parts:
        raise UserError(
            "{folder} is neither a session nor a folder of sessions recorded by this program.",
            folder=base,
        )
    firsts = [first for first, _ in parts]
    layouts = [SessionLayout.find(path) for path in logs]
    alone = [each for each in layouts if each not in firsts and not _is_finished(each)]
    return [each for each in (*alone, *(part for _, part in parts)) if not is_locked(each)]


def _not_joined(root: Path, second: Path) -> list[tuple[SessionLayout, SessionLayout]]:
    found = []
    for layout in continuations(second):
        parts = both_parts(layout, second) if came_from(layout) is not None else None
        if parts is not None and parts[0].root == root and not _is_joined(parts[0]):
            found.append(parts)
    return found


def _is_finished(layout: SessionLayout) -> bool:
    try:
        return SessionReader(layout).stopped is not None
    except UserError:
        return False


def _is_joined(layout: SessionLayout) -> bool:
    try:
        stopped = SessionReader(layout).stopped
    except UserError:
        return False
    return stopped is not None and "joined" in stopped.details
