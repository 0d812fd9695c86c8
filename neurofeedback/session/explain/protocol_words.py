"""A protocol in plain words, before there is any montage.

Responsible for sentences about what is trained and rewarded, about the course of a session, holds,
control arms and who may see what. Not responsible for what depends on a montage
(`session.explain.protocol`), nor for printing.
"""

from __future__ import annotations

from neurofeedback.protocols.spec import (
    LEAST_FREE_SHIFT,
    BlockSettings,
    Condition,
    ControlSettings,
    Inhibit,
    ProtocolSpec,
    RewardSettings,
    TargetSettings,
)
from neurofeedback.session.live.age import LATE_SECONDS
from neurofeedback.signal.settings import GateSettings
from neurofeedback.words.lists import both
from neurofeedback.words.message import Message, joined

KINDS = {
    "baseline": Message("Baseline"),
    "rest": Message("Rest"),
    "train": Message("Training"),
    "transfer": Message("Transfer"),
    "control": Message("Control"),
}
ABOUT_KIND = {
    "transfer": Message("scored, but nothing is shown and nothing rewarded"),
    "control": Message("the feedback shown follows nobody, in any arm"),
}
SCENES = {
    "disc": Message("a disc that grows"),
    "bar": Message("a bar that rises"),
    "ring": Message("a ring that grows"),
    "sunrise": Message("a sunrise"),
    "path": Message("a path that is travelled"),
    "rings": Message("a glider that flies through rings"),
    "image": Message("a picture that comes out of the mist"),
    "video": Message("a film that comes out of the mist"),
}
SOUNDS = {
    "none": Message("hears nothing"),
    "chime": Message("hears a chime at each reward"),
    "tone": Message("hears a tone that grows with the value, and a chime at each reward"),
    "music": Message("hears music that grows with the value, and a chime at each reward"),
}
WAYS = {"up": Message("up"), "down": Message("down")}
SIDES = {"above": Message("above"), "below": Message("below")}
FEEDBACK = {
    "proportional": Message("The display follows the distance from it."),
    "binary": Message("The display is full past it and empty otherwise."),
}


def minutes(spec: ProtocolSpec) -> float:
    """Return the shortest length of a protocol in minutes (clean baseline, no pause)."""
    return sum(block.seconds for block in spec.iter_blocks()) / 60.0


def trained_in_words(spec: ProtocolSpec) -> Message:
    """Say in one line what a protocol trains, e.g. ``faa up: F4 against F3, 8-13 Hz``."""
    if spec.target is None:
        measured = joined([f.in_words for f in spec.signal.features], "; ")
        return Message("nothing: it measures {measured}", measured=measured)
    features = {feature.name: feature for feature in spec.signal.features}
    conditions = [
        Message(
            "{feature} {direction}: {measured}",
            feature=c.feature,
            direction=WAYS[c.direction],
            measured=features[c.feature].in_words,
        )
        for c in spec.target.conditions
    ]
    inhibits = [
        Message("not while {feature} is {side} its limit", feature=i.feature, side=SIDES[i.when])
        for i in spec.target.inhibits
    ]
    return joined([*conditions, *inhibits], "; ")


def course_in_words(spec: ProtocolSpec) -> Message:
    """Say how a session goes, block by block."""
    sentences = [_block(block) for block in spec.blocks]
    whole = Message("At least {minutes:.1f} min in all.", minutes=minutes(spec))
    return joined([*sentences, whole])


def _block(block: BlockSettings) -> Message:
    kind, seconds = KINDS[block.kind], block.seconds
    if block.repeat > 1:
        what = Message("{kind} {n} x {seconds:g} s", kind=kind, n=block.repeat, seconds=seconds)
    else:
        what = Message("{kind} {seconds:g} s", kind=kind, seconds=seconds)
    if block.kind == "baseline":
        what = Message("{block} of clean data", block=what)
    parts = [what]
    if block.eyes == "closed":
        parts.append(Message("eyes closed"))
    if block.repeat > 1 and block.rest:
        parts.append(Message("{seconds:g} s rest between", seconds=block.rest))
    if block.extend and block.kind != "baseline":
        parts.append(
            Message("up to {seconds:g} s more to make up for time held", seconds=block.extend)
        )
    if block.awaits:
        parts.append(Message("begins at the marker {name!r}", name=block.awaits))
    about, said = ABOUT_KIND.get(block.kind), joined(parts, ", ")
    if about is None:
        return Message("{block}.", block=said)
    return Message("{block} ({about}).", block=said, about=about)


def control_in_words(spec: ProtocolSpec) -> Message:
    """Say what is fed back in the control arm, and what stays real in it."""
    control = spec.control
    if control is None:
        return Message("None: feedback follows the participant's own brain.")
    fed = {
        "yoked": Message("another participant's recorded features, taken from the study's donors"),
        "time-shifted": Message(
            "the participant's own features of {shift:g} s before", shift=control.shift
        ),
        "phase-scrambled": Message(
            "pieces of the participant's own past, some seconds long, in random order"
        ),
    }[control.kind]
    said = Message(
        "In the control arm ({kind}) what is scored, shown and rewarded is {fed}. Holds for "
        "artefacts stay real in both arms, and the threshold is found by the same rule from what "
        "is fed back. Without a study every session is in the real arm.",
        kind=control.kind,
        fed=fed,
    )
    measured = _contingency(control)
    return said if measured is None else joined((said, measured))


def _contingency(control: ControlSettings) -> Message | None:
    """Say how far a control made of the own brain follows it, as was measured."""
    if control.kind == "phase-scrambled":
        return Message(
            "It is partly contingent: in nine resting recordings of 220 s, means of what is fed "
            "back over 20 s and 40 s correlated with the real feature at r = .45 and .62 for alpha "
            "power, .17 and .25 for asymmetry (.09 and .04 over 5 s). Prefer a yoked control where "
            "blocks are judged."
        )
    if control.kind == "time-shifted" and control.shift < LEAST_FREE_SHIFT:
        return Message(
            "A shift below {least:g} s is partly contingent: with 10 s, means over 20 s and 40 s "
            "correlated with the real feature at r = .42 and .50 to .62.",
            least=LEAST_FREE_SHIFT,
        )
    if control.kind == "time-shifted":
        return Message(
            "With a shift of 60 s, means of what is fed back over 5 s to 40 s correlated with the "
            "real feature at |r| of .12 at most in nine resting recordings."
        )
    return None


def visible_in_words(spec: ProtocolSpec) -> Message:
    """Say who may see what."""
    scene, sound = SCENES[spec.display.scene], SOUNDS[spec.display.sound]
    if spec.display.numbers:
        seen = Message(
            "The participant sees {scene} with numbers, and {sound}.", scene=scene, sound=sound
        )
    else:
        seen = Message(
            "The participant sees {scene}, no numbers, and {sound}.", scene=scene, sound=sound
        )
    sentences = [
        seen,
        Message(
            "A boat shows the mean of the last half minute, a star each reward, in every scene."
        ),
        Message(
            "The operator sees traces, score, threshold, reward rate and the cause of each hold."
        ),
    ]
    if spec.control is not None:
        sentences.append(
            Message(
                "In a study none of them is told the arm: it is drawn from a sealed list, the "
                "participant sees and hears the fed-back score in both arms, the operator sees "
                "traces and holds alone, streams have markers of blocks and holds only, and what "
                "was fed back lies sealed in the session's folder until the holder of the "
                "unblinding key opens it. The raw EEG lies open."
            )
        )
    return joined(sentences)


def reward_in_words(spec: ProtocolSpec) -> Message:
    """Say what is rewarded, past which threshold and how often."""
    if spec.target is None:
        return Message("Nothing is rewarded: this protocol measures.")
    return joined([_wanted(spec.target), spec.threshold.in_words, _when(spec.reward)])


def _wanted(target: TargetSettings) -> Message:
    wanted = [_high_or_low(c) for c in target.conditions]
    if len(wanted) == 1:
        what = Message("Rewarded is {wanted} enough to pass a threshold", wanted=wanted[0])
    elif target.combine == "all":
        what = Message(
            "Rewarded is {wanted}, each past a threshold of its own", wanted=both(wanted)
        )
    else:
        weighted = [
            Message("{wanted} (weight {weight:g})", wanted=w, weight=c.weight)
            for w, c in zip(wanted, target.conditions, strict=True)
        ]
        what = Message(
            "Rewarded is a score of {wanted}, in SD of the baseline, past a threshold",
            wanted=both(weighted),
        )
    inhibits = [
        Message(
            "never while {feature} is {side} {limit}",
            feature=inhibit.feature,
            side=SIDES[inhibit.when],
            limit=_limit(inhibit),
        )
        for inhibit in target.inhibits
    ]
    return Message("{wanted}.", wanted=joined([what, *inhibits], "; "))


def _high_or_low(condition: Condition) -> Message:
    if condition.direction == "up":
        return Message("{feature} high", feature=condition.feature)
    return Message("{feature} low", feature=condition.feature)


def _limit(inhibit: Inhibit) -> Message:
    if inhibit.percentile is not None:
        return Message(
            "the {percentile:g}th percentile of the baseline", percentile=inhibit.percentile
        )
    return Message("{value:g}", value=inhibit.value)


def _when(reward: RewardSettings) -> Message:
    return Message(
        "{shown} A reward needs {dwell:g} s past it and comes at most every {refractory:g} s.",
        shown=FEEDBACK[reward.feedback],
        dwell=reward.dwell,
        refractory=reward.refractory,
    )


def gate_in_words(spec: ProtocolSpec) -> Message:
    """Say when feedback is held."""
    causes = _gate_causes(spec.signal.gate)
    for feature in spec.signal.features:
        causes += feature.held_while
    asr = spec.signal.asr
    if asr is not None:
        causes.append(
            Message(
                "artifact subspace reconstruction replaces more than {rebuilt:g} % of the "
                "components, or of what is usual in a signal of a feature",
                rebuilt=100 * asr.rebuilt,
            )
        )
    held = Message(
        "Feedback is held, and nothing counts, while {causes}; and at gaps.",
        causes=joined(causes, "; "),
    )
    live = Message(
        "In a live session it is also held while samples arrive more than {seconds:g} s after they "
        "were taken (the block then stands still), come at another rate than declared, come again, "
        "or seem to be in a wrong unit, and while electrodes of a feature are bridged or shorted. "
        "Labels that were swapped cannot be found.",
        seconds=LATE_SECONDS,
    )
    return joined((held, live))


def _gate_causes(gate: GateSettings) -> list[Message]:
    causes = [
        Message(
            "a channel of the feature deviates more than {amplitude:g} microvolts from its last "
            "second (one that only enters the reference: {reference_amplitude:g} microvolts)",
            amplitude=1e6 * gate.amplitude,
            reference_amplitude=1e6 * gate.reference_amplitude,
        ),
        Message(
            "a channel is flat for {seconds:g} s or sends no number", seconds=gate.flat_seconds
        ),
    ]
    if gate.rail is not None or gate.clipped_seconds is not None:
        causes.append(Message("a channel is at the limit of the amplifier"))
    if gate.gradient is not None:
        causes.append(
            Message(
                "it jumps by more than {gradient:g} microvolts within 4 ms",
                gradient=1e6 * gate.gradient,
            )
        )
    if gate.line_noise is not None and gate.mains != "none":
        causes.append(
            Message("the mains is more than {ratio:g} times the EEG", ratio=gate.line_noise)
        )
    if gate.muscle is not None:
        causes.append(
            Message(
                "muscle power at the temples is more than {ratio:g} times its usual",
                ratio=gate.muscle,
            )
        )
    if gate.blink is not None:
        causes.append(
            Message(
                "a frontal channel swings by more than {blink:g} microvolts as in a blink",
                blink=1e6 * gate.blink,
            )
        )
    return causes


def cleaning_in_words(spec: ProtocolSpec, delay: float) -> Message:
    """Say what is done to samples before features are computed, and what it costs.

    Parameters
    ----------
    spec : ProtocolSpec
    delay : float
        By which artifact subspace reconstruction makes features later, s.
    """
    asr = spec.signal.asr
    if asr is None:
        return Message("")
    return Message(
        "Artifact subspace reconstruction (ASR), from the end of the baseline on: components that "
        "are more than {cutoff:g} standard deviations larger than in {seconds:g} s of clean "
        "baseline are replaced by what the others let expect, which is a guess and not a "
        "measurement. It makes every feature {delay:.3f} s later. With too little clean baseline "
        "nothing is replaced, and the log says so.",
        cutoff=asr.cutoff,
        seconds=asr.seconds,
        delay=delay,
    )
