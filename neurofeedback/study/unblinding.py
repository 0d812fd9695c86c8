"""Opening the list of a study, and logging who did so.

Responsible for the arms that the unblinding key opens, and for the ledger of unblindings. Not
responsible for envelopes (`study.envelopes`), nor for comparing sessions (`study.delivery`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.study.allocation import Place
from neurofeedback.study.delivery import Allocated
from neurofeedback.study.enrolment import Opened
from neurofeedback.study.facts import StudyFacts
from neurofeedback.study.files import open_escrow
from neurofeedback.study.keys import UnblindingKey
from neurofeedback.study.ledger import Ledger
from neurofeedback.study.ledgers import PLACES, UNBLINDINGS
from neurofeedback.study.minimisation import levels_of, minimised
from neurofeedback.study.places import place_of


class Unblinding:
    """Opens the list of a study.

    Parameters
    ----------
    facts : StudyFacts
    sealed_list : Path
        The list as it is sealed for the unblinding key.
    places, unblindings : Ledger
    """

    def __init__(
        self, facts: StudyFacts, sealed_list: Path, places: Ledger, unblindings: Ledger
    ) -> None:
        self._facts = facts
        self._list = sealed_list
        self._places = places
        self._unblindings = unblindings

    def allocated(self, key: UnblindingKey) -> Allocated:
        """Open the list for comparing; `unblind` is for people, and is logged.

        Raises
        ------
        UserError
            If the key is another study's, or the list or ``study.json`` was changed.
        """
        places, tagged = open_escrow(self._list, key, self._facts.bound)
        entries = self._places.entries()
        if self._facts.factors:
            levels = levels_of(entries)
            taken = list(places.values())[: len(levels)]
            arms = minimised([p.seed for p in taken], levels, self._facts.ratio)
            for place, arm in zip(taken, arms, strict=True):
                places[place.stratum, place.number] = replace(place, arm=arm)
        return Allocated(self._facts.identity, places, tagged, entries)

    def unblind(
        self,
        key: UnblindingKey,
        *,
        who: str,
        reason: str,
        now: datetime,
        participant: str | None = None,
    ) -> list[Opened]:
        """Open the list, having logged who does so.

        Parameters
        ----------
        key : UnblindingKey
        who, reason : str
            For the log.
        now : datetime
            With time zone.
        participant : str or None
            Whose place alone is opened; None for all.

        Returns
        -------
        list of Opened
            In the order in which places were taken.

        Raises
        ------
        UserError
            If the key is another study's, the list was changed, or nobody of that code takes part.
        """
        allocated = self.allocated(key)
        entries = allocated.entries
        wanted = [
            e for e in entries if e["what"] == "place" and participant in (None, e["participant"])
        ]
        if participant is not None:
            place_of(entries, participant, self._facts.name)
        self.check(who, reason)
        self.log(who, reason, now, participant)
        return [self._opened(entry, entries, allocated.places) for entry in wanted]

    def check(self, who: str, reason: str) -> None:
        """Refuse to unblind for nobody or no reason.

        Raises
        ------
        UserError
            If one of them is empty.
        """
        if not who.strip() or not reason.strip():
            raise UserError(
                "Unblinding is logged: give the name of the person who opens "
                "the list, and the reason."
            )

    def log(
        self, who: str, reason: str, now: datetime, participant: str | None, *, how: str = "key"
    ) -> None:
        """Log an unblinding; the ledger of places learns of it at once, or with the next session.

        It cannot while a session is being started, and an emergency does not wait for that.

        Parameters
        ----------
        who, reason : str
        now : datetime
            With time zone.
        participant : str or None
            Whose arm is told; None for all.
        how : str
            With what it is opened.
        """
        when = now.isoformat()
        entry = {
            "who": who, "reason": reason, "when": when, "participant": participant, "how": how,
        }  # fmt: skip
        with self._unblindings.writing() as append:
            append({**entry, PLACES: str(self._places.head)})
        with suppress(UserError), self._places.writing() as append:
            append({"what": "unblinding", "when": when, UNBLINDINGS: str(self._unblindings.head)})

    def _opened(
        self,
        entry: Mapping[str, Any],
        entries: Sequence[Mapping[str, Any]],
        arms: Mapping[tuple[str, int], Place],
    ) -> Opened:
        code, label, number = entry["participant"], entry["stratum"], entry["place"]
        own = [e for e in entries if e["what"] == "session" and e["participant"] == code]
        place = arms[label, number]
        donors = [place.donor(i, e["pool"]) for i, e in enumerate(own) if e["pool"]]
        sessions = tuple(e["folder"] for e in own)
        return Opened(code, label, number, str(place.arm), sessions, tuple(donors))
