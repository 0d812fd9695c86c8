"""The filters that a file says its channels went through.

Responsible for what the words of headers mean, and for which corners can be. Not responsible for
what follows from them (`signal.passband`).

Corners are those of analog or digital filters as their makers name them, where half of the power is
left.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from neurofeedback.words.message import Message

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_UNITS = {"": 1.0, "hz": 1.0, "khz": 1e3, "mhz": 1e-3}
_NONE = r"DC|none|off|disabled|n/?a|-"
_CORNER = re.compile(
    rf"(?:(?<![a-z])|(?<=hz))(h|l)(?:igh|ow)?[ -]?p(?:ass)?(?:[ -]?f(?:ilter)?)?\s*[:=]?\s*"
    rf"(?:{_NUMBER}\s*(k?hz|mhz|s(?:ec)?(?![a-z])|)|{_NONE})",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"{_NUMBER}\s*(?:hz)?\s*(?:-|–|to|\.\.)\s*{_NUMBER}\s*hz", re.IGNORECASE)
_NOTCH = re.compile(
    rf"(?<![a-z])n(?:otch)?\s*[:=]?\s*(?:{_NUMBER}\s*(?:hz)?|{_NONE})", re.IGNORECASE
)
_NOTHING = re.compile(rf"(?:{_NONE}|no|no filters?|raw|unfiltered|unknown|\?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Corners:
    """What a file says of the filters of a channel.

    Parameters
    ----------
    highpass, lowpass : float or None
        Hz; None where nothing is said.
    unread : str
        Words that are not understood.
    """

    highpass: float | None = None
    lowpass: float | None = None
    unread: str = ""

    def narrowed(self, other: Corners) -> Corners:
        """Return what is left after both."""
        high = [c for c in (self.highpass, other.highpass) if c is not None]
        low = [c for c in (self.lowpass, other.lowpass) if c is not None]
        return Corners(max(high, default=None), min(low, default=None), self.unread or other.unread)


def corners_of(text: str) -> Corners:
    """Return what words such as ``HP:0.1Hz LP:75Hz N:50Hz`` say."""
    text = text.strip()
    corners = Corners()
    for side, number, unit in _CORNER.findall(text):
        value = corner(number, unit) if number else None
        told = Corners(highpass=value) if side.lower() == "h" else Corners(lowpass=value)
        corners = corners.narrowed(told)
    if not _CORNER.search(text) and (edges := _RANGE.search(text)):
        corners = Corners(corner(edges[1]), corner(edges[2]))
    elif not (_CORNER.search(text) or _NOTCH.search(text) or _NOTHING.fullmatch(text)):
        corners = Corners(unread=text)
    return corners


def corner(number: str, unit: str = "Hz") -> float | None:
    """Return a corner in Hz, also of a time constant in s; None for no number above 0."""
    try:
        value = float(number.replace(",", "."))
    except ValueError:
        return None
    if not (math.isfinite(value) and value > 0):
        return None
    unit = unit.lower()
    return value * _UNITS[unit] if unit in _UNITS else 1.0 / (2.0 * math.pi * value)


def possible(
    name: str,
    corners: Sequence[Corners],
    sfreq: float,
    ch_names: Sequence[str],
    eeg: Sequence[int],
) -> tuple[tuple[float | None, ...], tuple[float | None, ...], list[Message]]:
    """Return what can be of the corners of a file, and what is to be said of the rest.

    Nothing can be told of a corner at 0 Hz or at half the sampling rate, which is what files have
    where nobody filled it in.

    Parameters
    ----------
    name : str
        Of the file.
    corners : sequence of Corners
        Of each channel; empty where nothing is said.
    sfreq : float
        Hz.
    ch_names : sequence of str
    eeg : sequence of int
        Channels of which something is to be said.

    Returns
    -------
    highpass, lowpass : tuple of (float or None)
        `StreamInfo.highpass` and `lowpass`.
    notes : list of Message
    """
    nyquist = sfreq / 2.0
    found = [_told(c, nyquist) for c in corners]
    odd = [i for i in eeg if i < len(found) and not _can_be(found[i], nyquist)]
    notes = [
        Message(
            "{name}: by its header, {channel} went through a highpass of {high:g} Hz and a lowpass "
            "of {low:g} Hz, which cannot be: what its header says of filters is not used.",
            name=name, channel=ch_names[i], high=found[i].highpass,
            low=nyquist if found[i].lowpass is None else found[i].lowpass,
        )
        for i in odd[:1]
    ]  # fmt: skip
    if unread := [i for i in eeg if i < len(found) and found[i].unread]:
        notes.append(
            Message(
                "{name}: what its header says of the filters of {channel} is not understood: "
                "{text!r}.",
                name=name, channel=ch_names[unread[0]], text=found[unread[0]].unread,
            )
        )  # fmt: skip
    known = [c if _can_be(c, nyquist) else Corners() for c in found]
    if not any(c.highpass or c.lowpass for c in known):
        return (), (), notes
    return tuple(c.highpass for c in known), tuple(c.lowpass for c in known), notes


def _told(corners: Corners, nyquist: float) -> Corners:
    high = corners.highpass if corners.highpass and corners.highpass > 0 else None
    low = corners.lowpass if corners.lowpass and 0 < corners.lowpass < nyquist else None
    return replace(corners, highpass=high, lowpass=low)


def _can_be(corners: Corners, nyquist: float) -> bool:
    top = nyquist if corners.lowpass is None else corners.lowpass
    return corners.highpass is None or corners.highpass < top
