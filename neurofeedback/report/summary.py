"""The summary of a session: what was done and what came of it, from its recording alone.

Responsible for putting the summary together, also of a session that was cut short, is damaged or
never began. Not responsible for single figures (`summary_blocks`, `summary_baseline`), for words
(`app.summary_text`), nor for re-running a session (`session.verification.verify`).

Of a session of a blinded study nothing is reported that is sealed, and nothing that could be held
against what was seen on the screen: neither what was fed back nor the brain's own measure.

Longer than most modules: puts together every part of a summary, of whole, cut and concealed
sessions alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeatureDescriptor, FloatArray
from neurofeedback.protocols.run.evaluator import target_of
from neurofeedback.protocols.run.protocol_run import COMPLETED
from neurofeedback.protocols.run.score import describe_score
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.digests import digests, short_digest
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.tidy import is_locked
from neurofeedback.report.summary_baseline import make_baseline, make_electrodes
from neurofeedback.report.summary_blocks import (
    BASELINE,
    SessionTable,
    block_spans,
    make_blocks,
    make_changes,
    make_course,
    make_holds,
    with_fitted_baselines,
)
from neurofeedback.report.summary_parts import (
    ABORTED,
    CRASHED,
    FAILED,
    FINISHED,
    RECOVERED,
    RUNNING,
    Block,
    Measure,
    Remark,
    SessionSummary,
    Stream,
)
from neurofeedback.report.summary_rows import Progress, Rows, read_events, read_rows
from neurofeedback.report.summary_sampling import session_timing
from neurofeedback.report.true_rewards import rewards_of

__all__ = ["Kept", "SessionSummary", "opened_summary", "session_summary"]

SHORTEST_SEGMENT = 2.0  # s; also at least twice the window of a value
_STATUS = {"completed": FINISHED, "stopped": ABORTED, "failed": FAILED, "recovered": RECOVERED}


def session_summary(
    folder: Path | str, verification: str = "", progress: Progress = lambda _: None
) -> SessionSummary:
    """Return the summary of a recorded session.

    Parameters
    ----------
    folder : path-like
        The session folder, or any file of it.
    verification : str
        What is known of a re-run of the session, in a sentence; empty for nothing.
    progress : callable
        Is told now and then which share of the session is read, 0..1.

    Returns
    -------
    SessionSummary

    Raises
    ------
    UserError
        If there is no session there, or what was known at its start cannot be read.
    """
    reader = SessionReader(folder)
    events, log_damage = read_events(reader)
    rows, row_damage = read_rows(reader, progress)
    spec = _spec(reader)
    summary = _frame(reader, spec, events)
    damage = (*reader.damage, *log_damage, *row_damage)
    digest = "" if summary.status in (CRASHED, RUNNING) else _digest(reader.layout)
    summary = replace(summary, damage=damage, verification=verification, digest=digest)
    kept = Kept(rows, events, rows, events)
    return _filled(summary, reader, spec, kept, with_results=not summary.concealed)


@dataclass(frozen=True, slots=True)
class Kept:
    """Frames and events that a summary is made of.

    Parameters
    ----------
    rows : Rows
        As fed back.
    events : sequence of Event
    own_rows : Rows
        The same frames as the brain's own values would be fed back.
    own_events : sequence of Event
        What the engine learnt from these.
    """

    rows: Rows
    events: Sequence[Event]
    own_rows: Rows
    own_events: Sequence[Event]


def opened_summary(reader: SessionReader, kept: Kept) -> SessionSummary:
    """Return the summary of a concealed session that was opened, with all that came of it.

    Parameters
    ----------
    reader : SessionReader
        Of the session.
    kept : Kept
        What was fed back, and the brain's own beside it.
    """
    spec = _spec(reader)
    summary = _frame(reader, spec, kept.events)
    return _filled(summary, reader, spec, kept, with_results=True)


def _digest(layout: SessionLayout) -> str:
    try:
        return short_digest(digests(layout))
    except OSError:  # what cannot be read is told as damage
        return ""


def _frame(
    reader: SessionReader, spec: ProtocolSpec | None, events: Sequence[Event]
) -> SessionSummary:
    """Return what is known without looking at frames."""
    layout, start, info = reader.layout, reader.start, reader.info
    status, reason = _ending(reader)
    through = any(
        e.kind is EventKind.PROTOCOL_ENDED and e.details.get("reason") == COMPLETED for e in events
    )
    study = start.study
    return SessionSummary(
        folder=str(layout.session_dir),
        stem=layout.stem,
        participant=layout.participant,
        session=layout.session,
        run=layout.run,
        protocol=str(start.protocol_name),
        title=spec.title if spec is not None else str(start.protocol_name),
        experimental=spec is not None and spec.experimental,
        started=start.started,
        seconds=reader.n_samples / info.sfreq,
        status=status,
        reason=reason,
        through=through,
        n_planned=len(list(spec.iter_blocks())) if spec is not None else 0,
        concealed=study is not None,
        study="" if study is None else str(study.get("name", study.get("study", ""))),
        stream=_stream(reader),
        continues="" if start.continues is None else start.continues.session,
        versions={str(k): str(v) for k, v in start.versions.items()},
    )


def _stream(reader: SessionReader) -> Stream:
    info, timing = reader.info, session_timing(reader.chunk_rows, reader.info)
    gaps = [row.gap for row in reader.chunk_rows[1:] if row.gap != 0.0]
    measured = math.isfinite(timing.rate)
    return Stream(
        name=info.name,
        origin=info.origin,
        sfreq=info.sfreq,
        n_channels=info.n_channels,
        n_gaps=len(gaps),
        missing_seconds=sum(gap for gap in gaps if gap > 0),
        true_rate=timing.rate if measured else None,
        true_rate_error=timing.rate_error if measured else None,
        share_lost=timing.share_lost if timing.n_times else 0.0,
        share_lost_error=timing.share_error if timing.n_times else 0.0,
    )


def _filled(
    summary: SessionSummary,
    reader: SessionReader,
    spec: ProtocolSpec | None,
    kept: Kept,
    *,
    with_results: bool,
) -> SessionSummary:
    """Return the summary with all that follows from frames, events and samples."""
    rows, events = kept.rows, kept.events
    measure = None if spec is None else _measure(reader, spec, events)
    table = SessionTable(
        rows=rows,
        values=_values(kept.own_rows, spec),
        spans=block_spans(rows, events),
        first_sample=reader.chunk_rows[0].first_sample if reader.chunk_rows else 0,
        sfreq=reader.info.sfreq,
        segment=SHORTEST_SEGMENT if measure is None else measure.segment,
    )
    blocks = make_blocks(table, events, concealed=not with_results)
    holds, held, paused = make_holds(table)
    summary = replace(
        summary,
        blocks=blocks,
        holds=holds,
        held_share=held,
        paused_seconds=paused,
        measure=measure,
        baseline=make_baseline(reader, spec, table, blocks, events),
        electrodes=make_electrodes(reader),
        remarks=_remarks(table, events),
        sentences=_sentences(spec, measure),
    )
    return _with_results(summary, reader, spec, table, kept) if with_results else summary


def _with_results(
    summary: SessionSummary,
    reader: SessionReader,
    spec: ProtocolSpec | None,
    table: SessionTable,
    kept: Kept,
) -> SessionSummary:
    """Return the summary with what must not be known of a blinded session."""
    fitted = _fitted_means(summary.blocks, spec, table, kept.own_events)
    blocks = with_fitted_baselines(summary.blocks, fitted)
    trained = [span for event, span in table.spans if event.details.get("phase") == "train"]
    clean = [table.rows.success[span][table.rows.clean(span)] for span in trained]
    successes: FloatArray = np.concatenate([*clean, np.empty(0)])
    measure = summary.measure
    has_target = spec is not None and spec.target is not None
    return replace(
        summary,
        blocks=blocks,
        course=make_course(table) if measure is not None else (),
        changes=make_changes(table, measure, blocks) if measure is not None else (),
        threshold_rule=spec.threshold.rule if spec is not None and has_target else "",
        target_rate=_aim(spec, kept.events) if spec is not None and has_target else None,
        success_rate=float(successes.mean()) if successes.size else None,
        rewards=sum(block.rewards or 0 for block in blocks),
        true_rewards=rewards_of(reader, spec, table.rows, kept.events),
    )


def _aim(spec: ProtocolSpec, events: Sequence[Event]) -> float | None:
    """Return the target rate that the session ended with: the operator may have moved it."""
    changes = [e.details for e in events if e.kind is EventKind.THRESHOLD_CHANGED]
    rates = [details["target_rate"] for details in changes if "target_rate" in details]
    return float(rates[-1]) if rates else spec.target_rate


def _spec(reader: SessionReader) -> ProtocolSpec | None:
    try:
        return ProtocolSpec.model_validate(reader.start.protocol)
    except ValidationError:
        return None


def _ending(reader: SessionReader) -> tuple[str, str]:
    stopped = reader.stopped
    if stopped is None:
        return (RUNNING if is_locked(reader.layout) else CRASHED), ""
    status = str(stopped.details.get("status", ""))
    return _STATUS.get(status, ABORTED), str(stopped.details.get("reason") or "")


def _measure(reader: SessionReader, spec: ProtocolSpec, events: Sequence[Event]) -> Measure | None:
    """Describe what is trained, by the estimator in use last; None where it was not recorded."""
    target = target_of(spec)
    now = {d.name: d for d in reader.start.descriptors}
    for event in events:
        name = str(event.details.get("feature", ""))
        if event.kind is EventKind.ESTIMATOR_FITTED and name in now:
            now[name] = _refitted(now[name], event.details)
    if not all(condition.feature in now for condition in target.conditions):
        return None
    what = describe_score(target, list(now.values()))
    single = len(target.conditions) == 1
    return Measure(
        name=what.name,
        unit=what.unit,
        label=what.label,
        window=what.window,
        delay=what.delay,
        direction=target.conditions[0].direction if single else "up",
        trained=spec.target is not None,
        segment=max(SHORTEST_SEGMENT, 2.0 * what.window),
        note=what.note,
    )


def _refitted(known: FeatureDescriptor, details: Any) -> FeatureDescriptor:
    fields = {k: details[k] for k in ("unit", "label", "delay", "window", "note") if k in details}
    return replace(known, **fields)


def _values(rows: Rows, spec: ProtocolSpec | None) -> FloatArray:
    """Return the measure of each frame: the brain's own, also where something else was fed back."""
    if spec is None:
        return np.full(rows.samples.size, math.nan)
    conditions = target_of(spec).conditions
    if len(conditions) == 1:
        return rows.features.get(conditions[0].feature, np.full(rows.samples.size, math.nan))
    kinds = [block.kind for block in spec.iter_blocks()]
    controls = [i for i, kind in enumerate(kinds) if kind == "control"]
    return np.where(np.isin(rows.blocks, controls), math.nan, rows.fed)


def _fitted_means(
    blocks: Sequence[Block], spec: ProtocolSpec | None, table: SessionTable, events: Sequence[Event]
) -> dict[int, float]:
    """Return the means of baselines that were learnt, by place, as they are seen from then on."""
    if spec is None or spec.target is None or len(spec.target.conditions) > 1:
        return {}
    feature = spec.target.conditions[0].feature
    found = {}
    for i, (block, (_, span)) in enumerate(zip(blocks, table.spans, strict=True)):
        if block.phase != BASELINE or span.stop == span.start:
            continue
        end = int(table.rows.samples[span.stop - 1])
        for event in events:
            known = event.details.get("baseline")
            if event.sample == end and isinstance(known, dict) and feature in known:
                found[i] = float(known[feature]["mean"])
    return found


def _remarks(table: SessionTable, events: Sequence[Event]) -> tuple[Remark, ...]:
    kinds = {EventKind.OPERATOR_NOTE: ("note", "text"), EventKind.MARKER: ("marker", "label")}
    return tuple(
        Remark(table.seconds(e.sample), kinds[e.kind][0], str(e.details.get(kinds[e.kind][1], "")))
        for e in events
        if e.kind in kinds and not e.is_of_source
    )


def _sentences(spec: ProtocolSpec | None, measure: Measure | None) -> tuple[str, ...]:
    """Return what must be read beside the numbers, in the words of those who know it."""
    if spec is None:
        return ()
    trained = {condition.feature for condition in target_of(spec).conditions}
    found = [measure.note if measure is not None else "", " ".join(spec.limits.split())]
    if "does not diagnose" not in found[1]:
        caveats = [f.caveat for f in spec.signal.features if f.name in trained]
        found += dict.fromkeys(caveat for caveat in caveats if caveat is not None)
    return tuple(sentence for sentence in found if sentence)
