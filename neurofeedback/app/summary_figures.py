"""The three figures of a session that are read first.

Responsible for choosing them and for their words. Not responsible for the rest of the summary
(`app.summary_text`). Knows no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurofeedback.app.states import clock, percent
from neurofeedback.app.summary_numbers import clarity, unit_words, with_error
from neurofeedback.report.summary_parts import SessionSummary
from neurofeedback.words.language import tr


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
    number = f"{with_error(change.value, change.error)} {unit_words(measure.unit)}"
    words = tr("{name}, training against baseline", name=measure.name.upper())
    return Figure(number, words, clarity(change, measure.direction))


def _clean(summary: SessionSummary) -> Figure | None:
    if not summary.seconds:
        return None
    clean = sum(block.clean_seconds for block in summary.blocks)
    recorded = tr("of {time} min recorded", time=clock(summary.seconds))
    return Figure(tr("{time} min", time=clock(clean)), tr("Clean data"), recorded)
