"""Fidelity against delay: how well a moment is known, by how long ago it was.

Responsible for what a baseline leads to expect of feedback at each lag that a protocol may choose.
Not responsible for choosing one, nor for drawing the curve.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.feature_map import FeatureMap
from neurofeedback.signal.power.choice import EXPECTED_SECONDS
from neurofeedback.signal.power.fitting import judge_designs
from neurofeedback.signal.power.pooled_fit import Pooled
from neurofeedback.signal.power.prior import Prior
from neurofeedback.signal.power.settings import EnvelopeSettings

LAGS = (0.0, 0.0625, 0.125, 0.1875, 0.25, 0.375, 0.5)  # s
# Standard deviation of r over people: at no lag, where r is `_NOW`, and at least.
PEOPLE, _NOW, LEAST_SPREAD = 0.05, 0.64, 0.02
_INDEPENDENT = 0.75  # windows after which another value of the measure is independent


@dataclass(frozen=True, slots=True)
class FidelityPoint:
    """What is to be expected at one lag.

    Parameters
    ----------
    lag : float
        How long ago the moment is that would be shown, s.
    estimator : str
        The one that would be used.
    r : float
        Expected correlation of what is shown with the measure, seen afterwards, at that moment.
    error : float
        Standard error of r.
    """

    lag: float
    estimator: str
    r: float
    error: float


def fidelity_curve(
    signals: FloatArray,
    bad: NDArray[np.bool_],
    features: FeatureMap,
    signal_of: Sequence[int],
    sfreq: float,
    hop: int,
    pooled: Pooled | None,
    feature: str,
) -> tuple[FidelityPoint, ...]:
    """Return what a baseline leads to expect of one feature at each lag of `LAGS`.

    Parameters
    ----------
    signals, bad, features, signal_of, sfreq, hop, pooled
        As for `fitting.fit_designs`.
    feature : str
        Name of the feature.

    Returns
    -------
    tuple of FidelityPoint
        Where too little is clean to judge it is what others lead to expect; empty without that.
    """
    found = []
    for lag in LAGS:
        lagged = FeatureMap([f.with_lag(lag) for f in features.features], features.kernels)
        judged, chosen = judge_designs(signals, bad, lagged, signal_of, sfreq, hop, pooled)
        estimator, envelope = chosen[feature], lagged.main_columns()[feature][1]
        own = judged.fidelity.get(feature, {}).get(estimator)
        others = None if pooled is None else pooled.prior.expected_at(estimator, envelope)
        if own is None and others is None:
            return ()
        r, error = _expected(own, others, judged.seconds, envelope.window)
        found.append(FidelityPoint(lag, estimator, r, error))
    return tuple(found)


def expected_curve(
    prior: Prior, envelope: EnvelopeSettings, estimator: str, own: float | None, seconds: float
) -> tuple[FidelityPoint, ...]:
    """Return what other people's curve leads to expect of a person who was judged at one lag.

    It takes no time, while samples flow; `fidelity_curve` judges the person at every lag.

    Parameters
    ----------
    prior : Prior
    envelope : EnvelopeSettings
        As the person was judged.
    estimator : str
    own : float or None
        Their r; None where too little was clean to tell.
    seconds : float
        Clean time that was judged, s.

    Returns
    -------
    tuple of FidelityPoint
        Empty where the prior says nothing of it.
    """
    here = prior.expected_at(estimator, envelope)
    if here is None:
        return ()
    ahead = 0.0 if own is None else math.atanh(max(-0.99, min(0.99, own))) - math.atanh(here)
    found = []
    for lag in LAGS:
        others = prior.expected_at(estimator, envelope.model_copy(update={"lag": lag}))
        assert others is not None
        mine = None if own is None else math.tanh(math.atanh(others) + ahead)
        r, error = _expected(mine, others, seconds, envelope.window)
        found.append(FidelityPoint(lag, estimator, r, error))
    return tuple(found)


def _expected(
    own: float | None, others: float | None, seconds: float, window: float
) -> tuple[float, float]:
    """Return r and its error from what was judged of a person and what others lead to expect."""
    r = own or 0.0
    n = seconds / (_INDEPENDENT * window)
    error = (1.0 - r**2) / math.sqrt(max(1.0, n - 3.0))
    if others is None:
        return r, error
    share = 0.0 if own is None else seconds / (seconds + EXPECTED_SECONDS)
    spread = max(LEAST_SPREAD, PEOPLE * (1.0 - others**2) / (1.0 - _NOW**2))
    return share * r + (1.0 - share) * others, math.hypot(share * error, (1.0 - share) * spread)
