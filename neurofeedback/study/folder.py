"""A study on disk: its facts in the open, its allocation sealed.

Responsible for what is in the folder, and for saying how far recruitment has come. Places are given
by `study.enrolling`, the list is opened by `study.unblinding`. Not responsible for running sessions
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

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

from neurofeedback.protocols.run.control import Arm
from neurofeedback.protocols.run.donor import Donor
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.study.allocation import EVEN
from neurofeedback.study.claims import Claim
from neurofeedback.study.delivery import Allocated
from neurofeedback.study.donors import DonorPool
from neurofeedback.study.enrolling import Enrolling
from neurofeedback.study.enrolment import Entry, Opened
from neurofeedback.study.facts import read_facts
from neurofeedback.study.files import read_allocation
from neurofeedback.study.keys import UnblindingKey
from neurofeedback.study.ledger import Ledger
from neurofeedback.study.ledgers import ledger_problems
from neurofeedback.study.making import write_study
from neurofeedback.study.minimisation import Factors, Levels
from neurofeedback.study.places import place_of
from neurofeedback.study.unblinding import Unblinding


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
        facts = read_facts(folder)
        self.identity = facts.identity
        self.name = facts.name
        self.strata = facts.strata
        self.public_key = facts.public_key
        self.spec = facts.spec
        self.seal_raw = facts.seal_raw
        self.factors = facts.factors
        sealed = read_allocation(folder / "allocation.json", facts.checksum)
        self.donors = DonorPool(folder / "donors")
        self._places = Ledger(folder / "places.jsonl")
        self._unblindings = Ledger(folder / "unblindings.jsonl")
        ledgers = (self._places, self._unblindings)
        self._enrolling = Enrolling(facts, sealed, self.donors, *ledgers)
        self._unblinding = Unblinding(facts, folder / "allocation.sealed", *ledgers)

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

    def enrol(
        self,
        participant: str,
        *,
        station_key: bytes,
        stratum: str | None,
        operator: str,
        now: datetime,
        claims: Mapping[tuple[str, int], str],
    ) -> AbstractContextManager[Entry]:
        """Give a participant a place, or the place they have, for one more session.

        See `Enrolling.enrol`.
        """
        return self._enrolling.enrol(
            participant, station_key=station_key, stratum=stratum, operator=operator, now=now,
            claims=claims,
        )  # fmt: skip

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

        See `Enrolling.enrol_without_session`.
        """
        return self._enrolling.enrol_without_session(
            participant, station_key=station_key, stratum=stratum, operator=operator, now=now,
            claims=claims, levels=levels,
        )  # fmt: skip

    def add_donor(self, donor: Donor, *, operator: str, now: datetime) -> None:
        """Add a donor to the pool; see `Enrolling.add_donor`."""
        self._enrolling.add_donor(donor, operator=operator, now=now)

    def withdraw(self, participant: str, *, who: str, reason: str, now: datetime) -> None:
        """Log that a participant leaves the study; see `Enrolling.withdraw`."""
        self._enrolling.withdraw(participant, who=who, reason=reason, now=now)

    def place_of(self, participant: str) -> tuple[str, int]:
        """Return stratum and number of the place that a participant has.

        Raises
        ------
        UserError
            If they have none.
        """
        return place_of(self._places.entries(), participant, self.name)

    def status(
        self, claims: Sequence[Claim] = (), recorded: Collection[str] | None = None
    ) -> dict[str, Any]:
        """Return how far recruitment has come, as plain JSON types; nothing of the arms.

        Parameters
        ----------
        claims : sequence of Claim
            What recorded sessions and audit trails say, which the ledgers are held against.
        recorded : collection of str or None
            Folders of the sessions that are there; None where nobody looked.
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
            "donors": len(self._enrolling.donors()),
            "unblindings": self._unblindings.entries(),
            "ledger": str(self._places.head),
            "problems": ledger_problems(self._places, self._unblindings, claims, recorded),
        }

    def allocated(self, key: UnblindingKey) -> Allocated:
        """Open the list for comparing; see `Unblinding.allocated`."""
        return self._unblinding.allocated(key)

    def unblind(
        self,
        key: UnblindingKey,
        *,
        who: str,
        reason: str,
        now: datetime,
        participant: str | None = None,
    ) -> list[Opened]:
        """Open the list, having logged who does so; see `Unblinding.unblind`."""
        return self._unblinding.unblind(
            key, who=who, reason=reason, now=now, participant=participant
        )

    def check_unblinding(self, who: str, reason: str) -> None:
        """Refuse to unblind for nobody or no reason; see `Unblinding.check`."""
        self._unblinding.check(who, reason)

    def log_unblinding(
        self, who: str, reason: str, now: datetime, participant: str | None, *, how: str = "key"
    ) -> None:
        """Log an unblinding; see `Unblinding.log`."""
        self._unblinding.log(who, reason, now, participant, how=how)
