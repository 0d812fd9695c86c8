"""What a baseline teaches: the spectrum of each signal, and how well each estimator follows it.

Responsible for keeping a baseline's signals, for their spectrum from clean stretches, for the
truth that estimates are judged by, and for choosing and fitting estimators. Not responsible for
their designs (`signal.estimators`).

Looking back over a finished baseline may use filters that see the future; nothing computed so goes
to feedback.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve
from scipy.signal.windows import dpss

from neurofeedback.frames import FloatArray
from neurofeedback.signal.envelope import BandPower
from neurofeedback.signal.estimators import PowerDesign, fitted
from neurofeedback.signal.features import FeatureMap
from neurofeedback.signal.settings import EnvelopeSettings, Estimator

LEAST_SEGMENTS = 4
SEGMENT_SECONDS = (4.0, 2.0, 1.0)
N_TAPERS = 3
LEAST_JUDGED_SECONDS = 10.0
CANDIDATES: tuple[Estimator, ...] = ("cfir", "wiener", "posterior")
BLOCKS_IN_A_CYCLE = 24  # of the highest frequency; a mean keeps 99.7 % of it
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
    """Designs for each column of power, and a report for each feature."""

    designs: tuple[PowerDesign, ...]
    reports: tuple[FitReport, ...]


class BaselineStore:
    """Keep the signals of a baseline, hop by hop.

    Parameters
    ----------
    hop : int
        Samples in a hop.
    n_signals : int
        Number of signals.
    """

    def __init__(self, hop: int, n_signals: int) -> None:
        self._hop = hop
        self._n_signals = n_signals
        self.clear()

    def clear(self) -> None:
        """Forget everything; a baseline begins."""
        self._signals: list[FloatArray] = []
        self._bad: list[NDArray[np.bool_]] = []

    def add(self, signals: FloatArray, bad: NDArray[np.bool_]) -> None:
        """Add hops.

        Parameters
        ----------
        signals : ndarray, shape (n_hops, hop, n_signals)
            Finite values, V.
        bad : ndarray of bool, shape (n_hops,)
            Hops that must not count.
        """
        self._signals.append(signals)
        self._bad.append(bad)

    @property
    def signals(self) -> FloatArray:
        """All signals, shape (n_hops, hop, n_signals), V."""
        empty = np.empty((0, self._hop, self._n_signals))
        return np.concatenate([empty, *self._signals])

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Which hops are bad, shape (n_hops,)."""
        return np.concatenate([np.empty(0, dtype=bool), *self._bad])


def clean_within(bad: NDArray[np.bool_], before: int, after: int = 0) -> NDArray[np.bool_]:
    """Say which hops have no bad one among the `before` up to them and the `after` behind them.

    Parameters
    ----------
    bad : ndarray of bool, shape (n_hops,)
    before : int
        Number of hops, the hop itself included; hops before the first count as bad.
    after : int
        Number of hops that follow; hops after the last count as bad.

    Returns
    -------
    ndarray of bool, shape (n_hops,)
    """
    count = np.concatenate(([0], np.cumsum(bad)))
    n = bad.size
    start, stop = np.arange(n) - before + 1, np.arange(n) + 1 + after
    inside = (start >= 0) & (stop <= n)
    return np.asarray(inside & (count[np.minimum(stop, n)] == count[np.maximum(start, 0)]))


def spectrum(
    signals: FloatArray, bad: NDArray[np.bool_], sfreq: float
) -> tuple[FloatArray, FloatArray] | None:
    """Estimate power density from clean stretches: multitaper, half overlapping, mean removed.

    Three orthogonal tapers see the same half minute as three looks at it. From so little data a
    single taper (Welch's estimate) gives peaks and holes that are chance, and filters designed
    from them fail on what follows.

    Parameters
    ----------
    signals : ndarray, shape (n_hops, hop, n_signals)
        V.
    bad : ndarray of bool, shape (n_hops,)
        Hops to leave out.
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    (freqs, density) or None
        Frequencies in Hz, shape (n_freqs,), and one-sided density in V^2/Hz, shape (n_freqs,
        n_signals); windows of 4 s, or of 2 or 1 s where fewer than 4 clean ones are found. None
        where there are not even 4 clean windows of 1 s.
    """
    n_hops, hop, n_signals = signals.shape
    stream = signals.reshape(-1, n_signals)
    usable = np.repeat(~bad, hop)
    for seconds in SEGMENT_SECONDS:
        n = round(seconds * sfreq)
        starts = np.arange(0, max(0, len(stream) - n + 1), max(1, n // 2))
        starts = starts[[bool(usable[s : s + n].all()) for s in starts]] if starts.size else starts
        if starts.size >= LEAST_SEGMENTS:
            break
    else:
        return None
    tapers = dpss(n, (N_TAPERS + 1) / 2, N_TAPERS)  # each of energy 1
    density = np.zeros((n // 2 + 1, n_signals))
    for start in starts:
        segment = stream[start : start + n]
        for taper in tapers:
            seen = np.fft.rfft((segment - segment.mean(axis=0)) * taper[:, None], axis=0)
            density += np.abs(seen) ** 2
    density *= 2.0 / (sfreq * N_TAPERS * starts.size)
    density[0] = density[1]  # the mean was removed, but drift and offset were there
    floor = 1e-6 * density.max(axis=0, initial=1e-30)
    freqs = np.asarray(np.arange(n // 2 + 1) * (sfreq / n), dtype=np.float64)
    return freqs, np.asarray(np.maximum(density, floor), dtype=np.float64)


def bridged(signals: FloatArray, bad: NDArray[np.bool_]) -> FloatArray:
    """Return signals without their bad hops and without the steps in offset across them.

    A filter that looks both ways would spread what is bad over clean seconds. Each run of bad hops
    is replaced by the level of the clean hop before it, and what follows is shifted to that level.

    Parameters
    ----------
    signals : ndarray, shape (n_hops, hop, n_signals)
        V.
    bad : ndarray of bool, shape (n_hops,)

    Returns
    -------
    ndarray, shape (n_hops, hop, n_signals)
        A copy.
    """
    bridge = signals.copy()
    edges = np.flatnonzero(np.diff(np.concatenate(([False], bad, [False])).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2):
        after = bridge[stop].mean(axis=0) if stop < len(bridge) else 0.0
        before = bridge[start - 1].mean(axis=0) if start else after
        bridge[start:stop] = before
        bridge[stop:] -= after - before
    return bridge


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
    return np.asarray(fftconvolve(power, taper[:, None], "same", axes=0)[hop - 1 :: hop])


def correlation(one: FloatArray, other: FloatArray) -> float:
    """Return Pearson's r of two series, NaN where it is not defined."""
    if one.size < 3 or not (one.std() > 0 and other.std() > 0):
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def block_length(sfreq: float, hop: int, highest: float) -> int:
    """Return the samples in a block: the most that divide a hop and leave a fast enough rate."""
    most = max(1, int(sfreq / (BLOCKS_IN_A_CYCLE * highest)))
    return max(n for n in range(1, min(most, hop) + 1) if hop % n == 0)


def block_means(signals: FloatArray, block: int) -> FloatArray:
    """Return the means of blocks of samples.

    Parameters
    ----------
    signals : ndarray, shape (n_hops, hop, n_signals)
        V.
    block : int
        Samples in a block, a divisor of `hop`.

    Returns
    -------
    ndarray, shape (n_hops, hop / block, n_signals)
    """
    n_hops, hop, n_signals = signals.shape
    return np.asarray(signals.reshape(n_hops, hop // block, block, n_signals).mean(axis=2))


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
    chosen = {e: _choose(e, main, judged) for _, e in features.columns}
    designs = tuple(
        fitted(chosen[e], e, sfreq, hop, whole[0], whole[1][:, signal], late).for_samples(block)
        for signal, (_, e) in zip(signal_of, features.columns, strict=True)
    )
    reports = tuple(
        FitReport(name, chosen[e], judged.get(name, {}), seconds) for name, (_, e) in main.items()
    )
    return Fit(designs, reports)


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
    envelope: EnvelopeSettings,
    main: dict[str, tuple[int, EnvelopeSettings]],
    judged: dict[str, dict[str, float]],
) -> Estimator:
    if envelope.estimator != "auto":
        return envelope.estimator
    mine = [judged[name] for name, (_, e) in main.items() if e == envelope and name in judged]
    if not mine:
        return UNJUDGED

    def mean(candidate: Estimator) -> float:
        r = sum(found[candidate] for found in mine) / len(mine)
        return r if math.isfinite(r) else -1.0

    return max(CANDIDATES, key=mean)
