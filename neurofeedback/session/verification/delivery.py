"""Whether every session of a study was given what was allocated to it.

Responsible for finding the sessions, opening their sealed parts and for collecting the differences.
Not responsible for what counts as one (`study.delivery`), nor for running sessions again
(`session.verification.verify`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.sealed import sealed_head
from neurofeedback.session.verification.concealed import open_sealed
from neurofeedback.study.claims import recorded_claims
from neurofeedback.study.delivery import Allocated, Delivered
from neurofeedback.study.keys import UnblindingKey
from neurofeedback.words.message import Message, message_of


@dataclass(frozen=True, slots=True)
class DeliveryCheck:
    """What was found about one session.

    Parameters
    ----------
    folder : str
        Relative to the dataset, with slashes.
    participant : str
        Code.
    differences : tuple of Message
        A sentence each; empty where it was given what was allocated.
    shown : tuple of Message
        A sentence for each time that the operator was shown what it fed back.
    """

    folder: str
    participant: str
    differences: tuple[Message, ...]
    shown: tuple[Message, ...] = ()


def delivered_in(reader: SessionReader, key: UnblindingKey) -> Delivered:
    """Return what a concealed session says that it was given.

    Raises
    ------
    UserError
        If its sealed part does not open, or it has none.
    """
    start, layout = reader.start, reader.layout
    if start.study is None:
        raise UserError(
            "{folder} is not a session of a study; leave out --key and --study.",
            folder=layout.session_dir,
        )
    part, head = open_sealed(reader, key), sealed_head(layout.sealed)
    return Delivered(layout.folder, layout.participant, start.started, start.study, part, head)


@dataclass(frozen=True, slots=True)
class Shown:
    """That the operator was shown what a session fed back.

    Parameters
    ----------
    who, reason : str
        As typed.
    """

    who: str
    reason: str

    @property
    def sentence(self) -> Message:
        """What is said of it."""
        return Message(
            "The operator was shown the feedback; the session is unblinded to them "
            "({who}: {reason}).",
            who=self.who,
            reason=self.reason,
        )


def feedback_shown(folder: Path) -> tuple[Shown, ...]:
    """Return each time that the operator was shown what a session fed back.

    Parameters
    ----------
    folder : Path
        Of the session.

    Raises
    ------
    UserError
        If its log cannot be read.
    """
    return tuple(
        Shown(str(event.details.get("who")), str(event.details.get("reason")))
        for event in SessionReader(folder).events()
        if event.kind is EventKind.FEEDBACK_SHOWN
    )


def check_deliveries(
    allocated: Allocated,
    key: UnblindingKey,
    data: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[DeliveryCheck]:
    """Compare every session of a study with what was allocated to it.

    Parameters
    ----------
    allocated : Allocated
        See `Study.allocated`.
    key : UnblindingKey
    data : Path
        Dataset with the sessions.
    progress : callable
        Gets the sessions done and their number.

    Returns
    -------
    list of DeliveryCheck
        Sessions of the ledger in its order, then those that it does not know of.
    """
    known = {e["folder"]: e["participant"] for e in allocated.entries if e["what"] == "session"}
    others = {claim.folder: claim.participant for claim in recorded_claims(data, allocated.study)}
    folders = {**known, **{f: code for f, code in others.items() if f not in known}}
    checks = []
    for done, (folder, code) in enumerate(folders.items(), start=1):
        shown: tuple[Message, ...] = ()
        try:
            session = delivered_in(SessionReader(data / folder), key)
            found = allocated.differences(session)
            shown = tuple(each.sentence for each in feedback_shown(data / folder))
        except UserError as error:
            found = [message_of(error)]
        checks.append(DeliveryCheck(folder, code, tuple(found), shown))
        progress(done, len(folders))
    return checks
