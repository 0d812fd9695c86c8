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

from neurofeedback.errors import UserError
from neurofeedback.recording.debrief import Debrief, Effect, write_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing, Waiting
from neurofeedback.store.clean import clean
from neurofeedback.store.facts import read_facts
from neurofeedback.store.index import Change, Index, operator_name, utc_now
from neurofeedback.store.keeping import waiting_of
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
    """

    note: str = ""
    effects: tuple[Effect, ...] | None = None
    effect_words: str = ""
    responses: tuple[Response, ...] = ()
    guesses: tuple[GuessGiven, ...] = ()


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
            raise UserError("The index is switched off, so no scales can be kept; see --index.")
        file = write_debrief(self._layout, self._debrief(entry))
        self._keep_guesses(entry.guesses)
        if self._index is None:
            return SavedDebrief(file)
        try:
            with self._index.change() as change:
                waiting = self._keep_in_index(change, entry)
        except UserError as error:
            raise UserError(
                f"Note and adverse effects are kept beside the session ({file.name}), but not in "
                f"the index: {error} Save again when that is mended."
            ) from error
        return SavedDebrief(file, waiting)

    def _debrief(self, entry: DebriefEntry) -> Debrief:
        note, words = clean(entry.note), clean(entry.effect_words)
        return Debrief(self._clock(), self._operator, note, entry.effects, words)

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
        change.log("session.debriefed", row.folder, effects=told)
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
