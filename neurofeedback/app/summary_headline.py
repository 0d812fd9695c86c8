"""The summary of a session in two lines and three figures: whose, how it ended, what came of it.

Responsible for the headline, the line below it, and the figures that are read first. Not
responsible for the rest of the summary (`app.summary_text`). Knows no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurofeedback.app.states import clock, percent, rate
from neurofeedback.app.summary_numbers import clarity, cut_short, unit_words, with_error
from neurofeedback.report.summary_parts import (
    ABORTED,
    CRASHED,
    FAILED,
    FINISHED,
    RECOVERED,
    RUNNING,
    SessionSummary,
)
from neurofeedback.words.language import later, tr, tr_n, tr_spaced

STATUS = {
    FINISHED: later("Session finished{after}."),
    ABORTED: later("Session ended early{after}."),
    FAILED: later("Session failed{after}."),
    RECOVERED: later("Session was interrupted{after} and recovered."),
    CRASHED: later("Session was interrupted{after} and is not yet recovered."),
    RUNNING: later("Session is being recorded{after}."),
}


def title_line(summary: SessionSummary) -> str:
    """Say whose session it was, when, by which protocol and on which stream."""
    stream = summary.stream
    parts = (
        tr("{participant}, session {n}", participant=summary.participant, n=summary.session),
        f"{summary.started:%Y-%m-%d %H:%M}",
        tr_spaced(summary.title),
        tr("{time} min recorded", time=clock(summary.seconds)),
        tr(
            "{stream}, {n} ch, {rate}",
            stream=cut_short(stream.name),
            n=stream.n_channels,
            rate=rate(stream.sfreq),
        ),
    )
    return " \u00b7 ".join(parts)


def headline(summary: SessionSummary) -> str:
    """Say in plain words how the session ended and what came of it."""
    if not summary.seconds:
        return f"{tr(STATUS[summary.status], after='')} {tr('Nothing was recorded.')}"
    said = [tr(STATUS[summary.status], after=_unfinished(summary)), _work(summary)]
    if summary.concealed:
        said.append(tr("Part of a blinded study: feedback is sealed."))
    else:
        said += [_reward(summary), _gain(summary)]
    return " ".join(sentence for sentence in said if sentence)


def _unfinished(summary: SessionSummary) -> str:
    if summary.status == RUNNING or summary.through or not summary.n_planned:
        return ""
    n = len({block.number for block in summary.blocks if block.ended_by})
    words = tr(" after {n} of {total} blocks", n=n, total=summary.n_planned)
    return f"{words} ({cut_short(tr(summary.reason))})" if summary.reason else words


def _work(summary: SessionSummary) -> str:
    rounds = summary.trained()
    blocks = rounds or summary.blocks
    clean = clock(sum(block.clean_seconds for block in blocks))
    if rounds:
        return tr_n(
            "{n} round of training with {clean} min of clean data.",
            "{n} rounds of training with {clean} min of clean data.",
            len(rounds), clean=clean,
        )  # fmt: skip
    return tr("No training; {clean} min of clean data.", clean=clean)


def _reward(summary: SessionSummary) -> str:
    if summary.success_rate is None or summary.rewards is None:
        return ""
    share = percent(summary.success_rate)
    if summary.target_rate is None:
        return tr(
            "Past the threshold {share} of the clean time, {rewards} rewards.",
            share=share, rewards=summary.rewards,
        )  # fmt: skip
    return tr(
        "Past the threshold {share} of the clean time (target {target}), {rewards} "
        "rewards.",
        share=share, target=percent(summary.target_rate), rewards=summary.rewards,
    )  # fmt: skip


def _gain(summary: SessionSummary) -> str:
    changes = {change.kind: change for change in summary.changes}
    change, measure = changes.get("baseline"), summary.measure
    if change is None or measure is None:
        return ""
    return tr(
        "{name} in training against the baseline: {change} {unit}, {clarity}.",
        name=measure.name.upper(),
        change=with_error(change.value, change.error),
        unit=unit_words(measure.unit),
        clarity=clarity(change, measure.direction),
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that is read first.

    Parameters
    ----------
    number : str
        With its unit.
    words : str
        What it is.
    note : str
        What it amounts to; may be empty.
    """

    number: str
    words: str
    note: str = ""


def large_figures(summary: SessionSummary) -> list[Figure]:
    """Return time past the threshold, change against the baseline, and clean time.

    What is not known is left out, and so is what would tell the arm of a blinded study.
    """
    found = [] if summary.concealed else [_past_threshold(summary), _change(summary)]
    return [figure for figure in (*found, _clean(summary)) if figure is not None]


def _past_threshold(summary: SessionSummary) -> Figure | None:
    if summary.success_rate is None:
        return None
    target = summary.target_rate
    note = (
        tr("of clean time")
        if target is None
        else tr("of clean time; target {share}", share=percent(target))
    )
    return Figure(percent(summary.success_rate), tr("Time past the threshold"), note)


def _change(summary: SessionSummary) -> Figure | None:
    measure = summary.measure
    change = next((one for one in summary.changes if one.kind == "baseline"), None)
    if change is None or measure is None:
        return None
    unit = unit_words(measure.unit)
    words = tr("{name}, training against baseline ({unit})", name=measure.name.upper(), unit=unit)
    return Figure(with_error(change.value, change.error), words, clarity(change, measure.direction))


def _clean(summary: SessionSummary) -> Figure | None:
    if not summary.seconds:
        return None
    clean = sum(block.clean_seconds for block in summary.blocks)
    recorded = tr("of {time} min recorded", time=clock(summary.seconds))
    return Figure(tr("{time} min", time=clock(clean)), tr("Clean data"), recorded)
