"""Who has which place, by the ledger of places.

Responsible for finding a participant's place or the next one, and for refusing one that may not be
used. Not responsible for opening places, nor for writing the ledger (`study.enrolling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError

Entries = Sequence[Mapping[str, Any]]


def place_of(entries: Entries, participant: str, study: str) -> tuple[str, int]:
    """Return stratum and number of the place that a participant has.

    Raises
    ------
    UserError
        If they have none.
    """
    found = _own(entries, participant)
    if found is None:
        raise UserError(
            "No participant with the code {participant!r} has a place in {study!r}; check the "
            "code.",
            participant=participant,
            study=study,
        )
    return found


def place_for(
    entries: Entries,
    participant: str,
    stratum: str | None,
    strata: Mapping[str, int],
    study: str,
) -> tuple[str, int, bool]:
    """Return stratum and number of the place for a participant, and whether they have it already.

    Parameters
    ----------
    entries : sequence of mapping
        Of the ledger.
    participant : str
    stratum : str or None
        As given; may be left out where there is one, or the participant has a place.
    strata : mapping of str to int
        Labels, and how many places each has.
    study : str
        Its name.

    Raises
    ------
    UserError
        If the stratum is unknown, another than the participant's, or full.
    """
    known = _own(entries, participant)
    if known is not None:
        if stratum not in (None, known[0]):
            raise UserError(
                "Participant {participant} has a place in stratum {stratum!r}, not in "
                "{wanted!r}; leave --stratum out.",
                participant=participant,
                stratum=known[0],
                wanted=stratum,
            )
        return *known, True
    label = stratum or (next(iter(strata)) if len(strata) == 1 else "")
    if label not in strata:
        told = {"study": study, "strata": ", ".join(strata)}
        if stratum:
            raise UserError(
                "Study {study!r} has the strata {strata}; name the participant's, not {stratum!r}.",
                stratum=stratum, **told,
            )  # fmt: skip
        raise UserError(
            "Study {study!r} has the strata {strata}; name the participant's with --stratum.",
            **told,
        )
    taken = sum(e["what"] == "place" and e["stratum"] == label for e in entries)
    if taken >= strata[label]:
        raise UserError(
            "All {n} places of stratum {stratum!r} in study {study!r} are taken; "
            "make a new study to continue.",
            n=taken,
            stratum=label,
            study=study,
        )
    return label, taken + 1, False


def check_claim(
    claims: Mapping[tuple[str, int], str], place: tuple[str, int], participant: str, ledger: Path
) -> None:
    """Refuse a place that a recorded session names for somebody else.

    Raises
    ------
    UserError
        If it does.
    """
    taken = claims.get(place, participant)
    if taken != participant:
        raise UserError(
            "Place {place} of stratum {stratum!r} has been used for participant {taken}: "
            "{folder} is older than the recorded sessions. Restore the newest copy; no "
            "place is given twice.",
            place=place[1],
            stratum=place[0],
            taken=taken,
            folder=ledger,
        )


def check_present(entries: Entries, participant: str, study: str) -> None:
    """Refuse who was withdrawn.

    Raises
    ------
    UserError
        If they were.
    """
    for entry in entries:
        if entry["what"] == "withdrawal" and entry["participant"] == participant:
            raise UserError(
                "Participant {participant} was withdrawn from {study!r} on {when}: no further "
                "session is run.",
                participant=participant,
                study=study,
                when=str(entry["when"])[:10],
            )


def _own(entries: Entries, participant: str) -> tuple[str, int] | None:
    for entry in entries:
        if entry["what"] == "place" and entry["participant"] == participant:
            return str(entry["stratum"]), int(entry["place"])
    return None
