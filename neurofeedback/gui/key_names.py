"""What keys are called in the language in use.

Responsible for names of keys beside words; the keys themselves are Qt's key sequences in English.
Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.words.language import later, tr

_NAMES = frozenset(
    (
        later("Ctrl"), later("Shift"), later("Alt"), later("Space"), later("Enter"), later("Esc"),
        later("PgUp"), later("PgDown"), later("Home"), later("End"), later("Del"),
        later("Up"), later("Down"), later("Left"), later("Right"),
    )
)  # fmt: skip


def key_words(key: str) -> str:
    """Return what a key is called.

    Parameters
    ----------
    key : str
        As in a key sequence, e.g. ``Ctrl+Space``.
    """
    if len(key) == 1:
        return key
    return "+".join(tr(part) if part in _NAMES else part for part in key.split("+"))


def keys_words(keys: Sequence[str]) -> str:
    """Return what keys are called, with ``or`` between them."""
    return tr(" or ").join(key_words(key) for key in keys)
