"""What a protocol will do on a given montage, in plain words and before anybody is trained.

Responsible for putting together what is known of the protocol (`session.explain.protocol_words`)
and of each feature on the montage (`session.explain.feature`). Not responsible for printing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.protocols.warnings import warnings_of
from neurofeedback.session.explain.feature import FeatureExplanation, explain_feature
from neurofeedback.session.explain.protocol_words import (
    cleaning_in_words,
    control_in_words,
    course_in_words,
    gate_in_words,
    reward_in_words,
    visible_in_words,
)
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.prior import prior_or_none
from neurofeedback.words.message import Message


@dataclass(frozen=True, slots=True)
class Explanation:
    """A protocol on a montage.

    Parameters
    ----------
    protocol, montage : Message
        One line each.
    features : tuple of FeatureExplanation
    course, reward, cleaning, gate, control, visible : Message
        The course of the session, what is rewarded, what is done to samples first, when feedback
        is held, what the control arm is fed, and who may see what; a few sentences each.
    limits : Message
        What the protocol cannot do.
    experimental : bool
        Whether it trains something that is itself in doubt.
    warnings : tuple of Message
        What is allowed and cannot succeed, or cannot teach.
    """

    protocol: Message
    montage: Message
    features: tuple[FeatureExplanation, ...]
    course: Message
    reward: Message
    cleaning: Message
    gate: Message
    control: Message
    visible: Message
    limits: Message
    experimental: bool
    warnings: tuple[Message, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types; programs know the warnings as ``doubts``."""
        found = asdict(self)
        return {**{k: v for k, v in found.items() if k != "warnings"}, "doubts": found["warnings"]}


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
    pipeline = Pipeline(info, spec.signal, bads, prior_or_none()[0])
    frame = pipeline.hop / info.sfreq
    declared = {f.name: f for f in spec.signal.features}
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
        protocol=Message("{name}: {title}", name=spec.name, title=Message(spec.title)),
        montage=Message(
            "{n} EEG channels, {rate:g} Hz ({name}), a value every {ms:.0f} ms",
            n=len(info.eeg),
            rate=info.sfreq,
            name=info.name,
            ms=1e3 * frame,
        ),
        features=features,
        course=course_in_words(spec),
        reward=reward_in_words(spec),
        cleaning=cleaning_in_words(spec, pipeline.look_ahead * frame),
        gate=gate_in_words(spec),
        control=control_in_words(spec),
        visible=visible_in_words(spec),
        limits=Message(" ".join(spec.limits.split())),
        experimental=spec.experimental,
        warnings=tuple(warning.message for warning in warnings_of(spec)),
    )


def refusal(spec: ProtocolSpec, info: StreamInfo) -> Message | None:
    """Return why a protocol cannot run on a montage, in a sentence; None where it can."""
    try:
        Pipeline(info, spec.signal)
    except UserError as error:
        return error.message
    return None
