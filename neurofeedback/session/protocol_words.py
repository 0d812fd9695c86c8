"""A protocol in plain words, before there is any montage.

Responsible for sentences about what is trained and rewarded, about the course of a session, holds,
control arms and who may see what. Not responsible for what depends on a montage
(`session.explain`), nor for printing.
"""

from __future__ import annotations

from neurofeedback.protocols.spec import (
    BlockSettings,
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
from neurofeedback.signal.band_settings import band_in_words
from neurofeedback.signal.settings import AsymmetryFeature, Feature, PowerFeature, RoiFeature

KINDS = {
    "baseline": "Baseline",
    "rest": "Rest",
    "train": "Training",
    "transfer": "Transfer",
    "control": "Control",
}
ABOUT_KIND = {
    "transfer": "scored, but nothing is shown and nothing rewarded",
    "control": "the feedback shown follows nobody, in any arm",
}
SCENES = {
    "disc": "a disc that grows",
    "bar": "a bar that rises",
    "ring": "a ring that grows",
    "sunrise": "a sunrise",
    "path": "a path that is travelled",
    "image": "an image that brightens",
}
SOUNDS = {
    "none": "hears nothing",
    "chime": "hears a chime at each reward",
    "tone": "hears a tone that grows with the value, and a chime at each reward",
    "music": "hears music that grows with the value, and a chime at each reward",
}
CONTROLS = {
    "yoked": "another participant's recorded features, taken from the study's donors",
    "time-shifted": "the participant's own features of {shift:g} s before",
    "phase-scrambled": "pieces of the participant's own past, some seconds long, in random order",
}


def minutes(spec: ProtocolSpec) -> float:
    """Return the shortest length of a protocol in minutes (clean baseline, no pause)."""
    return sum(block.seconds for block in spec.iter_blocks()) / 60.0


def trained_in_words(spec: ProtocolSpec) -> str:
    """Say in one line what a protocol trains, e.g. ``faa up: F4 against F3, 8-13 Hz``."""
    if spec.target is None:
        return "nothing: it measures " + "; ".join(map(measured_in_words, spec.signal.features))
    features = {feature.name: feature for feature in spec.signal.features}
    conditions = [
        f"{c.feature} {c.direction}: {measured_in_words(features[c.feature])}"
        for c in spec.target.conditions
    ]
    inhibits = [f"not while {i.feature} is {i.when} its limit" for i in spec.target.inhibits]
    return "; ".join([*conditions, *inhibits])


def measured_in_words(feature: Feature) -> str:
    """Say what a feature measures in a few words, e.g. ``power at Fz, 4-8 Hz``."""
    envelope = feature.envelope
    band = envelope.individual.rule if envelope.individual else band_in_words(envelope.band)
    match feature:
        case AsymmetryFeature():
            pairs = zip(feature.left, feature.right, strict=True)
            return f"{', '.join(f'{right} against {left}' for left, right in pairs)}, {band}"
        case PowerFeature():
            return f"power at {', '.join(feature.channels)}, {band}"
        case RoiFeature():
            return f"power of the {feature.roi} by {feature.method}, {band}"


def course_in_words(spec: ProtocolSpec) -> str:
    """Say how a session goes, block by block."""
    sentences = [_block(block) for block in spec.blocks]
    return " ".join([*sentences, f"At least {minutes(spec):.1f} min in all."])


def _block(block: BlockSettings) -> str:
    times = f"{block.repeat} x " if block.repeat > 1 else ""
    clean = " of clean data" if block.kind == "baseline" else ""
    parts = [f"{KINDS[block.kind]} {times}{block.seconds:g} s{clean}"]
    if block.eyes == "closed":
        parts.append("eyes closed")
    if block.repeat > 1 and block.rest:
        parts.append(f"{block.rest:g} s rest between")
    if block.extend and block.kind != "baseline":
        parts.append(f"up to {block.extend:g} s more to make up for time held")
    about = ABOUT_KIND.get(block.kind)
    return f"{', '.join(parts)}{f' ({about})' if about else ''}."


def control_in_words(spec: ProtocolSpec) -> str:
    """Say what is fed back in the control arm, and what stays real in it."""
    control = spec.control
    if control is None:
        return "None: feedback follows the participant's own brain."
    fed = CONTROLS[control.kind].format(shift=control.shift)
    return (
        f"In the control arm ({control.kind}) what is scored, shown and rewarded is {fed}. Holds "
        "for artefacts stay real in both arms, and the threshold is found by the same rule from "
        "what is fed back. Without a study every session is in the real arm."
    )


def visible_in_words(spec: ProtocolSpec) -> str:
    """Say who may see what."""
    numbers = " with numbers" if spec.display.numbers else ", no numbers"
    shown = f"{SCENES[spec.display.scene]}{numbers}, and {SOUNDS[spec.display.sound]}"
    sentences = [
        f"The participant sees {shown}.",
        "The operator sees traces, score, threshold, reward rate and the cause of each hold.",
    ]
    if spec.control is not None:
        sentences.append(
            "In a study none of them is told the arm: it is drawn from a sealed list, the "
            "participant sees and hears the fed-back score in both arms, the operator sees traces "
            "and holds alone, streams have markers of blocks and holds only, and what was fed back "
            "lies sealed in the session's folder until the holder of the unblinding key opens it. "
            "The raw EEG lies open."
        )
    return " ".join(sentences)


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


def gate_in_words(spec: ProtocolSpec) -> str:
    """Say when feedback is held."""
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
    asr = spec.signal.asr
    if asr is not None:
        causes.append(
            f"artifact subspace reconstruction replaces more than {100 * asr.rebuilt:g} % of the "
            "components, or of what is usual in a signal of a feature"
        )
    return f"Feedback is held, and nothing counts, while {'; '.join(causes)}; and at gaps."


def cleaning_in_words(spec: ProtocolSpec, delay: float) -> str:
    """Say what is done to samples before features are computed, and what it costs.

    Parameters
    ----------
    spec : ProtocolSpec
    delay : float
        By which artifact subspace reconstruction makes features later, s.
    """
    asr = spec.signal.asr
    if asr is None:
        return ""
    return (
        "Artifact subspace reconstruction (ASR), from the end of the baseline on: components that "
        f"are more than {asr.cutoff:g} standard deviations larger than in {asr.seconds:g} s of "
        "clean baseline are replaced by what the others let expect, which is a guess and not a "
        f"measurement. It makes every feature {delay:.3f} s later. With too little clean baseline "
        "nothing is replaced, and the log says so."
    )
