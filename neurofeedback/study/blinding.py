"""Whether blinding held: what people believe, against the arm they were in.

Responsible for Bang's index of an arm and James' index of a study, with intervals that also hold
for three people. Not responsible for keeping guesses (`study.guesses`).

With few people the usual intervals, an estimate plus and minus standard errors, are wrong: when all
three guessed right, they say that the index is 1 for certain. Here an interval contains every value
that the answers do not contradict: for Bang's index by inverting an exact test [3] of Tango's score
statistic [4], for James' index over all probabilities of answers that exact intervals leave open
(which is cautious). A sure answer counts as one, a less sure one as part of one, in the index by
confidence.

References
----------
.. [1] Bang H, Ni L, Davis CE (2004), 10.1016/j.cct.2003.10.016.
.. [2] James KE et al. (1996),
   10.1002/(SICI)1097-0258(19960715)15:13<1421::AID-SIM266>3.0.CO;2-H.
.. [3] Chan ISF, Zhang Z (1999), 10.1111/j.0006-341X.1999.01202.x.
.. [4] Tango T (1998), 10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from neurofeedback.frames import FloatArray

ERROR_RATE = 0.05
MOST_EXACT = 60  # answers up to which every possible outcome is gone through
_NUISANCE = 101  # shares of wrong answers tried for each difference
_STEPS = 30  # of a bisection, to 1e-9
_GRID = 9  # values tried of each of James' four probabilities


@dataclass(frozen=True, slots=True)
class BlindingIndex:
    """Bang's index in one arm.

    Parameters
    ----------
    arm : str
    by : str
        Who was asked.
    n : int
        Number of people who answered.
    right, wrong : int
        How many named their arm, and how many another; the rest could not say.
    index : float
        1: all guessed right; 0: as by chance, or nobody knows; -1: all guessed wrong. NaN without
        answers.
    low, high : float
        95 % confidence interval.
    by_confidence : float
        The same with each answer weighted by its confidence; NaN where that was not asked.
    by_confidence_low, by_confidence_high : float
        95 % confidence interval.
    """

    arm: str
    by: str
    n: int
    right: int
    wrong: int
    index: float
    low: float
    high: float
    by_confidence: float = math.nan
    by_confidence_low: float = math.nan
    by_confidence_high: float = math.nan


@dataclass(frozen=True, slots=True)
class StudyBlinding:
    """James' index of a study with two arms.

    Parameters
    ----------
    by : str
        Who was asked.
    n : int
        Number of people who answered, in both arms.
    index : float
        1: blinding is complete, nobody can say; 0.5: as by chance; 0: all guessed right. NaN unless
        both arms have answers.
    low, high : float
        95 % confidence interval, or wider.
    """

    by: str
    n: int
    index: float
    low: float
    high: float


def blinding_index(
    arm: str, by: str, beliefs: Sequence[str], confidence: Sequence[float] | None = None
) -> BlindingIndex:
    """Compute Bang's index of one arm.

    Parameters
    ----------
    arm : str
        The arm that those asked were in.
    by : str
        Who was asked.
    beliefs : sequence of str
        An arm, or ``unknown``, one for each person.
    confidence : sequence of float or None
        How sure each is, 0 to 100.
    """
    n = len(beliefs)
    right = sum(b == arm for b in beliefs)
    wrong = sum(b not in (arm, "unknown") for b in beliefs)
    if not n:
        return BlindingIndex(arm, by, 0, 0, 0, math.nan, math.nan, math.nan)
    low, high = difference_interval(right, wrong, n)
    found = (arm, by, n, right, wrong, (right - wrong) / n, low, high)
    if confidence is None:
        return BlindingIndex(*found)
    signs = [0.0 if b == "unknown" else 1.0 if b == arm else -1.0 for b in beliefs]
    sure = float(np.dot(signs, confidence)) / 100.0
    below, above = (2.0 * p - 1.0 for p in share_interval((n + sure) / 2.0, n))
    return BlindingIndex(*found, sure / n, below, above)


def difference_interval(
    right: int, wrong: int, n: int, error_rate: float = ERROR_RATE
) -> tuple[float, float]:
    """Return the interval of the difference between two shares of the same answers.

    Exact up to `MOST_EXACT` answers, by Tango's score statistic above.

    Parameters
    ----------
    right, wrong, n : int
        Answers of either kind, and all.
    error_rate : float
        Of the interval, in both directions together.
    """

    def too_low(difference: float) -> bool:
        return _tail(right, wrong, n, difference) <= error_rate / 2.0

    def too_high(difference: float) -> bool:
        return _tail(wrong, right, n, -difference) <= error_rate / 2.0

    at = (right - wrong) / n
    return _last(too_low, -1.0, at), _last(too_high, 1.0, at)


def share_interval(successes: float, n: int, error_rate: float = ERROR_RATE) -> tuple[float, float]:
    """Return the exact interval of Clopper and Pearson for a share.

    Parameters
    ----------
    successes : float
        A part of an answer counts in part; the interval is then wider than it needs to be, since no
        number between 0 and 1 scatters more than a yes or no of the same mean.
    n : int
    error_rate : float
    """
    from scipy.special import betaincinv  # late: it takes long to load

    half, failures = error_rate / 2.0, n - successes
    low = float(betaincinv(successes, failures + 1.0, half)) if successes > 0.0 else 0.0
    high = float(betaincinv(successes + 1.0, failures, 1.0 - half)) if failures > 0.0 else 1.0
    return low, high


def study_blinding(by: str, arms: Sequence[Sequence[int]]) -> StudyBlinding:
    """Compute James' index of a study with two arms, with its usual weights.

    Parameters
    ----------
    by : str
        Who was asked.
    arms : sequence of (right, wrong, n)
        Answers in each of the two arms.
    """
    n = sum(total for _, _, total in arms)
    if len(arms) != 2 or not all(total for _, _, total in arms):
        return StudyBlinding(by, n, math.nan, math.nan, math.nan)
    sizes = [total for _, _, total in arms]
    shares = [k / total for right, wrong, total in arms for k in (right, wrong)]
    index = float(_james(np.array([shares]), sizes)[0])
    ranges = []
    for right, wrong, total in arms:
        for k in (right, wrong):
            low, high = share_interval(k, total, ERROR_RATE / 4.0)  # four of them hold together
            ranges.append(np.linspace(low, high, _GRID))
    tried = np.array(list(product(*ranges)))
    tried = tried[(tried[:, 0] + tried[:, 1] <= 1.0) & (tried[:, 2] + tried[:, 3] <= 1.0)]
    found = _james(np.concatenate([tried, [shares]]), sizes)
    return StudyBlinding(by, n, index, float(found.min()), float(found.max()))


def _james(shares: FloatArray, sizes: Sequence[int]) -> FloatArray:
    """Return the index for rows of right, wrong in one arm and right, wrong in the other."""
    weights = np.array(sizes, float) / sum(sizes)
    right = shares[:, 0::2] * weights
    wrong = shares[:, 1::2] * weights
    told = (right + wrong).sum(axis=1)
    in_arm = right + wrong  # who of an arm named one
    named = right + wrong[:, ::-1]  # an arm, by whomever
    with np.errstate(divide="ignore", invalid="ignore"):
        by_chance = (in_arm * named[:, ::-1]).sum(axis=1) / told**2
        kappa = wrong.sum(axis=1) / told / by_chance - 1.0
    kappa = np.where(np.isfinite(kappa), kappa, 0.0)
    return np.asarray((1.0 + (1.0 - told) + told * kappa) / 2.0)


def _last(excluded: Callable[[float], bool], end: float, estimate: float) -> float:
    """Return where, from `end` towards the estimate, values stop being excluded."""
    if not excluded(end):
        return end
    outside, inside = end, estimate
    for _ in range(_STEPS):
        middle = (outside + inside) / 2.0
        if excluded(middle):
            outside = middle
        else:
            inside = middle
    return outside


def _tail(right: int, wrong: int, n: int, difference: float) -> float:
    """Return the largest chance of a statistic as high as this one, if that is the difference."""
    from scipy.special import ndtr

    seen = float(_score(np.array(right), np.array(wrong), n, difference))
    if n > MOST_EXACT:
        return float(1.0 - ndtr(seen))
    rights, wrongs, ways = _outcomes(n)
    as_high = _score(rights, wrongs, n, difference) >= seen - 1e-9
    least, most = max(0.0, -difference), (1.0 - difference) / 2.0
    shares = np.linspace(least, most, _NUISANCE)[:, None]
    return float(_chances(rights, wrongs, ways, n, difference, shares)[:, as_high].sum(1).max())


def _chances(
    rights: FloatArray,
    wrongs: FloatArray,
    ways: FloatArray,
    n: int,
    difference: float,
    shares: FloatArray,
) -> FloatArray:
    from scipy.special import xlogy

    p_right = np.clip(shares + difference, 0.0, 1.0)
    p_rest = np.clip(1.0 - shares - p_right, 0.0, 1.0)
    rest = n - rights - wrongs
    logs = xlogy(rights, p_right) + xlogy(wrongs, shares) + xlogy(rest, p_rest)
    return np.asarray(np.exp(ways + logs))


def _outcomes(n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return all numbers of right and wrong answers, and the logarithm of their ways."""
    from scipy.special import gammaln

    pairs = [(r, w) for r in range(n + 1) for w in range(n + 1 - r)]
    rights, wrongs = np.array(pairs, float).T
    rest = n - rights - wrongs
    ways = gammaln(n + 1) - gammaln(rights + 1) - gammaln(wrongs + 1) - gammaln(rest + 1)
    return rights, wrongs, ways


def _score(right: FloatArray, wrong: FloatArray, n: int, difference: float) -> FloatArray:
    """Return Tango's statistic: 0 where the difference is as seen, positive where more is seen."""
    d = difference
    b = -right - wrong + (2.0 * n - right + wrong) * d
    c = -wrong * d * (1.0 - d)
    share = (np.sqrt(np.maximum(b * b - 8.0 * n * c, 0.0)) - b) / (4.0 * n)
    variance = n * (2.0 * share + d * (1.0 - d))
    beyond = right - wrong - n * d
    with np.errstate(divide="ignore", invalid="ignore"):
        z = beyond / np.sqrt(variance)
    certain = np.where(np.abs(beyond) < 1e-9, 0.0, np.copysign(np.inf, beyond))
    return np.asarray(np.where(variance > 1e-12, z, certain))
