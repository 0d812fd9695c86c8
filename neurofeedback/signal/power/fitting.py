"""Estimators fitted to a baseline: how well each follows it, and which to take.

Responsible for the truth that estimates are judged by, and for choosing and fitting estimators. Not
responsible for their designs (`signal.power.estimators`) nor for spectra (`signal.power.baseline`).

Looking back over a finished baseline may use filters that see the future; nothing computed so goes
to feedback.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy  # its parts are loaded when they are first used
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.feature_map import FeatureMap
from neurofeedback.signal.power.baseline import (
    block_length,
    block_means,
    bridged,
    clean_within,
    spectrum,
)
from neurofeedback.signal.power.choice import UNJUDGED, Choice, Judged
from neurofeedback.signal.power.evidence import BLOCK_SECONDS, Gain, paired_gain
from neurofeedback.signal.power.pooled_fit import Baseline, Pooled
from neurofeedback.signal.power.powers import ColumnDesign, Powers
from neurofeedback.signal.power.settings import Estimator
from neurofeedback.words.message import Message

LEAST_JUDGED_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FitReport:
    """What was fitted for one feature.

    Parameters
    ----------
    feature : str
        Its name.
    estimator : str
        The estimator in use from now on.
    fidelity : dict of str to float
        For each candidate, fitted on the first half of the baseline, Pearson's r in its second half
        between the feature as it would have been fed back and the feature of the smoothed power as
        seen afterwards; empty where too little was clean to tell.
    judged_seconds : float
        Clean stream time that r was computed from, s.
    lag : float or None
        How long ago, in s, the moment is that is shown; None for now.
    note : Message or None
        Why another estimator is used than the one that was asked for.
    """

    feature: str
    estimator: str
    fidelity: dict[str, float]
    judged_seconds: float
    lag: float | None = None
    note: Message | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types, without what is None."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Fit:
    """What was fitted.

    Parameters
    ----------
    designs : tuple of ColumnDesign
        For each column of power.
    reports : tuple of FitReport
        For each feature.
    density : (ndarray, ndarray)
        Frequencies in Hz, shape (n_freqs,), and one-sided density of the baseline's signals in
        V^2/Hz, shape (n_freqs, n_signals).
    """

    designs: tuple[ColumnDesign, ...]
    reports: tuple[FitReport, ...]
    density: tuple[FloatArray, FloatArray]


def true_power(
    signals: FloatArray,
    band: tuple[float, float],
    window: float,
    sfreq: float,
    lag: float = 0.0,
) -> FloatArray:
    """Return what an estimate of band power is judged by, using past and future.

    Parameters
    ----------
    signals : ndarray, shape (n_hops, hop, n_signals)
        V.
    band : (float, float)
        Hz.
    window : float
        Length in s of the centred Hann window that smooths the power.
    sfreq : float
        Sampling rate in Hz.
    lag : float
        How long before the end of each hop, s.

    Returns
    -------
    ndarray, shape (n_hops, n_signals)
        Power of the band's analytic signal in V^2 at the end of each hop, or `lag` before it.
    """
    n_hops, hop, n_signals = signals.shape
    stream = signals.reshape(-1, n_signals)
    freqs = np.fft.fftfreq(len(stream), 1 / sfreq)
    inside = (freqs >= band[0]) & (freqs <= band[1])
    transformed = np.fft.fft(stream - stream.mean(axis=0), axis=0)
    power = np.abs(np.fft.ifft(2.0 * inside[:, None] * transformed, axis=0)) ** 2
    n = max(1, round(window * sfreq / 2))
    taper = np.hanning(2 * n + 1)
    taper /= taper.sum()
    smoothed = scipy.signal.fftconvolve(power, taper[:, None], "same", axes=0)
    at = np.arange(hop - 1, len(stream), hop) - round(lag * sfreq)
    return np.asarray(smoothed[np.maximum(at, 0)])


def correlation(one: FloatArray, other: FloatArray) -> float:
    """Return Pearson's r of two series, NaN where it is not defined."""
    if one.size < 3 or not (one.std() > 0 and other.std() > 0):
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def fit_designs(
    signals: FloatArray,
    bad: NDArray[np.bool_],
    features: FeatureMap,
    signal_of: Sequence[int],
    sfreq: float,
    hop: int,
    pooled: Pooled | None = None,
) -> Fit | None:
    """Choose and fit the estimators of all features from a baseline.

    Parameters
    ----------
    signals : ndarray, shape (n_hops, hop, n_signals)
        V.
    bad : ndarray of bool, shape (n_hops,)
        Hops that must not count.
    features : FeatureMap
        The features and the columns of power they need.
    signal_of : sequence of int
        The signal of each column.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    pooled : Pooled or None
        What was learned from other people; None for nothing.

    Returns
    -------
    Fit or None
        None where too little is clean to know a spectrum.
    """
    block = block_length(sfreq, hop, max(e.band[1] for _, e in features.columns))
    late = (block - 1) / 2 / sfreq
    means = block_means(signals, block)
    whole = spectrum(means, bad, sfreq / block)
    if whole is None:
        return None
    choice = Choice(features, signal_of, pooled)
    judged = _judge(means, bad, choice, sfreq / block, late)
    chosen = {e: choice.choose(e, judged) for _, e in features.columns}
    averaged = Baseline(means, bad, sfreq / block, *whole, late)
    full = Baseline(signals, bad, sfreq, *whole, 0.0)
    designs = choice.designs(chosen, averaged, full, block, judged)
    reports = tuple(
        FitReport(
            name,
            chosen[e],
            {str(c): r for c, r in judged.fidelity.get(name, {}).items()},
            judged.seconds,
            e.lag or None,
            choice.note(e, chosen[e], judged),
        )
        for name, (_, e) in features.main_columns().items()
    )
    return Fit(designs, reports, whole)


def judge_designs(
    signals: FloatArray,
    bad: NDArray[np.bool_],
    features: FeatureMap,
    signal_of: Sequence[int],
    sfreq: float,
    hop: int,
    pooled: Pooled | None = None,
) -> tuple[Judged, dict[str, Estimator]]:
    """Judge and choose the estimators of all features, and fit none; see `fit_designs`."""
    block = block_length(sfreq, hop, max(e.band[1] for _, e in features.columns))
    choice = Choice(features, signal_of, pooled)
    judged = _judge(
        block_means(signals, block), bad, choice, sfreq / block, (block - 1) / 2 / sfreq
    )
    main = features.main_columns()
    return judged, {name: choice.choose(e, judged) for name, (_, e) in main.items()}


def _judge(
    signals: FloatArray, bad: NDArray[np.bool_], choice: Choice, sfreq: float, late: float
) -> Judged:
    """Fit every candidate on the first half and correlate it with the truth in the second."""
    half, hop = len(bad) // 2, signals.shape[1]
    features = choice.features
    known = spectrum(signals[:half], bad[:half], sfreq)
    longest = max(e.window / 2 + e.lag for _, e in features.columns)
    margin = math.ceil(longest * sfreq / hop)
    if known is None:
        return Judged()
    first = Baseline(signals[:half], bad[:half], sfreq, *known, late)
    all_clean, nothing_learned = np.zeros(len(bad), dtype=bool), np.ones(len(bad), dtype=bool)
    estimates, support = {}, margin
    for candidate in choice.all_candidates:
        chosen = {e: choice.nearest(candidate, e) for _, e in features.columns}
        columns = zip(
            choice.signal_of, choice.designs(chosen, first, first, 1, Judged()), strict=True
        )
        power = Powers(hop, sfreq, signals.shape[2], list(columns))
        estimates[candidate] = features.values(
            power.process(signals, 0, all_clean, nothing_learned)
        )
        support = max(support, power.support)
    usable = clean_within(bad, support + margin, margin)
    usable[:half] = False
    seconds = float(usable.sum()) * hop / sfreq
    if seconds < LEAST_JUDGED_SECONDS:
        return Judged(seconds=seconds)
    bridge = bridged(signals, bad)
    truth = features.values(_true_columns(bridge, features, choice.signal_of, sfreq))
    block_hops = round(BLOCK_SECONDS * sfreq / hop)
    fidelity: dict[str, dict[Estimator, float]] = {}
    gains: dict[str, dict[Estimator, Gain]] = {}
    for name, (at, e) in features.main_columns().items():
        series = {c: estimates[c][usable, at] for c in choice.candidates(e)}
        true = truth[usable, at]
        fidelity[name] = {c: correlation(values, true) for c, values in series.items()}
        simple = series[UNJUDGED]
        gains[name] = {c: paired_gain(v, simple, true, block_hops) for c, v in series.items()}
    return Judged(fidelity, gains, seconds)


def _true_columns(
    signals: FloatArray, features: FeatureMap, signal_of: Sequence[int], sfreq: float
) -> FloatArray:
    return np.concatenate(
        [
            true_power(signals[:, :, [signal]], e.band, e.window, sfreq, e.lag)
            for signal, (_, e) in zip(signal_of, features.columns, strict=True)
        ],
        axis=1,
    )
