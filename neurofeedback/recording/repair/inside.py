"""That a session lies within its own dataset, whoever made the folder.

Responsible for refusing links where files of a session are written: what a link leads to lies
elsewhere, and a folder that somebody sent could name anybody's files that way. Not responsible for
paths that are written in files (`recording.write.elsewhere`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout


def refuse_links(layout: SessionLayout) -> None:
    """Refuse a session with a link in the place of one of its folders or files.

    Raises
    ------
    UserError
        If there is one; the sentence names it.
    OSError
        If a folder cannot be read.
    """
    for path in _written(layout):
        if path.is_symlink():
            raise UserError(
                "{path} is a link, and what it leads to may lie outside of {root}; put the "
                "file or folder itself in its place.",
                path=path,
                root=layout.root,
            )


def _written(layout: SessionLayout) -> Iterator[Path]:
    """Yield everything that may be written to when a session is put in order."""
    for folder in (layout.eeg_dir, layout.derivatives_dir):
        while folder != layout.root:
            yield folder
            folder = folder.parent
    for folder in (layout.eeg_dir, layout.derivatives_dir, layout.derivatives_dir.parent):
        yield from folder.iterdir() if folder.is_dir() else ()
    for folder in (layout.root, layout.derivatives_root):  # folders of others may be anywhere
        if folder.is_dir():
            yield from (path for path in folder.iterdir() if not path.is_dir())
