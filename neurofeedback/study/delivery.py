"""What was allocated to a session, and how it differs from what the session was given.

Responsible for comparing one session's sealed part with the sealed list and the ledger. Not
responsible for opening sessions (`session.verification.delivery`).

Differences name what differs and never its value: who checks a trial need not learn its arms.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.recording.concealment import SealedPart, sealed_tag
from neurofeedback.study.allocation import Place
from neurofeedback.study.assignment import assigned
from neurofeedback.study.claims import number_of
from neurofeedback.words.message import Message, message_of


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a session says that it was given.

    Parameters
    ----------
    folder : str
        Of the session, relative to its dataset, with slashes.
    participant : str
        Code.
    started : datetime
    study : mapping
        What lies open of the study in it.
    part : SealedPart
        Opened.
    head : bytes
        SHA-256 of the head of its sealed file.
    """

    folder: str
    participant: str
    started: datetime
    study: Mapping[str, Any]
    part: SealedPart
    head: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Allocated:
    """The opened list of a study, beside who took which place.

    Parameters
    ----------
    study : str
        Identity.
    places : mapping of (str, int) to Place
        By stratum and number.
    tagged : bool
        Whether stations tag what they seal; in studies of before they did not.
    entries : sequence of mapping
        The ledger of places.
    """

    study: str
    places: Mapping[tuple[str, int], Place]
    tagged: bool
    entries: Sequence[Mapping[str, Any]]

    def differences(self, session: Delivered) -> list[Message]:
        """Return how a session differs from what was allocated to it, a sentence each."""
        facts = session.study
        if facts.get("study") != self.study:
            return [Message("The session belongs to another study than the one given.")]
        place = self.places.get((str(facts.get("stratum")), number_of(facts, "place")))
        if place is None:
            return [Message("The session names a place that the allocation list does not have.")]
        return [
            *self._tag_differences(session, place),
            *self._ledger_differences(session, place),
            *self._given_differences(session, place),
        ]

    def _tag_differences(self, session: Delivered, place: Place) -> Iterator[Message]:
        tag, part = session.part.tag, session.part
        if tag is None:
            if self.tagged:
                yield Message(
                    "The sealed part carries no tag of the participant's place: no station of the "
                    "study made it."
                )
            return
        wanted = sealed_tag(
            place.key(self.study), session.head, session.study, session.participant,
            session.started, part.assignment,
        )  # fmt: skip
        if not hmac.compare_digest(tag.encode(), wanted.encode()):
            yield Message(
                "The sealed part carries a wrong tag: no station of the study made it for this "
                "session, or the session's start was changed."
            )

    def _ledger_differences(self, session: Delivered, place: Place) -> Iterator[Message]:
        code = session.participant
        if (place.stratum, place.number) not in self._places_of(code):
            yield Message(
                "Place {place} of stratum {stratum!r} is not that of {participant} in the study's "
                "ledger.",
                place=place.number,
                stratum=place.stratum,
                participant=code,
            )
        entry = self._entry_of(session)
        if entry is None or entry["folder"] != session.folder:
            yield Message(
                "The study's ledger does not know of this session of {participant} in {folder}.",
                participant=code,
                folder=session.folder,
            )

    def _given_differences(self, session: Delivered, place: Place) -> Iterator[Message]:
        number, entry = number_of(session.study, "session"), self._entry_of(session)
        pool = [] if entry is None else entry["pool"]
        donor = place.donor(number, pool) if pool else None
        try:
            given = assigned(session.part.assignment)
        except UserError as error:
            yield message_of(error)
            return
        for noun, was, wanted in (
            (Message("arm"), given.arm, place.arm),
            (Message("seed"), given.seed, place.session_seed(number)),
            (Message("donor"), given.donor, donor),
        ):
            if was != wanted:
                yield Message(
                    "The {what} that the session was given is not the one that was allocated.",
                    what=noun,
                )

    def _places_of(self, participant: str) -> list[tuple[str, int]]:
        return [
            (e["stratum"], e["place"])
            for e in self.entries
            if e["what"] == "place" and e["participant"] == participant
        ]

    def _entry_of(self, session: Delivered) -> Mapping[str, Any] | None:
        code, number = session.participant, number_of(session.study, "session")
        own = [e for e in self.entries if e["what"] == "session" and e["participant"] == code]
        return own[number] if number < len(own) else None
