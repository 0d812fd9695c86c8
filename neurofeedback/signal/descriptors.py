"""Each value of a pipeline described in words and figures, before and after a fit.

Responsible for the descriptors that travel with features to screen, log and report. Not responsible
for what a kind of feature says of itself (`features`) nor for the figures of a design
(`power.latency_noise`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neurofeedback.frames import FeatureDescriptor
from neurofeedback.signal.feature_map import FeatureMap
from neurofeedback.signal.features.base import Column, Wording
from neurofeedback.signal.power.latency_noise import Figures
from neurofeedback.words.message import Message, joined


def describe(
    features: FeatureMap, figures: Mapping[Column, Figures], wording: Wording
) -> tuple[FeatureDescriptor, ...]:
    """Describe every value.

    Parameters
    ----------
    features : FeatureMap
    figures : mapping
        Of each column of power.
    wording : Wording

    Returns
    -------
    tuple of FeatureDescriptor
        In the order of `FeatureMap.values`.
    """
    described: list[FeatureDescriptor] = []
    for feature in features.features:
        mine = [figures[column] for column in features.columns_of(feature)]
        base = FeatureDescriptor(
            feature.name,
            Message("ln {unit}", unit=wording.unit),
            wording.bands[feature.name],
            _mean([f.lag for f in mine]),
            _mean([f.window for f in mine]),
            joined(wording.notes.get(feature.name, ())),
        )
        kernel = features.kernels.get(feature.name)
        described += feature.describe(base, mine, wording, kernel)
    return tuple(described)


def describe_removed(delay: float, frame: float) -> FeatureDescriptor:
    """Describe what stands beside the features where large components are replaced.

    Parameters
    ----------
    delay : float
        Of the samples after that, s.
    frame : float
        Length of a hop, s.
    """
    return FeatureDescriptor(
        "asr.removed",
        Message("share of variance, 0 to 1"),
        Message("what artifact subspace reconstruction took off all EEG channels in one hop"),
        delay + frame / 2,
        frame,
        Message(
            "What it puts in place of it is a guess from the other components, not a measurement."
        ),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
