"""Do trends over a course of sessions tell who learns from who does not?

Twenty sessions each, of somebody who learns a little more from session to session, of somebody who
does not, and of stretches of resting recordings in any order. Each is a table of frames that goes
through the summary's own `make_blocks` and `make_changes`, and `report.trend`. The threshold is set
anew for each block from the one before, as adaptive rules do, so that it follows the person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.change import MEASURE, MEMORY, SCATTER, SECONDS, SLOW, at_rest
from benchmarks.table import Table
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FloatArray
from neurofeedback.report.session_figures import SessionFigures, figures_of
from neurofeedback.report.summary_blocks import SessionTable, block_spans, make_blocks, make_changes
from neurofeedback.report.summary_parts import FINISHED, SessionSummary, Stream
from neurofeedback.report.summary_rows import Rows
from neurofeedback.report.trend import trend_of

SESSIONS = 20
DAYS = 3
BLOCKS = (("baseline", 60.0), *[("train", 170.0)] * 5, ("transfer", 120.0))
SHORT = (("baseline", 40.0), ("train", 40.0), ("transfer", 36.0))  # as long as recordings of rest
BETWEEN = 0.15  # SD of a person's own level from day to day
GAIN = 0.5  # of the learner in the last session, in training and without feedback
TARGET = 0.65  # share past the threshold
STARTED = datetime(2026, 3, 2, 9, tzinfo=UTC)
TRENDS = ("baseline", "gain", "transfer")

Blocks = Sequence[tuple[str, float]]


@dataclass
class Said:
    """What was said of many courses."""

    n: int = 0
    towards: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TRENDS, 0))
    learnt: int = 0  # training minus baseline or transfer rose
    wrong: int = 0  # any of the trends, either way
    shares: list[float] = field(default_factory=list)

    def add(self, course: Sequence[SessionFigures]) -> None:
        """Count a course."""
        signs = {key: _sign(course, key) for key in TRENDS}
        self.n += 1
        self.learnt += signs["gain"] > 0 or signs["transfer"] > 0
        self.wrong += any(signs.values())
        for key, sign in signs.items():
            self.towards[key] += sign > 0
        self.shares += [f.success for f in course if f.success is not None]

    def percent(self, count: int) -> float:
        """Return a count of courses in percent."""
        return 100.0 * count / max(self.n, 1)


def _sign(course: Sequence[SessionFigures], key: str) -> int:
    values = [getattr(f, key).value for f in course if getattr(f, key) is not None]
    found = trend_of(values)
    return 0 if found is None else found.sign


def session_of(values: FloatArray, seconds: float, number: int, blocks: Blocks) -> SessionFigures:
    """Return the numbers of a session from the measure of its frames.

    Parameters
    ----------
    values : ndarray, shape (n_frames,)
    seconds : float
        From frame to frame.
    number : int
        Of the session, from 1.
    blocks : sequence of (str, float)
        Kind and length in s.
    """
    edges = np.cumsum([0, *(round(length / seconds) for _, length in blocks)])
    n = int(edges[-1])
    events, threshold = [], np.full(n, np.nan)
    for i, (phase, _) in enumerate(blocks):
        start, stop = int(edges[i]), int(edges[i + 1])
        about = {"block": i, "attempt": 1, "phase": phase}
        events.append(Event(EventKind.BLOCK_STARTED, start, start * seconds, about))
        over = {**about, "ended_by": "time"}
        events.append(Event(EventKind.BLOCK_ENDED, stop - 1, stop * seconds, over))
        if i:
            before = values[edges[i - 1] : start]
            threshold[start:stop] = np.quantile(before, 1.0 - TARGET)
    places = np.repeat(np.arange(len(blocks)), np.diff(edges))
    success = values[:n] > threshold
    rows = Rows(
        np.arange(n), places, np.full(n, ""), values[:n], threshold, success,
        np.zeros(n, dtype=bool), {"faa": values[:n]}, seconds,
    )  # fmt: skip
    table = SessionTable(rows, values[:n], block_spans(rows, events), 0, 1.0 / seconds, SECONDS)
    made = make_blocks(table, events, concealed=False)
    trained = np.isin(places, [i for i, (phase, _) in enumerate(blocks) if phase == "train"])
    return figures_of(
        SessionSummary(
            folder="", stem="", participant="P01", session=number, run=1, protocol="faa-up",
            title="", experimental=False, started=STARTED + timedelta(days=DAYS * number),
            seconds=n * seconds, status=FINISHED, reason="", through=True,
            n_planned=len(blocks), concealed=False, study="",
            stream=Stream("", "synthetic", 1.0, 1, 0, 0.0), blocks=made, measure=MEASURE,
            changes=make_changes(table, MEASURE, made),
            success_rate=float(success[trained].mean()),
        )
    )  # fmt: skip


def simulated_course(
    rng: np.random.Generator, gain: float = 0.0, n: int = SESSIONS
) -> list[SessionFigures]:
    """Return a course of somebody whose training rises by `gain` until the last session."""
    length = sum(round(seconds / SECONDS) for _, seconds in BLOCKS)
    first = round(BLOCKS[0][1] / SECONDS)
    course = []
    for number in range(1, n + 1):
        slow = np.empty(length)
        slow[0] = rng.standard_normal()
        kicks = rng.standard_normal(length) * np.sqrt(1.0 - MEMORY**2)
        for i in range(1, length):
            slow[i] = MEMORY * slow[i - 1] + kicks[i]
        noise = np.sqrt(1.0 - SLOW) * rng.standard_normal(length) + np.sqrt(SLOW) * slow
        values = BETWEEN * rng.standard_normal() + SCATTER * noise
        values[first:] += gain * (number - 1) / (n - 1)
        course.append(session_of(values, SECONDS, number, BLOCKS))
    return course


def resting_courses(rng: np.random.Generator, n: int) -> Iterator[list[SessionFigures]]:
    """Yield courses of stretches of resting recordings, drawn in any order."""
    length = sum(seconds for _, seconds in SHORT)
    stretches = []
    for values, clean, step in at_rest():
        kept, size = values[clean], round(length / step) + len(SHORT)
        stretches += [(kept[i : i + size], step) for i in range(0, len(kept) - size + 1, size)]
    if not stretches:
        return
    for _ in range(n):
        picks = rng.integers(len(stretches), size=SESSIONS)
        yield [
            session_of(*stretches[pick], number, SHORT)
            for number, pick in enumerate(picks, start=1)
        ]


def said_of(courses: Iterator[list[SessionFigures]]) -> Said:
    """Return what is said of courses."""
    said = Said()
    for course in courses:
        said.add(course)
    return said


def course(quick: bool) -> Table:
    """Count what is said of courses, by kind of person."""
    table = Table(
        f"Courses of {SESSIONS} sessions of which a trend is called more than noise, %",
        ["courses", "n", "baseline", "training - baseline", "transfer", "learnt", "any, either way",
         "past threshold, mean", "SD of it"],
    )  # fmt: skip
    n = 100 if quick else 500
    kinds: list[tuple[str, Callable[[np.random.Generator], Iterator[list[SessionFigures]]]]] = [
        ("no learner", lambda rng: (simulated_course(rng) for _ in range(n))),
        ("at rest", lambda rng: resting_courses(rng, n)),
        (f"learner, +{GAIN}", lambda rng: (simulated_course(rng, GAIN) for _ in range(n // 2))),
        ("learner, +0.25", lambda rng: (simulated_course(rng, 0.25) for _ in range(n // 2))),
    ]
    for name, make in kinds:
        said = said_of(make(np.random.default_rng(5)))
        shares = np.array(said.shares or [np.nan])
        table.add(
            name, said.n, *(said.percent(said.towards[key]) for key in TRENDS),
            said.percent(said.learnt), said.percent(said.wrong), 100 * shares.mean(),
            100 * shares.std(),
        )  # fmt: skip
    return table
