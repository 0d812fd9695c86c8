"""Numbers of a summary as a person reads them, each with sign, error and unit.

Responsible for the form of single numbers and for what a change amounts to. Not responsible for
sentences (`app.summary_headline`, `app.summary_text`). Knows no Qt.
"""

from __future__ import annotations

import math

from neurofeedback.app.states import percent
from neurofeedback.report.summary_parts import Change
from neurofeedback.words.language import tr, with_point

DASH = "\u2013"
MINUS = "\u2212"
MOST_LETTERS = 80  # of what others have named or written, in a line with other things


def signed(value: float | None) -> str:
    """Write a number with its sign, to as many places as it deserves; a dash for none."""
    if value is None or not math.isfinite(value):
        return DASH
    text = f"{abs(value):.{_places(value)}f}"
    zero = float(text) == 0
    return with_point(text if zero else (MINUS if value < 0 else "+") + text)


def with_error(value: float | None, error: float | None) -> str:
    """Write a number with its standard error, ``+0.126 \u00b1 0.184``."""
    if value is None or error is None:
        return signed(value)
    return f"{signed(value)} \u00b1 {with_point(f'{error:.{_places(value)}f}')}"


def with_uncertainty(value: float, error: float) -> str:
    """Write a measured number to the first place that its uncertainty leaves, two at least."""
    if not (math.isfinite(error) and error > 0):
        return with_point(f"{value:.2f}")
    places = min(6, max(2, 1 - math.floor(math.log10(error))))
    return with_point(f"{value:.{places}f} \u00b1 {error:.{places}f}")


def unit_words(unit: str) -> str:
    """Write a unit as a person reads it, ``ln V\u00b2``."""
    return tr(unit).replace("^2", "\u00b2")


def clarity(change: Change, direction: str) -> str:
    """Say what a change amounts to: clear is what chance leaves no room for."""
    if change.interval is None:
        return tr("too little clean data to tell a change from chance")
    if change.clear:
        return tr("a clear change in the trained direction")
    low, high = change.interval
    if (low > 0.0) if direction == "down" else (high < 0.0):
        return tr("a clear change against the trained direction")
    return tr("no clear change")


def _places(value: float) -> int:
    return 3 if abs(value) < 100 else 1


def share_words(share: float) -> str:
    """Write a share, small ones with a place behind the point."""
    return with_point(f"{100 * share:.1f} %") if share < 0.1 else percent(share)


def cut_short(text: str, most: int = MOST_LETTERS) -> str:
    """Cut what somebody else has named or written, so that it fits beside other things."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"
