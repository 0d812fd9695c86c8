"""What a protocol may say, but should not without good reason: it cannot succeed, or cannot teach.

Responsible for finding such things in the protocol alone. Not responsible for refusing anything
(`protocols.consistency`), nor for what depends on a montage (`session.explain.protocol`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from neurofeedback.protocols.rules import Training
from neurofeedback.protocols.spec import LEAST_FREE_SHIFT, SCORED, ProtocolSpec
from neurofeedback.signal.power.fitting import LEAST_JUDGED_SECONDS
from neurofeedback.signal.power.settings import EnvelopeSettings
from neurofeedback.words.message import Message

MOST_CONDITIONS = 3
LEAST_INDEPENDENT = 20.0  # values of a baseline from which a threshold can be told
HEARD = ("tone", "music")  # sounds that tell the value
COMMON_RATE = 125.0  # Hz; the slowest amplifiers that are common
MEMORY_SECONDS = 30.0  # over which band power drifts
USABLE = 0.45  # of the sampling rate


@dataclass(frozen=True, slots=True)
class ProtocolWarning:
    """Something that is allowed, and that cannot succeed or cannot teach.

    Parameters
    ----------
    key : str
        The key it is about.
    text : Message
        What is to be expected, in one sentence.
    """

    key: str
    text: Message

    @property
    def message(self) -> Message:
        """Both as a line."""
        return Message("{key}: {doubt}", key=self.key, doubt=self.text)

    def __str__(self) -> str:
        """Return both as a line."""
        return self.message

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)


def warnings_of(spec: ProtocolSpec) -> tuple[ProtocolWarning, ...]:
    """Find what is allowed, and cannot succeed or cannot teach.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol.

    Returns
    -------
    tuple of ProtocolWarning
        In the order of a file.
    """
    return tuple(
        warning
        for find in (_features, _cleaning, _target, _threshold, _blocks, _control)
        for warning in find(spec)
    )


def _features(spec: ProtocolSpec) -> Iterator[ProtocolWarning]:
    baseline = shortest_baseline(spec)
    for feature in spec.signal.features:
        key = f"signal.features.{feature.name}"
        for name, envelope in feature.envelopes.items():
            yield from _band(f"{key}.{name}", envelope)
        if feature.warning is not None and not spec.experimental:
            yield ProtocolWarning(
                key, Message("{why}; set experimental = true", why=feature.warning)
            )
        if spec.target is None or baseline is None:
            continue
        if feature.name in spec.target.features:
            for name, envelope in feature.envelopes.items():
                yield from _baseline(f"{key}.{name}", feature.name, envelope, baseline)


def _band(key: str, envelope: EnvelopeSettings) -> Iterator[ProtocolWarning]:
    low, high = envelope.band
    if high - low < 1.0 / envelope.length:
        yield ProtocolWarning(
            f"{key}.length",
            Message(
                "a filter of {length:g} s cannot tell frequencies {width:g} Hz apart: it takes "
                "{least:.2g} s",
                length=envelope.length,
                width=high - low,
                least=1.0 / (high - low),
            ),
        )
    rate = envelope.reach[1] / USABLE
    if rate > COMMON_RATE:
        yield ProtocolWarning(
            f"{key}.band",
            Message(
                "{high:g} Hz can only be seen at {rate:.0f} samples a second and above",
                high=envelope.reach[1],
                rate=rate,
            ),
        )


def _baseline(
    key: str, feature: str, envelope: EnvelopeSettings, seconds: float
) -> Iterator[ProtocolWarning]:
    support = envelope.length + envelope.smoothing
    independent = seconds / window_of(envelope)
    if support > seconds:
        yield ProtocolWarning(
            key,
            Message(
                "the estimator looks {support:g} s back, longer than the baseline of {seconds:g} s",
                support=support,
                seconds=seconds,
            ),
        )
    elif independent < LEAST_INDEPENDENT:
        yield ProtocolWarning(
            f"{key}.smoothing",
            Message(
                "the baseline of {seconds:g} s holds only about {n:.0f} independent values of "
                "{name}: the threshold will be a matter of chance",
                seconds=seconds,
                n=independent,
                name=feature,
            ),
        )
    if envelope.estimator != "cfir" and seconds < 2 * LEAST_JUDGED_SECONDS:
        yield ProtocolWarning(
            f"{key}.estimator",
            Message(
                "{estimator!r} is fitted to the baseline and judged on its second half, for which "
                "{seconds:g} s is too short: {least:g} s is the least",
                estimator=envelope.estimator,
                seconds=seconds,
                least=2 * LEAST_JUDGED_SECONDS,
            ),
        )


def _cleaning(spec: ProtocolSpec) -> Iterator[ProtocolWarning]:
    asr, baseline = spec.signal.asr, shortest_baseline(spec)
    if asr is None:
        return
    if baseline is None:
        text = Message(
            "nothing will be rebuilt: {wanted:g} s of clean baseline are wanted, and there is no "
            "baseline",
            wanted=asr.seconds,
        )
        yield ProtocolWarning("signal.asr.seconds", text)
    elif baseline < asr.seconds:
        text = Message(
            "nothing will be rebuilt: {wanted:g} s of clean baseline are wanted, and the baseline "
            "has {seconds:g} s",
            wanted=asr.seconds,
            seconds=baseline,
        )
        yield ProtocolWarning("signal.asr.seconds", text)


def _target(spec: ProtocolSpec) -> Iterator[ProtocolWarning]:
    target = spec.target
    if target is None:
        return
    n = len(target.conditions)
    if n > MOST_CONDITIONS:
        yield ProtocolWarning(
            "target.conditions",
            Message(
                "nobody can tell which of {n} conditions a reward was for; more than {most} are "
                "hardly learnt",
                n=n,
                most=MOST_CONDITIONS,
            ),
        )
    if not any(block.kind in SCORED for block in spec.blocks):
        yield ProtocolWarning("target", Message("no block is scored, so nothing uses it"))
    rate = spec.target_rate
    shares = [
        (i.percentile if i.when == "above" else 100.0 - i.percentile) / 100.0
        for i in target.inhibits
        if i.percentile is not None
    ]
    if rate is not None and shares and min(shares) < rate:
        yield ProtocolWarning(
            "target.inhibits",
            Message(
                "an inhibit leaves {share:.0%} of the baseline, less than the wanted rate of "
                "{rate:.0%}: the rate cannot be reached",
                share=min(shares),
                rate=rate,
            ),
        )


def _threshold(spec: ProtocolSpec) -> Iterator[ProtocolWarning]:
    lengths = [b.seconds for b in spec.blocks for _ in range(b.repeat) if b.kind == "train"]
    if spec.target is None or not lengths:
        return
    trained = {condition.feature for condition in spec.target.conditions}
    estimators = frozenset(
        envelope.estimator
        for feature in spec.signal.features
        if feature.name in trained
        for envelope in feature.envelopes.values()
    )
    for key, text in spec.threshold.warnings(Training(lengths, estimators)):
        yield ProtocolWarning(key, text)


def _blocks(spec: ProtocolSpec) -> Iterator[ProtocolWarning]:
    for index, block in enumerate(spec.blocks, start=1):
        key = f"blocks.#{index}"
        shown = block.kind in ("train", "control")
        if shown and block.eyes == "closed" and spec.display.sound not in HEARD:
            yield ProtocolWarning(
                f"{key}.eyes",
                Message(
                    "feedback cannot be seen with closed eyes; set display.sound = 'tone' or "
                    "'music'"
                ),
            )
        if shown and spec.reward.dwell >= block.seconds:
            yield ProtocolWarning(
                f"{key}.seconds",
                Message(
                    "no reward can be earned in {seconds:g} s with a dwell of {dwell:g} s",
                    seconds=block.seconds,
                    dwell=spec.reward.dwell,
                ),
            )
        if block.kind == "baseline" and block.extend:
            text = Message("has no effect: a baseline waits for its clean data")
            yield ProtocolWarning(f"{key}.extend", text)
        if block.rest and block.repeat == 1:
            yield ProtocolWarning(
                f"{key}.rest", Message("has no effect: the block is not repeated")
            )


def contingent(spec: ProtocolSpec) -> Message | None:
    """Say how the control follows the brain on a scale at which learning is judged; None if not.

    Values of some time before have much in common with the mean of a block that is longer than
    that time: most of them are of the same block.
    """
    control = spec.control
    if control is None or control.kind == "yoked":
        return None
    if control.kind == "phase-scrambled":
        return Message(
            "pieces of the last minutes follow the brain over 20 s and more: use a yoked or a "
            "time-shifted control in a study"
        )
    trained = [block.seconds for block in spec.blocks if block.kind in ("train", "transfer")]
    least = max(trained, default=0.0) + MEMORY_SECONDS
    if control.shift < LEAST_FREE_SHIFT:
        return Message(
            "below {least:g} s what is fed back follows the brain over 20 to 40 s",
            least=LEAST_FREE_SHIFT,
        )
    if control.shift < least:
        return Message(
            "below {least:g} s, the longest trained block and {memory:g} s more, what is fed back "
            "follows the brain's mean over blocks",
            least=least,
            memory=MEMORY_SECONDS,
        )
    return None


def _control(spec: ProtocolSpec) -> Iterator[ProtocolWarning]:
    control = spec.control
    if control is None:
        return
    if not any(block.kind == "train" for block in spec.blocks):
        yield ProtocolWarning("control", Message("no block is trained, so the arms do not differ"))
    follows = contingent(spec)
    if follows is not None:
        key = "control.shift" if control.kind == "time-shifted" else "control.kind"
        yield ProtocolWarning(key, follows)
    short = short_baseline(spec)
    if short is not None:
        yield ProtocolWarning(
            "control.shift",
            Message(
                "the baseline of {seconds:g} s is shorter: feedback will be of {seconds:g} s "
                "before",
                seconds=short,
            ),
        )


def short_baseline(spec: ProtocolSpec) -> float | None:
    """Return the length in s of a baseline that is shorter than the control's shift, or None."""
    baseline = shortest_baseline(spec)
    if spec.control is None or spec.control.kind != "time-shifted" or baseline is None:
        return None
    return baseline if baseline < spec.control.shift else None


def window_of(envelope: EnvelopeSettings) -> float:
    """Return about how far apart in s values are that have nothing in common."""
    low, high = envelope.band
    return 1.0 / (high - low) + envelope.smoothing


def shortest_baseline(spec: ProtocolSpec) -> float | None:
    """Return the length in s of the shortest baseline; None where there is none."""
    lengths = [block.seconds for block in spec.blocks if block.kind == "baseline"]
    return min(lengths, default=None)
