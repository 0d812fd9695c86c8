"""Moving a session aside that nobody wants to keep among the others.

Responsible for taking a session out of its dataset without deleting anything, in such a way that it
can still be read and put back. Not responsible for deciding that, nor for the index.

It goes to ``sourcedata/discarded/sub-XX_ses-NN``, which has the folders of a dataset: every command
that takes a session takes it there too, and to put it back the two folders are moved back.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import count
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.files import make_folders, sync_folder
from neurofeedback.recording.layout import SessionLayout, discarded_root
from neurofeedback.recording.repair.tidy import locked, refusing


def move_aside(layout: SessionLayout) -> Path:
    """Move a session out of its dataset; return its folder there.

    All recordings of the session's folder go together. Interrupted, it may be called again.

    Parameters
    ----------
    layout : SessionLayout
        The session; nobody records it.

    Returns
    -------
    Path
        Where the session folder is then.

    Raises
    ------
    UserError
        If it is being recorded now, lies there already, or a folder cannot be moved.
    """
    if layout.root.parent.parts[-2:] == discarded_root(Path()).parts:
        raise UserError("{folder} was moved aside before.", folder=layout.session_dir)
    with refusing(layout), locked(layout):
        there = _free(layout)
        pairs = (
            (layout.session_dir, there.session_dir),
            # The log, by which the session is found, is in the second.
            (layout.derivatives_dir.parent, there.derivatives_dir.parent),
        )
        for source, target in pairs:
            if not source.exists():
                continue
            make_folders(target.parent)
            os.rename(source, target)
            sync_folder(target.parent)
            sync_folder(source.parent)
    return there.session_dir


def _free(layout: SessionLayout) -> SessionLayout:
    """Return where the session may go: a place of its own, or the one it has half gone to."""
    name = f"sub-{layout.participant}_ses-{layout.session:02d}"
    for number in count(1):
        root = discarded_root(layout.root) / (name if number == 1 else f"{name}-{number}")
        there = replace(layout, root=root)
        taken = [there.derivatives_dir.parent]
        if layout.session_dir.exists():
            taken.append(there.session_dir)
        if not any(path.exists() for path in taken):
            return there
    raise AssertionError("there are names without end")
