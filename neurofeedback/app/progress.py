"""A person over a course of sessions: what there is to look at.

Responsible for putting together a participant's sessions, plan, questionnaires and the numbers of
each session, and for the series over time that follow from them. Not responsible for the numbers
of a session (`report.session_figures`), for what a series amounts to (`report.trend`), nor for
words (`app.progress_text`). Knows no Qt.

Of somebody in a blinded study nothing of the brain and nothing of the feedback is shown, not even
from sessions outside of it: it could be held against what was seen on the screen.

Longer than most modules: values alone and the figures of a course, one for each card of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.app.figures_cache import figures_of_session
from neurofeedback.app.plan import next_due
from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.glance import start_of
from neurofeedback.report.resting_markers import Marker
from neurofeedback.report.session_figures import Estimate, SessionFigures
from neurofeedback.report.trend import Trend, trend_of
from neurofeedback.scales.library import GAD7, MOOD, PHQ9
from neurofeedback.store.care import Plan, plan_of
from neurofeedback.store.overview import COMPLETED

if TYPE_CHECKING:
    from neurofeedback.store.index import Index

# Points by which a total must differ to be more than the noise of the questionnaire: the reliable
# change of the manual of NHS Talking Therapies, from the test-retest reliability of both.
RELIABLE = {PHQ9.key: 6.0, GAD7.key: 4.0}
TRAINED = ("baseline", "gain", "transfer", "success", "clean")
MARKERS = ("faa", "alpha-peak", "theta", "cordance")
MOODS = tuple(f"mood-{number}" for number in range(1, len(MOOD.items) + 1))


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A session in the course.

    Parameters
    ----------
    folder : Path
    number : int
    started : datetime
        UTC.
    protocol, status : str
    seconds : float or None
    found : bool
        Whether its folder is there.
    layout : SessionLayout
    """

    folder: Path
    number: int
    started: datetime
    protocol: str
    status: str
    seconds: float | None
    found: bool
    layout: SessionLayout


@dataclass(frozen=True, slots=True)
class Answer:
    """A questionnaire that was answered.

    Parameters
    ----------
    key : str
        Of the questionnaire, of mood with the number of the line: ``mood-1``.
    when : datetime
        UTC.
    value : float
    """

    key: str
    when: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a series.

    Parameters
    ----------
    when : datetime
    session : int or None
        Number of the session, where it is from one.
    value : float
    error : float or None
        Standard error within the session.
    """

    when: datetime
    session: int | None
    value: float
    error: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A number over the course.

    Parameters
    ----------
    key : str
        One of `TRAINED`, `MARKERS`, `MOODS` or `RELIABLE`.
    unit : str
    points : tuple of Point
        In order of time.
    trend : Trend or None
        None where there are too few points, or where a questionnaire's own noise is known.
    reliable : float or None
        Smallest difference of two answers that is more than noise.
    marker : Marker or None
        The last one, for a series of these: all were measured under its conditions.
    left_out : int
        Values that were measured under other conditions.
    """

    key: str
    unit: str
    points: tuple[Point, ...]
    trend: Trend | None = None
    reliable: float | None = None
    marker: Marker | None = None
    left_out: int = 0

    @property
    def band(self) -> tuple[float, float] | None:
        """Where a value lies that does not differ from the first by more than noise."""
        if self.trend is not None:
            return self.trend.start - self.trend.smallest, self.trend.start + self.trend.smallest
        if self.reliable is not None and self.points:
            first = self.points[0].value
            return first - self.reliable, first + self.reliable
        return None


@dataclass(frozen=True, slots=True)
class Progress:
    """A participant's course.

    Parameters
    ----------
    code : str
    sessions : tuple of SessionEntry
        Oldest first.
    plan : Plan or None
    answers : tuple of Answer
        Oldest first.
    figures : tuple of SessionFigures
        Of the sessions that were read so far, oldest first.
    unread : tuple of str
        Why the numbers of a session are missing, a sentence each.
    concealed : bool
        Whether this is somebody of a blinded study.
    """

    code: str
    sessions: tuple[SessionEntry, ...] = ()
    plan: Plan | None = None
    answers: tuple[Answer, ...] = ()
    figures: tuple[SessionFigures, ...] = ()
    unread: tuple[str, ...] = ()
    concealed: bool = False

    @property
    def n_completed(self) -> int:
        """Sessions that count for the plan."""
        return sum(entry.status == COMPLETED for entry in self.sessions)

    def next_due(self, today: date) -> date | None:
        """Return the day of the next session; None where no more are planned."""
        last = self.sessions[-1].started.astimezone().date() if self.sessions else None
        return next_due(self.plan, self.n_completed, last, today)

    def protocols(self) -> tuple[str, ...]:
        """Return the protocols that trained something, the last one first."""
        trained = [f.protocol for f in self.figures if f.name and f.gain is not None]
        return tuple(dict.fromkeys(reversed(trained)))

    def direction(self, protocol: str) -> str:
        """Return which way a protocol trains, ``up`` or ``down``."""
        return next((f.direction for f in reversed(self.figures) if f.protocol == protocol), "up")

    def series(self, protocol: str = "") -> tuple[Series, ...]:
        """Return all series that have a point.

        Parameters
        ----------
        protocol : str
            Which one's measure; by default the last one's.
        """
        chosen = protocol or next(iter(self.protocols()), "")
        found = [*self._trained(chosen), *self._answered(), *self._at_rest()]
        return tuple(one for one in found if one.points)

    def _trained(self, protocol: str) -> Iterator[Series]:
        own = [f for f in self.figures if f.protocol == protocol and f.name]
        unit = own[-1].unit if own else ""
        name = own[-1].name if own else ""
        same = [f for f in own if (f.name, f.unit) == (name, unit)]
        if not self.concealed:
            for key in ("baseline", "gain", "transfer"):
                yield _measured(key, unit, [(f, getattr(f, key)) for f in same], len(own))
            shares = [(f, _share(f.success)) for f in same]
            yield _measured("success", "%", shares, len(own))
        minutes = [(f, Estimate(f.clean_seconds / 60.0)) for f in self.figures]
        yield _measured("clean", "min", minutes, len(minutes))

    def _answered(self) -> Iterator[Series]:
        for key in (*RELIABLE, *MOODS):
            mine = [a for a in self.answers if a.key == key]
            points = tuple(Point(a.when, None, a.value) for a in mine)
            trend = None if key in RELIABLE else trend_of([p.value for p in points])
            yield Series(key, "", points, trend, RELIABLE.get(key))

    def _at_rest(self) -> Iterator[Series]:
        if self.concealed:
            return
        for key in MARKERS:
            every = [(f, m) for f in self.figures for m in f.markers if m.key == key]
            if not every:
                continue
            last = every[-1][1]
            same = [(f, Estimate(m.value)) for f, m in every if m.conditions == last.conditions]
            made = _measured(key, last.unit, same, len(every))
            yield replace(made, marker=last)


def _measured(
    key: str, unit: str, values: Sequence[tuple[SessionFigures, Estimate | None]], n_all: int
) -> Series:
    points = tuple(
        Point(figures.started, figures.session, value.value, value.error)
        for figures, value in values
        if value is not None
    )
    trend = trend_of([point.value for point in points])
    return Series(key, unit, points, trend, left_out=n_all - len(values))


def _share(success: float | None) -> Estimate | None:
    return None if success is None else Estimate(100.0 * success)


class ProgressReader:
    """Reads a participant's course, a session at a time.

    Parameters
    ----------
    index : Index
    code : str

    Attributes
    ----------
    progress : Progress
        What was read so far.

    Raises
    ------
    UserError
        If the index cannot be read, or there is no such participant.
    """

    def __init__(self, index: Index, code: str) -> None:
        self._place = index.place
        self.progress = _from_index(index, code)
        self._waiting = [entry for entry in self.progress.sessions if entry.found]

    @property
    def n_left(self) -> int:
        """Sessions that are still to be read."""
        return len(self._waiting)

    def read_one(self) -> None:
        """Read the numbers of one more session, the newest first."""
        entry = self._waiting.pop()
        before = self.progress
        try:
            figures = figures_of_session(entry.layout, self._place)
        except UserError as error:
            self.progress = replace(before, unread=(error.message, *before.unread))
        else:
            self.progress = replace(before, figures=(figures, *before.figures))

    def set_plan(self, plan: Plan | None) -> None:
        """Take over another plan, which has been kept."""
        self.progress = replace(self.progress, plan=plan)

    def read_all(self) -> Progress:
        """Read all that are left."""
        while self.n_left:
            self.read_one()
        return self.progress


def _from_index(index: Index, code: str) -> Progress:
    from neurofeedback.store.participants import get_participant
    from neurofeedback.store.responses import responses_of
    from neurofeedback.store.sessions import find_sessions

    with index.read() as session:
        person = get_participant(session, code)
        rows = find_sessions(session, participant=code)
        responses = responses_of(session, code)
    root = index.place.dataset
    entries = []
    for row in reversed(rows):
        layout = SessionLayout(root, code, row.number, row.task, row.run)
        entries.append(
            SessionEntry(
                layout.session_dir, row.number, row.started, row.protocol_name, row.status,
                row.seconds, row.found, layout,
            )
        )  # fmt: skip
    answers = [
        Answer(key, row.taken, float(value))
        for row in responses
        for key, value in _values(row.instrument, row.total, row.answers)
    ]
    return Progress(
        code,
        tuple(entries),
        plan_of(person.settings),
        tuple(answers),
        concealed=any(_in_study(entry.layout) for entry in entries if entry.found),
    )


def _in_study(layout: SessionLayout) -> bool:
    try:
        return start_of(layout).study is not None
    except UserError:  # nothing can be read of that session, and nothing will be shown
        return False


def _values(
    key: str, total: int | None, answers: Sequence[int | None]
) -> Iterator[tuple[str, int]]:
    if key == MOOD.key:
        for number, value in enumerate(answers, start=1):
            if value is not None:
                yield f"{key}-{number}", value
    elif total is not None:
        yield key, total
