"""What filters before a recording leave of a band.

Responsible for refusing a band that a file's filters have taken away, and for saying so where they
have taken part of it. Not responsible for reading what a file says of them
(`acquisition.header_filters`).

A corner is where half of the power is left, and some is left beyond. So a band is refused where its
centre lies outside of the corners, and weakened where an edge does.
"""

from __future__ import annotations

import math
from collections.abc import Collection

from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.signal.power.bands import band_in_words
from neurofeedback.words.message import Message

Band = tuple[float, float]


def check_band(info: StreamInfo, names: Collection[str], what: str, band: Band) -> None:
    """Refuse a band of which filters have left less than half.

    Parameters
    ----------
    info : StreamInfo
    names : collection of str
        Channels that the band is wanted of.
    what : str
        What wants it, a `Message`.
    band : (float, float)
        Hz.

    Raises
    ------
    UserError
        If so.
    """
    low, high = info.passband(names)
    if low <= sum(band) / 2.0 <= high:
        return
    raise UserError(
        "{what} is of {band}, but by its header {stream!r} went through {filters}, which leaves "
        "little of that: choose another band, or a recording that was not filtered there.",
        what=what,
        band=band_in_words(band),
        stream=info.name,
        filters=filters_in_words(low, high),
    )


def weakened(info: StreamInfo, names: Collection[str], band: Band) -> Message | None:
    """Return what is to be said where filters have taken a part of a band; None for nothing.

    Parameters
    ----------
    info, names, band
        As for `check_band`.
    """
    low, high = info.passband(names)
    if low <= band[0] and band[1] <= high:
        return None
    return Message(
        "By its header, {stream!r} went through {filters}, so that a part of {band} is missing: "
        "values do not compare with those of other recordings.",
        stream=info.name,
        filters=filters_in_words(low, high),
        band=band_in_words(band),
    )


def filters_in_words(low: float, high: float) -> Message:
    """Say which filters have these corners, Hz; 0 and infinity for none."""
    if math.isinf(high):
        return Message("a highpass of {low:g} Hz", low=low)
    if low <= 0:
        return Message("a lowpass of {high:g} Hz", high=high)
    return Message("a highpass of {low:g} Hz and a lowpass of {high:g} Hz", low=low, high=high)
