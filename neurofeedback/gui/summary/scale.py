"""Scales and ticks of the plot of a summary.

Responsible for where values lie and which of them are named. Not responsible for painting
(`gui.summary.plot`). Knows no Qt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurofeedback.report.summary_parts import SessionSummary
from neurofeedback.words.language import with_point

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST = 7  # ticks


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale.

    Parameters
    ----------
    low, high : float
        Values at the ends.
    start, stop : float
        Where these lie, px.
    """

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: float) -> float:
        """Return where a value lies."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    def ticks(self, step: float) -> list[float]:
        """Return the multiples of `step` within the scale."""
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [k * step for k in range(first, last + 1)]


def value_range(summary: SessionSummary) -> tuple[float, float]:
    """Return the vertical range: all points, nearly all of every bar, thresholds."""
    values = [p.mean for p in summary.course]
    for block in summary.blocks:
        if block.mean is not None:
            reach = block.error or 0.0
            values += [block.mean - reach, block.mean + reach]
        values += [v for v in (block.threshold, block.threshold_end) if v is not None]
    known = np.array([v for v in values if math.isfinite(v)])
    if not known.size:
        return -1.0, 1.0
    low, high = float(known.min()), float(known.max())
    room = 0.08 * (high - low) or 0.5
    return low - room, high + room


def tick_step(low: float, high: float) -> float:
    """Return a round distance that gives a few ticks between two values."""
    wanted = (high - low) / _MOST
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(step * power for step in _STEPS if step * power >= wanted)


def tick_words(tick: float, step: float) -> str:
    """Return a tick to as many places as its distance has, with a true minus sign."""
    text = f"{step:.10f}".rstrip("0")
    places = len(text.partition(".")[2])
    return with_point(f"{tick:.{places}f}".replace("-", "\u2212"))
