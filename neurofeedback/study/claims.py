"""What the recorded sessions of a dataset say of the study that they belong to.

Responsible for reading it, so that a place is never given twice and a ledger that lost entries is
found, whatever became of the study's own folder. Not responsible for judging it (`study.folder`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.write.start import SessionStart


@dataclass(frozen=True, slots=True)
class Claim:
    """That a session has a place of a study.

    Parameters
    ----------
    folder : str
        Of the session, relative to its dataset, with slashes.
    participant : str
        Code.
    stratum : str
    place : int
    ledger : str or None
        Head of the ledger of places just before; None in sessions of before.
    """

    folder: str
    participant: str
    stratum: str
    place: int
    ledger: str | None

    @classmethod
    def of(cls, folder: str, participant: str, facts: Mapping[str, Any]) -> Claim:
        """Take it from what lies open of the study in a session, whatever stands there."""
        ledger = facts.get("ledger")
        return cls(
            folder,
            participant,
            str(facts.get("stratum")),
            number_of(facts, "place"),
            None if ledger is None else str(ledger),
        )


def number_of(facts: Mapping[str, Any], key: str) -> int:
    """Return a number of what lies open of the study in a session; 0 where there is none."""
    number = facts.get(key)
    return number if isinstance(number, int) and number > 0 else 0


def recorded_claims(root: Path, study: str) -> list[Claim]:
    """Return what the sessions of a study say of it.

    Parameters
    ----------
    root : Path
        A dataset; may not exist yet.
    study : str
        Identity of the study.

    Returns
    -------
    list of Claim
        Folders that cannot be read are passed over: they hold no session that could be used.
    """
    claims = []
    sessions = SessionLayout(root, "any", 1, "any").derivatives_root
    for path in sorted(sessions.glob("sub-*/ses-*/eeg/*_protocol.json")):
        try:
            known = SessionStart.from_json(path.read_text(encoding="utf-8")).study
            if known is None or known.get("study") != study:
                continue
            participant = path.name.partition("_")[0].removeprefix("sub-")
            claims.append(Claim.of(SessionLayout.find(path).folder, participant, known))
        except (OSError, ValueError):
            continue
    return claims


def claimed_places(root: Path, study: str) -> dict[tuple[str, int], str]:
    """Return the places that sessions of a study name, and their participants."""
    return {(c.stratum, c.place): c.participant for c in recorded_claims(root, study)}
