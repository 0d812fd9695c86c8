"""A study on disk: its facts in the open, its allocation sealed.

Responsible for making a study, for giving a participant a place without anybody learning the arm,
and for opening the list with the unblinding key. Not responsible for running sessions
(`session.prepare`) nor for making donors (`session.donor`).

The folder is shared by the stations of a study::

    study.json         protocol, strata, public key, checksum of the list
    allocation.json    the places, each sealed with the station key
    allocation.sealed  the same list with seed and block sizes, sealed for the unblinding key
    donors/            recorded features that a yoked control is fed from
    places.jsonl       who took which place, and their sessions; entries are chained
    envelopes.json     the arm of each place, under the code of a printed letter (`study.envelopes`)
    unblindings.jsonl  who opened what, when and why; entries are chained

The keys are written elsewhere. No file of the folder is larger or smaller in one arm, and who is
fed from which donor does not depend on the arms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import FED, Arm, Assignment
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.study.allocation import EVEN, Place, open_place
from neurofeedback.study.claims import Claim
from neurofeedback.study.delivery import Allocated
from neurofeedback.study.donors import DonorPool
from neurofeedback.study.enrolment import Enrolment, Entry, Opened
from neurofeedback.study.files import (
    open_escrow,
    read_allocation,
    read_json,
)
from neurofeedback.study.keys import (
    UnblindingKey,
)
from neurofeedback.study.ledger import Ledger
from neurofeedback.study.ledgers import PLACES, UNBLINDINGS, ledger_problems
from neurofeedback.study.making import FORMAT, write_study
from neurofeedback.study.minimisation import (
    Factors,
    Levels,
    check_levels,
    levels_of,
    minimised,
)
from neurofeedback.study.places import check_claim, check_present, place_for, place_of

KNOWN = (2, 3, 4, FORMAT)  # in 2 each arm went around the donors by itself


class Study:
    """A study; see the module for its folder.

    Parameters
    ----------
    folder : Path
        As `Study.create` made it.

    Raises
    ------
    UserError
        If it is no study, or was changed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        facts = read_json(folder / "study.json")
        try:
            if facts["format"] not in KNOWN:
                raise UserError(
                    "{folder} has format {format!r}, only {first} to {last} are known; use the "
                    "version of the program that made the study.",
                    folder=folder,
                    format=facts["format"],
                    first=KNOWN[0],
                    last=FORMAT,
                )
            self.identity = str(facts["study"])
            self.name = str(facts["name"])
            self.strata: dict[str, int] = {str(k): int(v) for k, v in facts["strata"].items()}
            self.public_key = str(facts["public_key"])
            self.spec = ProtocolSpec.model_validate(facts["protocol"])
            checksum = facts["allocation_sha256"]
            self.seal_raw = bool(facts.get("seal_raw", False))
            self.factors: dict[str, list[str]] = dict(facts.get("factors", {}))
            self._ratio = {Arm(arm): int(n) for arm, n in facts.get("ratio", EVEN).items()}
        except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
            raise UserError(
                "{folder} is not a study of this program, or damaged.", folder=folder
            ) from error
        self._sealed = read_allocation(folder / "allocation.json", checksum)
        self.donors = DonorPool(folder / "donors")
        self._places = Ledger(folder / "places.jsonl")
        self._unblindings = Ledger(folder / "unblindings.jsonl")

    @classmethod
    def create(
        cls,
        folder: Path,
        name: str,
        spec: ProtocolSpec,
        *,
        strata: Sequence[str],
        size: int,
        blocks: Sequence[int],
        seed: int | None,
        station_key: Path,
        unblinding_key: Path,
        passphrase: str,
        now: datetime,
        seal_raw: bool = False,
        ratio: Mapping[Arm, int] = EVEN,
        factors: Factors | None = None,
    ) -> Study:
        """Make a study and its keys.

        Parameters
        ----------
        folder : Path
            Must not exist, or be empty.
        name : str
        spec : ProtocolSpec
            Must declare a control arm.
        strata : sequence of str
            Labels; empty for one list.
        size, blocks, seed
            See `make_allocation`; without a seed a secret one is drawn, and in any case it is kept
            sealed.
        station_key, unblinding_key : Path
            New files outside of the folder.
        passphrase : str
            Of the unblinding key.
        now : datetime
            With time zone.
        seal_raw : bool
            Whether the samples of its sessions are sealed too, and open with the unblinding key
            alone.
        ratio : mapping of Arm to int
            See `make_allocation`.
        factors : mapping of str to sequence of str, or None
            To be balanced by minimisation in the place of blocks within strata: each with its
            levels.

        Returns
        -------
        Study

        Raises
        ------
        UserError
            If anything is refused; no file is left behind then.
        """
        write_study(
            folder, name, spec, strata=tuple(strata), size=size, blocks=blocks, seed=seed,
            station_key=station_key, unblinding_key=unblinding_key, passphrase=passphrase,
            now=now, seal_raw=seal_raw, ratio=ratio, factors=factors or {},
        )  # fmt: skip
        return cls(folder)

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
            label, number, known = place_for(entries, participant, stratum, self.strata, self.name)
            check_present(entries, participant, self.name)
            check_claim(claims, (label, number), participant, self._places.path)
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
            pool = self._pool(participant)
            enrolment = Enrolment(
                self.identity,
                self.name,
                label,
                number,
                before,
                str(self._places.head),
                self.public_key,
                self._assignment(place, before, pool),
                place.key(self.identity),
                self.seal_raw,
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
            label, number, known = place_for(entries, participant, stratum, self.strata, self.name)
            check_present(entries, participant, self.name)
            check_claim(claims, (label, number), participant, self._places.path)
            own = self._levels(entries, participant, known=known, given=levels or {})
            place = self._open(entries, label, number, own, station_key)
            if not known:
                append(
                    {"what": "place", "stratum": label, "place": number, "participant": participant,
                     "operator": operator, "when": now.isoformat(),
                     **({"levels": own} if self.factors else {}),
                     UNBLINDINGS: str(self._unblindings.head)}
                )  # fmt: skip
            return place.arm in FED

    def _levels(
        self,
        entries: Sequence[Mapping[str, Any]],
        participant: str,
        *,
        known: bool,
        given: Levels | None,
    ) -> Levels:
        """Return the levels of a participant: as the ledger has them, or as given."""
        if not self.factors and not given:
            return {}
        if known:
            places = (e for e in entries if e["what"] == "place")
            kept: Levels = next(e["levels"] for e in places if e["participant"] == participant)
            return kept
        if given is None:
            raise UserError(
                "Study {study!r} balances {factors}: enrol {participant} first with 'neurofeedback "
                "study enrol'.",
                study=self.name,
                factors=", ".join(self.factors),
                participant=participant,
            )
        return check_levels(self.factors, given)

    def _open(
        self,
        entries: Sequence[Mapping[str, Any]],
        label: str,
        number: int,
        levels: Levels,
        station_key: bytes,
    ) -> Place:
        """Open a place; where factors are balanced, those before it too, which decide its arm."""
        first = 1 if self.factors else number
        places = [
            open_place(self._sealed[label, n], label, n, self.identity, station_key)
            for n in range(first, number + 1)
        ]
        if not self.factors:
            return places[-1]
        before = levels_of(entries)[: number - 1]
        arms = minimised([p.seed for p in places], [*before, levels], self._ratio)
        return replace(places[-1], arm=arms[-1])

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
        self.place_of(participant)
        if not who.strip() or not reason.strip():
            raise UserError(
                "A withdrawal is logged: give the name of the person who enters it, and the reason."
            )
        with self._places.writing() as append:
            check_present(self._places.entries(), participant, self.name)
            append(
                {"what": "withdrawal", "participant": participant, "operator": who,
                 "reason": reason, "when": now.isoformat()}
            )  # fmt: skip

    def status(self, claims: Sequence[Claim] = ()) -> dict[str, Any]:
        """Return how far recruitment has come, as plain JSON types; nothing of the arms.

        Parameters
        ----------
        claims : sequence of Claim
            What recorded sessions and audit trails say, which the ledgers are held against.
        """
        entries = self._places.entries()
        taken = [e["stratum"] for e in entries if e["what"] == "place"]
        return {
            "study": self.identity,
            "name": self.name,
            "protocol": self.spec.name,
            "strata": {
                label: {"places": n, "taken": taken.count(label)}
                for label, n in self.strata.items()
            },
            "sessions": sum(e["what"] == "session" for e in entries),
            "withdrawn": [e["participant"] for e in entries if e["what"] == "withdrawal"],
            "donors": len(self.donors.names()),
            "unblindings": self._unblindings.entries(),
            "ledger": str(self._places.head),
            "problems": ledger_problems(self._places, self._unblindings, claims),
        }

    def allocated(self, key: UnblindingKey) -> Allocated:
        """Open the list for comparing; `unblind` is for people, and is logged.

        Raises
        ------
        UserError
            If the key is another study's, or the list was changed.
        """
        places, tagged = open_escrow(self.folder / "allocation.sealed", key)
        entries = self._places.entries()
        if self.factors:
            levels = levels_of(entries)
            taken = list(places.values())[: len(levels)]
            arms = minimised([p.seed for p in taken], levels, self._ratio)
            for place, arm in zip(taken, arms, strict=True):
                places[place.stratum, place.number] = replace(place, arm=arm)
        return Allocated(self.identity, places, tagged, entries)

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
            self.place_of(participant)
        self.check_unblinding(who, reason)
        self.log_unblinding(who, reason, now, participant)
        return [self._opened(entry, entries, allocated.places) for entry in wanted]

    def place_of(self, participant: str) -> tuple[str, int]:
        """Return stratum and number of the place that a participant has.

        Raises
        ------
        UserError
            If they have none.
        """
        return place_of(self._places.entries(), participant, self.name)

    def check_unblinding(self, who: str, reason: str) -> None:
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

    def log_unblinding(
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

    def _pool(self, participant: str) -> list[str]:
        """Return the donors that may feed a participant; none where the protocol needs none."""
        if self.spec.control is None or self.spec.control.kind != "yoked":
            return []
        names = self.donors.names(other_than=participant)
        if not names:
            raise UserError(
                "Study {study!r} feeds its control arm from donors, and has none for "
                "{participant}; add recorded sessions with 'neurofeedback study add-donor'.",
                study=self.name,
                participant=participant,
            )
        return names

    def _assignment(self, place: Place, session: int, pool: Sequence[str]) -> Assignment:
        """Take seed and donor from the place and the number of the session, in every arm."""
        donor = self.donors.load(place.donor(session, pool)) if pool else None
        return Assignment(place.arm, place.session_seed(session), donor)
