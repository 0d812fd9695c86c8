"""How often is a change called clear in sessions of people who cannot learn, and of some who do?

Sessions are made of means with the autocorrelation of resting asymmetry, and of pieces of resting
recordings. Both go through the summary's own `make_changes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.recordings import resting
from benchmarks.table import Table
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FloatArray
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.report.summary_blocks import SessionTable, block_spans, make_blocks, make_changes
from neurofeedback.report.summary_parts import Change, Measure
from neurofeedback.report.summary_rows import Rows
from neurofeedback.signal.pipeline import Pipeline

SECONDS = 2.0  # of one mean
SCATTER = 0.55  # SD of the asymmetry over 2 s at a true value of zero
SLOW, MEMORY = (
    0.1,
    0.85,
)  # share of the variance that wanders, and its AR(1) coefficient: as at rest
BEFORE = 2.0  # standard errors that were called clear before
COURSES = {
    "30 s + 5 x 170 s": (30.0, 170.0, 5),
    "60 s + 5 x 170 s": (60.0, 170.0, 5),
    "10 s + 2 x 20 s": (10.0, 20.0, 2),
}
PIECES = {"30 s + 2 x 60 s": (30.0, 60.0, 2), "60 s + 2 x 60 s": (60.0, 60.0, 2)}
STEP = 15.0  # s from one piece to the next
MEASURE = Measure(
    name="faa", unit="ln ratio", label="", window=0.5, delay=0.2, direction="up", trained=True,
    segment=SECONDS, note="",
)  # fmt: skip

Course = tuple[float, float, int]


@dataclass
class Rate:
    """Counts of sessions by what was said of them."""

    n: int = 0
    towards: int = 0
    either: int = 0
    headline: int = 0
    before: int = 0

    def add(self, changes: Sequence[Change]) -> None:
        """Count a session."""
        away = [c.interval is not None and c.interval[1] < 0.0 for c in changes]
        self.n += 1
        self.towards += any(c.clear for c in changes)
        self.either += any(c.clear for c in changes) or any(away)
        self.headline += any(c.clear for c in changes if c.kind == "baseline")
        self.before += any(abs(c.value) > BEFORE * c.error for c in changes)

    def percent(self) -> list[float]:
        """Return shares in percent: in the direction trained, either, headline, as before."""
        found = (self.towards, self.either, self.headline, self.before)
        return [100.0 * count / max(self.n, 1) for count in found]


def changes_of(
    values: FloatArray, clean: np.ndarray, seconds: float, course: Course
) -> tuple[Change, ...]:
    """Return what the summary says of a session of a baseline and training blocks.

    Parameters
    ----------
    values : ndarray, shape (n_frames,)
        The measure.
    clean : ndarray of bool, shape (n_frames,)
    seconds : float
        From frame to frame.
    course : tuple of float, float, int
        Length of the baseline and of a block of training, s, and how many of these there are.
    """
    baseline, train, repeat = course
    lengths = [("baseline", baseline), *[("train", train)] * repeat]
    edges = np.cumsum([0, *(round(length / seconds) for _, length in lengths)])
    n = int(edges[-1])
    events = []
    for i, (phase, _) in enumerate(lengths):
        start, stop = int(edges[i]), int(edges[i + 1])
        about = {"block": i, "attempt": 1, "phase": phase}
        events.append(Event(EventKind.BLOCK_STARTED, start, start * seconds, about))
        over = {**about, "ended_by": "time"}
        events.append(Event(EventKind.BLOCK_ENDED, stop - 1, stop * seconds, over))
    nothing = np.zeros(n, dtype=bool)
    rows = Rows(
        np.arange(n), np.repeat(np.arange(len(lengths)), np.diff(edges)),
        np.where(clean[:n], "", "amplitude F3"), values[:n], np.full(n, np.nan), nothing, nothing,
        {"faa": values[:n]}, seconds,
    )  # fmt: skip
    table = SessionTable(rows, values[:n], block_spans(rows, events), 0, 1.0 / seconds, SECONDS)
    return make_changes(table, MEASURE, make_blocks(table, events, concealed=False))


def simulated(course: Course, n: int, gain: float = 0.0, seed: int = 0) -> Rate:
    """Return what is said of simulated sessions; `gain` is added in training."""
    rng, rate = np.random.default_rng(seed), Rate()
    first = round(course[0] / SECONDS)
    length = first + course[2] * round(course[1] / SECONDS)
    for _ in range(n):
        slow = np.empty(length)
        slow[0] = rng.standard_normal()
        kicks = rng.standard_normal(length) * np.sqrt(1.0 - MEMORY**2)
        for i in range(1, length):
            slow[i] = MEMORY * slow[i - 1] + kicks[i]
        noise = np.sqrt(1.0 - SLOW) * rng.standard_normal(length) + np.sqrt(SLOW) * slow
        values = SCATTER * noise
        values[first:] += gain
        rate.add(changes_of(values, np.ones(length, dtype=bool), SECONDS, course))
    return rate


def at_rest() -> Iterator[tuple[FloatArray, np.ndarray, float]]:
    """Yield the asymmetry of resting recordings: values, which are clean, s from frame to frame."""
    settings = load_protocol("faa-up").signal
    for rest in resting("F3", "F4"):
        data = rest.data
        pick = rest.info.eeg
        names = tuple(rest.info.ch_names[i] for i in pick)
        info = type(rest.info)(
            rest.name, "", rest.info.sfreq, names, ("eeg",) * len(names), ("V",) * len(names)
        )
        times = np.arange(len(data)) / info.sfreq
        frames = Pipeline(info, settings).process(Chunk(data, times, 0))
        step = float(np.median(np.diff(frames.samples))) / info.sfreq
        yield frames.values[:, 0], np.array([held is None for held in frames.held]), step


def replayed(course: Course, every: float = STEP) -> Rate:
    """Return what is said of pieces of resting recordings, taken as sessions."""
    rate = Rate()
    length = course[0] + course[1] * course[2]
    for values, clean, step in at_rest():
        n, apart = round(length / step) + 1, round(every / step)
        for start in range(0, len(values) - n + 1, apart):
            piece = slice(start, start + n)
            rate.add(changes_of(values[piece], clean[piece], step, course))
    return rate


def change(quick: bool) -> Table:
    """Count what is called clear, by kind of session."""
    table = Table(
        "Sessions in which a change is called clear, %",
        ["sessions", "n", "towards", "either way", "headline", "by 2 SE, before"],
    )
    n = 200 if quick else 1000
    said: list[tuple[str, Callable[[], Rate]]] = []
    for name, course in COURSES.items():
        said.append((f"no learner, {name}", lambda c=course: simulated(c, n)))  # type: ignore[misc]
    for name, course in PIECES.items():
        every = 60.0 if quick else STEP
        said.append((f"at rest, {name}", lambda c=course, e=every: replayed(c, e)))  # type: ignore[misc]
    for gain in (0.15, 0.3):
        course = COURSES["60 s + 5 x 170 s"]
        said.append(
            (f"learner, +{gain}", lambda c=course, g=gain: simulated(c, n // 4, g))  # type: ignore[misc]
        )
    for name, count in said:
        rate = count()
        table.add(name, rate.n, *rate.percent())
    return table
