"""How much all electrodes count beside posterior power: as others have it, then as this person's.

Responsible for the weights of the columns of a pair and of posterior power, and for learning them.
Not responsible for the columns (`signal.power.ridge`, `signal.power.spatial`) nor for when what was
learned is taken up (`signal.power.spatial_power`).

Posterior power is one column more, the last. With x the columns of the right minus those of the
left and y the true difference, both without their means, the weights are least squares of this
person with others as the prior,

    w = (T0 G0 + sum x x' dt / var y)^-1 (T0 G0 w0 + sum x y dt / var y)

so that somebody whom the electrodes tell nothing comes back to posterior power by degrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are first used

from neurofeedback.frames import FloatArray

PRIOR_SECONDS = 240.0  # s of this person's data that others' weights are worth
LEAST_MOMENTS = 100  # from which on anything is learned of a person
_TOGETHER = 8  # moments


@dataclass(frozen=True, slots=True, eq=False)
class StackPrior:
    """What others showed of the columns.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        w0; posterior power last.
    gram : ndarray, shape (n, n)
        G0: mean products of the columns' differences, as shares of the truth's variance.
    """

    weights: FloatArray
    gram: FloatArray


class Stack:
    """Weights of all columns of a pair, which go on learning.

    Parameters
    ----------
    prior : StackPrior
    step : float
        Time in s from one moment that is learned from to the next.

    Attributes
    ----------
    weights : ndarray, shape (2, n, 1)
        Those in use: the same for both sides.
    constants : ndarray, shape (2,)
        What is added so that the mean is that of posterior power where columns have their `centre`.
    """

    def __init__(self, prior: StackPrior, step: float) -> None:
        n = prior.weights.size
        self._gram, self._step = PRIOR_SECONDS * prior.gram, step
        self._cross = self._gram @ prior.weights
        self._n, self._sums = 0, np.zeros(n + 1)
        self._products = np.zeros((n + 1, n + 1))
        self._waiting: list[FloatArray] = []
        self._centre = np.zeros((2, n))
        self._use(prior.weights)

    def _use(self, weights: FloatArray) -> None:
        self.weights = np.ascontiguousarray(np.stack([weights, weights])[:, :, None])
        self.constants = self._centre[:, -1] - self._centre @ weights

    def centre(self, columns: FloatArray) -> None:
        """Have the mean of posterior power over a baseline; columns of shape (n_hops, 2, n)."""
        if len(columns):
            self._centre = columns.mean(axis=0)
            self._use(self.weights[0, :, 0])

    def add(self, columns: FloatArray, truth: float) -> None:
        """Learn from one moment: its columns, shape (2, n), and the true difference."""
        self._waiting.append(np.append(columns[1] - columns[0], truth))
        if len(self._waiting) == _TOGETHER:
            self._add_waiting()

    def _add_waiting(self) -> None:
        """Add moments several at a time, which takes a fraction of the time."""
        if self._waiting:
            moments = np.stack(self._waiting)
            self._n += len(moments)
            self._sums += moments.sum(axis=0)
            self._products += moments.T @ moments
            self._waiting.clear()

    def take_up(self) -> None:
        """Use what was learned from now on."""
        self._add_waiting()
        if self._n < LEAST_MOMENTS:
            return
        centred = self._products - np.outer(self._sums, self._sums) / self._n
        scaled = self._step * self._n / max(float(centred[-1, -1]), 1e-12) * centred
        factor = scipy.linalg.cho_factor(self._gram + scaled[:-1, :-1], check_finite=False)
        cross = self._cross + scaled[:-1, -1]
        self._use(scipy.linalg.cho_solve(factor, cross, check_finite=False))
