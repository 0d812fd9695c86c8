"""Whether a number changed over a course of sessions by more than it does by itself.

Responsible for the straight line through the sessions, for what chance leaves open around it, and
for how far a single session must be from the first ones to be more than noise. Not responsible for
which numbers there are (`report.session_figures`), nor for words (`app.progress_text`).

Thresholds follow the person, so that the share of time past one stays near its target whether or
not anything is learnt: what tells is the measure itself, before and during training. Its values
scatter from day to day far more than a session's own standard error says, and days resemble their
neighbours. Both are taken from the sessions themselves, as `change_interval` takes them from the
means of one session (``python -m benchmarks --only course``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.report.change_interval import ERROR_RATE, of_line

LEAST_SESSIONS = 6  # for a statement
FIRST = 3  # sessions that later ones are compared with


@dataclass(frozen=True, slots=True)
class Trend:
    """How a number went over a course of sessions.

    Parameters
    ----------
    change : float
        From the first to the last session, along the straight line.
    interval : (float, float)
        Lowest and highest such change that chance leaves open, at `change_interval.ERROR_RATE`.
    start : float
        Mean of the first sessions.
    smallest : float
        How far a later session must be from `start` to be more than noise.
    """

    change: float
    interval: tuple[float, float]
    start: float
    smallest: float

    @property
    def sign(self) -> int:
        """1 where it rose by more than chance, -1 where it fell, 0 where neither can be told."""
        low, high = self.interval
        return (low > 0.0) - (high < 0.0)


def trend_of(values: Sequence[float]) -> Trend | None:
    """Return how a number went; None where there are fewer than `LEAST_SESSIONS`.

    Parameters
    ----------
    values : sequence of float
        One a session, in order; those without one are left out.
    """
    from scipy.special import stdtrit  # late: it takes long to load

    y = np.asarray(values, dtype=np.float64)
    n = y.size
    if n < LEAST_SESSIONS:
        return None
    x = np.arange(n, dtype=np.float64)
    spread = of_line(x, y, LEAST_SESSIONS)
    assert spread is not None
    slope, height = np.polyfit(x, y, 1)
    around = y - (slope * x + height)
    scatter = math.sqrt(float(around @ around) / (n - 2))
    critical = float(stdtrit(n - 2, 1.0 - ERROR_RATE / 2.0))
    steps = n - 1
    change, half = float(slope) * steps, spread.half * steps
    return Trend(
        change=change,
        interval=(change - half, change + half),
        start=float(y[:FIRST].mean()),
        smallest=critical * scatter * math.sqrt(1.0 + 1.0 / FIRST),
    )
