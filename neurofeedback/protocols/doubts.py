"""What a protocol may say, but should not without good reason: it cannot succeed, or cannot teach.

Responsible for finding such things in the protocol alone. Not responsible for refusing anything
(`protocols.consistency`), nor for what depends on a montage (`session.explain`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from neurofeedback.protocols.spec import (
    SCORED,
    BlockSettings,
    Continuous,
    Fixed,
    ProtocolSpec,
    Staircase,
    TargetRate,
)
from neurofeedback.protocols.threshold import LEAST_SECONDS
from neurofeedback.signal.fitting import LEAST_JUDGED_SECONDS
from neurofeedback.signal.settings import EnvelopeSettings, Feature, RoiFeature

MOST_CONDITIONS = 3
LEAST_INDEPENDENT = 20.0  # values of a baseline from which a threshold can be told
HEARD = ("tone", "music")  # sounds that tell the value
COMMON_RATE = 125.0  # Hz; the slowest amplifiers that are common
USABLE = 0.45  # of the sampling rate


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that is allowed and doubtful.

    Parameters
    ----------
    key : str
        The key it is about.
    text : str
        What is to be expected, in one sentence.
    """

    key: str
    text: str

    def __str__(self) -> str:
        """Return both as a line."""
        return f"{self.key}: {self.text}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)


def doubts(spec: ProtocolSpec) -> tuple[Doubt, ...]:
    """Find what is allowed and doubtful.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol.

    Returns
    -------
    tuple of Doubt
        In the order of a file.
    """
    return tuple(
        doubt
        for find in (_features, _cleaning, _target, _threshold, _blocks, _control)
        for doubt in find(spec)
    )


def _features(spec: ProtocolSpec) -> Iterator[Doubt]:
    baseline = shortest_baseline(spec)
    for feature in spec.signal.features:
        key, envelope = f"signal.features.{feature.name}", feature.envelope
        yield from _band(f"{key}.envelope", envelope)
        if isinstance(feature, RoiFeature) and feature.roi == "sgACC" and not spec.experimental:
            yield Doubt(key, "no scalp measure isolates the sgACC; set experimental = true")
        if spec.target is None or baseline is None:
            continue
        if feature.name in spec.target.features:
            yield from _baseline(f"{key}.envelope", feature, baseline)


def _band(key: str, envelope: EnvelopeSettings) -> Iterator[Doubt]:
    low, high = envelope.band
    if high - low < 1.0 / envelope.length:
        yield Doubt(
            f"{key}.length",
            f"a filter of {envelope.length:g} s cannot tell frequencies {high - low:g} Hz apart: "
            f"it takes {1.0 / (high - low):.2g} s",
        )
    rate = envelope.reach[1] / USABLE
    if rate > COMMON_RATE:
        yield Doubt(
            f"{key}.band",
            f"{envelope.reach[1]:g} Hz can only be seen at {rate:.0f} samples a second and above",
        )


def _baseline(key: str, feature: Feature, seconds: float) -> Iterator[Doubt]:
    envelope = feature.envelope
    support = envelope.length + envelope.smoothing
    independent = seconds / window_of(envelope)
    if support > seconds:
        yield Doubt(
            key,
            f"the estimator looks {support:g} s back, longer than the baseline of {seconds:g} s",
        )
    elif independent < LEAST_INDEPENDENT:
        yield Doubt(
            f"{key}.smoothing",
            f"the baseline of {seconds:g} s holds only about {independent:.0f} independent values "
            f"of {feature.name}: the threshold will be a matter of chance",
        )
    if envelope.estimator != "cfir" and seconds < 2 * LEAST_JUDGED_SECONDS:
        yield Doubt(
            f"{key}.estimator",
            f"{envelope.estimator!r} is fitted to the baseline and judged on its second half, for "
            f"which {seconds:g} s is too short: {2 * LEAST_JUDGED_SECONDS:g} s is the least",
        )


def _cleaning(spec: ProtocolSpec) -> Iterator[Doubt]:
    asr, baseline = spec.signal.asr, shortest_baseline(spec)
    if asr is not None and (baseline is None or baseline < asr.seconds):
        there = "there is no baseline" if baseline is None else f"the baseline has {baseline:g} s"
        yield Doubt(
            "signal.asr.seconds",
            f"nothing will be rebuilt: {asr.seconds:g} s of clean baseline are wanted, and {there}",
        )


def _target(spec: ProtocolSpec) -> Iterator[Doubt]:
    target = spec.target
    if target is None:
        return
    n = len(target.conditions)
    if n > MOST_CONDITIONS:
        yield Doubt(
            "target.conditions",
            f"nobody can tell which of {n} conditions a reward was for; more than "
            f"{MOST_CONDITIONS} are hardly learnt",
        )
    if not any(block.kind in SCORED for block in spec.blocks):
        yield Doubt("target", "no block is scored, so nothing uses it")
    rate = spec.target_rate
    shares = [
        (i.percentile if i.when == "above" else 100.0 - i.percentile) / 100.0
        for i in target.inhibits
        if i.percentile is not None
    ]
    if rate is not None and shares and min(shares) < rate:
        yield Doubt(
            "target.inhibits",
            f"an inhibit leaves {min(shares):.0%} of the baseline, less than the wanted rate of "
            f"{rate:.0%}: the rate cannot be reached",
        )


def _threshold(spec: ProtocolSpec) -> Iterator[Doubt]:
    rule = spec.threshold
    trained = [block for block in spec.blocks if block.kind == "train"]
    if spec.target is None or not trained:
        return
    if isinstance(rule, Continuous):
        yield Doubt(
            "threshold.rule",
            "'continuous' hides learning: the threshold follows the participant, and rewards stay "
            "as many as they were",
        )
    if isinstance(rule, Fixed):
        fitted = [f.name for f in spec.signal.features if f.envelope.estimator != "cfir"]
        if set(fitted) & {condition.feature for condition in spec.target.conditions}:
            yield Doubt(
                "threshold.value",
                "a value found with one estimator does not fit another, and which one is used "
                "depends on the baseline; use estimator = 'cfir'",
            )
    if isinstance(rule, Staircase) or (isinstance(rule, TargetRate) and rule.update != "never"):
        yield from _updates(trained, rule.rule)


def _updates(trained: Sequence[BlockSettings], rule: str) -> Iterator[Doubt]:
    if sum(block.repeat for block in trained) < 2:
        yield Doubt("threshold.rule", f"{rule!r} moves between blocks, and there is only one")
    elif all(block.seconds < LEAST_SECONDS for block in trained):
        yield Doubt(
            "threshold.rule",
            f"{rule!r} moves after blocks with {LEAST_SECONDS:g} s of clean data, and no block is "
            "that long",
        )


def _blocks(spec: ProtocolSpec) -> Iterator[Doubt]:
    for index, block in enumerate(spec.blocks, start=1):
        key = f"blocks.#{index}"
        shown = block.kind in ("train", "control")
        if shown and block.eyes == "closed" and spec.display.sound not in HEARD:
            yield Doubt(
                f"{key}.eyes",
                "feedback cannot be seen with closed eyes; set display.sound = 'tone' or 'music'",
            )
        if shown and spec.reward.dwell >= block.seconds:
            yield Doubt(
                f"{key}.seconds",
                f"no reward can be earned in {block.seconds:g} s with a dwell of "
                f"{spec.reward.dwell:g} s",
            )
        if block.kind == "baseline" and block.extend:
            yield Doubt(f"{key}.extend", "has no effect: a baseline waits for its clean data")
        if block.rest and block.repeat == 1:
            yield Doubt(f"{key}.rest", "has no effect: the block is not repeated")


def _control(spec: ProtocolSpec) -> Iterator[Doubt]:
    control = spec.control
    if control is None:
        return
    if not any(block.kind == "train" for block in spec.blocks):
        yield Doubt("control", "no block is trained, so the arms do not differ")
    baseline = shortest_baseline(spec)
    if control.kind == "time-shifted" and baseline is not None and baseline < control.shift:
        yield Doubt(
            "control.shift",
            f"the baseline of {baseline:g} s is shorter: feedback will be of {baseline:g} s before",
        )


def window_of(envelope: EnvelopeSettings) -> float:
    """Return about how far apart in s values are that have nothing in common."""
    low, high = envelope.band
    return 1.0 / (high - low) + envelope.smoothing


def shortest_baseline(spec: ProtocolSpec) -> float | None:
    """Return the length in s of the shortest baseline; None where there is none."""
    lengths = [block.seconds for block in spec.blocks if block.kind == "baseline"]
    return min(lengths, default=None)
