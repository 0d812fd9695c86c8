"""Texts that any database can keep and any screen can show.

Responsible for taking out of a text what has no place in one. Not responsible for its meaning.
"""

from __future__ import annotations

import unicodedata

LONGEST = 10_000
_KEPT = "\n\t"


def clean(text: str, longest: int = LONGEST) -> str:
    """Return a text without control characters and halves of characters, trimmed and cut.

    Parameters
    ----------
    text : str
        From a file or a person.
    longest : int
        Most characters that are kept.

    Returns
    -------
    str
    """
    kept = (c for c in text if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()[:longest]
