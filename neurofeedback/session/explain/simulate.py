"""A protocol tried on a synthetic participant, in a closed loop and before any patient.

Responsible for a participant who can learn what the protocol trains, for running the whole protocol
offline while what is fed back reaches the participant, and for saying what came of it. Not
responsible for the participant's signal (`acquisition.synthetic`) nor for printing.

A learner knows nothing of the protocol: whatever feedback follows becomes more usual. A non-learner
is the same person with the same seed who does not change.

Longer than most modules: participant, loop and outcome of one simulation, which nobody uses apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.acquisition.synthetic_rhythms import (
    FRONTAL_ALPHA,
    Rhythm,
    rhythm_at,
    rhythm_in_band,
)
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeedbackFrame
from neurofeedback.protocols.commands import RESUME
from neurofeedback.protocols.learning_curve import CLEARLY
from neurofeedback.protocols.run.protocol_run import COMPLETED
from neurofeedback.protocols.spec import (
    FED_BACK,
    SCORED,
    ProtocolSpec,
)
from neurofeedback.session.engine import SessionEngine, frame_seconds
from neurofeedback.session.explain.contingency import Contingency, contingency_of
from neurofeedback.session.explain.learning_curve import LearningCurve, LearningCurveRecorder
from neurofeedback.session.explain.success import rate_error, spread_of_success
from neurofeedback.session.offline import chunks_of
from neurofeedback.signal.features import FeatureKind
from neurofeedback.signal.power.prior import prior_or_none
from neurofeedback.words.message import Message

LEARNING = 24.0  # learning rate times seconds of training: a clear effect within any protocol
FASTEST = 0.5  # learning rate; see `synthetic_rhythms.LEARNING_RATE`
CHUNK_SECONDS = 0.25
OFF_TARGET = 0.05  # share of clean time; what a success rate may miss its target by
FEW_REWARDS = 4.0  # a minute
MUCH_HELD = 0.5  # share of time

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class SimulatedBlock:
    """One block as it went.

    Parameters
    ----------
    block : int
        Index in the schedule.
    phase : str
        Kind of block.
    seconds : float
        Length, s.
    held_share : float
        Share of it in which feedback was held.
    success_rate : float or None
        Share of clean time in which the reward condition was met; None where it is not scored.
    rewards : int
        How many.
    threshold : float or None
        At its start, in the unit of the score; None before there is one.
    mean : float or None
        Of the score over its clean time; None where there is none.
    """

    block: int
    phase: str
    seconds: float
    held_share: float
    success_rate: float | None
    rewards: int
    threshold: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """What came of a protocol with one synthetic participant.

    Parameters
    ----------
    learner : bool
        Whether the participant could learn.
    seed : int
        Of everything random.
    ended : str
        Why the protocol ended.
    minutes : float
        Stream time, min.
    blocks : tuple of SimulatedBlock
    target_rate : float or None
        Share of clean time that the threshold aims at.
    success_rate : float or None
        Share of the clean time of training in which the reward condition was met.
    rate_error : float or None
        Its standard error about the target; None without a target or with too little training.
    rewards : int
        In all.
    rewards_a_minute : float or None
        Of training, holds included.
    held_share : float
        Share of all time in which feedback was held.
    score, unit : str
        What thresholds and block means are.
    course : LearningCurve or None
        Of what was trained; None without enough training.
    contingency : Contingency or None
        How well the participant could see that the picture follows; None for one who learns, in
        whom that would be mixed with the learning, and without enough training.
    warnings : tuple of Message
    """

    learner: bool
    seed: int
    ended: str
    minutes: float
    blocks: tuple[SimulatedBlock, ...]
    target_rate: float | None
    success_rate: float | None
    rate_error: float | None
    rewards: int
    rewards_a_minute: float | None
    held_share: float
    score: str
    unit: str
    course: LearningCurve | None
    contingency: Contingency | None
    warnings: tuple[Message, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {**asdict(self), "course": self.course.to_dict() if self.course else None}


def simulate(
    spec: ProtocolSpec,
    *,
    learner: bool,
    seed: int = 0,
    n_channels: int = 19,
    sfreq: float = 250.0,
    progress: Progress = lambda _: None,
) -> Simulation:
    """Run a protocol with a synthetic participant.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol; see `shortened`.
    learner : bool
        Whether the participant can learn.
    seed : int
        Of everything random.
    n_channels : int
        Electrodes of the cap.
    sfreq : float
        Sampling rate, Hz.
    progress : callable
        Called with the share that is done, 0..1.

    Returns
    -------
    Simulation

    Raises
    ------
    UserError
        If the montage does not serve the protocol.
    """
    source = participant(spec, learner=learner, seed=seed, n_channels=n_channels, sfreq=sfreq)
    info = source.open()
    engine = SessionEngine(info, spec, prior=prior_or_none()[0])
    seconds = frame_seconds(info, spec)
    recorder = (
        LearningCurveRecorder(spec.target, engine.descriptors, seconds) if spec.target else None
    )
    expected = sum(block.seconds for block in spec.iter_blocks())
    events: list[Event] = []
    thresholds: dict[int, float] = {}
    successes: dict[int, list[bool]] = {}
    fed_back: list[FeedbackFrame] = []
    time = 0.0
    for chunk in chunks_of(source):
        if engine.progress.awaits:  # nobody sends markers here
            engine.apply(RESUME)
        result = engine.step(chunk)
        for frame in result.feedback:
            source.reinforce(frame)
            thresholds.setdefault(frame.block, frame.threshold)
            if not learner and frame.phase == "train":
                fed_back.append(frame)
            if frame.phase == "train" and frame.held is None:
                successes.setdefault(frame.block, []).append(frame.success)
        if recorder is not None:
            recorder.add(result)
        events += result.events
        time = chunk.stop_sample / info.sfreq
        progress(time / expected)
        if engine.finished:
            break
    ended = next(e for e in events if e.kind is EventKind.PROTOCOL_ENDED).details["reason"]
    blocks = tuple(_blocks(events, thresholds))
    return _judged(
        Simulation(
            learner=learner,
            seed=seed,
            ended=ended,
            minutes=time / 60.0,
            blocks=blocks,
            target_rate=spec.target_rate if spec.target else None,
            success_rate=_success_rate(blocks),
            rate_error=_rate_error(spec, blocks, list(successes.values()), seconds),
            rewards=sum(b.rewards for b in blocks),
            rewards_a_minute=_rewards_a_minute(blocks),
            held_share=_held_share(blocks),
            score=engine.score.name,
            unit=engine.score.unit,
            course=recorder.course() if recorder is not None else None,
            contingency=contingency_of(spec, fed_back, events, seconds),
            warnings=(),
        ),
        spec,
        engine.settling,
    )


def shortened(spec: ProtocolSpec, seconds: float) -> ProtocolSpec:
    """Return the protocol with scored blocks of at most so many seconds."""
    blocks = tuple(
        b.model_copy(update={"seconds": min(b.seconds, seconds)}) if b.kind in SCORED else b
        for b in spec.blocks
    )
    return spec.model_copy(update={"blocks": blocks})


def participant(
    spec: ProtocolSpec, *, learner: bool, seed: int, n_channels: int, sfreq: float
) -> SyntheticSource:
    """Return a synthetic participant who has what the protocol trains.

    There is a rhythm in the band of each condition's feature, under each of its channels or in its
    region. A learner's rate is such that the protocol's training suffices.
    """
    training = sum(b.seconds for b in spec.iter_blocks() if b.kind == "train")
    names = SyntheticSource(n_channels=n_channels, sfreq=sfreq).open().ch_names
    return SyntheticSource(
        seed=seed,
        speed=math.inf,
        learner=learner,
        learning_rate=min(FASTEST, LEARNING / training) if training else 0.0,
        rhythms=tuple(dict.fromkeys(_rhythms(spec, names))) or FRONTAL_ALPHA,
        sfreq=sfreq,
        ch_names=names,
        chunk_seconds=CHUNK_SECONDS,
    )


def _rhythms(spec: ProtocolSpec, ch_names: Sequence[str]) -> Iterator[Rhythm]:
    trained = {c.feature for c in spec.target.conditions} if spec.target else set()
    for feature in spec.signal.features:
        if feature.name not in trained:
            continue
        band = feature.envelope.band
        for name, pattern in feature.scalp_patterns(ch_names).items():
            yield rhythm_in_band(name, (0.0, 1.0, 0.0), band, pattern)
        for channel in _channels(feature, ch_names):
            yield rhythm_at(channel, band)


def _channels(feature: FeatureKind, ch_names: Sequence[str]) -> Sequence[str]:
    """Channels of the first alternative that the montage has; none where it has none."""
    for choice in feature.choices:
        if set(choice.channels) <= set(ch_names):
            return choice.channels
    return ()


def _blocks(events: Sequence[Event], thresholds: dict[int, float]) -> Iterator[SimulatedBlock]:
    for event in events:
        if event.kind is EventKind.BLOCK_ENDED:
            d = event.details
            threshold = thresholds[d["block"]]
            yield SimulatedBlock(
                block=d["block"],
                phase=d["phase"],
                seconds=d["seconds"],
                held_share=1.0 - d["clean_seconds"] / d["seconds"],
                success_rate=d["success_rate"],
                rewards=d["rewards"],
                threshold=None if math.isnan(threshold) else threshold,
                mean=d["mean"],
            )


def _success_rate(blocks: Sequence[SimulatedBlock]) -> float | None:
    """Over the clean time of all training."""
    clean = [
        (b.seconds * (1.0 - b.held_share), b.success_rate)
        for b in blocks
        if b.phase == "train" and b.success_rate is not None
    ]
    total = sum(seconds for seconds, _ in clean)
    return sum(seconds * rate for seconds, rate in clean) / total if total else None


def _rate_error(
    spec: ProtocolSpec,
    blocks: Sequence[SimulatedBlock],
    successes: Sequence[Sequence[bool]],
    frame_seconds: float,
) -> float | None:
    """Of the success rate of all training, from what was seen in it."""
    baselines = [b.seconds * (1.0 - b.held_share) for b in blocks if b.phase == "baseline"]
    spread = spread_of_success(successes, frame_seconds)
    if spec.target_rate is None or spread is None or not baselines:
        return None
    lengths = [len(block) * frame_seconds for block in successes]
    return rate_error(spread, baselines[-1], spec.threshold.stretches(lengths))


def _rewards_a_minute(blocks: Sequence[SimulatedBlock]) -> float | None:
    training = [b for b in blocks if b.phase in FED_BACK]
    seconds = sum(b.seconds for b in training)
    return 60.0 * sum(b.rewards for b in training) / seconds if seconds else None


def _held_share(blocks: Sequence[SimulatedBlock]) -> float:
    seconds = sum(b.seconds for b in blocks)
    return sum(b.seconds * b.held_share for b in blocks) / seconds if seconds else 0.0


def _judged(found: Simulation, spec: ProtocolSpec, settling: float) -> Simulation:
    return replace(found, warnings=tuple(_warnings(found, spec, settling)))


def _warnings(found: Simulation, spec: ProtocolSpec, settling: float) -> Iterator[Message]:
    baselines = [b.seconds for b in spec.iter_blocks() if b.kind == "baseline"]
    if baselines and settling >= min(baselines):
        yield Message(
            "Feedback is held for {settling:.1f} s after each bad sample (filter and smoothing), "
            "longer than a baseline of {baseline:g} s; make the baseline longer.",
            settling=settling,
            baseline=min(baselines),
        )
    if found.ended != COMPLETED:
        yield Message("The protocol ended early: {reason}.", reason=found.ended)
    if found.held_share > MUCH_HELD:
        yield Message(
            "Feedback was held {share:.0%} of the time; the gate may be too strict.",
            share=found.held_share,
        )
    if spec.target is None or found.success_rate is None:
        return
    yield from _warnings_of_rates(found, found.success_rate, spec)
    if found.course is None:
        yield Message("There is too little clean training to tell whether anything was learned.")
    elif found.learner and not found.course.learned:
        yield Message(
            "A participant who can learn did not clearly do so here: the slope is {clarity:+.1f} "
            "standard errors in the direction that is trained.",
            clarity=found.course.clarity,
        )


def _warnings_of_rates(found: Simulation, rate: float, spec: ProtocolSpec) -> Iterator[Message]:
    stays = found.learner and not spec.threshold.follows  # then a learner is to pass it more often
    error = found.rate_error  # None where there is too little training to tell
    target = found.target_rate
    if target is not None and error is not None and not stays:
        if abs(rate - target) > OFF_TARGET + CLEARLY * error:
            yield Message(
                "The reward condition was met {rate:.0%} of clean training time; the target is "
                "{target:.0%}.",
                rate=rate,
                target=target,
            )
    if found.rewards_a_minute is not None and found.rewards_a_minute < FEW_REWARDS:
        yield Message(
            "There were {rewards:.1f} rewards a minute, fewer than {least:g}; lower the threshold, "
            "dwell or refractory time.",
            rewards=found.rewards_a_minute,
            least=FEW_REWARDS,
        )
