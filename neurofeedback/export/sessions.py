"""Which sessions a path means.

Responsible for finding one session, those of a participant, or all of a dataset. Not responsible
for reading them.
"""

from __future__ import annotations

from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import PIPELINE, SessionLayout


def sessions_at(path: Path) -> list[SessionLayout]:
    """Return the sessions at a path, in order of their names.

    Parameters
    ----------
    path : Path
        A session (see `SessionLayout.find`), the folder of a participant, or that of a dataset.

    Returns
    -------
    list of SessionLayout
        At least one.

    Raises
    ------
    UserError
        If there is none.
    """
    folder = path.absolute()
    if (folder / "derivatives" / PIPELINE).is_dir():
        root, pattern = folder, "sub-*"
    elif (folder.parent / "derivatives" / PIPELINE / folder.name).is_dir():
        root, pattern = folder.parent, folder.name
    else:
        return [SessionLayout.find(path)]
    derived = root / "derivatives" / PIPELINE
    found = sorted(derived.glob(f"{pattern}/ses-*/eeg/*_protocol.json"))
    if not found:
        raise UserError("{path} contains no session.", path=path)
    return [SessionLayout.find(file) for file in found]
