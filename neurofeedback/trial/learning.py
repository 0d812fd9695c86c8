"""Whether people learned, and whether more so in one arm: numbers for each participant, compared.

Responsible for one number a participant, its uncertainty, and for comparing arms. Not responsible
for a model of all sessions together (`trial.mixed_model`), nor for words (`trial.report`).

Sessions of a person are alike, and blocks of a session more so; a test that counts them as
independent finds effects where there are none. So every outcome is first made one number for each
participant, and arms are compared by participants [1]: by Welch's test, and by giving out the same
arms anew many times, which assumes nothing but the allocation.

The first outcome is the primary one. The others are secondary: their p values are Holm's.

References
----------
.. [1] Matthews JNS, Altman DG, Campbell MJ, Royston P (1990), 10.1136/bmj.300.6719.230.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from neurofeedback.frames import FloatArray
from neurofeedback.report.change_interval import Spread, of_line, of_mean
from neurofeedback.trial.tables import Row, Table

ERROR_RATE = 0.05
LEAST_SESSIONS = 4  # for a line through sessions
LEAST_DOF = 2.0  # below, an interval says no more than that nothing is known
_PERMUTATIONS = 5000
_SEED = 20200101  # of the permutations, so that a report is the same each time
OUTCOMES = ("regulation", "within", "across", "transfer", "baseline")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of one person, with its interval.

    Parameters
    ----------
    value : float
    low, high, dof : float or None
        Interval of `report.change_interval`, 99 %: how sessions go together cannot be told well
        from a few, so that nominal intervals are too narrow. None where there is too little for
        one.
    """

    value: float
    low: float | None = None
    high: float | None = None
    dof: float | None = None


@dataclass(frozen=True, slots=True)
class Learner:
    """What a participant's sessions come to; positive is the direction that is trained.

    Parameters
    ----------
    participant : str
    arm : str or None
    n : int
        Sessions with figures.
    regulation : Estimate or None
        Mean over sessions of the change from baseline to training.
    within : Estimate or None
        Mean over sessions of the slope through training, a minute.
    across : Estimate or None
        Slope through the sessions' training means, a session.
    transfer : Estimate or None
        Mean over sessions of the change from the first to the last transfer block.
    baseline : Estimate or None
        Slope through the sessions' baselines, a session.
    clear : int
        Sessions whose change from baseline to training was clear by itself.
    """

    participant: str
    arm: str | None
    n: int
    regulation: Estimate | None
    within: Estimate | None
    across: Estimate | None
    transfer: Estimate | None
    baseline: Estimate | None
    clear: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms, compared by their participants.

    Parameters
    ----------
    outcome : str
        One of `OUTCOMES`.
    first, second : str
        Arms; the difference is the first minus the second.
    n_first, n_second : int
        Participants.
    difference, low, high : float
        Of the means, with its 95 % interval.
    t, dof, p : float
        Welch's test, both directions.
    p_permuted : float
        Share of allocations of the same sizes that give a statistic as large.
    p_holm : float or None
        Of a secondary outcome, corrected for all of them; None of the primary one.
    g : float
        Hedges' g: the difference in standard deviations of people.
    """

    outcome: str
    first: str
    second: str
    n_first: int
    n_second: int
    difference: float
    low: float
    high: float
    t: float
    dof: float
    p: float
    p_permuted: float
    p_holm: float | None
    g: float


def learners(sessions: Table, direction: str) -> list[Learner]:
    """Return what each participant's sessions come to, in the order of the table.

    Parameters
    ----------
    sessions : Table
        See `trial.columns.SESSIONS`.
    direction : str
        ``up`` or ``down``: which way is trained.
    """
    sign = -1.0 if direction == "down" else 1.0
    by_code: dict[str, list[Row]] = {}
    for row in sessions.rows:
        by_code.setdefault(str(row["participant"]), []).append(row)
    return [_learner(code, rows, sign) for code, rows in by_code.items()]


def _learner(code: str, rows: Sequence[Row], sign: float) -> Learner:
    arm = rows[0].get("arm")
    bound = "change_high" if sign < 0 else "change_low"
    bounds = [_number(row, bound) for row in rows]
    return Learner(
        code,
        None if arm is None else str(arm),
        sum(_number(row, "train_mean") is not None for row in rows),
        mean_of(_values(rows, "change", sign)[1]),
        mean_of(_values(rows, "slope", sign)[1]),
        slope_of(*_values(rows, "train_mean", sign)),
        mean_of(_values(rows, "transfer", sign)[1]),
        slope_of(*_values(rows, "baseline_mean", sign)),
        sum(b is not None and sign * b > 0.0 for b in bounds),
    )


def mean_of(values: FloatArray) -> Estimate | None:
    """Return the mean of values in order; None of none."""
    if not values.size:
        return None
    return _estimate(float(values.mean()), of_mean(values))


def slope_of(numbers: FloatArray, values: FloatArray) -> Estimate | None:
    """Return the slope of the straight line through values; None of fewer than `LEAST_SESSIONS`."""
    if values.size < LEAST_SESSIONS:
        return None
    centred = numbers - numbers.mean()
    slope = float(centred @ values) / float(centred @ centred)
    return _estimate(slope, of_line(numbers, values, LEAST_SESSIONS))


def _estimate(value: float, spread: Spread | None) -> Estimate:
    if spread is None or spread.dof < LEAST_DOF:
        return Estimate(value)
    return Estimate(value, value - spread.half, value + spread.half, spread.dof)


def compare(people: Sequence[Learner], outcomes: Sequence[str] = OUTCOMES) -> list[Comparison]:
    """Compare all pairs of arms in every outcome that enough participants have."""
    found = []
    for outcome in outcomes:
        by_arm = values_by_arm(people, outcome)
        arms = sorted(arm for arm, values in by_arm.items() if values.size >= 2)
        # The control comes second, so that a positive difference favours the real arm.
        arms.sort(key=lambda arm: arm == "control")
        found += [_compared(outcome, a, b, by_arm) for a, b in combinations(arms, 2)]
    return _with_holm([c for c in found if c is not None])


def values_by_arm(people: Sequence[Learner], outcome: str) -> dict[str, FloatArray]:
    """Return an outcome's values by arm; who has none, or no arm, is left out."""
    found: dict[str, list[float]] = {}
    for one in people:
        estimate: Estimate | None = getattr(one, outcome)
        if one.arm is not None and estimate is not None:
            found.setdefault(one.arm, []).append(estimate.value)
    return {arm: np.array(values) for arm, values in found.items()}


def welch(a: FloatArray, b: FloatArray) -> tuple[float, float, float] | None:
    """Return the standard error of a difference of means, its t and dof; None without scatter."""
    va, vb = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
    if not va + vb > 0.0:
        return None
    error = math.sqrt(va + vb)
    dof = (va + vb) ** 2 / (va**2 / (a.size - 1) + vb**2 / (b.size - 1))
    return error, float(a.mean() - b.mean()) / error, float(dof)


def _compared(
    outcome: str, first: str, second: str, by_arm: Mapping[str, FloatArray]
) -> Comparison | None:
    from scipy.special import stdtr, stdtrit  # late: it takes long to load

    a, b = by_arm[first], by_arm[second]
    tested = welch(a, b)
    if tested is None:
        return None
    error, t, dof = tested
    half = float(stdtrit(dof, 1.0 - ERROR_RATE / 2.0)) * error
    difference = float(a.mean() - b.mean())
    pooled = math.sqrt(
        ((a.size - 1) * a.var(ddof=1) + (b.size - 1) * b.var(ddof=1)) / (a.size + b.size - 2)
    )
    small = 1.0 - 3.0 / (4.0 * (a.size + b.size) - 9.0)
    return Comparison(
        outcome, first, second, a.size, b.size,
        difference, difference - half, difference + half,
        t, dof, float(2.0 * stdtr(dof, -abs(t))), _permuted(a, b, abs(t)), None,
        small * difference / pooled,
    )  # fmt: skip


def _permuted(a: FloatArray, b: FloatArray, seen: float) -> float:
    """Return how often arms given out anew give a statistic as large; that seen counts as one."""
    values = np.concatenate([a, b])
    random = np.random.default_rng(_SEED)
    order = np.argsort(random.random((_PERMUTATIONS, values.size)), axis=1)
    first, second = values[order[:, : a.size]], values[order[:, a.size :]]
    variance = first.var(axis=1, ddof=1) / a.size + second.var(axis=1, ddof=1) / b.size
    t = (first.mean(axis=1) - second.mean(axis=1)) / np.sqrt(np.maximum(variance, 1e-300))
    return float((1 + (np.abs(t) >= seen - 1e-12).sum()) / (1 + _PERMUTATIONS))


def _with_holm(found: Sequence[Comparison]) -> list[Comparison]:
    secondary = sorted((c for c in found if c.outcome != OUTCOMES[0]), key=lambda c: c.p)
    least, corrected = 0.0, {}
    for i, one in enumerate(secondary):
        least = max(least, min(1.0, one.p * (len(secondary) - i)))
        corrected[id(one)] = least
    return [replace(c, p_holm=corrected[id(c)]) if id(c) in corrected else c for c in found]


def _values(rows: Sequence[Row], column: str, sign: float) -> tuple[FloatArray, FloatArray]:
    pairs = [(row["session"], _number(row, column)) for row in rows]
    known = [(float(n or 0), v) for n, v in pairs if v is not None]
    numbers = np.array([n for n, _ in known], float)
    return numbers, sign * np.array([v for _, v in known], float)


def _number(row: Row, column: str) -> float | None:
    value = row.get(column)
    return float(value) if isinstance(value, int | float) else None
