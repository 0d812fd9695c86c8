"""By how much one estimator follows the brain better than another, and whether to believe it.

Responsible for the paired difference of two correlations with its error, and for weighing it with
what other people's recordings lead to expect. Not responsible for what is compared
(`signal.power.fitting`, `signal.power.spatial_power`).

Differences are of Fisher's z = artanh r: alike at any lag, whatever r is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurofeedback.frames import FloatArray

BLOCK_SECONDS = 2.0
LEAST_BLOCKS = 5
TRIAL_SECONDS = 240.0
# SD over people of how much `spatial` gained, of those that it was learned from (.025 of r).
SPREAD = 0.042
_MOST = 0.999


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much one estimator is better than another.

    Parameters
    ----------
    mean : float
        Difference of Fisher's z.
    error : float
        Its standard error; infinite where nothing is known.
    """

    mean: float = 0.0
    error: float = math.inf

    def is_sure(self, expected: float) -> bool:
        """Whether the difference is larger than its own standard deviation; see `weighed`."""
        weighed = self.weighed(expected)
        return weighed.mean > weighed.error

    def weighed(self, expected: float) -> Gain:
        """Return it weighed with what others lead to expect, by precision."""
        own, others = 1.0 / self.error**2, 1.0 / SPREAD**2
        mean = (own * self.mean + others * expected) / (own + others)
        return Gain(mean, 1.0 / math.sqrt(own + others))


def paired_gain(one: FloatArray, other: FloatArray, truth: FloatArray, block: int) -> Gain:
    """Compare two series with a third.

    Parameters
    ----------
    one, other, truth : ndarray, shape (n,)
    block : int
        Length of the blocks that are left out in turn; what is nearer depends on one another.

    Returns
    -------
    Gain
        Of `one` over `other`, by the jackknife; nothing known for less than `LEAST_BLOCKS` blocks.
    """
    n = len(truth) // block
    if n < LEAST_BLOCKS:
        return Gain()
    series = np.stack([one, other, truth])[:, -n * block :]
    series = series - series.mean(axis=1, keepdims=True)
    parts = series.reshape(3, n, block)
    products = np.einsum("ikb,jkb->kij", parts, parts)
    sums = parts.sum(axis=2).T
    without = products.sum(axis=0) - products, sums.sum(axis=0) - sums
    d = _differences(*without, (n - 1) * block)
    if not np.isfinite(d).all():
        return Gain()
    whole = float(_differences(products.sum(axis=0)[None], sums.sum(axis=0)[None], n * block)[0])
    error = math.sqrt((n - 1) / n * float(((d - d.mean()) ** 2).sum()))
    return Gain(whole, max(error, 1e-9))


def _differences(products: FloatArray, sums: FloatArray, n: int) -> FloatArray:
    """Return differences of z from sums of products (k, 3, 3) and of values (k, 3)."""
    moments = products - sums[:, :, None] * sums[:, None, :] / n
    size = np.sqrt(np.maximum(np.einsum("kii->ki", moments), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        r = moments[:, :2, 2] / (size[:, :2] * size[:, 2:])
    z = np.arctanh(np.clip(r, -_MOST, _MOST))
    return np.asarray(z[:, 0] - z[:, 1])


class Trial:
    """Two estimators side by side, over the last `TRIAL_SECONDS` whose truth is known.

    Parameters
    ----------
    step : float
        Time in s from one moment to the next.
    expected : float
        By how much others lead to expect the one to be better, of Fisher's z.
    sure : bool
        Whether the one must surely be better; otherwise it need only be expected to be.
    """

    def __init__(self, step: float, expected: float, *, sure: bool = True) -> None:
        self._sure = sure
        self._block, self._expected = max(1, round(BLOCK_SECONDS / step)), expected
        self._moments = np.zeros((round(TRIAL_SECONDS / step), 3))
        self._n = 0

    def add(self, values: tuple[float, float, float]) -> None:
        """Add one moment: the one's value, the other's, the truth."""
        self._moments[self._n % len(self._moments)] = values
        self._n += 1

    @property
    def gain(self) -> Gain:
        """By how much the one is better than the other, so far."""
        size = len(self._moments)
        latest = np.roll(self._moments, -self._n, axis=0) if self._n > size else self._moments
        one, other, truth = latest[: min(self._n, size)].T
        return paired_gain(one, other, truth, self._block)

    @property
    def is_won(self) -> bool:
        """Whether the one is better, as surely as it must be."""
        if self._sure:
            return self.gain.is_sure(self._expected)
        return self.gain.weighed(self._expected).mean > 0.0
