"""A classifier that judges which of two twins was in the control arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.frames import FloatArray

_STIFFNESS = 10.0
_N_CHANCE = 200
_N_SWAPS = 2000


@dataclass(frozen=True)
class Twins:
    """What is seen of pairs of twins, one of each pair in the control arm.

    Parameters
    ----------
    names : list of str
        Of the numbers.
    x : ndarray, shape (n_pairs, 2, n_numbers)
        Control first.
    """

    names: list[str]
    x: FloatArray

    @classmethod
    def of(
        cls, control: Sequence[Mapping[str, float]], real: Sequence[Mapping[str, float]]
    ) -> Twins:
        """Put together the numbers of both arms by their names; 0 where one has none."""
        names = sorted({name for own in (*control, *real) for name in own})
        in_arm = [[[own.get(name, 0.0) for name in names] for own in arm]
                  for arm in (control, real)]  # fmt: skip
        return cls(names, np.array(in_arm).swapaxes(0, 1))


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


def strongest(twins: Twins, seed: int = 4) -> tuple[str, float, float]:
    """Return the one number that tells most twins apart.

    Ridge regression spreads its attention over thousands of numbers; a leak in a single one would
    be lost in it.

    Parameters
    ----------
    twins : Twins
    seed : int
        Of the pairs that are swapped to find how strong the strongest is by chance.

    Returns
    -------
    name : str
    share : float
        Of the pairs in which the control has the larger (or the smaller) number; half of those
        that are equal count.
    p : float
        How often one of the numbers is as strong where there is nothing to find.
    """
    signs = np.sign(twins.x[:, 0] - twins.x[:, 1])
    strength = np.abs(signs.mean(axis=0))
    swaps = np.random.default_rng(seed).choice([-1.0, 1.0], (_N_SWAPS, len(signs)))
    by_chance = np.abs(swaps @ signs).max(axis=1) / len(signs)
    best = int(np.argmax(strength))
    p = (1.0 + float(np.sum(by_chance >= strength[best] - 1e-9))) / (1.0 + _N_SWAPS)
    return twins.names[best], float(0.5 + 0.5 * strength[best]), p
