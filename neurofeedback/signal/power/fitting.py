"""Estimators fitted to a baseline: how well each follows it, and which to take.

Responsible for the truth that estimates are judged by, and for choosing and fitting estimators. Not
responsible for their designs (`signal.power.estimators`) nor for spectra (`signal.power.baseline`).

Looking back over a finished baseline may use filters that see the future; nothing computed so goes
to feedback.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from neurofeedback.frames import FloatArray
from neurofeedback.signal.feature_map import FeatureMap
from neurofeedback.signal.power.baseline import (
    block_length,
    block_means,
    bridged,
    clean_within,
    spectrum,
)
from neurofeedback.signal.power.estimators import fitted
from neurofeedback.signal.power.pooled import ColumnDesign, Powers
from neurofeedback.signal.power.pooled_fit import Baseline, Pooled, fit_ridge, fit_spatial
from neurofeedback.signal.power.settings import EnvelopeSettings, Estimator
from neurofeedback.words.message import Message

LEAST_JUDGED_SECONDS = 10.0
CANDIDATES: tuple[Estimator, ...] = ("cfir", "wiener", "posterior")
UNJUDGED: Estimator = "posterior"  # taken by ``auto`` where a baseline is too short to judge
EXPECTED_SECONDS = 120.0  # of judging that what others showed is worth


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
    smoothed = fftconvolve(power, taper[:, None], "same", axes=0)
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
    choice = _Choice(features, signal_of, pooled)
    judged, seconds = _judge(means, bad, choice, sfreq / block, late)
    chosen = {e: choice.choose(e, judged, seconds) for _, e in features.columns}
    averaged = Baseline(means, bad, sfreq / block, *whole, late)
    designs = choice.designs(chosen, averaged, Baseline(signals, bad, sfreq, *whole, 0.0), block)
    reports = tuple(
        FitReport(
            name, chosen[e], judged.get(name, {}), seconds, e.lag or None, choice.note(e, chosen[e])
        )
        for name, (_, e) in features.main_columns().items()
    )
    return Fit(designs, reports, whole)


@dataclass(frozen=True, slots=True)
class Judged:
    """How well estimators followed the second half of a baseline.

    Parameters
    ----------
    fidelity : dict of str to dict of str to float
        r by feature and candidate; empty where too little is clean to tell.
    chosen : dict of str to str
        By feature.
    seconds : float
        Clean time that was judged, s.
    """

    fidelity: dict[str, dict[str, float]]
    chosen: dict[str, Estimator]
    seconds: float


def judge_designs(
    signals: FloatArray,
    bad: NDArray[np.bool_],
    features: FeatureMap,
    signal_of: Sequence[int],
    sfreq: float,
    hop: int,
    pooled: Pooled | None = None,
) -> Judged:
    """Judge the estimators of all features without fitting them to the whole; see `fit_designs`."""
    block = block_length(sfreq, hop, max(e.band[1] for _, e in features.columns))
    choice = _Choice(features, signal_of, pooled)
    judged, seconds = _judge(
        block_means(signals, block), bad, choice, sfreq / block, (block - 1) / 2 / sfreq
    )
    main = features.main_columns()
    chosen = {name: choice.choose(e, judged, seconds) for name, (_, e) in main.items()}
    return Judged(judged, chosen, seconds if judged else 0.0)


class _Choice:
    """Which estimators there are for each envelope, which to take, and their designs."""

    def __init__(
        self, features: FeatureMap, signal_of: Sequence[int], pooled: Pooled | None
    ) -> None:
        self.features, self.signal_of, self._pooled = features, signal_of, pooled

    def candidates(self, envelope: EnvelopeSettings) -> tuple[Estimator, ...]:
        """Return the estimators that serve for an envelope."""
        pooled, found = self._pooled, CANDIDATES
        if pooled is None or not pooled.serves_ridge(self.features, envelope):
            return found
        found = (*found, "ridge")
        if pooled.spatial_prior(self.features, envelope) is None:
            return found
        return (*found, "spatial")

    @property
    def all_candidates(self) -> list[Estimator]:
        """Every estimator that serves for any envelope that asks to choose."""
        found = [c for _, e in self.features.columns for c in self.candidates(e)]
        return list(dict.fromkeys(found))

    def nearest(self, wanted: Estimator, envelope: EnvelopeSettings) -> Estimator:
        """Return an estimator, or the best of the others where it does not serve."""
        there = self.candidates(envelope)
        if wanted in there:
            return wanted
        return "ridge" if wanted == "spatial" and "ridge" in there else UNJUDGED

    def note(self, envelope: EnvelopeSettings, chosen: Estimator) -> Message | None:
        """Say why another estimator than the one asked for is used; None where it is that one."""
        if envelope.estimator in ("auto", chosen):
            return None
        if self._pooled is None:
            return Message(
                "{wanted} was asked for, but nothing that was learned from other people could be "
                "used; {chosen} is used in its place.",
                wanted=envelope.estimator,
                chosen=chosen,
            )
        return Message(
            "{wanted} was asked for, but these channels, band, window or reference are not those "
            "it was learned for; {chosen} is used in its place.",
            wanted=envelope.estimator,
            chosen=chosen,
        )

    def choose(
        self, envelope: EnvelopeSettings, judged: dict[str, dict[str, float]], seconds: float
    ) -> Estimator:
        """Return the estimator for an envelope.

        What other people's recordings lead to expect counts like `EXPECTED_SECONDS` of judging: r
        over a quarter of a minute says little of which of two estimators is better.
        """
        if envelope.estimator != "auto":
            return self.nearest(envelope.estimator, envelope)
        mine = [judged[n] for n in self.features.users_of(envelope) if n in judged]
        there = self.candidates(envelope)
        expected = self._pooled.prior.expected if self._pooled and len(there) > 3 else {}
        if not mine:
            return max(there, key=lambda c: expected.get(c, 0.0)) if expected else UNJUDGED
        share = seconds / (seconds + EXPECTED_SECONDS) if expected else 1.0

        def mean(candidate: Estimator) -> float:
            r = sum(found[candidate] for found in mine) / len(mine)
            own = r if math.isfinite(r) else -1.0
            return share * own + (1.0 - share) * expected.get(candidate, 0.0)

        return max(there, key=mean)

    def designs(
        self,
        chosen: Mapping[EnvelopeSettings, Estimator],
        averaged: Baseline,
        full: Baseline,
        block: int,
    ) -> tuple[ColumnDesign, ...]:
        """Fit the chosen estimators.

        Parameters
        ----------
        chosen : mapping
        averaged : Baseline
            Of means of blocks of samples, for the estimators that know this person alone.
        full : Baseline
            For the others, which take means of blocks of their own.
        block : int
            Samples in a block of `averaged`.
        """
        found: list[ColumnDesign] = []
        spatial: dict[EnvelopeSettings, tuple[ColumnDesign, ColumnDesign]] = {}
        for signal, (channel, e) in zip(self.signal_of, self.features.columns, strict=True):
            if chosen[e] == "spatial":
                if e not in spatial:
                    spatial[e] = self._fit_spatial(e, full)
                    found.append(spatial[e][0])
                else:
                    found.append(spatial[e][1])
            elif chosen[e] == "ridge":
                assert self._pooled is not None
                found.append(fit_ridge(self._pooled, e, channel, signal, full))
            else:
                a = averaged
                design = fitted(chosen[e], e, a.sfreq, a.hop, a.freqs, a.density[:, signal], a.late)
                found.append(replace(design, block=block))
        return tuple(found)

    def _fit_spatial(
        self, envelope: EnvelopeSettings, baseline: Baseline
    ) -> tuple[ColumnDesign, ColumnDesign]:
        assert self._pooled is not None
        other = self._pooled.spatial_prior(self.features, envelope)
        assert other is not None
        mine = [
            (signal, channel)
            for signal, (channel, e) in zip(self.signal_of, self.features.columns, strict=True)
            if e == envelope
        ]
        signals, channels = zip(*mine, strict=True)
        return fit_spatial(self._pooled, other, envelope, channels, signals, baseline)


def _judge(
    signals: FloatArray, bad: NDArray[np.bool_], choice: _Choice, sfreq: float, late: float
) -> tuple[dict[str, dict[str, float]], float]:
    """Fit every candidate on the first half and correlate it with the truth in the second."""
    half, hop = len(bad) // 2, signals.shape[1]
    features = choice.features
    known = spectrum(signals[:half], bad[:half], sfreq)
    longest = max(e.window / 2 + e.lag for _, e in features.columns)
    margin = math.ceil(longest * sfreq / hop)
    if known is None:
        return {}, 0.0
    first = Baseline(signals[:half], bad[:half], sfreq, *known, late)
    nothing_learned = np.ones(len(bad), dtype=bool)
    estimates, support = {}, margin
    for candidate in choice.all_candidates:
        chosen = {e: choice.nearest(candidate, e) for _, e in features.columns}
        columns = zip(choice.signal_of, choice.designs(chosen, first, first, 1), strict=True)
        power = Powers(hop, sfreq, signals.shape[2], list(columns))
        estimates[candidate] = features.values(power.process(signals, 0, nothing_learned))
        support = max(support, power.support)
    usable = clean_within(bad, support + margin, margin)
    usable[:half] = False
    seconds = float(usable.sum()) * hop / sfreq
    if seconds < LEAST_JUDGED_SECONDS:
        return {}, seconds
    bridge = bridged(signals, bad)
    truth = features.values(_true_columns(bridge, features, choice.signal_of, sfreq))
    return {
        name: {
            candidate: correlation(estimates[candidate][usable, at], truth[usable, at])
            for candidate in choice.candidates(e)
        }
        for name, (at, e) in features.main_columns().items()
    }, seconds


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
