"""A classifier that judges which of two twins was in the control arm."""

from __future__ import annotations

import numpy as np

from neurofeedback.frames import FloatArray

_STIFFNESS = 10.0
_N_CHANCE = 200


def auc_of(x: FloatArray) -> float:
    """Return how often ridge regression tells which of two twins was in the control arm.

    Parameters
    ----------
    x : ndarray, shape (n_pairs, 2, n_numbers)
        Control first. The pair that is judged is left out of what is learnt from.
    """
    flat = x.reshape(-1, x.shape[-1])
    spread = flat.std(axis=0)
    z = ((x - flat.mean(axis=0)) / np.where(spread > 0, spread, 1.0))[:, :, spread > 0]
    differences = z[:, 0] - z[:, 1]
    # In the space of the pairs: there may be more numbers than pairs.
    products = differences @ differences.T
    wins = []
    for i in range(len(z)):
        others = np.delete(np.arange(len(z)), i)
        kernel = products[np.ix_(others, others)] + _STIFFNESS * np.eye(len(others))
        found = products[i, others] @ np.linalg.solve(kernel, np.ones(len(others)))
        wins.append(0.5 * (1.0 + np.sign(found)))
    return float(np.mean(wins))


def judge(x: FloatArray, seed: int = 3) -> tuple[float, float]:
    """Return the classifier's AUC, and its standard error where there is nothing to find.

    Parameters
    ----------
    x : ndarray, shape (n_pairs, 2, n_numbers)
        Control first.
    seed : int
        Of the pairs that are swapped for the standard error.
    """
    random = np.random.default_rng(seed)
    chance = []
    for _ in range(_N_CHANCE):
        swap = random.random(len(x)) < 0.5
        chance.append(auc_of(np.where(swap[:, None, None], x[:, ::-1], x)))
    return auc_of(x), float(np.std(chance))
