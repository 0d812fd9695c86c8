"""The sentences of a recorded session, made again so that they can be shown in any language.

Responsible for finding, to an English sentence that was read from a session, the message it was:
by making it again from what the session holds, its protocol, its stream and its baseline. Not
responsible for how any sentence is made, nor for the summary itself (`report.summary`).

Sentences are not taken apart. One is made again by whatever made it, and used where it says in
English exactly what was read; else what was read stays, as of a session by another version.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeatureDescriptor
from neurofeedback.protocols.run.evaluator import target_of
from neurofeedback.protocols.run.score import describe_score
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.summary_parts import SessionSummary
from neurofeedback.session.ends import end_in_words
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.verification.rerun import (
    RUN_SECONDS,
    in_long_runs,
    logged_commands,
    with_commands,
)
from neurofeedback.signal.power.prior import recorded_prior
from neurofeedback.words.language import language
from neurofeedback.words.message import Message

PATIENCE = 5.0  # s that a person waits for a baseline to be gone through once more
LEARNT = (EventKind.ALPHA_MEASURED, EventKind.REGION_FITTED, EventKind.ESTIMATOR_FITTED)


def with_messages(summary: SessionSummary) -> SessionSummary:
    """Return the same summary, its sentences as messages as far as they can be made again.

    In English it is left as it is. Else the baseline is run through the engine once more where
    something was fitted to it, unless that takes longer than `PATIENCE`.

    Parameters
    ----------
    summary : SessionSummary

    Returns
    -------
    SessionSummary
        Equal to the one given: only what it takes to translate it is added.
    """
    if language() == "en":
        return summary
    again = messages_of(SessionReader(summary.folder))
    measure, baseline = summary.measure, summary.baseline
    if measure is not None:
        measure = replace(measure, label=again(measure.label), note=again(measure.note))
    if baseline is not None:
        baseline = replace(baseline, alpha_words=again(baseline.alpha_words))
    return replace(
        summary,
        measure=measure,
        baseline=baseline,
        reason=end_in_words(summary.reason, summary.seconds),
        sentences=tuple(map(again, summary.sentences)),
    )


def messages_of(reader: SessionReader) -> Callable[[str], str]:
    """Return what finds the message that a sentence of a session was.

    Parameters
    ----------
    reader : SessionReader

    Returns
    -------
    callable
        Takes a sentence; returns the `Message` that says the same, else the sentence.
    """
    made = {str(message): message for message in _made_again(reader)}
    return lambda text: made.get(text, text)


def _made_again(reader: SessionReader) -> Iterator[Message]:
    """Yield the sentences of a session, as the engine makes them from what was recorded."""
    with suppress(UserError, ValidationError):  # damaged, or of a version with other rules
        spec = ProtocolSpec.model_validate(reader.start.protocol)
        engine = SessionEngine(
            reader.info,
            spec,
            reader.start.bads,
            prior=recorded_prior(reader.start.versions),
        )
        now = {d.name: d for d in engine.descriptors}
        yield from _of_descriptors(spec, now.values())
        for event in _learn_again(reader, engine):
            yield from _messages(event.details.values())
            if event.kind is EventKind.ESTIMATOR_FITTED:
                fitted = {name: event.details[name] for name in ("label", "note")}
                name = event.details["feature"]
                now[name] = replace(now[name], **fitted)
        yield from _of_descriptors(spec, now.values())


def _of_descriptors(
    spec: ProtocolSpec, descriptors: Iterable[FeatureDescriptor]
) -> Iterator[Message]:
    descriptors = tuple(descriptors)
    what = describe_score(target_of(spec), descriptors)
    for described in (*descriptors, what):
        yield from _messages((described.label, described.note))


def _learn_again(reader: SessionReader, engine: SessionEngine) -> Iterator[Event]:
    """Run a session through the engine up to what it last learnt; yield what it learns then."""
    logged = list(reader.events())
    last = max((event.sample for event in logged if event.kind in LEARNT), default=-1)
    until = time.monotonic() + PATIENCE
    chunks = in_long_runs(reader.iter_chunks(), round(RUN_SECONDS * reader.info.sfreq))
    for chunk in with_commands(chunks, logged_commands(logged), engine):
        if chunk.first_sample > last or time.monotonic() > until:
            return
        yield from (event for event in engine.step(chunk).events if event.kind in LEARNT)


def _messages(values: Iterable[object]) -> Iterator[Message]:
    return (value for value in values if isinstance(value, Message))
