"""What time stamps say of the sampling rate and of lost samples.

Responsible for telling a wrong rate from lost samples, and the jitter of a clock from both. Pure:
numbers in, numbers out. Not responsible for counters (`acquisition.counters`), for reading files,
nor for what is said about the result.

A lost packet delays every sample that follows, for good; jitter, and packets that arrive in bursts,
delay some of them, for a moment. So the delay of the *earliest* sample of the coming second is
compared with that of the earliest one of the last second: what all of the coming samples are late
by was lost. A wrong rate delays samples, too, but little by little: between losses, time stamps run
along a line whose slope is the true rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are first used
from numpy.typing import NDArray

from neurofeedback.acquisition.discontinuity import SAMPLES, SHORTEST, missing_before
from neurofeedback.frames import FloatArray

TOLERANCE = 0.01  # by how much a declared rate may differ from the true one
_AHEAD = 1.0  # s
_STRETCH = 0.25  # s, in which the jitter is judged
_JITTERS = 1.2  # as many times the jitter's range must be lost to be seen
_STALL = 5  # samples by which a sender whose clock jitters may be late for good, without a loss
_EXACT = 0.01  # of a sample: jitter that is only the rounding of the time stamps
_FEWEST = 64  # samples that tell a rate
_SHORTEST_RUN = 0.5  # s without a loss from which a slope is taken
_ROUNDS = 4
HIGHEST_RATE = 1e6  # Hz
LOWEST_RATE = 1e-3  # Hz
_LATEST = 1e11  # s, some 3 000 years
_OF_RANGE = 1 / 6  # the uncertainty of a level, of the jitter's range
_CLEARLY = 0.7  # a rate must explain the time stamps so much better than the declared one


@dataclass(frozen=True, slots=True)
class Timing:
    """What is known of a recording's rate and losses.

    Parameters
    ----------
    rate : float
        True sampling rate in Hz; NaN where nothing measures it.
    rate_error : float
        Its standard uncertainty in Hz; not finite where nothing measures it.
    n_lost : float
        Number of samples lost.
    lost_error : float
        Its standard uncertainty.
    n_times : int
        Number of samples that are there.
    """

    rate: float
    rate_error: float
    n_lost: float
    lost_error: float
    n_times: int

    @property
    def share_lost(self) -> float:
        """Share of samples that were lost, 0 to 1."""
        return self.n_lost / (self.n_times + self.n_lost)

    @property
    def share_error(self) -> float:
        """Standard uncertainty of `share_lost`."""
        return self.lost_error * self.n_times / (self.n_times + self.n_lost) ** 2

    def contradicts(self, declared: float) -> bool:
        """Whether the true rate differs from a declared one by more than 1 %, beyond doubt."""
        off = abs(self.rate - declared)
        return off > max(TOLERANCE * declared, 3 * self.rate_error)


@dataclass(frozen=True, slots=True)
class _Line:
    """Time stamps explained: a period, and what was lost before each sample."""

    period: float
    missing: FloatArray
    spread: float
    noise: float


def are_times(timestamps: FloatArray) -> bool:
    """Whether numbers can be time stamps: of a calendar's years, and not all of one moment.

    Parameters
    ----------
    timestamps : ndarray, shape (n_times,)
        In s.
    """
    if not np.isfinite(timestamps).all() or float(np.abs(timestamps).max()) > _LATEST:
        return False
    return bool(np.ptp(timestamps) * HIGHEST_RATE >= len(timestamps) - 1)


def from_timestamps(timestamps: FloatArray, declared: float) -> tuple[FloatArray, Timing]:
    """Tell what is missing before each sample, and the true rate.

    Parameters
    ----------
    timestamps : ndarray, shape (n_times,)
        In s, as the sender gave them: with jitter, in bursts, or exact; see `are_times`.
    declared : float
        Sampling rate that the sender declares, Hz.

    Returns
    -------
    missing : ndarray, shape (n_times,)
        Seconds; whole samples where some were lost, negative where the clock jumped back.
    timing : Timing
    """
    missing, n_times = np.zeros(len(timestamps)), len(timestamps)
    resets = _resets(timestamps, declared)
    missing[resets] = np.diff(timestamps)[resets - 1] - 1 / declared
    edges = [0, *resets.tolist(), n_times]
    parts = [slice(*pair) for pair in zip(edges[:-1], edges[1:], strict=True)]
    lines = [_explained(timestamps[part], declared) for part in parts]
    for part, line in zip(parts, lines, strict=True):
        missing[part.start + 1 : part.stop] = line.missing[1:]
    longest = max(range(len(parts)), key=lambda k: parts[k].stop - parts[k].start)
    period, error = lines[longest].period, _period_error(timestamps[parts[longest]], lines[longest])
    lost = missing[missing > 0] / period
    noise = max(line.noise for line in lines) / period
    timing = Timing(
        rate=float(f"{1 / period:.6g}") if math.isfinite(error) else math.nan,
        rate_error=error / period**2,
        n_lost=float(np.round(lost).sum()),
        lost_error=math.sqrt(len(lost)) * noise * _OF_RANGE if len(lost) else 0.0,
        n_times=n_times,
    )
    return missing, timing


def from_gaps(missing: FloatArray, rate: float, n_times: int) -> Timing:
    """Return what gaps alone say, in seconds, where no clock measures the rate."""
    return Timing(math.nan, math.nan, float(missing[missing > 0].sum() * rate), 0.0, n_times)


def _resets(timestamps: FloatArray, declared: float) -> NDArray[np.intp]:
    """Return where a clock jumped back and stayed there."""
    n_ahead = max(2, round(_AHEAD * declared))
    least = max(SHORTEST, SAMPLES / declared)
    at = (np.flatnonzero(np.diff(timestamps) < -least) + 1).tolist()
    return np.array(
        [i for i in at if timestamps[i : i + n_ahead].max() < timestamps[i - 1] - least
         or timestamps[i : i + n_ahead].min() < timestamps[max(0, i - n_ahead)]],
        dtype=np.intp,
    )  # fmt: skip


def _explained(timestamps: FloatArray, declared: float) -> _Line:
    """Return the line that explains the time stamps best; the declared rate where none is better.

    Each start leads to a rate of its own where it cannot explain the time stamps: the declared
    rate, that of neighbouring samples (losses do not matter), and that of the whole (jitter does
    not).
    """
    n_times = len(timestamps)
    # Where samples come far slower than declared, few of them are a long time.
    slow = n_times >= _FEWEST and timestamps[-1] - timestamps[0] >= 3 * _AHEAD
    long = n_times >= 3 * _AHEAD * declared or slow
    if not long or not np.isfinite(timestamps).all():
        missing = missing_before(timestamps, declared, np.nan)
        return _Line(1 / declared, np.nan_to_num(missing), math.nan, math.nan)
    n_near = max(1, min(round(0.1 * declared), n_times // 8))
    near = float(np.median(timestamps[n_near:] - timestamps[:-n_near])) / n_near
    whole = float(timestamps[-1] - timestamps[0]) / (n_times - 1)
    best = _settled(timestamps, 1 / declared)
    for start in (near, whole):
        if start > 0 and abs(start * declared - 1) > TOLERANCE / 10:
            other = _settled(timestamps, start)
            if other.spread < _CLEARLY * best.spread - 0.01 / declared:
                best = other
    return best


def _settled(timestamps: FloatArray, period: float) -> _Line:
    """Find losses and the slope between them in turns, until neither changes."""
    line = _with_losses(timestamps, period)
    for _ in range(_ROUNDS):
        slope = _slope(timestamps, line)
        if not slope > 0 or abs(slope / line.period - 1) < 1e-9:
            break
        line = _with_losses(timestamps, slope)
    return line


def _with_losses(timestamps: FloatArray, period: float) -> _Line:
    """Find losses, given the period."""
    n_times, n_ahead = len(timestamps), max(2, round(_AHEAD / period))
    late = timestamps - timestamps[0] - np.arange(n_times) * period
    noise = _noise(late, period)
    least = max((0.5 if noise < _EXACT * period else _STALL) * period, _JITTERS * noise)
    # One time stamp that is off does not count.
    middle = scipy.ndimage.median_filter(late, 3, mode="nearest")
    steady = middle.copy()
    ahead = scipy.ndimage.minimum_filter1d(steady, n_ahead, mode="nearest", origin=-(n_ahead // 2))
    missing, total, done = np.zeros(n_times), 0.0, 0
    for i in (np.flatnonzero(np.diff(ahead) > 0.25 * period) + 1).tolist():
        steady[done:i] -= total
        done = i
        surplus = ahead[i] - total - steady[max(0, i - n_ahead) : i].min()
        jump = middle[min(i + 1, n_times - 1)] - middle[max(0, i - 2)]
        if surplus > least and jump > surplus / 2:  # a clock that creeps loses nothing
            missing[i] = max(1, round(surplus / period)) * period
            total += missing[i]
    rest = late - np.cumsum(missing)
    at = np.arange(n_times) - (n_times - 1) / 2
    rest -= rest.mean() + at * (at @ rest) / (at @ at)
    return _Line(period, missing, float(rest.std()), noise)


def _noise(late: FloatArray, period: float) -> float:
    """Return the range of the jitter within a quarter of a second, most losses aside."""
    n_stretch = max(2, round(_STRETCH / period))
    top = scipy.ndimage.maximum_filter1d(late, n_stretch, mode="nearest")[::n_stretch]
    bottom = scipy.ndimage.minimum_filter1d(late, n_stretch, mode="nearest")[::n_stretch]
    return float(np.quantile(top - bottom, 0.25))


def _slope(timestamps: FloatArray, line: _Line) -> float:
    """Return the period along the stretches between losses."""
    edges = [0, *np.flatnonzero(line.missing).tolist(), len(timestamps)]
    along = weight = 0.0
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        if (stop - start) * line.period < _SHORTEST_RUN:
            continue
        x = np.arange(stop - start) - (stop - start - 1) / 2
        along += float(x @ (timestamps[start:stop] - timestamps[start]))
        weight += float(x @ x)
    return along / weight if weight else math.nan


def _period_error(timestamps: FloatArray, line: _Line) -> float:
    """Return the uncertainty of the period: a line through one independent point a second."""
    seconds = len(timestamps) * line.period
    if math.isnan(line.spread):
        return math.inf
    return line.spread * math.sqrt(12 / max(1.0, seconds)) / len(timestamps)
