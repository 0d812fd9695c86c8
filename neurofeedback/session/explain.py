"""What a protocol will do on a given montage, in plain words and before anybody is trained.

Responsible for the course of the session, for what is rewarded and for when feedback is held. Not
responsible for single features (`session.explain_feature`), nor for printing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from neurofeedback.frames import StreamInfo
from neurofeedback.protocols.spec import (
    Continuous,
    Fixed,
    Manual,
    MeanSd,
    Percentile,
    ProtocolSpec,
    RewardSettings,
    Staircase,
    TargetRate,
    TargetSettings,
    ThresholdSettings,
)
from neurofeedback.session.explain_feature import FeatureExplanation, explain_feature
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.settings import RoiFeature


@dataclass(frozen=True, slots=True)
class Explanation:
    """A protocol on a montage.

    Parameters
    ----------
    protocol, montage : str
        One line each.
    features : tuple of FeatureExplanation
    course, reward, gate : str
        One or two sentences each.
    limits : str
        What the protocol cannot do.
    """

    protocol: str
    montage: str
    features: tuple[FeatureExplanation, ...]
    course: str
    reward: str
    gate: str
    limits: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)


def explain(
    spec: ProtocolSpec, info: StreamInfo, *, display_delay: float, bads: Sequence[str] = ()
) -> Explanation:
    """Explain a protocol on a montage.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol.
    info : StreamInfo
        Channels and rate it would run on.
    display_delay : float
        What the participant's display adds, s.
    bads : sequence of str
        Channels marked bad.

    Returns
    -------
    Explanation

    Raises
    ------
    UserError
        If the protocol cannot run on it.
    """
    pipeline = Pipeline(info, spec.signal, bads)
    frame = pipeline.hop / info.sfreq
    declared = {f.name: f.envelope for f in spec.signal.features}
    features = tuple(
        explain_feature(
            d,
            declared[d.name],
            pipeline,
            frame,
            trained=spec.target is not None and d.name in spec.target.features,
            display_delay=display_delay,
        )
        for d in pipeline.descriptors
        if d.name in declared
    )
    return Explanation(
        protocol=f"{spec.name}: {spec.title}",
        montage=f"{len(info.eeg)} EEG channels, {info.sfreq:g} Hz ({info.name}), a value every "
        f"{1e3 * frame:.0f} ms",
        features=features,
        course=" ".join(_course(spec)),
        reward=reward_in_words(spec),
        gate=_gate(spec),
        limits=" ".join(spec.limits.split()),
    )


def _course(spec: ProtocolSpec) -> Iterator[str]:
    for block in spec.blocks:
        times = f"{block.repeat} x " if block.repeat > 1 else ""
        clean = " of clean data" if block.kind == "baseline" else ""
        rest = f", {block.rest:g} s rest between" if block.repeat > 1 and block.rest else ""
        yield f"{block.kind.capitalize()} {times}{block.seconds:g} s{clean}{rest}."
    total = sum(block.seconds for block in spec.iter_blocks()) / 60
    yield f"At least {total:.1f} min in all."


def reward_in_words(spec: ProtocolSpec) -> str:
    """Say what is rewarded, past which threshold and how often."""
    if spec.target is None:
        return "Nothing is rewarded: this protocol measures."
    return f"{_wanted(spec.target)} {_rule(spec.threshold)} {_when(spec.reward)}"


def _wanted(target: TargetSettings) -> str:
    ways = {"up": "high", "down": "low"}
    wanted = [f"{c.feature} {ways[c.direction]}" for c in target.conditions]
    if len(wanted) == 1:
        text = f"Rewarded is {wanted[0]} enough to pass a threshold"
    elif target.combine == "all":
        text = f"Rewarded is {' and '.join(wanted)}, each past a threshold of its own"
    else:
        weights = " and ".join(
            f"{w} (weight {c.weight:g})" for w, c in zip(wanted, target.conditions, strict=True)
        )
        text = f"Rewarded is a score of {weights}, in SD of the baseline, past a threshold"
    for inhibit in target.inhibits:
        limit = (
            f"the {inhibit.percentile:g}th percentile of the baseline"
            if inhibit.percentile is not None
            else f"{inhibit.value:g}"
        )
        text += f"; never while {inhibit.feature} is {inhibit.when} {limit}"
    return f"{text}."


def _rule(rule: ThresholdSettings) -> str:
    match rule:
        case TargetRate():
            later = {
                "never": "set once, from the baseline",
                "between-blocks": "fixed within a block, set anew between blocks from the block "
                "before",
            }[rule.update]
            return f"{_start(rule.target_rate)}; {later}."
        case Fixed():
            return f"The threshold is {rule.value:g} throughout."
        case Percentile():
            return (
                f"The threshold is percentile {rule.percentile:g} of the baseline, counted in the "
                f"direction that is rewarded: a participant at rest passes it "
                f"{1 - rule.percentile / 100:.0%} of clean time. It never moves."
            )
        case MeanSd():
            return (
                f"The threshold is the baseline's mean plus {rule.k:g} SD in the direction that is "
                "rewarded. It never moves."
            )
        case Staircase():
            return (
                f"{_start(rule.target_rate)}; after a block it goes {rule.step:g} SD of the "
                f"baseline up if more than {rule.easy:.0%} was past it, as much down if less than "
                f"{rule.hard:.0%}."
            )
        case Continuous():
            return (
                f"{_start(rule.target_rate)}; then it follows the last {rule.window:g} s of clean "
                "data so that this stays so. It hides learning: rewards will not become more."
            )
        case Manual():
            return f"{_start(rule.target_rate)}; then the operator moves it, and that is logged."


def _start(target_rate: float) -> str:
    return f"The threshold is one that a participant at rest passes {target_rate:.0%} of clean time"


def _when(reward: RewardSettings) -> str:
    shown = {
        "proportional": "The display follows the distance from it.",
        "binary": "The display is full past it and empty otherwise.",
    }[reward.feedback]
    return (
        f"{shown} A reward needs {reward.dwell:g} s past it and comes at most every "
        f"{reward.refractory:g} s."
    )


def _gate(spec: ProtocolSpec) -> str:
    gate = spec.signal.gate

    def microvolts(volts: float) -> str:
        return f"{1e6 * volts:g} microvolts"

    causes = [
        f"a channel of the feature deviates more than {microvolts(gate.amplitude)} from its last "
        f"second (one that only enters the reference: {microvolts(gate.reference_amplitude)})",
        f"a channel is flat for {gate.flat_seconds:g} s or sends no number",
    ]
    if gate.rail is not None or gate.clipped_seconds is not None:
        causes.append("a channel is at the limit of the amplifier")
    if gate.gradient is not None:
        causes.append(f"it jumps by more than {microvolts(gate.gradient)} within 4 ms")
    if gate.line_noise is not None and gate.mains != "none":
        causes.append(f"the mains is more than {gate.line_noise:g} times the EEG")
    if gate.muscle is not None:
        causes.append(f"muscle power at the temples is more than {gate.muscle:g} times its usual")
    if gate.blink is not None:
        causes.append(
            f"a frontal channel swings by more than {microvolts(gate.blink)} as in a blink"
        )
    causes += [
        f"the {feature.roi} can explain less than {100 * feature.least_share:g} % of the power in "
        f"the band of {feature.name}"
        for feature in spec.signal.features
        if isinstance(feature, RoiFeature) and feature.least_share is not None
    ]
    return f"Feedback is held, and nothing counts, while {'; '.join(causes)}; and at gaps."
