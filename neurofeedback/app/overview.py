"""Everybody of a dataset: who is due, and where something is missing or went badly.

Responsible for the lines of the overview, for searching and filtering them, and for archive and
renaming. Not responsible for what needs somebody to act (`app.plan`), nor for how it looks
(`gui.progress.overview`). Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from neurofeedback.app.debrief_words import effect_with_severity
from neurofeedback.app.plan import Need, due_of, needs
from neurofeedback.errors import UserError
from neurofeedback.store.overview import ParticipantLine, participant_lines
from neurofeedback.words.language import later, tr

if TYPE_CHECKING:
    from neurofeedback.store.index import Index

ALL, ARCHIVE = "all", "archive"
FILTERS = (ALL, Need.DUE, Need.DEBRIEF, Need.EFFECT, Need.PROMPT, Need.CONSENT, ARCHIVE)


@dataclass(frozen=True, slots=True)
class Line:
    """A participant in the overview.

    Parameters
    ----------
    line : ParticipantLine
    due : date or None
        Of the next session; None where no more are planned.
    needs : tuple of Need
        The most urgent first.
    """

    line: ParticipantLine
    due: date | None
    needs: tuple[Need, ...]


class Everybody:
    """The participants of a dataset.

    Parameters
    ----------
    index : Index
    missing : callable
        Returns the codes of those with a session that waits for its debrief.
    rename : callable
        Gives a participant another code; may raise UserError.
    """

    def __init__(
        self,
        index: Index,
        missing: Callable[[], Collection[str]],
        rename: Callable[[str, str], object],
    ) -> None:
        self._index, self._missing, self._rename = index, missing, rename
        self._lines: tuple[Line, ...] = ()

    def refresh(self, today: date) -> None:
        """Read everybody anew.

        Raises
        ------
        UserError
            If the index cannot be read.
        """
        missing = set(self._missing())
        with self._index.read() as session:
            found = participant_lines(session)
        self._lines = tuple(
            Line(
                line,
                None if line.archived else due_of(line, today),
                needs(line, today, debrief_missing=line.code in missing),
            )
            for line in found
        )

    def matching(self, text: str = "", only: str = ALL) -> list[Line]:
        """Return those whose code or protocol holds a text and who pass a filter.

        Parameters
        ----------
        text : str
            Capital letters or not.
        only : str
            One of `FILTERS`. The archive is apart from all others.
        """
        part = text.strip().lower()
        return [
            each
            for each in self._lines
            if each.line.archived == (only == ARCHIVE)
            and (only in (ALL, ARCHIVE) or only in each.needs)
            and (part in each.line.code.lower() or part in each.line.last_protocol.lower())
        ]

    def archive(self, code: str, archived: bool) -> None:
        """Put a participant into the archive, or take them out of it.

        Raises
        ------
        UserError
            If the index cannot be written.
        """
        from neurofeedback.store.care import set_archived

        with self._index.change() as change:
            set_archived(change, code, archived)

    def rename(self, old: str, new: str) -> None:
        """Give a participant another code.

        Raises
        ------
        UserError
            If the code is refused or taken, or it cannot be changed now.
        """
        if not new:
            raise UserError("Type the code that is right.")
        self._rename(old, new)


_WORDS = {
    ALL: later("All"),
    ARCHIVE: later("Archive"),
    Need.DUE: later("Due"),
    Need.DEBRIEF: later("Debrief missing"),
    Need.EFFECT: later("Adverse effect"),
    Need.PROMPT: later("\u25b2 Safety prompt"),
    Need.CONSENT: later("No consent"),
}


def need_words(line: Line, need: Need) -> str:
    """Say what needs somebody to act."""
    if need is Need.EFFECT:
        told = ", ".join(effect_with_severity(*each) for each in line.line.effects.items())
        return tr("\u25b2 {effects}", effects=told)
    return tr(_WORDS[need])


def filter_words(name: str, n: int) -> str:
    """Name a filter with how many pass it."""
    return f"{tr(_WORDS[name])}  {n}"
