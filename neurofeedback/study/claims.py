"""Which places of a study the recorded sessions of a dataset name.

Responsible for reading them, so that a place is never given twice, whatever became of the study's
own ledger. Not responsible for judging them.
"""

from __future__ import annotations

from pathlib import Path

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.write.start import SessionStart


def claimed_places(root: Path, study: str) -> dict[tuple[str, int], str]:
    """Return the places that sessions of a study name, and their participants.

    Parameters
    ----------
    root : Path
        A dataset; may not exist yet.
    study : str
        Identity of the study.

    Returns
    -------
    dict
        Stratum and number to participant code. Folders that cannot be read are passed over: they
        hold no session that could be used.
    """
    places: dict[tuple[str, int], str] = {}
    sessions = SessionLayout(root, "any", 1, "any").derivatives_root
    for path in sorted(sessions.glob("sub-*/ses-*/eeg/*_protocol.json")):
        try:
            start = SessionStart.from_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        known = start.study
        if known is not None and known.get("study") == study:
            participant = path.name.partition("_")[0].removeprefix("sub-")
            places[str(known.get("stratum")), int(known.get("place", 0))] = participant
    return places
