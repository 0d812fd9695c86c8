"""What a single feature does on a given montage, in plain words.

Responsible for its delay in parts, its window and noise, its band and its estimator. Not
responsible for the protocol around it (`session.explain.protocol`), nor for printing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from neurofeedback.frames import FeatureDescriptor
from neurofeedback.signal.features import FeatureKind
from neurofeedback.signal.measures.alpha_peaks import AlphaSettings
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.bands import band_in_words
from neurofeedback.signal.power.latency_noise import Figures, figures_of, smoothing_lag
from neurofeedback.signal.power.prior import Prior
from neurofeedback.signal.power.settings import EnvelopeSettings
from neurofeedback.signal.power.starting import starting_design
from neurofeedback.words.message import Message

LONG = 30.0  # s; over as much clean data a block can be judged
_FREQS = np.arange(0.0, 1000.0, 0.05)

ESTIMATORS = {
    "cfir": Message("one analytic filter, then a moving average; needs no baseline"),
    "wiener": Message(
        "an analytic filter designed from the participant's own baseline spectrum, then a moving "
        "average"
    ),
    "posterior": Message(
        "the power expected in a window centred on now, given the past and the participant's own "
        "baseline spectrum"
    ),
    "ridge": Message(
        "a regression on the logarithms of filter outputs, learned from other people, with filters "
        "for the participant's own baseline spectrum"
    ),
    "spatial": Message(
        "the same regression with what all electrodes of the 10-20 system tell, learned from other "
        "people and from the participant"
    ),
    "auto": Message(
        "whichever can be expected to follow the brain best, by the second half of the baseline "
        "and by what other people's recordings showed: analytic filter, Wiener filter, posterior "
        "power or, where they serve, the regressions learned from other people"
    ),
}
# Parts of a delay; the keys of `FeatureExplanation.parts`.
FILTER = Message("filter")
HALF_SMOOTHING = Message("half of the smoothing")
HALF_HOP = Message("half a hop")
DISPLAY = Message("display")
CHOSEN = Message("chosen lag")
ASR = Message("artifact subspace reconstruction")


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
    meaning_of_noise: Message
    hold_after: float
    band: Message
    estimator: Message


def explain_feature(
    descriptor: FeatureDescriptor,
    feature: FeatureKind,
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
    feature : FeatureKind
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
    prior = pipeline.prior_before_fit(feature)
    noise = noise_of(feature, sfreq, pipeline.hop, prior=prior)
    noise_30 = noise_of(feature, sfreq, pipeline.hop, LONG, prior)
    design = starting_design(envelope, "", prior, sfreq, pipeline.hop)
    smoothing = smoothing_lag(design.n_mean, sfreq, pipeline.hop)
    parts: dict[str, float] = {
        FILTER: descriptor.delay - smoothing - envelope.lag,
        HALF_SMOOTHING: smoothing,
        HALF_HOP: frame / 2,
        DISPLAY: display_delay,
    }
    if envelope.lag:
        parts[CHOSEN] = envelope.lag
    if pipeline.look_ahead:
        parts[ASR] = pipeline.look_ahead * frame
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
        meaning_of_noise=feature.meaning_of_noise(noise, noise_30),
        hold_after=(pipeline.settling + pipeline.look_ahead) * frame,
        band=feature.bands_in_words(lambda e: _band(e, pipeline.posterior)),
        estimator=_estimator(envelope, prior),
    )


def _estimator(envelope: EnvelopeSettings, prior: Prior | None) -> Message:
    said = ESTIMATORS[envelope.estimator]
    if envelope.estimator == "cfir":
        return said
    if prior is not None and prior.starts(envelope):
        return Message(
            "{estimator}; without a baseline, posterior power for the mean spectrum of other "
            "people",
            estimator=said,
        )
    return Message("{estimator}; without a baseline, one analytic filter", estimator=said)


# The covariance over 30 s takes half a second, and a protocol is explained at each change of it.
@lru_cache(maxsize=64)
def noise_of(
    feature: FeatureKind,
    sfreq: float,
    hop: int,
    smoothing: float | None = None,
    prior: Prior | None = None,
) -> float:
    """Return the standard deviation of a feature by chance alone, before anything is fitted.

    Taken are independent signals with the spectrum of a person at rest: pink noise with an alpha
    peak at 10 Hz, 1 Hz wide. For power of several channels or sources it is that of one, the most
    it can be.

    Parameters
    ----------
    feature : FeatureKind
        As declared.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    smoothing : float or None
        Length in s of the moving average over power; None for the estimator's own.
    prior : Prior or None
        Whose spectrum serves without a baseline; None for an analytic filter.
    """
    density = 1.0 / np.maximum(_FREQS, 1.0) + np.exp(-((_FREQS - 10.0) ** 2) / 2.0)

    def figures(envelope: EnvelopeSettings) -> Figures:
        design = starting_design(envelope, "", prior, sfreq, hop)
        if smoothing is not None:
            design = replace(design, n_mean=max(1, round(smoothing * sfreq / hop)))
        return figures_of(design, envelope.band, sfreq, hop, (_FREQS, density))

    return feature.chance_noise(figures)


def _band(envelope: EnvelopeSettings, posterior: tuple[str, ...]) -> Message:
    individual = envelope.individual
    if individual is None:
        return band_in_words(envelope.band)
    needed, n = AlphaSettings().min_channels, len(posterior)
    if n < needed:
        there = Message("{n} ({channels})", n=n, channels=", ".join(posterior)) if n else str(n)
        return Message(
            "{band} throughout: {rule} needs {needed} posterior channels, and there are {there}",
            band=band_in_words(envelope.band),
            rule=individual.rule,
            needed=needed,
            there=there,
        )
    return Message(
        "{band} until the baseline is over; then {rule}, IAF being the individual alpha frequency "
        "of the baseline at {channels}; without a clear peak there, {band} stays",
        band=band_in_words(envelope.band),
        rule=individual.rule,
        channels=", ".join(posterior),
    )
