"""What impedances of electrodes mean.

Responsible for units, for which channels hold impedances and of what, for the limits that are usual
for wet electrodes, and for the sentence that an operator reads. Not responsible for measuring: that
is the amplifier's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from neurofeedback.acquisition.naming import electrode_name, own_name
from neurofeedback.words.message import NOTHING, Message, joined

GOOD = 10e3  # ohm; up to here there is nothing to mend
USABLE = 50e3  # ohm; above it, mains and movements come in
_UNIT = re.compile(r"(k|kil|kilo|m|meg|mega|)\s*(?:ohms?|\u03c9)")
_FACTORS = {"": 1.0, "k": 1e3, "m": 1e6}
_TYPE = "impedance"
# "Imp F3", "F3_impedance", "Z F3", "F3 (kOhm)"
_WORDS = re.compile(r"\b(?:imp(?:edances?)?|z|k?ohms?)\b|^imp(?:edance)?(?=[a-z])", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class ImpedanceChannel:
    """A channel between those of the EEG that holds the impedance of an electrode.

    Parameters
    ----------
    index : int
        Which channel.
    electrode : str
        Name of the channel whose electrode it is of.
    factor : float
        Ohm per unit.
    """

    index: int
    electrode: str
    factor: float


def types_by_unit(ch_types: Sequence[str], units: Sequence[str]) -> tuple[str, ...]:
    """Return the types of channels, ``impedance`` for all that are measured in ohm.

    Whatever a sender calls them: what is measured in ohm is no voltage.
    """
    pairs = zip(ch_types, units, strict=True)
    return tuple(kind if ohms_per_unit(unit) is None else _TYPE for kind, unit in pairs)


def impedance_channels(
    labels: Sequence[str], ch_types: Sequence[str], units: Sequence[str], eeg: Mapping[int, str]
) -> tuple[ImpedanceChannel, ...]:
    """Return which channels hold impedances of electrodes of the EEG.

    Parameters
    ----------
    labels, ch_types, units : sequence of str
        Of all channels, as written.
    eeg : mapping of int to str
        Index and name of the EEG channels.
    """
    names = {name.casefold(): name for name in eeg.values()}
    names |= {own_name(labels[i]).casefold(): name for i, name in eeg.items()}
    found = []
    for i, kind in enumerate(types_by_unit(ch_types, units)):
        factor = ohms_per_unit(units[i])
        if kind != _TYPE or factor is None or i in eeg:
            continue
        bare = own_name(_WORDS.sub(" ", labels[i].replace("_", " ")).strip(" .:()/-"))
        electrode = names.get(bare.casefold()) or electrode_name(bare)
        if electrode is not None and electrode in eeg.values():
            found.append(ImpedanceChannel(i, electrode, factor))
    return tuple(found)


def without_unit(
    labels: Sequence[str], ch_types: Sequence[str], units: Sequence[str], where: str | Message
) -> Message | None:
    """Return a sentence on channels of impedances whose unit is not known; None without any."""
    bare = [
        label
        for label, kind, unit in zip(labels, ch_types, units, strict=True)
        if kind.strip().casefold() == _TYPE and ohms_per_unit(unit) is None
    ]
    if not bare:
        return None
    return Message(
        "{where} does not say in which unit the impedances of {names} are: they are recorded, and "
        "not judged.",
        where=where, names=", ".join(bare),
    )  # fmt: skip


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
