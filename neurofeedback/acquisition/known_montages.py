"""Montages that amplifiers and MNE bring, with names of the 10-05 system.

Responsible for the electrodes of each by the labels of its maker. Where these are no names of the
10-05 system, the maker's own table says which are such places (geodesic nets, OpenBCI), or his
drawing does (BioSemi's caps of circles: on his sphere the ring through Fpz, T7 and Oz lies at 92
degrees from Cz; here it lies at 72). Nothing is guessed from the positions of other nets: their
heads are not this one, and the nearest electrode is often the neighbour of the right one. Not
responsible for which channel is which electrode (`given_names`).

References
----------
Luu P, Ferree T (2005). Determination of the HydroCel Geodesic Sensor Nets' average electrode
positions and their 10-10 international equivalents. Electrical Geodesics, Inc.
OpenBCI, "Ultracortex Mark IV", docs.openbci.com: the usual places of inputs 1 to 16.
BioSemi, "Headcaps", biosemi.com: inclination and azimuth of each electrode.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from neurofeedback.acquisition.electrodes import TEN_TWENTY, positions, standard_montage
from neurofeedback.acquisition.naming import electrode_name

if TYPE_CHECKING:
    from mne.channels import DigMontage

Entries = tuple[tuple[str, str], ...]

_OPENBCI = "Fp1 Fp2 C3 C4 P7 P8 O1 O2 F7 F8 F3 F4 T7 T8 P3 P4".split()
_OWN = {"openbci8": _OPENBCI[:8], "openbci": _OPENBCI}
_NETS = {
    "GSN-HydroCel-128": "E22=Fp1 E9=Fp2 E33=F7 E24=F3 E11=Fz E124=F4 E122=F8 E45=T7 E36=C3 E104=C4 "
    "E108=T8 E58=P7 E52=P3 E62=Pz E92=P4 E96=P8 E70=O1 E75=Oz E83=O2",
    "GSN-HydroCel-64_1.0": "E10=Fp1 E5=Fp2 E18=F7 E12=F3 E6=Fz E60=F4 E58=F8 E24=T7 E20=C3 E50=C4 "
    "E52=T8 E30=P7 E28=P3 E34=Pz E42=P4 E44=P8 E35=O1 E37=Oz E39=O2",
}
_NETS["GSN-HydroCel-129"] = _NETS["GSN-HydroCel-128"]
_NETS["GSN-HydroCel-65_1.0"] = _NETS["GSN-HydroCel-64_1.0"]
_SIDES = "ABCDEFGH"  # of 32 sockets each, in BioSemi's amplifiers
_FLATTER = 72 / 92
_NEAR = np.cos(np.radians(6.0))  # a third of the way between neighbours of the 10-10 system


@cache
def known_montages() -> tuple[str, ...]:
    """Return the names of all montages that name places of the 10-05 system."""
    import mne

    named = (n for n in mne.channels.get_builtin_montages() if _entries(n))
    return (*_OWN, *named)


def known_montage(name: str) -> Entries | None:
    """Return the maker's label and the name of each electrode of a montage, in his order.

    Parameters
    ----------
    name : str
        One of `known_montages`, in any case.

    Returns
    -------
    tuple of (str, str) or None
        The name is empty where the electrode is at no place of the 10-05 system; None for no such
        montage.
    """
    found = next((n for n in known_montages() if n.casefold() == name.casefold()), None)
    if found is None:
        return None
    if found in _OWN:
        return tuple((f"EXG Channel {i}", place) for i, place in enumerate(_OWN[found]))
    return _entries(found)


@cache
def _entries(name: str) -> Entries:
    """Return the electrodes of a montage of MNE; empty where none is known to be anywhere."""
    import mne

    montage = mne.channels.make_standard_montage(name)
    labels = list(montage.ch_names)
    if name in _NETS:
        places = dict(pair.split("=") for pair in _NETS[name].split())
        return tuple((label, "Cz" if label == "Cz" else places.get(label, "")) for label in labels)
    names = [electrode_name(label) or "" for label in labels]
    circles = name.startswith("biosemi")
    if 2 * sum(map(bool, names)) >= len(labels):
        if circles:  # they have names of places here, but sockets have A1, A2 ... B32
            labels = [f"{_SIDES[i // 32]}{i % 32 + 1}" for i in range(len(labels))]
        return tuple(zip(labels, names, strict=True))
    return tuple(zip(labels, _nearest(montage), strict=True)) if circles else ()


def _nearest(montage: DigMontage) -> list[str]:
    """Return the place that each electrode of a cap of circles is at; 10-20 places come first."""
    here = np.array(list(montage.get_positions()["ch_pos"].values()))
    here /= np.linalg.norm(here, axis=1, keepdims=True)
    colatitude = _FLATTER * np.arccos(np.clip(here[:, 2], -1, 1))
    azimuth = np.arctan2(here[:, 0], here[:, 1])
    side = np.sin(colatitude)
    here = np.stack([side * np.sin(azimuth), side * np.cos(azimuth), np.cos(colatitude)], axis=1)
    known = positions()
    chosen: dict[int, str] = {}
    for places in (TEN_TWENTY, standard_montage(64), tuple(known)):
        close = here @ np.array([known[place] for place in places]).T
        for flat in np.argsort(-close, axis=None, kind="stable"):
            i, k = divmod(int(flat), len(places))
            if close[i, k] < _NEAR:
                break
            if i not in chosen and places[k] not in chosen.values():
                chosen[i] = places[k]
    return [chosen.get(i, "") for i in range(len(here))]
