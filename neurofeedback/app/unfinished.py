"""Sessions that were cut: which there are, how far they went, and what can be done with each.

Responsible for a list that is there at once, and for finishing a session or moving it aside. Not
responsible for going on with one (`session.prepare_resumed`), for windows or words, nor for the
index, which is told by whoever calls (`store.register`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.glance import (
    Glance,
    glance,
    recordings,
    start_of,
    starved,
    was_ended,
)
from neurofeedback.recording.repair.aside import move_aside
from neurofeedback.recording.repair.recover import recover_session
from neurofeedback.recording.repair.salvage import Progress
from neurofeedback.recording.repair.tidy import RecoverReport, is_locked
from neurofeedback.recording.write.elsewhere import both_parts, continuations
from neurofeedback.recording.write.start import SessionStart
from neurofeedback.words.message import NOTHING, Message, message_of


class Choice(StrEnum):
    """What can be done with a session that was cut."""

    RESUME = "resume"
    FINISH = "finish"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A session that was cut.

    Parameters
    ----------
    layout : SessionLayout
        Where it began.
    participant : str
        Code.
    protocol_name, protocol_title : str
        What was run; empty where that cannot be read.
    started : datetime or None
        With time zone; None where that cannot be read.
    seconds : float
        Recorded length, s.
    block, n_blocks : int or None
        Index of the block that was on as far as the log tells, from 0, and how many there are;
        None before the first.
    phase : str
        Kind of that block; empty before the first.
    round, n_rounds : int or None
        Which training block it is, from 1, and how many there are; None in any other block.
    choices : tuple of Choice
        What can be done, the best first.
    reason : Message
        Why it cannot be resumed, in one sentence; empty where it can.
    """

    layout: SessionLayout
    participant: str
    protocol_name: str
    protocol_title: str
    started: datetime | None
    seconds: float
    block: int | None
    n_blocks: int | None
    phase: str
    round: int | None
    n_rounds: int | None
    choices: tuple[Choice, ...]
    reason: Message


def list_unfinished(root: Path | str, second: Path | None = None) -> list[Unfinished]:
    """Return the sessions of a dataset that were cut, the newest first.

    Quick: of each session only the end of its log is read, of one that was cut also the end of its
    table of chunks. Sessions that are being recorded now are left out.

    Parameters
    ----------
    root : path-like
        Folder of the dataset; none at all has no sessions.
    second : Path or None
        The second place of recordings.

    Returns
    -------
    list of Unfinished

    Raises
    ------
    UserError
        If a folder cannot be read.
    """
    base = Path(root).absolute()
    apart = _in_two_places(base, second)
    cut = [each for each in recordings(base) if each in apart or not was_ended(each)]
    found = [_look(each, each in apart) for each in cut if not is_locked(each)]
    return sorted(found, key=_age, reverse=True)


def find_unfinished(layout: SessionLayout, second: Path | None = None) -> Unfinished | None:
    """Return one session that was cut, or that was ended for want of samples; None for any other.

    The latter is whole and not in the list: it can be resumed, and that is all.

    Parameters
    ----------
    layout : SessionLayout
    second : Path or None
        As for `list_unfinished`.

    Raises
    ------
    UserError
        If a folder cannot be read.
    """
    for each in list_unfinished(layout.root, second):
        if each.layout == layout:
            return each
    if is_locked(layout) or not starved(layout):
        return None
    found = _look(layout, apart=False)
    return replace(found, choices=(Choice.RESUME,) if Choice.RESUME in found.choices else ())


def finish_session(
    session: Unfinished, second: Path | None = None, progress: Progress = lambda done: None
) -> RecoverReport:
    """End a session that was cut: keep all that can be trusted and mark it as recovered.

    Parameters
    ----------
    session : Unfinished
    second : Path or None
        As for `list_unfinished`.
    progress : callable
        Called with the share that is done.

    Raises
    ------
    UserError
        See `recover_session`.
    """
    return recover_session(session.layout, second, progress=progress)


def discard_session(session: Unfinished) -> Path:
    """Move a session that was cut out of its dataset; nothing is deleted.

    Returns
    -------
    Path
        Where its folder is then; see `recording.repair.aside`.

    Raises
    ------
    UserError
        If `DISCARD` is not among its choices, it is being recorded now, or it cannot be moved.
    """
    if Choice.DISCARD not in session.choices:
        raise UserError(
            "{folder} cannot be moved aside: {reason}",
            folder=session.layout.session_dir,
            reason=session.reason,
        )
    return move_aside(session.layout)


def _age(session: Unfinished) -> tuple[float, str]:
    started = 0.0 if session.started is None else session.started.timestamp()
    return started, session.layout.stem


def _in_two_places(base: Path, second: Path | None) -> list[SessionLayout]:
    """Return the sessions that went on in the second place and are not joined."""
    found = []
    for other in continuations(second) if second is not None else ():
        try:
            parts = both_parts(other, second)
        except UserError:  # it says that it continues something impossible
            continue
        if parts is not None and parts[0].root == base and not was_ended(parts[0]):
            found.append(parts[0])
    return found


def _look(layout: SessionLayout, apart: bool) -> Unfinished:
    state = glance(layout)
    try:
        start = start_of(layout)
    except UserError as error:
        return _unreadable(layout, message_of(error))
    blocks: list[str] = []
    try:
        spec = ProtocolSpec.model_validate(start.protocol)
        blocks = [block.kind for block in spec.iter_blocks()]
        title, problem = spec.title, NOTHING
    except ValidationError:
        title, problem = "", Message("This version cannot run its protocol.")
    index = None if state.block is None else int(state.block.details.get("block", 0))
    phase = blocks[index] if index is not None and index < len(blocks) else ""
    training = phase == "train" and index is not None
    reason = problem or _why_not_resume(start, state, apart)
    return Unfinished(
        layout=layout,
        participant=layout.participant,
        protocol_name=start.protocol_name,
        protocol_title=title,
        started=start.started,
        seconds=state.n_samples / start.stream.sfreq,
        block=index,
        n_blocks=len(blocks) or None,
        phase=phase,
        round=blocks[: index + 1].count("train") if training and index is not None else None,
        n_rounds=blocks.count("train") if training else None,
        choices=_choices(reason, start, apart),
        reason=reason,
    )


def _why_not_resume(start: SessionStart, state: Glance, apart: bool) -> Message:
    if start.study is not None:
        return Message(
            "It belongs to a study, whose sealed records cannot be continued. Finish it, "
            "so that the study can count it."
        )
    if apart or start.continues is not None:
        return Message(
            "Its disk failed and recording continued in another folder. Finish it to "
            "join both parts."
        )
    if state.protocol_ended:
        return Message("Its protocol had already ended. Finish it.")
    if not state.n_samples:
        return Message("Nothing was recorded yet. Start a new session.")
    return NOTHING


def _choices(reason: Message, start: SessionStart, apart: bool) -> tuple[Choice, ...]:
    if start.study is not None or apart or start.continues is not None:
        return (Choice.FINISH,)
    if reason:
        return Choice.FINISH, Choice.DISCARD
    return Choice.RESUME, Choice.FINISH, Choice.DISCARD


def _unreadable(layout: SessionLayout, reason: Message) -> Unfinished:
    return Unfinished(
        layout=layout,
        participant=layout.participant,
        protocol_name="",
        protocol_title="",
        started=None,
        seconds=0.0,
        block=None,
        n_blocks=None,
        phase="",
        round=None,
        n_rounds=None,
        choices=(Choice.FINISH, Choice.DISCARD),
        reason=reason,
    )
