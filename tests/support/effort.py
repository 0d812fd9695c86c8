"""How much the tests try.

Responsible for the one switch between the check of every day, which has to be short, and
`make test-long`, which tries five times as many examples, and every case of the long tables. Not
responsible for what is tried.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

THOROUGH = os.environ.get("NEUROFEEDBACK_TESTS") == "thorough"
SHARE = 5


def examples(n: int) -> int:
    """Return how many examples to try where `n` are tried when there is time."""
    return n if THOROUGH else max(10, n // SHARE)


def long(*cases: Any) -> list[Any]:
    """Return cases of a table that are tried when there is time."""
    return [pytest.param(case, marks=pytest.mark.long) for case in cases]
