"""Text that somebody gave, shown as the letters it consists of.

Responsible for making visible what a terminal or screen would obey in the place of showing it:
control characters, and those that turn the direction of what follows. Not responsible for markup,
which is not read from such a text anywhere.
"""

from __future__ import annotations

import re

# C0 without tab and line break, DEL, C1; marks, embeddings, overrides and isolates of direction;
# separators of lines and paragraphs.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_PICTURES = 0x2400  # of C0: each shown by its abbreviation
_DELETE = "\u2421"


def plain(text: str) -> str:
    """Return a text in which nothing is obeyed, as long as before.

    Parameters
    ----------
    text : str
        Letters that are written from right to left stay as they are.
    """
    return _OBEYED.sub(_shown, text)


def escaped_json(text: str) -> str:
    """Return JSON that says the same, with such characters as escapes."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(_PICTURES + code)
    return _DELETE if code == 0x7F else "\N{REPLACEMENT CHARACTER}"
