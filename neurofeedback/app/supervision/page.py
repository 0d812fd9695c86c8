"""What whoever supervises a dataset reads, as one page of HTML.

Responsible for what stands on the page. It comes from the index alone, so that it can be read on
another computer than the recordings are on, and has nothing of what a trial conceals: no arm, no
place, no stratum, no reward. Not responsible for serving it (`app.supervision.server`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from neurofeedback.app.debrief_words import effect_with_severity
from neurofeedback.app.plan import due_of
from neurofeedback.app.states import status_words
from neurofeedback.trial.page import Grid, Heading, Part, Sentence, to_html
from neurofeedback.words.language import language, tr

if TYPE_CHECKING:
    from neurofeedback.store.index import Index
    from neurofeedback.store.overview import ParticipantLine, SessionLine

MOST_SESSIONS = 200
_NONE = "\N{EN DASH}"
_MARK = "\N{BLACK UP-POINTING TRIANGLE} "


def supervision_page(index: Index, now: datetime) -> str:
    """Return the page.

    Parameters
    ----------
    index : Index
        Only read.
    now : datetime
        With time zone.

    Raises
    ------
    UserError
        If the index cannot be read.
    """
    from neurofeedback.store.overview import participant_lines, session_lines

    with index.read() as session:
        people, sessions = participant_lines(session), session_lines(session, MOST_SESSIONS)
    title = tr("Supervision")
    return to_html(title, _parts(title, people, sessions, now.astimezone()), language())


def _parts(
    title: str, people: Iterable[ParticipantLine], sessions: list[SessionLine], now: datetime
) -> Iterator[Part]:
    newest = {line.code: line for line in reversed(sessions)}
    shown = [line for line in people if not line.archived]
    yield Heading(title, 1)
    yield Sentence(
        tr("As of {moment}. Nothing can be changed here.", moment=f"{now:%Y-%m-%d %H:%M}")
    )
    yield Heading(tr("Participants"))
    yield Grid(
        (tr("Code"), tr("Due"), tr("Sessions"), tr("Consent"), tr("Safety prompts"),
         tr("Adverse effects"), tr("Debrief")),
        [_person(line, newest.get(line.code), now.date()) for line in sorted(
            shown, key=lambda line: (due_of(line, now.date()) or date.max, line.code)
        )],
    )  # fmt: skip
    yield Heading(tr("Sessions"))
    yield Grid(
        (tr("Started"), tr("Code"), tr("Session"), tr("Protocol"), tr("How it ended"),
         tr("Minutes"), tr("Held"), tr("Verified"), tr("Debrief")),
        [_session(line) for line in sessions],
    )  # fmt: skip


def _person(line: ParticipantLine, last: SessionLine | None, today: date) -> list[str]:
    due = due_of(line, today)
    planned = f"{line.n_completed}/{line.plan.sessions}" if line.plan else str(line.n_completed)
    effects = ", ".join(effect_with_severity(*each) for each in line.effects.items())
    return [
        line.code,
        _NONE if due is None else f"{_MARK if due <= today else ''}{due}",
        planned,
        tr("yes") if line.consent else _MARK + tr("no"),
        f"{_MARK}{line.waiting}" if line.waiting else _NONE,
        _MARK + effects if effects else _NONE,
        _NONE if last is None else _debrief(last),
    ]


def _session(line: SessionLine) -> list[str]:
    ok = line.verified == "ok"
    status = status_words(line.status)
    return [
        f"{line.started.astimezone():%Y-%m-%d %H:%M}",
        line.code,
        str(line.number),
        line.protocol,
        status if line.found else tr("{status}; its folder is gone", status=status),
        _NONE if line.seconds is None else f"{line.seconds / 60:.0f}",
        _NONE if line.held is None else f"{100 * line.held:.0f} %",
        _NONE if line.verified is None else tr("yes") if ok else _MARK + tr("no"),
        _debrief(line),
    ]


def _debrief(line: SessionLine) -> str:
    return tr("yes") if line.debriefed else _MARK + tr("missing")
