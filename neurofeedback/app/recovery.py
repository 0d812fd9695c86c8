"""Sessions that were cut, in words, and what is done about them.

Responsible for the list, for sentences about each session and each outcome, and for telling the
index. Knows no Qt. Not responsible for finding or mending sessions (`app.unfinished`), nor for
going on with one (`session.prepare_resumed`), which needs a stream.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from neurofeedback.app.states import phase_in_a_sentence
from neurofeedback.app.unfinished import (
    Choice,
    Unfinished,
    discard_session,
    finish_session,
    list_unfinished,
)
from neurofeedback.errors import UserError
from neurofeedback.store.register import register_discarded, register_recovered
from neurofeedback.words.language import tr
from neurofeedback.words.message import NOTHING, message_of

Progress = Callable[[float], None]


class Recovery:
    """The unfinished sessions of a dataset.

    Parameters
    ----------
    root : Path
        Folder of the recordings.
    second : Path or None
        Where recordings go on when their disk fails.
    index : str or None
        Where the index is; see `store.place.find_place`.
    operator : str
        Who does it, for the audit trail.

    Attributes
    ----------
    sessions : tuple of Unfinished
        Newest first, as last read.
    problem : Message
        Why they could not be read, one sentence; else empty.
    """

    def __init__(
        self,
        root: Path,
        second: Path | None = None,
        *,
        index: str | None = None,
        operator: str = "",
    ) -> None:
        self._root = root
        self._second = second
        self._index = index
        self._operator = operator
        self.sessions: tuple[Unfinished, ...] = ()
        self.problem = NOTHING
        self.refresh()

    def refresh(self) -> None:
        """Look again."""
        self.problem = NOTHING
        try:
            self.sessions = tuple(list_unfinished(self._root, self._second))
        except UserError as error:
            self.sessions, self.problem = (), message_of(error)

    def finish(self, session: Unfinished, progress: Progress = lambda done: None) -> str:
        """End a session that was cut; return what came of it, one or two sentences.

        Raises
        ------
        UserError
            If it cannot be done.
        """
        report = finish_session(session, self._second, progress)
        told = register_recovered(report.session, where=self._index, who=self._operator)
        self.refresh()
        words = tr(
            "Finished: {minutes} min are kept and marked as recovered in {folder}.",
            minutes=f"{report.seconds / 60:.1f}", folder=report.session,
        )  # fmt: skip
        return words if told is None else f"{words} {tr(told)}"

    def discard(self, session: Unfinished) -> str:
        """Move a session aside; see `finish`."""
        there = discard_session(session)
        told = register_discarded(session.layout, where=self._index, who=self._operator)
        self.refresh()
        words = tr("Moved to {folder}. Nothing was deleted.", folder=there)
        return words if told is None else f"{words} {tr(told)}"


def headline(session: Unfinished) -> str:
    """Return a line that names a session."""
    protocol = tr(session.protocol_title) or session.protocol_name or tr("unknown protocol")
    return f"{session.participant}  \u00b7  {protocol}  \u00b7  {_when(session)}"


def facts(session: Unfinished) -> list[tuple[str, str]]:
    """Return what is known of a session, as pairs of a heading and words."""
    return [
        (tr("Participant"), session.participant),
        (tr("Protocol"), tr(session.protocol_title) or session.protocol_name or tr("not readable")),
        (tr("Started"), _when(session)),
        (tr("Recorded"), tr("{minutes} min", minutes=f"{session.seconds / 60:.1f}")),
        (tr("Interrupted in"), where_cut(session)),
        (tr("Folder"), str(session.layout.session_dir)),
    ]


def where_cut(session: Unfinished) -> str:
    """Return in which block a session was cut, in words."""
    if session.block is None:
        return tr("before the first block")
    if session.round is not None:
        return tr("training round {round} of {n}", round=session.round, n=session.n_rounds)
    if session.n_blocks is None:
        return tr("block {block}", block=session.block + 1)
    return tr(
        "block {block} of {n} ({kind})",
        block=session.block + 1, n=session.n_blocks, kind=phase_in_a_sentence(session.phase or ""),
    )  # fmt: skip


def choice_words(session: Unfinished, choice: Choice) -> str:
    """Return what a choice does with a session, for its button, without the key."""
    if choice is Choice.RESUME:
        if session.round is not None:
            return tr("Resume at round {round}", round=session.round)
        return tr("Resume at block {block}", block=(session.block or 0) + 1)
    return tr("Finish as it is") if choice is Choice.FINISH else tr("Set aside")


def again_words(session: Unfinished, choice: Choice, key: str) -> str:
    """Return the sentence that asks for a second press, as a better choice is given up by it."""
    better = choice_words(session, session.choices[0])
    if choice is Choice.FINISH:
        return tr(
            "Press {key} again to finish it. It cannot be resumed afterwards. Better: "
            "{better}.",
            key=key, better=better,
        )  # fmt: skip
    return tr(
        "Press {key} again to move it out of the recordings. Nothing is deleted. Better: "
        "{better}.",
        key=key, better=better,
    )  # fmt: skip


def _when(session: Unfinished) -> str:
    if session.started is None:
        return tr("start not readable")
    return f"{session.started.astimezone():%Y-%m-%d %H:%M}"
