"""How many examples the tests of properties try.

Responsible for the one switch between the check of every day, which has to be short, and
`make test-long`, which tries five times as many. Not responsible for what is tried.
"""

from __future__ import annotations

import os

THOROUGH = os.environ.get("NEUROFEEDBACK_TESTS") == "thorough"
SHARE = 5


def examples(n: int) -> int:
    """Return how many examples to try where `n` are tried when there is time."""
    return n if THOROUGH else max(10, n // SHARE)
