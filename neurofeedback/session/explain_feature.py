"""What a single feature does on a given montage, in plain words.

Responsible for its delay in parts, its window, its band and its estimator. Not responsible for the
protocol around it (`session.explain`), nor for printing.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurofeedback.frames import FeatureDescriptor
from neurofeedback.signal.alpha_peaks import AlphaSettings
from neurofeedback.signal.band_settings import band_in_words
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.settings import EnvelopeSettings, Feature

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
        Time in s from the brain to the picture: filter, half the smoothing, half a hop and the
        display.
    parts : dict
        The same in parts, s; the filter's is the delay that it has, not what it was designed for.
    window : float
        Effective averaging window in s.
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
    hold_after: float
    band: str
    estimator: str


def explain_feature(
    descriptor: FeatureDescriptor,
    envelope: EnvelopeSettings,
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
    envelope : EnvelopeSettings
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
    smoothing = (max(1, round(envelope.smoothing / frame)) - 1) / 2 * frame
    parts = {
        "filter": descriptor.delay - smoothing,
        "half of the smoothing": smoothing,
        "half a hop": frame / 2,
        "display": display_delay,
    }
    return FeatureExplanation(
        name=descriptor.name,
        label=descriptor.label,
        unit=descriptor.unit,
        note=descriptor.note,
        trained=trained,
        delay=sum(parts.values()),
        parts=parts,
        window=descriptor.window,
        hold_after=pipeline.support * frame,
        band=_band(envelope, pipeline.posterior),
        estimator=ESTIMATORS[envelope.estimator],
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
