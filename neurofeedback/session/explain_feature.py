"""What a single feature does on a given montage, in plain words.

Responsible for its delay in parts, its window and noise, its band and its estimator. Not
responsible for the protocol around it (`session.explain`), nor for printing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurofeedback.frames import FeatureDescriptor
from neurofeedback.signal.alpha_peaks import AlphaSettings
from neurofeedback.signal.band_settings import band_in_words
from neurofeedback.signal.estimators import cfir
from neurofeedback.signal.figures import asymmetry_noise, figures_of
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.settings import AsymmetryFeature, EnvelopeSettings, Feature

LONG = 30.0  # s; over as much clean data a block can be judged
_FREQS = np.arange(0.0, 1000.0, 0.05)
MOMENTS = 2.0 * math.sqrt(2.0)  # standard deviations by which two values differ in one of twenty

ESTIMATORS = {
    "cfir": "one analytic filter, then a moving average; needs no baseline",
    "wiener": "an analytic filter designed from the participant's own baseline spectrum, then a "
    "moving average",
    "posterior": "the power expected in a window centred on now, given the past and the "
    "participant's own baseline spectrum",
    "auto": "whichever of analytic filter, Wiener filter and posterior power follows the brain "
    "best in the second half of the baseline; the analytic filter until then",
}


@dataclass(frozen=True, slots=True)
class FeatureExplanation:
    """How one feature behaves on a montage until the baseline is over.

    Parameters
    ----------
    name, label, unit, note : str
        As in its descriptor; `note` holds the honest limits.
    trained : bool
        Whether it decides on reward.
    delay : float
        Time in s from the brain to the picture: filter, half the smoothing, half a hop, the display
        and what artifact subspace reconstruction will add.
    parts : dict
        The same in parts, s; the filter's is the delay that it has, not what it was designed for.
    window : float
        Effective averaging window in s.
    noise : float
        Standard deviation, in the feature's unit, while the true value does not change; see
        `noise_of`.
    noise_30 : float
        The same averaged over 30 s.
    meaning_of_noise : str
        The same in a sentence.
    hold_after : float
        Time in s that feedback is held after a bad sample.
    band : str
        In words; of an individual band, how it is found.
    estimator : str
        In words.
    """

    name: str
    label: str
    unit: str
    note: str
    trained: bool
    delay: float
    parts: dict[str, float]
    window: float
    noise: float
    noise_30: float
    meaning_of_noise: str
    hold_after: float
    band: str
    estimator: str


def explain_feature(
    descriptor: FeatureDescriptor,
    feature: Feature,
    pipeline: Pipeline,
    frame: float,
    *,
    trained: bool,
    display_delay: float,
) -> FeatureExplanation:
    """Explain a feature.

    Parameters
    ----------
    descriptor : FeatureDescriptor
        What it is on the montage.
    feature : Feature
        As declared.
    pipeline : Pipeline
        That computes it.
    frame : float
        Stream time between frames, s.
    trained : bool
        Whether it decides on reward.
    display_delay : float
        What the participant's display adds, s.
    """
    envelope = feature.envelope
    sfreq = pipeline.hop / frame
    noise = noise_of(feature, sfreq, pipeline.hop)
    noise_30 = noise_of(feature, sfreq, pipeline.hop, smoothing=LONG)
    smoothing = (max(1, round(envelope.smoothing / frame)) - 1) / 2 * frame
    parts = {
        "filter": descriptor.delay - smoothing,
        "half of the smoothing": smoothing,
        "half a hop": frame / 2,
        "display": display_delay,
    }
    if pipeline.look_ahead:
        parts["artifact subspace reconstruction"] = pipeline.look_ahead * frame
    return FeatureExplanation(
        name=descriptor.name,
        label=descriptor.label,
        unit=descriptor.unit,
        note=descriptor.note,
        trained=trained,
        delay=sum(parts.values()),
        parts=parts,
        window=descriptor.window,
        noise=noise,
        noise_30=noise_30,
        meaning_of_noise=_meaning(feature, noise, noise_30),
        hold_after=(pipeline.support + pipeline.look_ahead) * frame,
        band=_band(envelope, pipeline.posterior),
        estimator=ESTIMATORS[envelope.estimator],
    )


def noise_of(feature: Feature, sfreq: float, hop: int, smoothing: float | None = None) -> float:
    """Return the standard deviation of a feature by chance alone, before anything is fitted.

    Taken are independent signals with the spectrum of a person at rest: pink noise with an alpha
    peak at 10 Hz, 1 Hz wide. For power of several channels or sources it is that of one, the most
    it can be.

    Parameters
    ----------
    feature : Feature
        As declared.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    smoothing : float or None
        Length in s of the moving average over power; None for the declared one.
    """
    envelope = feature.envelope
    if smoothing is not None:
        envelope = envelope.model_copy(update={"smoothing": smoothing})
    density = 1.0 / np.maximum(_FREQS, 1.0) + np.exp(-((_FREQS - 10.0) ** 2) / 2.0)
    design = cfir(envelope, sfreq, hop)
    figures = figures_of(design, envelope.band, sfreq, hop, (_FREQS, density))
    if isinstance(feature, AsymmetryFeature):
        return asymmetry_noise(figures, figures, len(feature.left), feature.form)
    return figures.log_sd


def _meaning(feature: Feature, noise: float, noise_30: float) -> str:
    if isinstance(feature, AsymmetryFeature):
        return (
            f"While the true asymmetry is zero, the value still goes up and down by {noise:.2f} "
            f"(standard deviation, with the spectrum of a person at rest): two moments have to "
            f"differ by more than {MOMENTS * noise:.1f} to mean anything. Averaged over 30 s it is "
            f"{noise_30:.2f}."
        )
    return (
        f"While the true power does not change, the value still goes up and down by {noise:.2f} "
        f"(standard deviation), which is a factor of {math.exp(noise):.1f} in power. Averaged over "
        f"30 s it is {noise_30:.2f}, a factor of {math.exp(noise_30):.2f}."
    )


def declared_in_words(feature: Feature) -> str:
    """Say what a feature is before there is any montage."""
    envelope = feature.envelope
    where = "; else ".join(", ".join(choice.channels) for choice in feature.choices)
    if feature.kind == "roi":
        where = f"{feature.roi} by {feature.method} ({feature.head})"
        if feature.least_share is not None:
            where += f", held below {100 * feature.least_share:g} % explained"
    kind = "asymmetry as ratio" if feature.kind == "asymmetry" and feature.form == "ratio" else None
    band = envelope.individual.rule if envelope.individual else band_in_words(envelope.band)
    return (
        f"{kind or feature.kind} of {where}, {band}, filter for a delay of "
        f"{envelope.delay * 1000:g} ms, power averaged over {envelope.smoothing:g} s"
    )


def _band(envelope: EnvelopeSettings, posterior: tuple[str, ...]) -> str:
    fallback, individual = band_in_words(envelope.band), envelope.individual
    if individual is None:
        return fallback
    needed = AlphaSettings().min_channels
    if len(posterior) < needed:
        there = f" ({', '.join(posterior)})" if posterior else ""
        return (
            f"{fallback} throughout: {individual.rule} needs {needed} posterior channels, and "
            f"there are {len(posterior)}{there}"
        )
    return (
        f"{fallback} until the baseline is over; then {individual.rule}, IAF being the individual "
        f"alpha frequency of the baseline at {', '.join(posterior)}; without a clear peak there, "
        f"{fallback} stays"
    )
