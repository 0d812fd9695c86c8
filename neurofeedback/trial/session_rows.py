"""Rows of a session's figures, and of what was asked after it.

Responsible for these rows alone. Not responsible for the figures (`trial.session_figures`), nor for
collecting the rows (`trial.collect`).
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.recording.debrief import EFFECTS, SEVERITIES, read_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.report.summary_parts import Block, Change, SessionSummary
from neurofeedback.study.guesses import guesses
from neurofeedback.trial.columns import effect_column
from neurofeedback.trial.session_figures import SessionFigures
from neurofeedback.trial.tables import Row

_CHANGES = {"baseline": "change", "slope": "slope", "last-first": "last_first"}


def figures_row(found: SessionFigures) -> Row:
    """Return the figures of a session; see `trial.columns.SESSIONS`."""
    summary = found.summary
    trained, poor = summary.trained(), summary.electrodes
    baselines = [b for b in summary.blocks if b.phase == "baseline" and b.ended_by]
    return {
        "status": summary.status,
        "through": summary.through,
        "blocks_planned": summary.n_planned,
        "train_blocks": len(trained),
        "recorded_seconds": summary.seconds,
        "train_seconds": sum(b.seconds for b in trained),
        "clean_seconds": sum(b.clean_seconds for b in trained),
        "paused_seconds": summary.paused_seconds,
        "held_share": summary.held_share,
        "gaps": summary.stream.n_gaps,
        "missing_seconds": summary.stream.missing_seconds,
        "poor_electrodes": None if poor is None else len(poor.poor),
        "baseline_mean": baselines[-1].mean if baselines else None,
        "train_mean": _weighted([(b.mean, b.clean_seconds) for b in trained]),
        **_changes(summary),
        "transfer": _transfer(summary),
        "fed_mean": _weighted(
            [
                (fed, b.clean_seconds)
                for b, fed in zip(summary.blocks, found.fed, strict=True)
                if b.phase == "train"
            ]
        ),
        "threshold": next((b.threshold for b in trained if b.threshold is not None), None),
        "threshold_end": next(
            (b.threshold_end for b in reversed(trained) if b.threshold_end is not None), None
        ),
        "target_rate": summary.target_rate,
        "success_rate": summary.success_rate,
        "rewards": summary.rewards,
        "donor": found.donor,
    }


def _transfer(summary: SessionSummary) -> float | None:
    means = [b.mean for b in summary.blocks if b.phase == "transfer" and b.mean is not None]
    return means[-1] - means[0] if len(means) > 1 else None


def _changes(summary: SessionSummary) -> Row:
    row: Row = {}
    for change in summary.changes:
        row |= _change(_CHANGES[change.kind], change)
    return row


def _change(stem: str, change: Change) -> Row:
    low, high = change.interval or (None, None)
    return {
        stem: change.value,
        f"{stem}_error": change.error,
        f"{stem}_low": low,
        f"{stem}_high": high,
        f"{stem}_dof": change.dof,
    }


def block_row(block: Block, fed: float | None) -> Row:
    """Return the figures of a block, and the mean of what was fed back in it."""
    return {
        "block": block.number,
        "phase": block.phase,
        "attempt": block.attempt,
        "ended_by": block.ended_by or None,
        "start": block.start,
        "seconds": block.seconds,
        "clean_seconds": block.clean_seconds,
        "mean": block.mean,
        "error": block.error,
        "refitted": block.refitted,
        "fed_mean": fed,
        "threshold": block.threshold,
        "threshold_end": block.threshold_end,
        "success_rate": block.success_rate,
        "rewards": block.rewards,
    }


def asked_row(layout: SessionLayout) -> Row:
    """Return what was asked after the session and is kept beside it."""
    row: Row = {}
    for guess in guesses(layout):  # the last one of each counts
        row[f"guess_{guess.by}"] = guess.belief
        row[f"confidence_{guess.by}"] = guess.confidence
        row[f"reason_{guess.by}"] = guess.reason or None
    debrief = read_debrief(layout)
    row["effects_asked"] = debrief is not None and debrief.effects is not None
    if debrief is not None:
        row["strategy"] = debrief.strategy or None
    if debrief is None or debrief.effects is None:
        return row
    told = {e.kind: 1 + SEVERITIES.index(e.severity) for e in debrief.effects}
    return {**row, **{effect_column(kind): told.get(kind, 0) for kind in EFFECTS}}


def _weighted(pairs: Sequence[tuple[float | None, float]]) -> float | None:
    known = [(value, weight) for value, weight in pairs if value is not None and weight > 0.0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total > 0.0 else None
