"""Estimators fitted to a baseline: how well each follows it, and which to take.

Responsible for the truth that estimates are judged by, and for choosing and fitting estimators. Not
responsible for their designs (`signal.power.estimators`) nor for spectra (`signal.power.baseline`).

Looking back over a finished baseline may use filters that see the future; nothing computed so goes
to feedback.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.estimators import PowerDesign, fitted
from neurofeedback.signal.power.settings import EnvelopeSettings, Estimator

LEAST_JUDGED_SECONDS = 10.0
CANDIDATES: tuple[Estimator, ...] = ("cfir", "wiener", "posterior")
UNJUDGED: Estimator = "posterior"  # taken by ``auto`` where a baseline is too short to judge


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
    """

    feature: str
    estimator: str
    fidelity: dict[str, float]
    judged_seconds: float


@dataclass(frozen=True, slots=True)
class Fit:
    """What was fitted.

    Parameters
    ----------
    designs : tuple of PowerDesign
        For each column of power.
    reports : tuple of FitReport
        For each feature.
    density : (ndarray, ndarray)
        Frequencies in Hz, shape (n_freqs,), and one-sided density of the baseline's signals in
        V^2/Hz, shape (n_freqs, n_signals).
    """

    designs: tuple[PowerDesign, ...]
    reports: tuple[FitReport, ...]
    density: tuple[FloatArray, FloatArray]


def true_power(
    signals: FloatArray, band: tuple[float, float], window: float, sfreq: float
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

    Returns
    -------
    ndarray, shape (n_hops, n_signals)
        Power of the band's analytic signal in V^2 at the end of each hop.
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
    smooth = scipy.signal.fftconvolve(power, taper[:, None], "same", axes=0)
    return np.asarray(smooth[hop - 1 :: hop])


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

    Returns
    -------
    Fit or None
        None where too little is clean to know a spectrum.
    """
    block = block_length(sfreq, hop, max(e.band[1] for _, e in features.columns))
    late = (block - 1) / 2 / sfreq
    signals, sfreq, hop = block_means(signals, block), sfreq / block, hop // block
    whole = spectrum(signals, bad, sfreq)
    if whole is None:
        return None
    judged, seconds = _judge(signals, bad, features, signal_of, sfreq, hop, late)
    main = features.main_columns()
    chosen = {e: _choose(e, features.users_of(e), judged) for _, e in features.columns}
    designs = tuple(
        replace(fitted(chosen[e], e, sfreq, hop, whole[0], whole[1][:, signal], late), block=block)
        for signal, (_, e) in zip(signal_of, features.columns, strict=True)
    )
    reports = tuple(
        FitReport(name, chosen[e], judged.get(name, {}), seconds) for name, (_, e) in main.items()
    )
    return Fit(designs, reports, whole)


def _judge(
    signals: FloatArray,
    bad: NDArray[np.bool_],
    features: FeatureMap,
    signal_of: Sequence[int],
    sfreq: float,
    hop: int,
    late: float,
) -> tuple[dict[str, dict[str, float]], float]:
    """Fit every candidate on the first half and correlate it with the truth in the second."""
    half = len(bad) // 2
    known = spectrum(signals[:half], bad[:half], sfreq)
    longest = max(e.window for _, e in features.columns)
    margin = math.ceil(longest / 2 * sfreq / hop)
    if known is None:
        return {}, 0.0
    estimates, support = {}, margin
    for candidate in CANDIDATES:
        columns = [
            (signal, fitted(candidate, e, sfreq, hop, known[0], known[1][:, signal], late))
            for signal, (_, e) in zip(signal_of, features.columns, strict=True)
        ]
        power = BandPower(hop, signals.shape[2], columns)
        estimates[candidate] = features.values(power.process(signals))
        support = max(support, power.support)
    usable = clean_within(bad, support + margin, margin)
    usable[:half] = False
    seconds = float(usable.sum()) * hop / sfreq
    if seconds < LEAST_JUDGED_SECONDS:
        return {}, seconds
    truth = features.values(_true_columns(bridged(signals, bad), features, signal_of, sfreq))
    return {
        name: {
            candidate: correlation(values[usable, at], truth[usable, at])
            for candidate, values in estimates.items()
        }
        for name, (at, _) in features.main_columns().items()
    }, seconds


def _true_columns(
    signals: FloatArray, features: FeatureMap, signal_of: Sequence[int], sfreq: float
) -> FloatArray:
    return np.concatenate(
        [
            true_power(signals[:, :, [signal]], e.band, e.window, sfreq)
            for signal, (_, e) in zip(signal_of, features.columns, strict=True)
        ],
        axis=1,
    )


def _choose(
    envelope: EnvelopeSettings, users: Sequence[str], judged: dict[str, dict[str, float]]
) -> Estimator:
    if envelope.estimator != "auto":
        return envelope.estimator
    mine = [judged[name] for name in users if name in judged]
    if not mine:
        return UNJUDGED

    def mean(candidate: Estimator) -> float:
        r = sum(found[candidate] for found in mine) / len(mine)
        return r if math.isfinite(r) else -1.0

    return max(CANDIDATES, key=mean)
