"""What came of one session: the brain's own measure, and what was fed back.

Responsible for opening a concealed session and for running its samples again, since features are in
none of its files. Not responsible for tables (`trial.collect`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.events import Event
from neurofeedback.protocols.run.control import Arm
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.opened import opened_events, opened_part, opened_rows
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.tables import feedback_columns, format_feedback_rows
from neurofeedback.recording.write.start import SessionStart
from neurofeedback.report.summary import Kept, SessionSummary, opened_summary
from neurofeedback.report.summary_blocks import block_spans
from neurofeedback.report.summary_rows import Rows, rows_of
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.verification.rerun import (
    RUN_SECONDS,
    in_long_runs,
    logged_commands,
    with_commands,
)
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.prior import recorded_prior
from neurofeedback.study.assignment import assigned
from neurofeedback.study.keys import UnblindingKey


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """What came of a session.

    Parameters
    ----------
    summary : SessionSummary
        With the brain's own measure; what was delivered is in it if the session was opened.
    fed : tuple of float or None
        Mean of what was fed back over the clean data of each block of the summary.
    donor : str or None
        Whose values were fed back.
    setup : mapping
        See `setup_of`.
    """

    summary: SessionSummary
    fed: tuple[float | None, ...]
    donor: str | None
    setup: Mapping[str, Any]


def session_figures(folder: Path, key: UnblindingKey, *, opened: bool) -> SessionFigures:
    """Return what came of a session of a study.

    Parameters
    ----------
    folder : Path
        Of the session.
    key : UnblindingKey
    opened : bool
        Whether what was fed back is opened; otherwise it stays sealed.

    Raises
    ------
    UserError
        If the session cannot be read, run again or opened.
    """
    reader = SessionReader(folder, key=key.private)
    try:
        return _figures(reader, key, opened=opened)
    except (ValueError, KeyError, OverflowError) as error:
        raise UserError(
            "{folder}: its tables cannot be understood ({reason}); `verify` says more.",
            folder=reader.layout.session_dir,
            reason=str(error),
        ) from error


def _figures(reader: SessionReader, key: UnblindingKey, *, opened: bool) -> SessionFigures:
    events = reader.events()
    own_columns, own_events = _own(reader, events)
    own, donor = rows_of(reader, own_columns), None
    if not opened:
        rows = rows_of(reader, reader.feedback_rows())
    else:
        part = opened_part(reader, key)
        columns = opened_rows(reader, part)
        events = opened_events(events, part, columns)
        rows, given = rows_of(reader, columns), assigned(part.assignment)
        donor = given.donor if given.arm is Arm.CONTROL else None
    kept = Kept(rows, events, _as_long(own, rows, reader), own_events)
    return SessionFigures(
        opened_summary(reader, kept), _fed_means(rows, events), donor, setup_of(reader.start)
    )


def setup_of(start: SessionStart) -> dict[str, Any]:
    """Return with what a session was run, as plain JSON types: stream, features, versions."""
    info = start.stream
    spec = ProtocolSpec.model_validate(start.protocol)
    pipeline = Pipeline(info, spec.signal, start.bads)
    return {
        "stream": {
            "name": info.name,
            "origin": info.origin,
            "sfreq": info.sfreq,
            "channels": len(info.eeg),
        },
        "features": [
            {"name": d.name, "label": str(d.label), "unit": str(d.unit), "window": d.window,
             "delay": d.delay, "note": str(d.note)}
            for d in start.descriptors
        ],
        "look_ahead": pipeline.look_ahead * pipeline.hop / info.sfreq,
        "versions": dict(start.versions),
    }  # fmt: skip


def _own(
    reader: SessionReader, events: Sequence[Event]
) -> tuple[Mapping[str, Sequence[str]], list[Event]]:
    """Run the samples again as in the real arm: features, and what is learnt from baselines."""
    start = reader.start
    try:
        spec = ProtocolSpec.model_validate(start.protocol)
    except ValidationError as error:
        raise UserError(
            "This version cannot run the recorded protocol: {reason}.", reason=error
        ) from error
    prior = recorded_prior(start.versions)
    engine = SessionEngine(start.stream, spec, start.bads, prior=prior)
    chunks = in_long_runs(reader.iter_chunks(), round(RUN_SECONDS * start.stream.sfreq))
    lines: list[list[str]] = []
    found: list[Event] = []
    for chunk in with_commands(chunks, logged_commands(events), engine):
        result = engine.step(chunk)
        text = format_feedback_rows(result.features, result.feedback)
        lines += [line.split("\t") for line in text.splitlines()]
        found += result.events
    names = list(feedback_columns(start.descriptors))
    return {name: [line[i] for line in lines] for i, name in enumerate(names)}, found


def _as_long(own: Rows, rows: Rows, reader: SessionReader) -> Rows:
    """Refuse frames that are not those that were recorded; what is missing at the end is cut."""
    n = rows.samples.size
    if not np.array_equal(own.samples[:n], rows.samples):
        raise UserError(
            "{folder}: its samples give other frames than were recorded; `verify` says more.",
            folder=reader.layout.session_dir,
        )
    return Rows(
        own.samples[:n],
        own.blocks[:n],
        own.held[:n],
        own.fed[:n],
        own.threshold[:n],
        own.success[:n],
        own.reward[:n],
        {name: values[:n] for name, values in own.features.items()},
        own.frame_seconds,
    )


def _fed_means(rows: Rows, events: Sequence[Event]) -> tuple[float | None, ...]:
    means: list[float | None] = []
    for _, span in block_spans(rows, events):
        values = rows.fed[span][rows.clean(span)]
        values = values[np.isfinite(values)]
        means.append(float(values.mean()) if values.size else None)
    return tuple(means)
