"""Where sessions go on whose disk failed.

Responsible for the second place: the folder that each such session gets there, and for finding
which recording goes on from which. Not responsible for recording (`recording.write.writer`) nor for
joining (`recording.repair.join`).

What a recording says it goes on from is a path, and is believed only of a recording that lies in
the second place itself: this program wrote it there. Anybody can write one into a folder that is
sent.

The folder is a dataset of its own. It holds either the continuation of a session, whose start says
what it continues, or a whole session whose files were removed from their place, with a note of it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.files import FOLDER_MODE, make_folders, replace_text
from neurofeedback.recording.layout import PIPELINE, SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.write.start import Continues, SessionStart

_MOVED = ".moved-from.json"  # BIDS passes over names that begin with a dot


def new_folder(second: Path, start: SessionStart, layout: SessionLayout) -> Path:
    """Make the folder for what goes on from `layout`.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    make_folders(second)
    name = f"{start.started:%Y%m%dT%H%M%S}_{layout.stem}"
    for number in count(1):
        folder = second / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            folder.mkdir(mode=FOLDER_MODE)
            return folder
    raise AssertionError("there are names without end")


def note_moved(folder: Path, layout: SessionLayout) -> None:
    """Write down that the session in `folder` is the one that was at `layout`.

    Raises
    ------
    OSError
        If that cannot be written.
    """
    note = {"session": str(layout.session_dir), "run": layout.run}
    replace_text(folder / _MOVED, json.dumps(note) + "\n")


def came_from(layout: SessionLayout) -> Continues | None:
    """Return what a recording in the second place goes on from; None for any other session."""
    with suppress(UserError):
        if (continues := SessionReader(layout).start.continues) is not None:
            return continues
    try:
        note = json.loads((layout.root / _MOVED).read_text(encoding="utf-8"))
        return Continues(note["session"], note["run"], 0, 0, 0, 0)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def first_of(layout: SessionLayout, continues: Continues) -> SessionLayout:
    """Return where the recording lies, or lay, that `layout` goes on from.

    Raises
    ------
    UserError
        If what it says cannot be so.
    """
    folder = Path(continues.session)
    first = replace(layout, root=folder.parent.parent, run=max(continues.run, 1))
    if not folder.is_absolute() or first.session_dir != folder:
        raise UserError(
            "{folder} says that it continues {session!r}, which is no session of that participant.",
            folder=layout.session_dir,
            session=continues.session,
        )
    return first


def continuations(second: Path) -> list[SessionLayout]:
    """Return the recordings in the second place, in order of their names."""
    logs = second.glob(f"*/derivatives/{PIPELINE}/sub-*/ses-*/eeg/*_session.jsonl")
    return [SessionLayout.find(path) for path in sorted(logs)]


def both_parts(
    layout: SessionLayout, second: Path | None = None
) -> tuple[SessionLayout, SessionLayout] | None:
    """Return the two places of a session, given either; None for a session in one place.

    Parameters
    ----------
    layout : SessionLayout
        The session, or what goes on from it.
    second : Path or None
        The second place: where to look for what goes on from it, and where to believe it.

    Raises
    ------
    UserError
        If it says that it continues something impossible.
    """
    continues = came_from(layout)
    if continues is not None:
        believed = second is not None and layout.root.parent.resolve() == second.resolve()
        return (first_of(layout, continues), layout) if believed else None
    for other in continuations(second) if second is not None else ():
        continues = came_from(other)
        if continues is not None and Path(continues.session) == layout.session_dir:
            if first_of(other, continues) == layout:
                return layout, other
    return None
