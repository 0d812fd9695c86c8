"""Asymmetry of power between the two sides of the head.

Responsible for the forms of an asymmetry and how they follow from one another, for pairs and sets
of pairs. Not responsible for estimating power (`spectrum`, `power.envelope`) nor for what an
asymmetry may be taken to mean.

The main form is ``ln P_right - ln P_left``, P being power (V^2). Power is averaged over time before
the logarithm is taken; a set of pairs is the mean of its pairs' values. From this form x follow
``(R - L) / (R + L) = tanh(x / 2)``, the difference of log amplitudes ``x / 2`` and the difference
in decibels ``10 / ln(10) x = 4.343 x``. Asymmetries of different references must not be compared.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]

FRONTAL_PAIRS: tuple[Pair, ...] = (("F3", "F4"), ("F7", "F8"), ("F1", "F2"), ("F5", "F6"))
_DECIBELS = 10.0 / math.log(10.0)


def log_asymmetry(power_left: float, power_right: float) -> float:
    """Return ``ln(power_right) - ln(power_left)``.

    Higher means more power on the right; for frontal alpha that is read as relatively greater
    activity on the left.

    Raises
    ------
    ValueError
        If a power is not positive.
    """
    if not (power_left > 0 and power_right > 0):
        raise ValueError(f"Powers {power_left} and {power_right} have no logarithm.")
    return math.log(power_right) - math.log(power_left)


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """Asymmetry of a pair of channels, or of a set of pairs.

    Parameters
    ----------
    pairs : tuple of (str, str)
        Left and right channels.
    power_left, power_right : float
        Power of each side, both in the same unit; of a set of pairs the geometric mean, so that
        every form below follows from these two.
    """

    pairs: tuple[Pair, ...]
    power_left: float
    power_right: float

    @property
    def value(self) -> float:
        """``ln P_right - ln P_left``."""
        return log_asymmetry(self.power_left, self.power_right)

    @property
    def ratio(self) -> float:
        """``(P_right - P_left) / (P_right + P_left)``, -1..1."""
        return math.tanh(self.value / 2)

    @property
    def amplitude(self) -> float:
        """``ln A_right - ln A_left`` of amplitudes, which are roots of powers."""
        return self.value / 2

    @property
    def decibels(self) -> float:
        """``10 log10 P_right - 10 log10 P_left``."""
        return _DECIBELS * self.value

    @property
    def label(self) -> str:
        """Pairs as a person writes them, e.g. ``F3/F4``."""
        return " + ".join(f"{left}/{right}" for left, right in self.pairs)


def asymmetry(power: Mapping[str, float], pairs: Sequence[Pair]) -> Asymmetry:
    """Return the asymmetry of a pair, or the mean of several pairs' asymmetries.

    Parameters
    ----------
    power : mapping of str to float
        Power of each channel.
    pairs : sequence of (str, str)
        Left and right channels, at least one pair.

    Raises
    ------
    ValueError
        If there is no pair, or a power is not positive.
    """
    if not pairs:
        raise ValueError("An asymmetry needs a pair of channels.")
    if len(pairs) == 1:  # exactly the powers themselves, not their exponential of a logarithm
        left, right = (power[name] for name in pairs[0])
        log_asymmetry(left, right)
        return Asymmetry(tuple(pairs), left, right)
    for left_name, right_name in pairs:
        log_asymmetry(power[left_name], power[right_name])
    left, right = (
        math.exp(sum(math.log(power[pair[side]]) for pair in pairs) / len(pairs)) for side in (0, 1)
    )
    return Asymmetry(tuple(pairs), left, right)


def frontal_pairs(ch_names: Collection[str]) -> tuple[Pair, ...]:
    """Return those of F3/F4, F7/F8, F1/F2 and F5/F6 of which both channels are there."""
    return tuple(pair for pair in FRONTAL_PAIRS if set(pair) <= set(ch_names))
