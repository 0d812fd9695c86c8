"""Fitting the estimators that use what was learned from other people to a baseline.

Responsible for saying where they serve and for their designs. Not responsible for judging them
beside others (`signal.power.fitting`) nor for running them (`signal.power.pooled`,
`signal.power.spatial_power`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.feature_map import FeatureMap
from neurofeedback.signal.power.baseline import clean_within
from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.estimators import PowerDesign, band_power, fitted
from neurofeedback.signal.power.evidence import Trial
from neurofeedback.signal.power.pooled import RidgePower
from neurofeedback.signal.power.powers import ColumnDesign
from neurofeedback.signal.power.prior import Prior, SpatialPrior
from neurofeedback.signal.power.ridge import RidgeDesign, ridge_design
from neurofeedback.signal.power.settings import Adapt, EnvelopeSettings, Estimator
from neurofeedback.signal.power.spatial import (
    EVERY,
    SpatialWeights,
    channel_filters,
    rows_of,
    target_filters,
)
from neurofeedback.signal.power.spatial_design import SpatialDesign, SpatialSide
from neurofeedback.signal.power.spatial_power import SpatialPower
from neurofeedback.signal.power.stack import Stack


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """What was learned from other people, and what a montage has to use it with.

    Parameters
    ----------
    prior : Prior
    channels : tuple of str
        Channels of the 10-20 system at the average reference; none where they do not serve.
    signals : tuple of int
        Their signals.
    adapt : {'never', 'between-rounds', 'always'}
        What an envelope means that does not say it.
    """

    prior: Prior
    channels: tuple[str, ...]
    signals: tuple[int, ...]
    adapt: Adapt

    def serves_ridge(self, features: FeatureMap, envelope: EnvelopeSettings) -> bool:
        """Whether all that is made of an envelope are asymmetries that `ridge` is for."""
        users = [f for f in features.features if envelope in f.envelopes.values()]
        return self.prior.serves(envelope) and all(f.sides[1] for f in users)

    def spatial_prior(
        self, features: FeatureMap, envelope: EnvelopeSettings
    ) -> SpatialPrior | None:
        """Return what all channels tell of an envelope's pair; None where they do not serve."""
        pair = self.pair(features, envelope)
        if not self.channels or pair is None or not self.serves_ridge(features, envelope):
            return None
        return self.prior.spatial_for(envelope, pair)

    def pair(self, features: FeatureMap, envelope: EnvelopeSettings) -> tuple[str, str] | None:
        """Return the only two channels that an envelope is of; None where there are more."""
        channels = [signal for signal, other in features.columns if other == envelope]
        return (channels[0], channels[1]) if len(channels) == 2 else None


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """A baseline that designs are fitted to.

    Parameters
    ----------
    signals : ndarray, shape (n_hops, hop, n_signals)
        V.
    bad : ndarray of bool, shape (n_hops,)
    sfreq : float
        Hz.
    freqs : ndarray, shape (n_freqs,)
    density : ndarray, shape (n_freqs, n_signals)
        One-sided, V^2/Hz.
    late : float
        How late the samples are already, s.
    """

    signals: FloatArray
    bad: NDArray[np.bool_]
    sfreq: float
    freqs: FloatArray
    density: FloatArray
    late: float

    @property
    def hop(self) -> int:
        """Samples in a hop."""
        return int(self.signals.shape[1])

    def design(
        self, estimator: Estimator, envelope: EnvelopeSettings, signal: int, block: int = 1
    ) -> PowerDesign:
        """Design an estimator that knows this person alone, for means of blocks of samples."""
        density = self.density[:, signal]
        design = fitted(estimator, envelope, self.sfreq, self.hop, self.freqs, density, self.late)
        return replace(design, block=block)


@dataclass(frozen=True, slots=True, eq=False)
class Brief:
    """Posterior power, which needs fewer samples, to stand in after a bad hop.

    Parameters
    ----------
    design : PowerDesign
    log : ndarray, shape (n_hops,)
        Logarithm of its values over the baseline; ln V^2.
    """

    design: PowerDesign
    log: FloatArray


def fit_brief(envelope: EnvelopeSettings, signal: int, averaged: Baseline, block: int) -> Brief:
    """Fit what stands in after a bad hop; `averaged` has means of blocks of samples."""
    design = averaged.design("posterior", envelope, signal)
    power = BandPower(averaged.hop, 1, [(0, design)])
    values = power.process(averaged.signals[:, :, [signal]])[:, 0]
    return Brief(replace(design, block=block), np.log(values))


def fit_ridge(
    pooled: Pooled,
    envelope: EnvelopeSettings,
    channel: str,
    signal: int,
    baseline: Baseline,
    brief: Brief,
) -> RidgeDesign:
    """Fit a ridge estimator: its mean over the baseline is that of what is brief."""
    design = replace(_ridge(pooled.prior, envelope, channel, signal, baseline), brief=brief.design)
    columns = RidgePower(baseline.hop, [signal], [design]).columns(baseline.signals)
    usable = clean_within(baseline.bad, design.support(baseline.hop))
    return _equal_mean(design, columns[usable, 0], brief.log[usable])


def fit_spatial(
    pooled: Pooled,
    other: SpatialPrior,
    envelope: EnvelopeSettings,
    channels: Sequence[str],
    signals: Sequence[int],
    baseline: Baseline,
    briefs: Sequence[Brief],
    simpler: Estimator,
) -> tuple[ColumnDesign, ColumnDesign]:
    """Fit a spatial estimator to a pair; the means over the baseline are as for `fit_ridge`.

    `simpler` is what is shown where all electrodes are not trusted: ``ridge`` or ``posterior``.
    """
    prior, sfreq, hop = pooled.prior, baseline.sfreq, baseline.hop
    freqs, density = baseline.freqs, baseline.density
    before = [
        fit_ridge(pooled, envelope, channel, signal, baseline, brief)
        for channel, signal, brief in zip(channels, signals, briefs, strict=True)
    ]
    own = [float(np.log(band_power(freqs, density[:, i], prior.band))) for i in signals]
    left, right = (
        replace(ridge, weights=other.ridge, constant=constant)
        for ridge, constant in zip(before, own, strict=True)
    )
    taps = [
        channel_filters(prior, envelope, name, sfreq, hop, freqs, density[:, signal], baseline.late)
        for name, signal in zip(pooled.channels, pooled.signals, strict=True)
    ]
    scales = [math.exp(constant / 2.0) for constant in own]
    design = SpatialDesign(
        (left, right),
        np.array(pooled.signals),
        np.stack(taps),
        target_filters(envelope, sfreq, hop, baseline.late),
        (scales[0], scales[1]),
        SpatialWeights(other, rows_of(prior, pooled.channels), EVERY * hop / sfreq),
        Trial(
            EVERY * hop / sfreq,
            prior.expected_gain("spatial", simpler, envelope),
            sure=other.stack is None,
        ),
        envelope.adapt or pooled.adapt,
        (before[0], before[1]) if simpler == "ridge" else None,
        None if other.stack is None else Stack(other.stack, EVERY * hop / sfreq),
    )
    power = SpatialPower(hop, sfreq, signals, design, learns=False)
    log = np.stack([b.log for b in briefs], axis=1)
    power.learn(baseline.signals, baseline.bad, log)
    columns = power.columns(baseline.signals, 0, baseline.bad)
    usable = clean_within(baseline.bad, design.support(hop))
    if design.stack is not None:
        beside = np.concatenate([columns, (log - own)[..., None]], axis=-1)
        design.stack.centre(beside[usable])
        return SpatialSide(design, 0), SpatialSide(design, 1)
    left, right = (
        _equal_mean(side, columns[usable, i], brief.log[usable])
        for i, (side, brief) in enumerate(zip(design.sides, briefs, strict=True))
    )
    design = replace(design, sides=(left, right))
    return SpatialSide(design, 0), SpatialSide(design, 1)


def _ridge(
    prior: Prior, envelope: EnvelopeSettings, channel: str, signal: int, baseline: Baseline
) -> RidgeDesign:
    return ridge_design(
        prior,
        envelope,
        channel,
        baseline.sfreq,
        baseline.hop,
        baseline.freqs,
        baseline.density[:, signal],
        baseline.late,
    )


def _equal_mean(design: RidgeDesign, columns: FloatArray, log: FloatArray) -> RidgeDesign:
    """Return a design whose values have the mean of others; `columns` and `log` of a baseline."""
    if not len(columns):
        return design
    return replace(design, constant=float((log - columns @ design.weights).mean()))
