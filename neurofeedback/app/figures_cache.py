"""The numbers of sessions, kept so that a course of them need not be computed each time.

Responsible for keeping and finding them by what they were computed from. Not responsible for the
numbers (`report.session_figures`). What is kept here can be thrown away at any time.

They lie beside the index, or in the user's state folder where that is no file.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from neurofeedback.recording.files import make_folders, replace_text
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.report.session_figures import SessionFigures, session_figures
from neurofeedback.store.place import Place

FOLDER = "figures"
FORMAT = 1  # another one whenever numbers are computed in another way


def figures_of_session(layout: SessionLayout, place: Place) -> SessionFigures:
    """Return the numbers of a session, as they were kept if its files are still as long as then.

    Parameters
    ----------
    layout : SessionLayout
    place : Place
        Of the index.

    Raises
    ------
    UserError
        See `session_figures`.
    """
    path = _folder(place) / f"{layout.stem}.json"
    sizes = [_size(file) for file in (layout.log, layout.feedback, layout.eeg)]
    with suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["format"] == FORMAT and kept["sizes"] == sizes:
            return SessionFigures.from_dict(kept["figures"])
    figures = session_figures(layout.protocol)
    with suppress(OSError):  # it is computed again the next time
        make_folders(path.parent)
        content = {"format": FORMAT, "sizes": sizes, "figures": figures.to_dict()}
        replace_text(path, json.dumps(content) + "\n")
    return figures


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else -1


def _folder(place: Place) -> Path:
    if place.file is not None:
        return place.file.parent / FOLDER / place.dataset_id
    from platformdirs import user_state_path

    return user_state_path("neurofeedback", appauthor=False) / FOLDER / place.dataset_id
