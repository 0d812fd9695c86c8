"""Giving participants their places, and letting them leave.

Responsible for doing so without anybody learning the arm: for opening a place, for what a session
gets of it, and for the entries in the ledger of places. Not responsible for which place is next
(`study.places`), nor for opening the list (`study.unblinding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import FED, Arm, Assignment
from neurofeedback.protocols.run.donor import Donor
from neurofeedback.study.allocation import Place, open_place
from neurofeedback.study.donors import DonorPool, donor_names
from neurofeedback.study.enrolment import Enrolment, Entry
from neurofeedback.study.facts import StudyFacts
from neurofeedback.study.ledger import Ledger
from neurofeedback.study.ledgers import UNBLINDINGS
from neurofeedback.study.minimisation import Levels, check_levels, levels_of, minimised
from neurofeedback.study.places import check_claim, check_present, place_for, place_of

Entries = Sequence[Mapping[str, Any]]


class Enrolling:
    """Who takes part in a study.

    Parameters
    ----------
    facts : StudyFacts
    sealed : mapping of (str, int) to str
        The places of the list, each sealed with the station key.
    donors : DonorPool
    places, unblindings : Ledger
    """

    def __init__(
        self,
        facts: StudyFacts,
        sealed: Mapping[tuple[str, int], str],
        donors: DonorPool,
        places: Ledger,
        unblindings: Ledger,
    ) -> None:
        self._facts = facts
        self._sealed = sealed
        self._donors = donors
        self._places = places
        self._unblindings = unblindings

    @contextmanager
    def enrol(
        self,
        participant: str,
        *,
        station_key: bytes,
        stratum: str | None,
        operator: str,
        now: datetime,
        claims: Mapping[tuple[str, int], str],
    ) -> Iterator[Entry]:
        """Give a participant a place, or the place they have, for one more session.

        The place is taken when `Entry.take` is called; until then others wait, and if it is not
        called nothing has happened.

        Parameters
        ----------
        participant : str
            Code.
        station_key : bytes
        stratum : str or None
            Label; may be left out where there is one, or the participant has a place.
        operator : str
            Who runs the session, for the ledger.
        now : datetime
            With time zone.
        claims : mapping of (str, int) to str
            Places that recorded sessions name, and their participants; see `session.prepare`.

        Yields
        ------
        Entry

        Raises
        ------
        UserError
            If the stratum is unknown or full, a donor is needed and there is none, the list was
            used before, or the key is wrong.
        """
        with self._places.writing() as append:
            entries = self._places.entries()
            label, number, known = self._place(entries, participant, stratum, claims)
            levels = self._levels(entries, participant, known=known, given=None)
            place = self._open(entries, label, number, levels, station_key)
            before = sum(
                e["what"] == "session" and e["participant"] == participant for e in entries
            )
            common = {"participant": participant, "operator": operator, "when": now.isoformat()}
            first = {"what": "place", "stratum": label, "place": number, **common}
            if place.arm is Arm.STANDARD:
                append(*([] if known else [first]))
                raise UserError(
                    "Participant {participant} is allocated to standard care, without feedback: no "
                    "session is run. The place is kept in the study's ledger.",
                    participant=participant,
                )
            pool = self._pool(entries, participant)
            enrolment = Enrolment(
                self._facts.identity,
                self._facts.name,
                label,
                number,
                before,
                str(self._places.head),
                self._facts.public_key,
                self._assignment(entries, place, before, pool),
                place.key(self._facts.identity),
                self._facts.seal_raw,
            )

            def take(folder: str) -> None:
                heads = {UNBLINDINGS: str(self._unblindings.head)}
                session = {"what": "session", "folder": folder, "pool": pool, **common, **heads}
                append(*([] if known else [first]), session)

            yield Entry(enrolment, take)

    def enrol_without_session(
        self,
        participant: str,
        *,
        station_key: bytes,
        stratum: str | None,
        operator: str,
        now: datetime,
        claims: Mapping[tuple[str, int], str],
        levels: Levels | None = None,
    ) -> bool:
        """Give a participant a place before any session; return whether they have sessions.

        Parameters
        ----------
        participant, station_key, stratum, operator, now, claims
            See `enrol`.
        levels : mapping of str to str, or None
            The participant's level of each factor, where the study balances some.

        Returns
        -------
        bool
            False for standard care. Nothing else is told of the arm.

        Raises
        ------
        UserError
            See `enrol`.
        """
        with self._places.writing() as append:
            entries = self._places.entries()
            label, number, known = self._place(entries, participant, stratum, claims)
            own = self._levels(entries, participant, known=known, given=levels or {})
            place = self._open(entries, label, number, own, station_key)
            if not known:
                append(
                    {"what": "place", "stratum": label, "place": number, "participant": participant,
                     "operator": operator, "when": now.isoformat(),
                     **({"levels": own} if self._facts.factors else {}),
                     UNBLINDINGS: str(self._unblindings.head)}
                )  # fmt: skip
            return place.arm in FED

    def withdraw(self, participant: str, *, who: str, reason: str, now: datetime) -> None:
        """Log that a participant leaves the study; no further session is run for them.

        Their place stays theirs: it is never given again. Who comes in their stead takes the next
        place of the list, in an arm drawn for it. (Whoever saw places passed over until one of the
        same arm came would learn the arms of those passed over.)

        Parameters
        ----------
        participant : str
            Code.
        who, reason : str
            For the log.
        now : datetime
            With time zone.

        Raises
        ------
        UserError
            If they have no place or left before, or there is no name or reason.
        """
        place_of(self._places.entries(), participant, self._facts.name)
        if not who.strip() or not reason.strip():
            raise UserError(
                "A withdrawal is logged: give the name of the person who enters it, and the reason."
            )
        with self._places.writing() as append:
            check_present(self._places.entries(), participant, self._facts.name)
            append(
                {"what": "withdrawal", "participant": participant, "operator": who,
                 "reason": reason, "when": now.isoformat()}
            )  # fmt: skip

    def _place(
        self,
        entries: Entries,
        participant: str,
        stratum: str | None,
        claims: Mapping[tuple[str, int], str],
    ) -> tuple[str, int, bool]:
        """Return which place is a participant's, and whether they have it; refuse who may not."""
        facts = self._facts
        label, number, known = place_for(entries, participant, stratum, facts.strata, facts.name)
        check_present(entries, participant, facts.name)
        check_claim(claims, (label, number), participant, self._places.path)
        return label, number, known

    def _levels(
        self,
        entries: Entries,
        participant: str,
        *,
        known: bool,
        given: Levels | None,
    ) -> Levels:
        """Return the levels of a participant: as the ledger has them, or as given."""
        if not self._facts.factors and not given:
            return {}
        if known:
            places = (e for e in entries if e["what"] == "place")
            kept: Levels = next(e["levels"] for e in places if e["participant"] == participant)
            return kept
        if given is None:
            raise UserError(
                "Study {study!r} balances {factors}: enrol {participant} first with 'neurofeedback "
                "study enrol'.",
                study=self._facts.name,
                factors=", ".join(self._facts.factors),
                participant=participant,
            )
        return check_levels(self._facts.factors, given)

    def _open(
        self,
        entries: Entries,
        label: str,
        number: int,
        levels: Levels,
        station_key: bytes,
    ) -> Place:
        """Open a place; where factors are balanced, those before it too, which decide its arm."""
        first = 1 if self._facts.factors else number
        places = [
            open_place(self._sealed[label, n], label, n, self._facts.bound, station_key)
            for n in range(first, number + 1)
        ]
        if not self._facts.factors:
            return places[-1]
        before = levels_of(entries)[: number - 1]
        arms = minimised([p.seed for p in places], [*before, levels], self._facts.ratio)
        return replace(places[-1], arm=arms[-1])

    def donors(self) -> list[str]:
        """Return the names of all donors in order."""
        return self._names(self._places.entries())

    def add_donor(self, donor: Donor, *, operator: str, now: datetime) -> None:
        """Add a donor to the pool, and its hash to the ledger.

        Parameters
        ----------
        donor : Donor
        operator : str
            Who adds it, for the ledger.
        now : datetime
            With time zone.

        Raises
        ------
        UserError
            If it is there already or cannot be written.
        """
        with self._places.writing() as append:
            self._donors.add(donor)
            append(
                {"what": "donor", "donor": donor.name, "sha256": donor.sha256,
                 "operator": operator, "when": now.isoformat()}
            )  # fmt: skip

    def _names(self, entries: Entries, other_than: str | None = None) -> list[str]:
        if not self._facts.logs_donors:
            return self._donors.names(other_than=other_than)
        return donor_names(_logged(entries), other_than=other_than)

    def _pool(self, entries: Entries, participant: str) -> list[str]:
        """Return the donors that may feed a participant; none where the protocol needs none."""
        if self._facts.spec.control is None or self._facts.spec.control.kind != "yoked":
            return []
        names = self._names(entries, participant)
        if not names:
            raise UserError(
                "Study {study!r} feeds its control arm from donors, and has none for "
                "{participant}; add recorded sessions with 'neurofeedback study add-donor'.",
                study=self._facts.name,
                participant=participant,
            )
        return names

    def _assignment(
        self, entries: Entries, place: Place, session: int, pool: Sequence[str]
    ) -> Assignment:
        """Take seed and donor from the place and the number of the session, in every arm."""
        donor = self._donors.load(place.donor(session, pool)) if pool else None
        if donor is not None and self._facts.logs_donors:
            if _logged(entries)[donor.name] != donor.sha256:
                raise UserError(
                    "The donor {donor} was changed since it was added to the study; restore "
                    "{folder} from a copy.",
                    donor=donor.name,
                    folder=self._donors.folder,
                )
        return Assignment(place.arm, place.session_seed(session), donor)


def _logged(entries: Entries) -> dict[str, str]:
    """Return the hash of each donor that the ledger names."""
    return {e["donor"]: e["sha256"] for e in entries if e["what"] == "donor"}
