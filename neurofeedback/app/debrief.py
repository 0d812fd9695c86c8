"""What was said after a session, put where it belongs.

Responsible for keeping a debrief: beside the session first (note, adverse effects, guesses), then
in the index (note, scales, a row in the trail), so that the first is there whatever becomes of the
index. Saving again what was kept adds nothing. Not responsible for asking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from neurofeedback.app.drafts import AnswerDrafts, DraftFile
from neurofeedback.app.due_scales import DAYS, due_for
from neurofeedback.errors import UserError
from neurofeedback.protocols.spec import ScaleSettings
from neurofeedback.recording.debrief import Debrief, Effect, read_debrief, write_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.scales.instrument import Instrument, Response, is_lines
from neurofeedback.scales.keeping import ResponseStore, Timing, Waiting
from neurofeedback.store.clean import clean
from neurofeedback.store.facts import read_facts
from neurofeedback.store.index import Change, Index, operator_name, utc_now
from neurofeedback.store.keeping import IndexResponses, waiting_of
from neurofeedback.store.kept_beside import DEBRIEFED, kept_beside
from neurofeedback.store.models import Note, ScaleRow, SessionRow
from neurofeedback.store.participants import add_note
from neurofeedback.store.responses import store_response
from neurofeedback.store.sessions import find_session, put_session
from neurofeedback.study.guesses import Belief, By, add_guess, guesses


@dataclass(frozen=True, slots=True)
class GuessGiven:
    """What somebody believes the arm was.

    Parameters
    ----------
    by : {'participant', 'operator'}
    belief : {'real', 'control', 'unknown'}
    confidence : int
        0 to 100.
    reason : str
        In their words; may be empty.
    """

    by: By
    belief: Belief
    confidence: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DebriefEntry:
    """All that is entered after a session.

    Parameters
    ----------
    note : str
        The operator's; may be empty.
    effects : tuple of Effect or None
        Adverse effects; empty for an explicit "none", None where nobody asked.
    effect_words : str
        More about them; may be empty.
    responses : tuple of Response
        Scales answered after the session.
    guesses : tuple of GuessGiven
        In a study.
    strategy : str
        What the participant did to move the display, in their words; may be empty.
    """

    note: str = ""
    effects: tuple[Effect, ...] | None = None
    effect_words: str = ""
    responses: tuple[Response, ...] = ()
    guesses: tuple[GuessGiven, ...] = ()
    strategy: str = ""


@dataclass(frozen=True, slots=True)
class SavedDebrief:
    """A debrief that has been kept.

    Parameters
    ----------
    file : Path
        The file beside the session.
    waiting : tuple of Waiting
        Safety prompts that somebody must read now.
    """

    file: Path
    waiting: tuple[Waiting, ...] = ()


class DebriefKeeper:
    """Keeps the debrief of one session.

    Parameters
    ----------
    layout : SessionLayout
        The session; it has ended.
    index : Index or None
        None where the index is switched off: scales cannot be kept then.
    operator : str
        Who writes it down.
    clock : callable
        Gives the time now, with time zone.
    """

    def __init__(
        self,
        layout: SessionLayout,
        index: Index | None,
        operator: str = "",
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._layout = layout
        self._index = index
        self._operator = operator_name(operator)
        self._clock = clock

    def save(self, entry: DebriefEntry) -> SavedDebrief:
        """Keep a debrief; may be called again after a failure, or with more.

        Raises
        ------
        UserError
            If something of it cannot be kept; says what has been.
        """
        if entry.responses and self._index is None:
            raise UserError("The index is switched off, so no scales can be saved; see --index.")
        file = write_debrief(self._layout, self._debrief(entry))
        self._keep_guesses(entry.guesses)
        if self._index is None:
            return SavedDebrief(file)
        try:
            with self._index.change() as change:
                waiting = self._keep_in_index(change, entry)
        except UserError as error:
            raise UserError(
                "Note and adverse effects are saved beside the session ({file}), but not "
                "in the index: {reason} Fix this and save again.",
                file=file.name,
                reason=error,
            ) from error
        return SavedDebrief(file, waiting)

    def _debrief(self, entry: DebriefEntry) -> Debrief:
        note, words = clean(entry.note), clean(entry.effect_words)
        return Debrief(
            self._clock(), self._operator, note, entry.effects, words, clean(entry.strategy)
        )

    def _keep_guesses(self, given: tuple[GuessGiven, ...]) -> None:
        last = {kept.by: kept for kept in guesses(self._layout)}
        for guess in given:
            kept = last.get(guess.by)
            if kept is not None and (kept.belief, kept.confidence, kept.reason) == (
                guess.belief,
                guess.confidence,
                " ".join(guess.reason.split())[:500],
            ):
                continue
            add_guess(self._layout, guess.by, guess.belief, guess.confidence, guess.reason,
                      self._clock())  # fmt: skip

    def _keep_in_index(self, change: Change, entry: DebriefEntry) -> tuple[Waiting, ...]:
        row = find_session(change.session, self._layout)
        if row is None:
            row, _ = put_session(change, read_facts(self._layout.protocol))
        code = self._layout.participant
        note = clean(entry.note)
        if note and not _has_note(change, row, note):
            add_note(change, code, note, row)
        kept = [
            store_response(change, code, response, timing=Timing.AFTER, session=row)
            for response in entry.responses
            if not _has_response(change, row, response)
        ]
        told = None if entry.effects is None else {e.kind: e.severity for e in entry.effects}
        change.log(DEBRIEFED, row.folder, effects=told, beside=kept_beside(self._layout))
        return tuple(found for found in map(waiting_of, kept) if found is not None)


def _has_note(change: Change, row: SessionRow, text: str) -> bool:
    texts = select(Note.text).where(Note.session_id == row.id)
    return text in change.session.scalars(texts).all()


def _has_response(change: Change, row: SessionRow, response: Response) -> bool:
    kept = select(ScaleRow).where(
        ScaleRow.session_id == row.id,
        ScaleRow.timing == str(Timing.AFTER),
        ScaleRow.instrument == response.instrument.key,
    )
    return any(tuple(found.answers) == response.answers for found in change.session.scalars(kept))


@dataclass(frozen=True, slots=True)
class DebriefContext:
    """What a debrief needs to know of its session.

    Parameters
    ----------
    participant : str
        Code.
    keeper : DebriefKeeper
        Keeps note, effects, guesses and the lines marked on the page.
    responses : ResponseStore or None
        Keeps questionnaires; None where the index is switched off.
    due : tuple of Instrument
        Due after this session; none where there is no `responses`.
    in_study : bool
        Whether the session is part of a study: then guesses are asked for.
    earlier : Debrief or None
        What was kept before, if the page is opened again.
    draft : DraftFile or None
        Where what is entered is kept until it is saved.
    answers : AnswerDrafts or None
        Where the answers to a questionnaire are kept until it is over.
    late : datetime or None
        When the session started, if it is asked about later: the participant is gone.
    """

    participant: str
    keeper: DebriefKeeper
    responses: ResponseStore | None = None
    due: tuple[Instrument, ...] = ()
    in_study: bool = False
    earlier: Debrief | None = None
    draft: DraftFile | None = None
    answers: AnswerDrafts | None = None
    late: datetime | None = None


def debrief_context(
    layout: SessionLayout,
    scales: ScaleSettings,
    index: Index | None,
    operator: str = "",
    days: int = DAYS,
    *,
    late: bool = False,
) -> DebriefContext:
    """Find out what a debrief of a session needs to know.

    Parameters
    ----------
    layout : SessionLayout
        The session; it has ended.
    scales : ScaleSettings
        Of its protocol.
    index : Index or None
        None where it is switched off.
    operator : str
        Who runs the session.
    days : int
        See `due_scales`.
    late : bool
        Whether the participant is gone: then no questionnaires are due but those of the page.

    Raises
    ------
    UserError
        If session or index cannot be read.
    """
    code = layout.participant
    due: tuple[Instrument, ...] = ()
    if index is not None:
        due = due_for(index, scales, Timing.AFTER, code, utc_now(), layout, days)
    if late:
        due = tuple(one for one in due if is_lines(one))
    start = SessionReader(layout).start
    place = None if index is None else index.place
    return DebriefContext(
        participant=code,
        keeper=DebriefKeeper(layout, index, operator),
        responses=None if index is None else IndexResponses(index, layout),
        due=due,
        in_study=start.study is not None,
        earlier=read_debrief(layout),
        draft=DraftFile(layout, place),
        answers=AnswerDrafts(layout.root, place, layout.stem),
        late=start.started if late else None,
    )
