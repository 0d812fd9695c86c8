"""Enumerations within sentences.

Responsible for the words between terms. Not responsible for the terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from neurofeedback.words.message import Message, joined


def both(terms: Sequence[str]) -> str:
    """Return ``a and b and c``; at least one term, Messages or plain names."""
    return reduce(lambda one, other: Message("{one} and {other}", one=one, other=other), terms)


def either(terms: Sequence[str]) -> str:
    """Return ``a, b or c``; at least one term, Messages or plain names."""
    if len(terms) == 1:
        return terms[0]
    return Message("{terms} or {last}", terms=joined(terms[:-1], ", "), last=terms[-1])
