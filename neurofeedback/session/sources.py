"""A source that may be chosen.

Responsible for what tells one from another. Not responsible for finding or opening any.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamChoice:
    """A stream that was found.

    Parameters
    ----------
    source : str
        How the command line names it, e.g. ``lsl:uid=...``.
    text : str
        Two lines for a person: name; channels, rate, type, host.
    """

    source: str
    text: str
