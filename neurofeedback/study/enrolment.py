"""Who takes part in a study: what a session needs of it, and what unblinding tells.

Responsible for these values alone. Not responsible for giving places (`study.enrolling`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neurofeedback.protocols.run.control import Assignment
from neurofeedback.recording import sealed
from neurofeedback.recording.sealed import Seal
from neurofeedback.recording.sealed_samples import SAMPLES_SEALED
from neurofeedback.recording.write.start import SEALED_FORMAT

_NOT_OPEN = ("assignment", "place_key", "seal_samples")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a session of a study needs.

    Parameters
    ----------
    study : str
        Identity of the study.
    name : str
        Its name.
    stratum : str
    place : int
        Number of the participant's place within the stratum; tells nothing of the arm.
    session : int
        How many sessions of the participant came before in this study.
    ledger : str
        Head of the ledger of places before this session; see `study.ledgers`.
    public_key : str
        PEM, for whoever checks to whom the session is sealed.
    assignment : Assignment
        Not to be shown, logged in the open, or kept.
    place_key : bytes
        Neither; see `Place.key`.
    seal_samples : bool
        Whether the samples are sealed as well.
    """

    study: str
    name: str
    stratum: str
    place: int
    session: int
    ledger: str
    public_key: str
    assignment: Assignment
    place_key: bytes
    seal_samples: bool = False

    @property
    def seal(self) -> Seal:
        """To whom the session's records are sealed."""
        return Seal(self.study, self.public_key)

    def in_the_open(self) -> dict[str, Any]:
        """Return what anybody may read of it, as plain JSON types."""
        facts = {key: getattr(self, key) for key in self.__slots__ if key not in _NOT_OPEN}
        sealed_too = {SAMPLES_SEALED: True} if self.seal_samples else {}
        return {**facts, SEALED_FORMAT: sealed.FORMAT, **sealed_too}

    def __repr__(self) -> str:
        return f"Enrolment({self.study!r}, {self.stratum!r}, {self.place})"


@dataclass(frozen=True, slots=True)
class Opened:
    """A participant's place, opened.

    Parameters
    ----------
    participant, stratum : str
    place : int
    arm : str
    sessions : tuple of str
        Folders, relative to their dataset.
    donors : tuple of str
        Whose values each session would be fed in the control arm; empty without donors.
    """

    participant: str
    stratum: str
    place: int
    arm: str
    sessions: tuple[str, ...]
    donors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An enrolment that is about to be used.

    Parameters
    ----------
    enrolment : Enrolment
    take : callable
        Records in the study that it is used, with the session's folder.
    """

    enrolment: Enrolment
    take: Callable[[str], None]
