"""Choosing a participant: what is known of each, and what is written about one.

Responsible for the list as it is searched, for a participant's details, and for going on with plain
codes when the index cannot be used. Knows no Qt. Not responsible for how it looks
(`gui.desk.participant_page`), nor for the index itself (`store`).

Longer than most modules: everything the desk asks about people, each a few lines around the index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import check_participant
from neurofeedback.words.language import tr
from neurofeedback.words.message import NOTHING, Message, message_of

if TYPE_CHECKING:
    from neurofeedback.store.index import Index
    from neurofeedback.store.overview import ParticipantLine

MOST_SESSIONS = 8
_WITH_MARK = re.compile(r"(?P<letters>[A-Za-z]{1,8})[-_. ](?P<number>\d{1,8})")


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session of a participant.

    Parameters
    ----------
    started : datetime
        UTC.
    protocol, status : str
    seconds : float or None
    rewards : int or None
        None where they are sealed or unknown.
    """

    started: datetime
    protocol: str
    status: str
    seconds: float | None
    rewards: int | None


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note about a participant.

    Parameters
    ----------
    number : int
        Of the note in the index.
    written : datetime
        UTC.
    author, text : str
    struck_by : str
        Who struck it out; empty where nobody did.
    """

    number: int
    written: datetime
    author: str
    text: str
    struck_by: str = ""


@dataclass(frozen=True, slots=True)
class PromptLine:
    """A safety prompt that nobody has acknowledged.

    Parameters
    ----------
    taken : datetime
        When the questionnaire was filled in, UTC.
    instrument : str
        Key of the questionnaire.
    """

    taken: datetime
    instrument: str


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a participant.

    Parameters
    ----------
    code : str
    consent : bool
    consent_date : date or None
        None where nothing was recorded.
    protocol : str
        That of the last session; empty without one.
    bads : tuple of str
        Channels that were left out then.
    stream : str
        Name of the stream then.
    n_sessions : int
    sessions : tuple of SessionLine
        The last ones, newest first.
    notes : tuple of NoteLine
        Newest first.
    prompts : tuple of PromptLine
        Oldest first.
    """

    code: str
    consent: bool = False
    consent_date: date | None = None
    protocol: str = ""
    bads: tuple[str, ...] = ()
    stream: str = ""
    n_sessions: int = 0
    sessions: tuple[SessionLine, ...] = ()
    notes: tuple[NoteLine, ...] = ()
    prompts: tuple[PromptLine, ...] = ()


class Participants:
    """The participants of a dataset.

    Parameters
    ----------
    open_index : callable
        Returns the index, or None if it is switched off; may raise UserError.

    Attributes
    ----------
    problem : Message
        Why the index is not used, one sentence; empty while it is.
    lines : tuple of ParticipantLine
        All of them but those in the archive, by code, as last read.
    """

    def __init__(self, open_index: Callable[[], Index | None]) -> None:
        self._open = open_index
        self._index: Index | None = None
        self.problem = NOTHING
        self.lines: tuple[ParticipantLine, ...] = ()
        self._archived: set[str] = set()
        self.refresh()

    @property
    def available(self) -> bool:
        """Whether the index can be used."""
        return self._index is not None

    def refresh(self) -> None:
        """Read the list anew; opens the index if it is not open."""
        self.problem = NOTHING
        try:
            self._index = self._index or self._open()
            if self._index is None:
                self.problem = Message(
                    "The index is switched off. Any code can be used, but nothing else is known."
                )
                return
            from neurofeedback.store.overview import participant_lines

            with self._index.read() as session:
                found = participant_lines(session)
            self.lines = tuple(line for line in found if not line.archived)
            self._archived = {line.code for line in found if line.archived}
        except UserError as error:
            self._index, self.lines = None, ()
            self.problem = Message(
                "The index cannot be used. Any code can be used, but nothing else is "
                "known: {reason}",
                reason=error,
            )

    def matching(self, text: str) -> list[ParticipantLine]:
        """Return those whose code holds `text`, capital letters or not; beginnings come first."""
        part = tidy_code(text).lower()
        found = [line for line in self.lines if part in line.code.lower()]
        return sorted(found, key=lambda line: not line.code.lower().startswith(part))

    def meant(self, text: str, matching: Sequence[ParticipantLine]) -> str:
        """Return the one code that a text can only mean; empty where it may mean several.

        Parameters
        ----------
        text : str
            As typed.
        matching : sequence of ParticipantLine
            What `matching` returns for it: with none, a code that could be added is meant.
        """
        code = tidy_code(text)
        if not matching:
            return self.addable(code)
        return next((line.code for line in matching if line.code.lower() == code.lower()), "")

    def addable(self, text: str) -> str:
        """Return the code that could be added or used anew; empty where there is none.

        Parameters
        ----------
        text : str
            As typed.
        """
        code = tidy_code(text)
        return "" if self.refusal(code) or self._known(code) else code

    def refusal(self, text: str) -> str:
        """Return why a text is no code to be used, one sentence; empty if it is, or nothing."""
        code = tidy_code(text)
        if not code:
            return ""
        archived = [each for each in self._archived if each.lower() == code.lower()]
        if archived:
            return tr(
                "{code} is in the archive. Restore them under All participants "
                "(Ctrl+Shift+P), filter Archive.",
                code=archived[0],
            )
        try:
            check_participant(code)
        except UserError as error:
            return tr(message_of(error))
        return ""

    def details(self, code: str) -> Details:
        """Return what is known of a participant; of one without an index, the code.

        Raises
        ------
        UserError
            If the index cannot be read.
        """
        if self._index is None:
            return Details(code)
        return _read(self._index, code)

    def add(self, code: str) -> Details:
        """Add a participant; see `details`.

        Raises
        ------
        UserError
            If the code is refused or taken, or the index cannot be written.
        """
        check_participant(code)
        if self._index is None:
            return Details(code)
        from neurofeedback.store.participants import add_participant

        with self._index.change() as change:
            add_participant(change, code)
        self.refresh()
        return self.details(code)

    def set_consent(self, code: str, given: bool) -> Details:
        """Record that consent was given or withdrawn today; see `details`.

        Raises
        ------
        UserError
            If the index cannot be written.
        """
        from neurofeedback.store.participants import set_consent

        with self._used().change() as change:
            set_consent(change, code, given=given)
        self.refresh()
        return self.details(code)

    def add_note(self, code: str, text: str) -> Details:
        """Write a note; see `details`.

        Raises
        ------
        UserError
            If it is empty, or the index cannot be written.
        """
        from neurofeedback.store.participants import add_note

        with self._used().change() as change:
            add_note(change, code, text)
        return self.details(code)

    def keep_draft(self, code: str, text: str) -> None:
        """Keep a note that is being typed, for the next start of the program."""
        if self._index is not None and code:
            from neurofeedback.app.drafts import text_draft

            place = self._index.place
            text_draft(place.dataset, place, f"note_{code}").keep(text)

    def draft(self, code: str) -> str:
        """Return the note that was being typed about a participant; empty for none."""
        if self._index is None:
            return ""
        from neurofeedback.app.drafts import text_draft

        place = self._index.place
        return text_draft(place.dataset, place, f"note_{code}").read()

    def strike_note(self, code: str, number: int) -> Details:
        """Strike out a note, which stays; see `details`.

        Raises
        ------
        UserError
            If it was struck out before, or the index cannot be written.
        """
        from neurofeedback.store.care import strike_note

        with self._used().change() as change:
            strike_note(change, number)
        return self.details(code)

    def _used(self) -> Index:
        if self._index is None:
            raise UserError(self.problem)
        return self._index

    def _known(self, code: str) -> bool:
        return any(line.code.lower() == code.lower() for line in self.lines)


def tidy_code(text: str) -> str:
    """Return the code that was typed: of ``P-05``, as many clinics write it, ``P05``.

    Nothing but one mark between letters and a number is taken out: what else is no code is refused
    as it was typed, so that no name becomes one.
    """
    found = _WITH_MARK.fullmatch(text.strip())
    return found["letters"] + found["number"] if found else text.strip()


def _read(index: Index, code: str) -> Details:
    from neurofeedback.store.care import struck_notes
    from neurofeedback.store.participants import get_participant, notes_of
    from neurofeedback.store.responses import responses_of
    from neurofeedback.store.sessions import find_sessions

    with index.read() as session:
        person = get_participant(session, code)
        rows = find_sessions(session, participant=code)
        notes = notes_of(session, code)
        struck = {number: act.who for number, act in struck_notes(session).items()}
        responses = responses_of(session, code)
    settings = person.settings
    bads: Sequence[object] = settings.get("bads") or ()
    return Details(
        code=person.code,
        consent=person.consent,
        consent_date=person.consent_date,
        protocol=str(settings.get("protocol", "")),
        bads=tuple(map(str, bads)),
        stream=str(settings.get("stream", "")),
        n_sessions=len(rows),
        sessions=tuple(
            SessionLine(row.started, row.protocol_name, row.status, row.seconds, row.rewards)
            for row in rows[:MOST_SESSIONS]
        ),
        notes=tuple(
            NoteLine(n.id, n.written, n.author, n.text, struck.get(n.id, ""))
            for n in reversed(notes)
        ),
        prompts=tuple(
            PromptLine(row.taken, row.instrument)
            for row in responses
            if row.safety_raised and row.acknowledged_by is None
        ),
    )
