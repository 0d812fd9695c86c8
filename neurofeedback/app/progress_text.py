"""A person's course in words and as a table.

Responsible for titles, for what a series amounts to in one sentence, for the lines of sessions and
plan, and for the table that is exported. Not responsible for any number (`app.progress`,
`report.trend`). Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from neurofeedback.app.progress import RELIABLE, Progress, Series
from neurofeedback.app.states import status_words
from neurofeedback.app.summary_numbers import DASH, MINUS, signed, unit_words
from neurofeedback.errors import UserError
from neurofeedback.recording.files import replace_text, why
from neurofeedback.report.change_interval import ERROR_RATE
from neurofeedback.report.resting_markers import Marker
from neurofeedback.report.trend import FIRST, LEAST_SESSIONS
from neurofeedback.words.language import later, tr, tr_n, with_point

TITLES = {
    "baseline": later("Before training: the baseline alone"),
    "gain": later("Training minus baseline"),
    "transfer": later("Without feedback (transfer) minus baseline"),
    "success": later("Time past the threshold"),
    "clean": later("Clean data"),
    "phq-9": "PHQ-9",
    "gad-7": "GAD-7",
    "mood-1": later("Mood"),
    "mood-2": later("Calm"),
    "mood-3": later("Alertness"),
    "faa": later("Frontal alpha asymmetry at rest"),
    "alpha-peak": later("Alpha peak at rest"),
    "theta": later("Frontal theta at rest"),
    "cordance": later("Prefrontal theta cordance at rest"),
}
SITES = {
    "posterior": later("posterior electrodes"),
    "prefrontal": later("prefrontal electrodes"),
}
NOTHING_SAID = ("clean",)
COLUMNS = ("started", "session", "series", "value", "standard_error", "unit", "protocol",
           "conditions")  # fmt: skip


def title(series: Series) -> str:
    """Return what a series is called, with its unit."""
    unit = unit_words(series.unit) if series.unit else ""
    name = tr(TITLES[series.key])
    return f"{name} ({unit})" if unit else name


def verdict(series: Series, direction: str = "up") -> str:
    """Say in one sentence what a series amounts to.

    Parameters
    ----------
    series : Series
    direction : str
        Which way the protocol trains.
    """
    if series.key == "success":
        return tr(
            "The threshold follows the participant, so this stays near the target rate "
            "whether or not anything is learnt."
        )
    if series.key in NOTHING_SAID:
        return ""
    if series.key in RELIABLE:
        return _of_answers(series)
    trend = series.trend
    if trend is None:
        return tr(
            "{n} of the {least} sessions that a statement about a trend needs.",
            n=len(series.points), least=LEAST_SESSIONS,
        )  # fmt: skip
    low, high = (brief(value) for value in trend.interval)
    found = {"change": brief(trend.change), "low": low, "high": high}
    if trend.sign == 0:
        return tr(
            "No change that is more than noise: {change} from the first to the last "
            "session, anything from {low} to {high} is possible.",
            **found,
        )
    if series.key not in ("baseline", "gain", "transfer"):
        return tr(
            "A change that is more than noise: {change} from the first to the last session "
            "({low} to {high}).",
            **found,
        )
    if (trend.sign > 0) == (direction == "up"):
        return tr(
            "A change in the trained direction that is more than noise: {change} from the "
            "first to the last session ({low} to {high}).",
            **found,
        )
    return tr(
        "A change against the trained direction that is more than noise: {change} from "
        "the first to the last session ({low} to {high}).",
        **found,
    )


def smallest(series: Series) -> str:
    """Say how large the difference of a single value must be to be more than noise."""
    if series.reliable is not None:
        return tr("Smallest change that is more than noise: {points} points.",
                  points=f"{series.reliable:g}")  # fmt: skip
    if series.trend is None or series.key in NOTHING_SAID:
        return ""
    return tr(
        "Smallest change of a single session from the first {n} that is more than noise: {change}.",
        n=FIRST, change=brief(series.trend.smallest).lstrip("+"),
    )  # fmt: skip


def conditions(series: Series) -> str:
    """Say under which conditions a series was measured, and what was left out."""
    parts = [] if series.marker is None else [_under(series.marker)]
    if series.left_out:
        parts.append(tr("{n} measured otherwise and left out", n=series.left_out))
    return "; ".join(parts)


def fine_print(progress: Progress) -> list[str]:
    """Return what must be read beside the numbers."""
    lines = [
        tr(
            "Grey band: where a session lies that does not differ from the first {n} by more "
            "than noise; one in {odds} lies outside by chance. Bars are standard errors within "
            "a session. What is said of a trend is wrong in {rate} of courses without one "
            "while the days do not depend on one another, in up to 5 % where they do.",
            n=FIRST, odds=round(1 / ERROR_RATE), rate=with_point(f"{100 * ERROR_RATE:g} %"),
        ),
        tr(
            "A trend does not say what caused it: practice, time, treatment and expectation "
            "look alike. It does not diagnose."
        ),
        tr(
            "PHQ-9 and GAD-7: reliable change of the manual of NHS Talking Therapies "
            "(6 and 4 points)."
        ),
    ]  # fmt: skip
    return [*([concealed_words()] if progress.concealed else []), *lines]


def concealed_words() -> str:
    """Say why there is nothing of the brain here."""
    return tr(
        "This participant is in a blinded study: nothing of the feedback and nothing of the "
        "brain\u2019s own measures is shown here."
    )


def plan_words(progress: Progress, today: date) -> str:
    """Say how far the plan has come and when the next session is due, in a line."""
    plan, done = progress.plan, progress.n_completed
    if plan is None:
        return tr_n("No plan; {n} session completed.", "No plan; {n} sessions completed.", done)
    share = tr("{n} of {total} sessions completed", n=done, total=plan.sessions)
    due = progress.next_due(today)
    if due is None:
        return tr("{share}; the plan is fulfilled.", share=share)
    if due > today:
        return tr("{share}; the next is due on {day}.", share=share, day=due)
    late = (today - due).days
    if late == 0:
        return tr("{share}; the next is due today.", share=share)
    return tr("{share}; the next has been due since {day}.", share=share, day=due)


def session_row(progress: Progress, place: int) -> tuple[str, ...]:
    """Return a session as a row: number, start, protocol, minutes, gain, past threshold, status."""
    entry = progress.sessions[place]
    known = {f.started: f for f in progress.figures}.get(entry.started)
    gain = known.gain if known is not None and not progress.concealed else None
    success = known.success if known is not None and not progress.concealed else None
    return (
        str(entry.number),
        f"{entry.started.astimezone():%Y-%m-%d}",
        entry.protocol,
        DASH if entry.seconds is None else with_point(f"{entry.seconds / 60:.1f}"),
        DASH if gain is None else signed(gain.value),
        DASH if success is None else f"{100 * success:.0f} %",
        status_words(entry.status) if entry.found else tr("folder is missing"),
    )


def table(progress: Progress, protocol: str = "") -> str:
    """Return all points as tab-separated values, a row each, in English.

    Parameters
    ----------
    progress : Progress
    protocol : str
        See `Progress.series`.
    """
    lines = ["\t".join(COLUMNS)]
    lines += ["\t".join(cells) for cells in _rows(progress, protocol)]
    return "\n".join(lines) + "\n"


def write_table(progress: Progress, path: Path, protocol: str = "") -> None:
    """Write `table` to a file; it appears whole or not at all.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    try:
        replace_text(path, table(progress, protocol))
    except OSError as error:
        raise UserError(
            "{path} cannot be written: {reason}; choose another folder.",
            path=path,
            reason=why(error),
        ) from error


def _rows(progress: Progress, protocol: str) -> Iterator[tuple[str, ...]]:
    protocols = {f.started: f.protocol for f in progress.figures}
    for series in progress.series(protocol):
        for point in series.points:
            yield (
                point.when.isoformat(timespec="seconds"),
                "n/a" if point.session is None else str(point.session),
                series.key,
                f"{point.value:.6g}",
                "n/a" if point.error is None else f"{point.error:.6g}",
                series.unit or "n/a",
                protocols.get(point.when, "n/a"),
                "n/a" if series.marker is None else _plainly(series.marker),
            )


def _under(marker: Marker) -> str:
    where = tr(SITES.get(marker.where, marker.where))
    eyes = tr("eyes closed") if marker.eyes == "closed" else tr("eyes open")
    if marker.n_averaged:
        return tr(
            "{where}; average reference of {n} electrodes; {eyes}",
            where=where, n=marker.n_averaged, eyes=eyes,
        )  # fmt: skip
    return tr("{where}; bipolar pairs of neighbours; {eyes}", where=where, eyes=eyes)


def _plainly(marker: Marker) -> str:
    reference = f"average of {marker.n_averaged}" if marker.n_averaged else "bipolar pairs"
    return f"{marker.where}, {reference}, eyes {marker.eyes}"


def _of_answers(series: Series) -> str:
    first, last = series.points[0].value, series.points[-1].value
    if len(series.points) < 2:
        return tr("Answered once: {first}.", first=f"{first:g}")
    apart = last - first
    found = {
        "first": f"{first:g}",
        "last": f"{last:g}",
        "change": signed_whole(apart),
        "least": f"{series.reliable:g}",
    }
    if abs(apart) >= (series.reliable or 0.0):
        return tr("From {first} to {last} ({change}): more than noise ({least}).", **found)
    return tr("From {first} to {last} ({change}): within noise (less than {least}).", **found)


def brief(value: float) -> str:
    """Write a number with its sign, to as many places as a person can use."""
    places = 0 if abs(value) >= 20 else 1 if abs(value) >= 2 else 2
    text = with_point(f"{abs(value):.{places}f}")
    return text if not round(value, places) else (MINUS if value < 0 else "+") + text


def signed_whole(value: float) -> str:
    """Write a whole number with its sign."""
    return f"{MINUS if value < 0 else '+' if value > 0 else ''}{abs(value):g}"
