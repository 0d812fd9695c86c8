"""Fidelity against delay, for one participant: from a recording of them at rest.

Responsible for taking a recording's beginning as the baseline that a protocol asks for. Not
responsible for the curve (`signal.power.fidelity`), nor for printing or drawing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, FloatArray, StreamInfo
from neurofeedback.protocols.run.evaluator import target_of
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.fidelity import FidelityPoint
from neurofeedback.signal.power.prior import prior_or_none
from neurofeedback.words.message import Message

LONGEST = 3  # times the length of a baseline within which it must be clean


@dataclass(frozen=True, slots=True)
class FidelityCurve:
    """How well a participant's feedback can be expected to follow the brain, by its delay.

    Parameters
    ----------
    feature : str
    clean_seconds : float
        Of the baseline, s.
    points : tuple of FidelityPoint
    note : Message or None
        Why nothing that was learned from other people could be used.
    """

    feature: str
    clean_seconds: float
    points: tuple[FidelityPoint, ...]
    note: Message | None


def fidelity_of(
    spec: ProtocolSpec, info: StreamInfo, data: FloatArray, bads: Sequence[str] = ()
) -> FidelityCurve:
    """Return the curve for the first feature that decides on reward.

    Parameters
    ----------
    spec : ProtocolSpec
    info : StreamInfo
    data : ndarray, shape (n_times, n_channels)
        The participant at rest, V.
    bads : sequence of str
        Channels marked bad.

    Raises
    ------
    UserError
        If the recording does not serve the protocol, or too little of it is clean.
    """
    prior, note = prior_or_none()
    pipeline = Pipeline(info, spec.signal, bads, prior)
    feature = target_of(spec).features[0]
    wanted = next((b.seconds for b in spec.iter_blocks() if b.kind == "baseline"), 30.0)
    step = round(info.sfreq)
    clean, frame = 0.0, pipeline.hop / info.sfreq
    for first in range(0, min(len(data), round(LONGEST * wanted * info.sfreq)), step):
        part = data[first : first + step]
        times = (first + np.arange(len(part))) / info.sfreq
        frames = pipeline.frames(pipeline.push(Chunk(part, times, first)), keep=True)
        clean += frame * sum(held is None for held in frames.held)
        if clean >= wanted:
            break
    points = pipeline.fidelity_curve(feature) if pipeline.needs_fit else ()
    if not points:
        raise UserError(
            "The recording has {clean:.0f} s of clean data to learn from, too little to tell how "
            "well {feature!r} would follow the brain; or the protocol fits nothing to a baseline.",
            clean=clean,
            feature=feature,
        )
    return FidelityCurve(feature, clean, points, note)
