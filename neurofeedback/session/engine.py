"""The session engine: from chunks to features, feedback and events.

Live sessions, replay, offline runs and tests use this one class. Pure: no thread, no clock, no
file, no Qt, no LSL. What comes out depends on the samples, the protocol and the operator's commands
alone, never on how the samples were chunked.

Responsible for composing the signal pipeline with the protocol. Not responsible for anything
around it (`session.runner`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import (
    Chunk,
    FeatureDescriptor,
    FeatureFrames,
    FeedbackFrame,
    StreamInfo,
    read_only,
)
from neurofeedback.protocols.commands import Command
from neurofeedback.protocols.run.baseline import Refit
from neurofeedback.protocols.run.control import Boundary, make_boundary
from neurofeedback.protocols.run.evaluator import target_of
from neurofeedback.protocols.run.protocol_run import TIME, ProtocolRun
from neurofeedback.protocols.run.schedule import BlockProgress
from neurofeedback.protocols.run.score import describe_score
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.signal.hops import Hops, hop_length
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.fidelity import FidelityPoint
from neurofeedback.signal.power.prior import Prior
from neurofeedback.signal.power.settings import Adapt
from neurofeedback.words.message import Message

__all__ = ["BlockProgress", "Command", "SessionEngine", "StepResult", "frame_seconds"]


def frame_seconds(info: StreamInfo, spec: ProtocolSpec) -> float:
    """Return the stream time between feature frames that a protocol gets on a stream, s."""
    return hop_length(info.sfreq, spec.signal.montage.hop) / info.sfreq


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step gave.

    Parameters
    ----------
    features : FeatureFrames
    feedback : list of FeedbackFrame
        One for each feature frame.
    events : list of Event
        In order of their samples.
    """

    features: FeatureFrames
    feedback: list[FeedbackFrame]
    events: list[Event]


class SessionEngine:
    """Run a protocol on a stream.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    spec : ProtocolSpec
        The protocol.
    bads : sequence of str
        Channels marked bad.
    boundary : Boundary or None
        What is fed back in the place of what is measured; None for the real arm.
    prior : Prior or None
        What was learned from other people; None for nothing, as in sessions of before.

    Attributes
    ----------
    info : StreamInfo
    descriptors : tuple of FeatureDescriptor
        What each column of the features is, as known before the first sample.
    awaited : frozenset of str
        Names of markers that start blocks.

    Raises
    ------
    UserError
        If the stream cannot serve the protocol.
    """

    def __init__(
        self,
        info: StreamInfo,
        spec: ProtocolSpec,
        bads: Sequence[str] = (),
        boundary: Boundary | None = None,
        prior: Prior | None = None,
    ) -> None:
        self.info = info
        adapt: Adapt = "always" if spec.control is None else "between-rounds"
        self._pipeline = Pipeline(info, spec.signal, bads, prior, adapt)
        self.descriptors: tuple[FeatureDescriptor, ...] = self._pipeline.descriptors
        self._target = target_of(spec)
        names = [d.name for d in self.descriptors]
        self._columns = [names.index(feature) for feature in self._target.features]
        self._seconds = frame_seconds(info, spec)
        boundary = boundary or make_boundary(spec, self._seconds)
        self._protocol = ProtocolRun(spec, self._seconds, self._columns, boundary)
        self._next_sample = -1
        self.awaited = frozenset(block.awaits for block in spec.iter_blocks()) - {""}

    @property
    def hop(self) -> int:
        """Samples between feature frames."""
        return self._pipeline.hop

    @property
    def descriptors_now(self) -> tuple[FeatureDescriptor, ...]:
        """What each column is now: from a fit on, delay, window and band of what was fitted."""
        return self._pipeline.descriptors_now

    @property
    def on_filters(self) -> tuple[Message, ...]:
        """What is to be said of bands that filters before the recording took a part of."""
        return self._pipeline.on_filters

    @property
    def score(self) -> FeatureDescriptor:
        """What `FeedbackFrame.feature` and its threshold are, now."""
        return describe_score(self._target, self.descriptors_now)

    @property
    def band(self) -> tuple[float, float]:
        """Lower and upper edge, Hz, of the first feature that decides on reward, now."""
        return self._pipeline.band_of(self._target.features[0])

    def expected_fidelity(self, fitted: Mapping[str, Any]) -> tuple[FidelityPoint, ...]:
        """Return how well a feature can be expected to follow the brain at each lag.

        Parameters
        ----------
        fitted : mapping
            Details of its `EstimatorFitted`.

        Returns
        -------
        tuple of FidelityPoint
            Empty where nothing was learned from other people that tells it.
        """
        return self._pipeline.expected_fidelity(
            fitted["feature"],
            fitted["estimator"],
            fitted["fidelity"].get(fitted["estimator"]),
            fitted["judged_seconds"],
        )

    @property
    def trained(self) -> tuple[int, ...]:
        """Columns of the stream at which electrodes must be good; see `Pipeline.trained`."""
        return self._pipeline.trained

    @property
    def settling(self) -> float:
        """Seconds that feedback is held after a bad sample, until the fit at a baseline's end."""
        return self._pipeline.settling * self._seconds

    @property
    def finished(self) -> bool:
        """Whether the protocol has ended; further samples give nothing."""
        return self._protocol.ended

    @property
    def paused(self) -> bool:
        """Whether the operator has paused the protocol."""
        return self._protocol.paused

    def started_by(self, label: str) -> bool:
        """Whether a marker of this name starts the block that waits now."""
        awaits = self._protocol.progress.awaits
        return bool(awaits) and awaits == label

    @property
    def progress(self) -> BlockProgress:
        """How far the schedule has come."""
        return self._protocol.progress

    def apply(self, command: Command) -> Event | None:
        """Obey the operator from the next sample on.

        Parameters
        ----------
        command : Command
            One of ``progress.allowed``; any other changes nothing.

        Returns
        -------
        Event or None
            The command with the first sample it applies to; None if it changes nothing. What
            follows from it is among the events of the next step.
        """
        if not self._protocol.allows(command):
            return None
        if command.span is not None:
            self._pipeline.hold(*command.span, command.cause)
        else:
            self._protocol.obey(command, self._refit(command.name))
        return Event(EventKind.COMMAND, self._next_sample, math.nan, command.to_details())

    def step(self, chunk: Chunk) -> StepResult:
        """Process the next samples.

        Parameters
        ----------
        chunk : Chunk
            Following on from the chunk before; may be empty.

        Returns
        -------
        StepResult
            Frames and events that the chunk completes; possibly none.
        """
        events = self._protocol.take_events()
        if chunk.gap != 0.0 and chunk.n_times and not self.finished:
            details = {"seconds": chunk.gap}
            time = float(chunk.timestamps[0])
            events.append(Event(EventKind.GAP_DETECTED, chunk.first_sample, time, details))
        runs: list[FeatureFrames] = []
        feedback: list[FeedbackFrame] = []
        hops = self._pipeline.push(chunk)
        while len(hops) and not self.finished:
            run, hops = hops.split(self._frames_ahead(hops))
            features = self._features(run)
            runs.append(features)
            feedback += self._protocol.update(features)
            if self._protocol.block_is_over:
                self._pipeline.end_block()
                self._protocol.end_block(self._refit(TIME))
        events += self._protocol.take_events()
        events += [
            Event(EventKind.WEIGHTS_LEARNED, sample, time, learned.to_dict())
            for learned, sample, time in self._pipeline.take_learned()
        ]
        self._next_sample = chunk.stop_sample
        return StepResult(_joined(runs, len(self.descriptors)), feedback, _in_order(events))

    def _frames_ahead(self, hops: Hops) -> int:
        """Return how many hops no block begins or ends within; one begins with what counts."""
        ahead = self._protocol.frames_ahead
        if self._protocol.at_block_start:
            return min(ahead, self._pipeline.n_alike(hops))
        return ahead

    def _features(self, hops: Hops) -> FeatureFrames:
        """Compute the features of hops that no block begins or ends within."""
        baseline = self._protocol.in_baseline and not self._waits(hops)
        if baseline and self._protocol.at_block_start:
            self._pipeline.start_baseline()
        return self._pipeline.frames(hops, keep=baseline)

    def _waits(self, hops: Hops) -> bool:
        """Whether the block has not begun and does not begin with these hops."""
        return self._protocol.at_block_start and self._pipeline.is_stale(hops.first)

    def _refit(self, ended_by: str) -> Refit | None:
        """Fit to the baseline that ends now, if one does; features are then computed anew."""
        fit = self._pipeline.fit() if self._protocol.teaches(ended_by) else None
        if fit is None:
            return None
        return Refit(fit.values[:, self._columns], fit.joints, fit.log())


def _joined(runs: Sequence[FeatureFrames], n_features: int) -> FeatureFrames:
    if len(runs) == 1:
        return runs[0]
    empty = np.empty((0, n_features))
    return FeatureFrames(
        read_only(np.concatenate([np.empty(0, dtype=np.int64), *(r.samples for r in runs)])),
        read_only(np.concatenate([np.empty(0), *(r.times for r in runs)])),
        read_only(np.concatenate([empty, *(r.values for r in runs)])),
        [held for r in runs for held in r.held],
    )


def _in_order(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.sample)
