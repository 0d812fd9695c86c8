"""Lines that are equal but for rounding.

Responsible for telling a difference in the last digits, as other versions of NumPy or another
processor give, from one that means something, and for the largest of them. Not responsible for what
is compared (`session.verification.verify`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

# Rounding moves the asymmetry of two channels by some 1e-15. The inverse solution of a region is
# found by steps that end at a tolerance, where the same rounding may move ln power by 1e-5 of it:
# on another processor such a session is not the same, and `verify` says so.
RELATIVE = 1e-6
CHECKSUM = "checksum"
ABSOLUTE = 1e-9  # of values near zero; all features are logarithms or ratios


class Rounding:
    """Compares lines, and remembers how far they were apart.

    Attributes
    ----------
    n_lines : int
        Lines that were not equal to the last digit.
    largest : float
        The largest relative difference of a value in these.
    """

    def __init__(self) -> None:
        self.n_lines = 0
        self.largest = 0.0

    def equal(self, was: str, now: str) -> bool:
        """Return whether lines of a table, or of JSON, differ by rounding at most.

        Whole numbers, words and what is missing must be the same: a reward, a hold or a sample that
        differs is no rounding.
        """
        largest = self.largest
        for one, other in zip_longest(_values(was), _values(now)):
            if one == other and type(one) is type(other):
                continue
            if not (isinstance(one, float) and isinstance(other, float)):
                return False
            if math.isnan(one) and math.isnan(other):
                continue
            if not math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE):
                return False
            largest = max(largest, abs(one - other) / max(abs(one), abs(other)))
        self.n_lines += 1
        self.largest = largest
        return True


def _values(line: str) -> Iterator[object]:
    """Yield the values of a line in order; numbers that are not whole as float."""
    start = min((at for at in (line.find("{"), line.find("[")) if at >= 0), default=-1)
    if start < 0:
        yield from map(_cell, line.replace("\t", " ").split(" "))
        return
    yield line[:start]
    try:
        yield from _flat(json.loads(line[start:]))
    except ValueError:
        yield line[start:]


def _cell(text: str) -> object:
    try:
        return float(text) if not text.lstrip("+-").isdigit() else text
    except ValueError:
        return text


def _flat(value: Any) -> Iterator[object]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key == CHECKSUM:  # of what was learned: the features that follow from it tell more
                continue
            yield from _flat(inner)
    elif isinstance(value, list):
        yield len(value)
        for inner in value:
            yield from _flat(inner)
    else:
        yield value
