"""Each value of a pipeline described in words and figures, before and after a fit.

Responsible for the descriptors that travel with features to screen, log and report. Not responsible
for computing features (`features`) nor for the figures of a design (`figures`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from neurofeedback.frames import FeatureDescriptor
from neurofeedback.signal.features import Column, FeatureMap
from neurofeedback.signal.figures import Figures, asymmetry_noise
from neurofeedback.signal.settings import AsymmetryFeature, PowerFeature
from neurofeedback.signal.wording import Wording


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
        low_high = wording.bands[feature.name]
        base = FeatureDescriptor(
            feature.name, f"ln {wording.unit}", low_high, _mean([f.lag for f in mine]),
            _mean([f.window for f in mine]), " ".join(wording.notes.get(feature.name, ())),
        )  # fmt: skip
        if isinstance(feature, AsymmetryFeature):
            described += _asymmetry(feature, base, mine, wording)
        elif isinstance(feature, PowerFeature):
            described.append(_power(base, "ln of mean power", feature.channels, wording.reference))
        else:
            kernel = features.kernels[feature.name]
            unit = "ln, no unit" if kernel.method == "sLORETA" else "ln (A m)^2"
            label = f"ln of {kernel.roi} power by {kernel.method} ({kernel.head}), {low_high}"
            note = " ".join([*kernel.sentences, *wording.notes.get(feature.name, ())])
            described.append(replace(base, unit=unit, label=label, note=note))
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
        "share of variance, 0 to 1",
        "what artifact subspace reconstruction took off all EEG channels in one hop",
        delay + frame / 2,
        frame,
        "What it puts in place of it is a guess from the other components, not a measurement.",
    )


def _power(
    base: FeatureDescriptor, of: str, channels: Sequence[str], reference: str
) -> FeatureDescriptor:
    label = f"{of} at {', '.join(channels)}, {base.label}, reference {reference}"
    return replace(base, label=label)


def _asymmetry(
    feature: AsymmetryFeature, base: FeatureDescriptor, figures: Sequence[Figures], wording: Wording
) -> list[FeatureDescriptor]:
    n, reference = len(feature.left), wording.reference
    pairs = ", ".join(
        f"ln P({r}) - ln P({ell})" for ell, r in zip(feature.left, feature.right, strict=True)
    )
    formula = f"{'mean of ' if n > 1 else ''}{pairs}"
    if feature.form == "ratio":
        ell, r = feature.left[0], feature.right[0]
        one = f"(P({r}) - P({ell})) / (P({r}) + P({ell}))"
        formula = one if n == 1 else f"tanh of half the {formula}"
    spectrum = "spectrum of the baseline" if wording.fitted else "flat spectrum"
    noise = asymmetry_noise(figures[0], figures[-1], n, feature.form)
    note = (
        "Positive: more alpha on the right, read as relatively greater left activity. "
        "Where the true asymmetry is zero, its standard deviation is at least "
        f"{noise:.2f} (estimator noise, {spectrum})."
    )
    sides = replace(base, note="")
    return [
        replace(
            base,
            unit="ln ratio" if feature.form == "log" else "ratio, -1 to 1",
            label=f"{formula}, {base.label}, reference {reference}",
            note=f"{note} {base.note}".rstrip(),
        ),
        _power(replace(sides, name=f"{feature.name}.left"), "mean ln power", feature.left,
               reference),
        _power(replace(sides, name=f"{feature.name}.right"), "mean ln power", feature.right,
               reference),
    ]  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
