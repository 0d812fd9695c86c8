"""A linear mixed model of all sessions, with what it assumes and how far that holds.

Responsible for fitting it with statsmodels, which is not installed by itself, and for checks of its
assumptions. Not responsible for the comparison that the report rests on (`trial.learning`).

The change from baseline to training of a session is modelled by session, arm and both together,
with an intercept, and if that can be fitted a slope, for each participant.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.trial.tables import Table
from neurofeedback.words.message import Message

LEAST_PEOPLE = 5  # in each arm
LEAST_SESSIONS = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """A fixed effect.

    Parameters
    ----------
    name : str
    value, low, high, p : float
        With its 95 % interval, by the normal distribution.
    """

    name: str
    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class MixedModel:
    """A fitted model.

    Parameters
    ----------
    formula : str
    n_people, n_sessions : int
    effects : tuple of Effect
    assumptions : tuple of Message
        What the model takes for granted, and what the data say of it; a sentence each.
    """

    formula: str
    n_people: int
    n_sessions: int
    effects: tuple[Effect, ...]
    assumptions: tuple[Message, ...]


def mixed_model(sessions: Table, direction: str) -> MixedModel:
    """Fit the model to the sessions of two arms.

    Parameters
    ----------
    sessions : Table
        See `trial.columns.SESSIONS`.
    direction : str
        ``up`` or ``down``; positive effects are in that direction.

    Raises
    ------
    UserError
        If statsmodels is not installed, there are not two arms with enough people and sessions, or
        it cannot be fitted.
    """
    try:
        from statsmodels.regression.mixed_linear_model import MixedLM
    except ImportError as error:
        raise UserError(
            "The mixed model needs statsmodels; install it with: pip install 'neurofeedback[stats]'"
        ) from error
    codes, arms, numbers, changes = _data(sessions, -1.0 if direction == "down" else 1.0)
    labels = _two_arms(codes, arms, numbers)
    centred = numbers - numbers.mean()
    in_arm = (arms == labels[0]).astype(float)
    design = np.column_stack([np.ones_like(centred), centred, in_arm, centred * in_arm])
    names = ["intercept", "session", f"arm {labels[0]}", f"session x arm {labels[0]}"]
    fitted, formula = _best(lambda random: MixedLM(changes, design, codes, random), design[:, :2])
    return MixedModel(
        f"change ~ session * arm + ({formula} | participant)",
        len(set(codes.tolist())),
        changes.size,
        tuple(_effects(fitted, names)),
        tuple(_assumptions(fitted, in_arm, codes, formula)),
    )


def _best(model_of: Callable[[FloatArray], Any], slopes: FloatArray) -> tuple[Any, str]:
    """Return the richer of the models of participants that can be fitted, and its formula."""
    for random, formula in ((slopes, "1 + session"), (slopes[:, :1], "1")):
        if (fitted := _fitted(model_of(random))) is not None:
            return fitted, formula
    raise UserError("The mixed model cannot be fitted to these sessions; leave out --mixed-model.")


def _data(sessions: Table, sign: float) -> tuple[Any, Any, FloatArray, FloatArray]:
    rows = [
        r for r in sessions.rows if isinstance(r.get("change"), float) and r.get("arm") is not None
    ]
    codes = np.array([str(r["participant"]) for r in rows])
    arms = np.array([str(r["arm"]) for r in rows])
    numbers = np.array([float(r["session"] or 0) for r in rows])
    return codes, arms, numbers, sign * np.array([float(r["change"] or 0.0) for r in rows])


def _two_arms(codes: Any, arms: Any, numbers: FloatArray) -> list[str]:
    labels = sorted(set(arms.tolist()), key=lambda arm: (arm == "control", arm))
    people = [len(set(codes[arms == label].tolist())) for label in labels]
    if (
        len(labels) != 2
        or min(people) < LEAST_PEOPLE
        or len(set(numbers.tolist())) < LEAST_SESSIONS
    ):
        raise UserError(
            "The mixed model needs two arms of at least {people} participants each, with {sessions}"
            " sessions or more; leave out --mixed-model.",
            people=LEAST_PEOPLE,
            sessions=LEAST_SESSIONS,
        )
    return labels


def _fitted(model: Any) -> Any:
    """Return the fit; None where it did not converge or ended at the edge of what is possible."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = model.fit(reml=True, method=["lbfgs", "powell"])
        except (np.linalg.LinAlgError, ValueError):
            return None
    errors = np.asarray(found.bse_fe)
    eigenvalues = np.linalg.eigvalsh(np.asarray(found.cov_re))
    whole = found.converged and np.isfinite(errors).all() and eigenvalues.min() > 1e-8
    return found if whole else None


def _effects(fitted: Any, names: Sequence[str]) -> list[Effect]:
    found = []
    for name, value, error in zip(names, fitted.fe_params, fitted.bse_fe, strict=True):
        p = math.erfc(abs(value / error) / math.sqrt(2.0))
        low, high = value - 1.959964 * error, value + 1.959964 * error
        found.append(Effect(name, float(value), float(low), float(high), float(p)))
    return found


def _assumptions(fitted: Any, in_arm: FloatArray, codes: Any, formula: str) -> list[Message]:
    from scipy.stats import levene, shapiro

    residuals = np.asarray(fitted.resid)
    offsets = np.array([np.asarray(v)[0] for v in fitted.random_effects.values()])
    serial = _serial(residuals, codes)
    found = [
        Message(
            "The effects of participants are taken to be normal (Shapiro-Wilk p = {p:.2f}).",
            p=float(shapiro(offsets).pvalue),
        ),
        Message(
            "What is left of a session is taken to be normal (Shapiro-Wilk p = {p:.2f}).",
            p=float(shapiro(residuals).pvalue),
        ),
        Message(
            "What is left is taken to scatter alike in both arms (Levene p = {p:.2f}).",
            p=float(levene(residuals[in_arm == 1.0], residuals[in_arm == 0.0]).pvalue),
        ),
        Message(
            "What is left of one session is taken to say nothing of the next (correlation "
            "{r:.2f}).",
            r=serial,
        ),
        Message("Learning is taken to be a straight line through the sessions."),
        Message(
            "Sessions that are missing are taken to be missing for no reason that has to do with "
            "learning."
        ),
        Message(
            "Intervals and p values are those of many participants; of few they are too narrow."
        ),
    ]
    if formula == "1":
        found.append(
            Message(
                "A slope for each participant could not be fitted: all are taken to learn at the "
                "pace of their arm, so that the intervals of slopes are too narrow."
            )
        )
    return found


def _serial(residuals: FloatArray, codes: Any) -> float:
    same = codes[1:] == codes[:-1]
    before, after = residuals[:-1][same], residuals[1:][same]
    total = math.sqrt(float(before @ before) * float(after @ after))
    return float(before @ after) / total if total > 0.0 else 0.0
