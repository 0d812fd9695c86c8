"""Texts that any database can keep and any screen can show.

Responsible for taking out of a text what has no place in one. Not responsible for its meaning.
"""

from __future__ import annotations

import unicodedata

from neurofeedback.words.plain import plain

LONGEST = 10_000
_KEPT = "\n\t"


def clean(text: str, longest: int = LONGEST) -> str:
    """Return a text without control characters (of direction too) and halves of characters.

    It is also trimmed and cut.

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
    kept = (c for c in text if c in _KEPT or _is_shown(c))
    return "".join(kept).strip()[:longest]


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs") and plain(character) == character
