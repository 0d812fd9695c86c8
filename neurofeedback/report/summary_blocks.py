"""Blocks, holds, course and changes of a session, from its log and its feedback table.

Responsible for these figures. Not responsible for reading (`summary_rows`), nor for what the
measure is. Standard errors come from the scatter of the means of stretches much longer than the
window of a value, since neighbouring frames share most of their data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FloatArray
from neurofeedback.protocols.learning_curve import LEAST_CLEAN, SEGMENT, line_through
from neurofeedback.protocols.spec import SCORED
from neurofeedback.report.change_interval import MEAN_SECONDS, Spread, between, of_line
from neurofeedback.report.summary_parts import Block, Change, Hold, Measure, Point
from neurofeedback.report.summary_rows import Rows, settled

LEAST_SEGMENTS = 5  # for a standard error
BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class SessionTable:
    """The rows of a session beside what is known of its blocks.

    Parameters
    ----------
    rows : Rows
    values : ndarray, shape (n_frames,)
        The measure; NaN where there is none.
    spans : tuple of (Event, slice)
        What began each block, and its rows.
    first_sample : int
        Absolute number of the first recorded sample.
    sfreq : float
        Hz.
    segment : float
        See `summary_parts.Measure`.
    """

    rows: Rows
    values: FloatArray
    spans: tuple[tuple[Event, slice], ...]
    first_sample: int
    sfreq: float
    segment: float

    def seconds(self, sample: float) -> float:
        """Return where a sample lies in the recording, s."""
        return max(0.0, float(sample) - self.first_sample) / self.sfreq


def block_spans(rows: Rows, events: Sequence[Event]) -> tuple[tuple[Event, slice], ...]:
    """Return what began each block, and its rows."""
    starts = [e for e in events if e.kind is EventKind.BLOCK_STARTED]
    after_all = int(rows.samples[-1]) + 1 if rows.samples.size else 0
    stops = [e.sample for e in starts[1:]] + [after_all]
    return tuple(
        (e, rows.within(e.sample, stop, _whole(e, "block", -1)))
        for e, stop in zip(starts, stops, strict=False)
    )


def mean_and_error(
    values: FloatArray, frame_seconds: float, segment: float
) -> tuple[float | None, float | None]:
    """Return the mean of clean values, and its standard error.

    Parameters
    ----------
    values : ndarray, shape (n_clean,)
    frame_seconds : float
        Stream time between frames, s.
    segment : float
        Clean data that make one mean, s; what is left over at the end does not count for the error.
    """
    if not values.size or not np.isfinite(values).all():
        return None, None
    n = max(1, round(segment / frame_seconds)) if frame_seconds > 0 else 1
    means = values[: len(values) // n * n].reshape(-1, n).mean(axis=1)
    enough = len(means) >= LEAST_SEGMENTS
    error = float(means.std(ddof=1)) / math.sqrt(len(means)) if enough else None
    return float(values.mean()), error


def make_blocks(
    table: SessionTable, events: Sequence[Event], *, concealed: bool
) -> tuple[Block, ...]:
    """Return the blocks as they were run."""
    ended = {
        (_whole(e, "block", -1), _whole(e, "attempt", 1)): str(e.details.get("ended_by", ""))
        for e in events
        if e.kind is EventKind.BLOCK_ENDED
    }
    blocks = (_block(table, event, span, concealed) for event, span in table.spans)
    return tuple(replace(b, ended_by=ended.get((b.number, b.attempt), "")) for b in blocks)


def _block(table: SessionTable, event: Event, span: slice, concealed: bool) -> Block:
    rows, phase = table.rows, str(event.details.get("phase", ""))
    clean = rows.clean(span)
    block = Block(
        number=_whole(event, "block", -1),
        phase=phase,
        attempt=_whole(event, "attempt", 1),
        ended_by="",
        start=table.seconds(event.sample),
        seconds=float(rows.running(span).sum()) * rows.frame_seconds,
        clean_seconds=float(clean.sum()) * rows.frame_seconds,
    )
    if concealed:
        return block
    known = rows.threshold[span][np.isfinite(rows.threshold[span])]
    values = table.values[span][clean]
    mean, error = (
        (None, None)
        if phase == "rest"
        else mean_and_error(values, rows.frame_seconds, table.segment)
    )
    scored = phase in SCORED
    success = rows.success[span][clean]
    return replace(
        block,
        mean=mean,
        error=error,
        threshold=float(known[0]) if scored and known.size else None,
        threshold_end=float(known[-1]) if scored and known.size else None,
        success_rate=float(success.mean()) if scored and success.size else None,
        rewards=int(rows.reward[span].sum()) if scored else 0,
    )


def with_fitted_baselines(
    blocks: Sequence[Block], fitted: Mapping[int, float]
) -> tuple[Block, ...]:
    """Give baselines the means that the estimator sees that was fitted to them, by place."""
    return tuple(
        replace(block, mean=fitted[i], refitted=True) if i in fitted else block
        for i, block in enumerate(blocks)
    )


def make_holds(table: SessionTable) -> tuple[tuple[Hold, ...], float, float]:
    """Return holds by cause, the share of time that was held, and how long was paused, s."""
    rows = table.rows
    seconds: dict[str, int] = {}
    times: dict[str, int] = {}
    n_running = 0
    for event, span in table.spans:
        if event.details.get("phase") == "rest":
            continue
        running = rows.running(span)
        n_running += int(running.sum())
        causes = np.where(running, settled(rows.held[span]), "")
        last = ""
        for cause in causes.tolist():
            if cause:
                seconds[cause] = seconds.get(cause, 0) + 1
                times[cause] = times.get(cause, 0) + (cause != last)
            last = cause
    paused = float((~rows.running(slice(None))).sum()) * rows.frame_seconds
    holds = [
        Hold(cause, times[cause], n * rows.frame_seconds, n / n_running)
        for cause, n in sorted(seconds.items(), key=lambda item: -item[1])
    ]
    return tuple(holds), sum(h.share for h in holds), paused


def make_course(table: SessionTable) -> tuple[Point, ...]:
    """Return the measure by stretches of `SEGMENT` s of each block but rests."""
    return tuple(
        point
        for i, (event, span) in enumerate(table.spans)
        if event.details.get("phase") != "rest"
        for point in _points(table, i, span)
    )


def _points(table: SessionTable, block: int, span: slice) -> Iterator[Point]:
    rows = table.rows
    at = np.arange(span.start, span.stop)[rows.running(span)]
    n = max(1, round(SEGMENT / rows.frame_seconds)) if rows.frame_seconds > 0 else 1
    for stretch in (at[i : i + n] for i in range(0, len(at), n)):
        values = table.values[stretch][rows.clean(stretch)]
        if len(values) < LEAST_CLEAN * n or not np.isfinite(values).all():
            continue
        threshold = float(rows.threshold[stretch[-1]])
        yield Point(
            block=block,
            seconds=table.seconds((rows.samples[stretch[0]] + rows.samples[stretch[-1]]) / 2),
            mean=float(values.mean()),
            clean=len(values) / len(stretch),
            threshold=threshold if math.isfinite(threshold) else None,
        )


def make_changes(
    table: SessionTable, measure: Measure, blocks: Sequence[Block]
) -> tuple[Change, ...]:
    """Return how the measure changed, over the training since the last baseline that was learnt.

    Parameters
    ----------
    table : SessionTable
    measure : Measure
    blocks : sequence of Block
        One for each of its spans.
    """
    learnt = [i for i, b in enumerate(blocks) if b.phase == BASELINE and b.ended_by]
    since = learnt[-1] if learnt else -1
    places = [i for i, b in enumerate(blocks) if i > since and b.phase == "train"]
    found = [
        _slope(table, measure, places),
        _between(table, measure, blocks, places),
        _from_baseline(table, measure, blocks, since if learnt else None, places),
    ]
    return tuple(change for change in found if change is not None)


def _slope(table: SessionTable, measure: Measure, places: Sequence[int]) -> Change | None:
    rows = table.rows
    spans = [table.spans[i][1] for i in places]
    running = [np.arange(s.start, s.stop)[rows.running(s)] for s in spans]
    at = np.concatenate([*running, np.empty(0, dtype=np.int64)])
    segments = (np.arange(len(at)) * rows.frame_seconds / SEGMENT).astype(np.int64)
    points = {}
    numbers, starts = np.unique(segments, return_index=True)  # in order, as time is
    for number, stretch in zip(numbers, np.split(at, starts)[1:], strict=True):
        values = table.values[stretch][rows.clean(stretch)]
        if len(values) >= LEAST_CLEAN * SEGMENT / rows.frame_seconds:
            points[(int(number) + 0.5) * SEGMENT / 60.0] = float(values.mean())
    if not all(map(math.isfinite, points.values())):
        return None
    course = line_through(points, measure.name, measure.unit, measure.direction)
    if course is None:
        return None
    spread = of_line(np.array(course.minutes), np.array(course.means))
    return _judged("slope", measure, course.slope, course.error, spread)


def _between(
    table: SessionTable, measure: Measure, blocks: Sequence[Block], places: Sequence[int]
) -> Change | None:
    if len(places) < 2:
        return None
    first, last = blocks[places[0]], blocks[places[-1]]
    spread = between(_means(table, blocks, places[:1]), _means(table, blocks, places[-1:]))
    return _difference(
        "last-first", measure, (first.mean, first.error), (last.mean, last.error), spread
    )


def _from_baseline(
    table: SessionTable,
    measure: Measure,
    blocks: Sequence[Block],
    before: int | None,
    places: Sequence[int],
) -> Change | None:
    if before is None or not places:
        return None
    baseline = blocks[before]
    values = np.concatenate([_clean(table, table.spans[i][1]) for i in places])
    trained = mean_and_error(values, table.rows.frame_seconds, table.segment)
    spread = between(_means(table, blocks, [before]), _means(table, blocks, places))
    return _difference("baseline", measure, (baseline.mean, baseline.error), trained, spread)


def _means(table: SessionTable, blocks: Sequence[Block], places: Sequence[int]) -> list[FloatArray]:
    """Return means of clean data of those blocks that are more than noise, an array for each."""
    seconds = table.rows.frame_seconds
    n = max(1, round(MEAN_SECONDS / seconds)) if seconds > 0 else 1
    found = []
    for place in places:
        values = _clean(table, table.spans[place][1])
        if blocks[place].enough:
            found.append(values[: len(values) // n * n].reshape(-1, n).mean(axis=1))
    return found


def _difference(
    kind: str,
    measure: Measure,
    before: tuple[float | None, float | None],
    after: tuple[float | None, float | None],
    spread: Spread | None,
) -> Change | None:
    (mean, error), (later, later_error) = before, after
    if mean is None or error is None or later is None or later_error is None:
        return None
    return _judged(kind, measure, later - mean, math.hypot(error, later_error), spread)


def _judged(
    kind: str, measure: Measure, value: float, error: float, spread: Spread | None
) -> Change:
    if spread is None:
        return Change(kind, value, error, clear=False)
    low, high = value - spread.half, value + spread.half
    clear = high < 0.0 if measure.direction == "down" else low > 0.0
    return Change(kind, value, error, clear, spread.dof, (low, high))


def _clean(table: SessionTable, span: slice) -> FloatArray:
    clean: NDArray[np.bool_] = table.rows.clean(span)
    return np.asarray(table.values[span][clean])


def _whole(event: Event, key: str, otherwise: int) -> int:
    value = event.details.get(key)
    return value if isinstance(value, int) else otherwise
