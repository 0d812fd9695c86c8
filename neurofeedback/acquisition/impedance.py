"""What impedances of electrodes mean.

Responsible for units, for the limits that are usual for wet electrodes, and for the sentence that
an operator reads. Not responsible for measuring: that is the amplifier's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import median

from neurofeedback.words.message import NOTHING, Message, joined

GOOD = 10e3  # ohm; up to here there is nothing to mend
USABLE = 50e3  # ohm; above it, mains and movements come in
_UNIT = re.compile(r"(k|kil|kilo|m|meg|mega|)\s*(?:ohms?|\u03c9)")
_FACTORS = {"": 1.0, "k": 1e3, "m": 1e6}


def ohms_per_unit(text: str) -> float | None:
    """Return what one of a unit is in ohm; None where the text names none.

    Parameters
    ----------
    text : str
        ``ohm``, ``kOhm``, ``kilohms``, ``MΩ`` ... ``M`` alone is mega: nobody measures milliohm.
    """
    # Casefolded, both signs of the ohm are one small omega.
    found = _UNIT.fullmatch(text.strip().casefold())
    return None if found is None else _FACTORS[found[1][:1]]


def impedances_in_words(ohms: Mapping[str, float]) -> Message:
    """Say how good the contacts are, and which to mend; nothing where none is known.

    Parameters
    ----------
    ohms : mapping of str to float
        Impedance of each electrode, ohm.
    """
    if not ohms:
        return NOTHING
    worst_first = sorted(ohms, key=lambda name: -ohms[name])
    bad = [name for name in worst_first if ohms[name] > USABLE]
    poor = [name for name in worst_first if GOOD < ohms[name] <= USABLE]
    parts = [
        Message(
            "Impedance: {median:.1f} k\u03a9 (median of {n}).",
            n=len(ohms), median=median(ohms.values()) / 1e3,
        )
    ]  # fmt: skip
    if bad:
        parts.append(
            Message(
                "Above {limit:.0f} k\u03a9, to be mended: {names}.",
                limit=USABLE / 1e3, names=_listed(bad, ohms),
            )
        )  # fmt: skip
    if poor:
        parts.append(
            Message(
                "Better below {limit:.0f} k\u03a9: {names}.",
                limit=GOOD / 1e3, names=_listed(poor, ohms),
            )
        )  # fmt: skip
    return joined(parts)


def _listed(names: Sequence[str], ohms: Mapping[str, float]) -> str:
    return ", ".join(f"{name} ({ohms[name] / 1e3:.0f})" for name in names)
