"""Who gets which arm where factors are to be balanced: minimisation with a biased coin.

Responsible for deciding the arm of each participant from the levels of those before, and for
checking levels. Not responsible for files (`study.folder`).

There is no list of arms that could be sealed before the first participant. What is sealed are the
seeds of the places; the arms follow from these and from the ledger, in the order of arrival. So a
workstation finds an arm with its key, the holder of the unblinding key finds it again, and nobody
else can.

References
----------
Pocock SJ, Simon R (1975), 10.2307/2529712.
Han B, Enas NH, McEntegart D (2009), 10.1002/sim.3710 (unequal ratios).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm

Factors = Mapping[str, Sequence[str]]
Levels = Mapping[str, str]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+.-]{0,31}")
COIN = 0.8  # how often the arm that balances best is taken
_STREAM = 1 << 32  # apart from what the same seed gives to sessions


def check_factors(factors: Factors, strata: Sequence[str]) -> None:
    """Refuse factors that cannot be balanced.

    Raises
    ------
    UserError
        If a name or level is not plain, a factor has fewer than two levels, or there are strata.
    """
    for factor, levels in factors.items():
        names = (factor, *levels)
        if len(set(levels)) < 2 or not all(_NAME.fullmatch(name) for name in names):
            raise UserError(
                "The factor {factor!r} is refused: it needs two or more levels, in letters, digits "
                "and any of _+.-, as in sex=f,m",
                factor=factor[:60],
            )
    if factors and strata:
        raise UserError(
            "A study balances factors or has strata, not both: make the stratum a factor."
        )


def check_levels(factors: Factors, levels: Levels) -> dict[str, str]:
    """Return the level of each factor, in the order of the factors.

    Raises
    ------
    UserError
        If one is missing or unknown.
    """
    for factor, known in factors.items():
        if levels.get(factor) not in known:
            raise UserError(
                "The study balances {factor}: name the participant's level with --level "
                "{factor}=LEVEL, one of {known}.",
                factor=factor,
                known=", ".join(known),
            )
    for factor in levels:
        if factor not in factors:
            raise UserError(
                "The study does not balance {factor!r}; leave out that --level.", factor=factor
            )
    return {factor: levels[factor] for factor in factors}


def minimised(
    seeds: Sequence[int], levels: Sequence[Levels], ratio: Mapping[Arm, int]
) -> list[Arm]:
    """Return the arms of participants in the order of their arrival.

    Parameters
    ----------
    seeds : sequence of int
        Of their places.
    levels : sequence of mapping of str to str
        Of each, the level of each factor.
    ratio : mapping of Arm to int
        See `study.allocation.make_allocation`.
    """
    counts: defaultdict[tuple[str, str], dict[Arm, int]] = defaultdict(
        lambda: dict.fromkeys(ratio, 0)
    )
    arms: list[Arm] = []
    for seed, own in zip(seeds, levels, strict=True):
        with_it = [counts[item] for item in own.items()]
        unbalanced = {arm: _imbalance(with_it, arm, ratio) for arm in ratio}
        arm = _drawn(unbalanced, ratio, np.random.default_rng([seed, _STREAM]))
        for each in with_it:
            each[arm] += 1
        arms.append(arm)
    return arms


def levels_of(entries: Sequence[Mapping[str, Any]]) -> list[Levels]:
    """Return the levels of all participants in a ledger of places, in the order of their places."""
    taken = sorted((e for e in entries if e["what"] == "place"), key=lambda e: int(e["place"]))
    return [e["levels"] for e in taken]


def _imbalance(counts: Sequence[Mapping[Arm, int]], arm: Arm, ratio: Mapping[Arm, int]) -> float:
    """Return how uneven the arms would be among those alike if one more came into an arm."""
    found = 0.0
    for each in counts:
        shares = [(each[other] + (other is arm)) / n for other, n in ratio.items()]
        found += max(shares) - min(shares)
    return found


def _drawn(
    unbalanced: Mapping[Arm, float], ratio: Mapping[Arm, int], random: np.random.Generator
) -> Arm:
    least = min(unbalanced.values())
    best = [arm for arm, found in unbalanced.items() if found - least < 1e-9]
    others = [arm for arm in ratio if arm not in best]
    among = best if not others or random.random() < COIN else others
    weights = np.array([ratio[arm] for arm in among], dtype=float)
    return among[int(random.choice(len(among), p=weights / weights.sum()))]
