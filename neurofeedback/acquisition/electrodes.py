"""Electrode names of the 10-05 system and where they lie on a spherical head.

Responsible for the list of names, their spelling and idealised positions. Not responsible for
measured positions (those come with a recording) nor for what a file's labels mean (`naming`).

References
----------
Oostenveld R, Praamstra P (2001). The five percent electrode system for high-resolution EEG and
ERP measurements. Clin Neurophysiol 112(4), 713-719. doi:10.1016/S1388-2457(00)00527-7
"""

from __future__ import annotations

from functools import cache

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, read_only

# Row: per cent of the way from nasion to inion, name near the midline, name at the sides (7-10).
_ROWS = (
    (0, "N", "N"),
    (10, "Fp", "Fp"),
    (15, "AFp", "AFp"),
    (20, "AF", "AF"),
    (25, "AFF", "AFF"),
    (30, "F", "F"),
    (35, "FFC", "FFT"),
    (40, "FC", "FT"),
    (45, "FCC", "FTT"),
    (50, "C", "T"),
    (55, "CCP", "TTP"),
    (60, "CP", "TP"),
    (65, "CPP", "TPP"),
    (70, "P", "P"),
    (75, "PPO", "PPO"),
    (80, "PO", "PO"),
    (85, "POO", "POO"),
    (90, "O", "O"),
    (95, "OI", "OI"),
    (100, "I", "I"),
)
_SHORT_ROWS = ("Fp", "O", "OI", "I")  # only z, 1 and 2, which lie on the ring already
_ALIASES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}

TEN_TWENTY = tuple("Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2".split())
_BY_USE = tuple("F3 F4 O1 O2 Fp1 Fp2 Cz Pz T7 T8 P3 P4 C3 C4 F7 F8 Fz P7 P8".split())
_TO_SIXTY_FOUR = tuple(
    "Fpz AF7 AF3 AFz AF4 AF8 F5 F1 F2 F6 FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 T9 C5 C1 C2 C6 T10 "
    "TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 P5 P1 P2 P6 PO7 PO3 POz PO4 PO8 Oz Iz".split()
)


def _on_sphere(colatitude: float, azimuth: float) -> FloatArray:
    """Return the unit vector (right, front, up); degrees, azimuth from the front."""
    c, a = np.radians([colatitude, azimuth])
    return np.array([np.sin(c) * np.sin(a), np.sin(c) * np.cos(a), np.cos(c)])


def _between(a: FloatArray, b: FloatArray, share: float) -> FloatArray:
    """Return the point on the great circle from `a` through `b`; beyond `b` where share > 1."""
    angle = np.arccos(np.clip(a @ b, -1.0, 1.0))
    return (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)


def _row(percent: int, near: str, side: str) -> dict[str, FloatArray]:
    middle = _on_sphere((50 - percent) * 1.8, 0.0)
    names = {f"{near}z": middle}
    if near == "N":
        return names
    short = near in _SHORT_ROWS
    colatitude = max(72.0, abs(percent - 50) * 1.8)
    right = _on_sphere(colatitude, min(percent * 1.8, 162.0))
    for column in (2,) if short else (2, 4, 6, 8, 10):
        for half in ("", "h"):
            steps = column / 2 - (0.5 if half else 0.0)
            point = _between(middle, right, steps if short else steps / 4)
            name = side if column > 6 else near
            names[f"{name}{column}{half}"] = point
            names[f"{name}{column - 1}{half}"] = point * [-1.0, 1.0, 1.0]
    return names


@cache
def positions() -> dict[str, FloatArray]:
    """Return the unit vector (right, front, up) of every electrode known by name.

    The 10-05 system with the older names T3, T4, T5, T6, the ears A1, A2 and the mastoids M1, M2,
    on an idealised spherical head.
    """
    known: dict[str, FloatArray] = {}
    for row in _ROWS:
        known.update(_row(*row))
    known.update({old: known[new] for old, new in _ALIASES.items()})
    for left, right, azimuth in (("A1", "A2", 90.0), ("M1", "M2", 112.0)):
        known[right] = _on_sphere(110.0, azimuth)
        known[left] = known[right] * [-1.0, 1.0, 1.0]
    return {name: read_only(point) for name, point in known.items()}


def standard_montage(n_channels: int) -> tuple[str, ...]:
    """Return names for a cap of so many electrodes: 19 is the 10-20 system, 64 the usual 10-10 cap.

    Parameters
    ----------
    n_channels : int
        At least 2 (F3 and F4); more than 64 are filled up from the 10-05 system.

    Raises
    ------
    UserError
        If there are not so many names.
    """
    ears = {"A1", "A2", "M1", "M2", *_ALIASES}
    full = [n for n in positions() if n not in ears and n not in (*TEN_TWENTY, *_TO_SIXTY_FOUR)]
    full.sort(key=lambda name: name.endswith("h"))
    order = (*TEN_TWENTY, *_TO_SIXTY_FOUR, *full)
    if not 2 <= n_channels <= len(order):
        raise UserError("A cap has 2 to {most} electrodes, not {n}.", most=len(order), n=n_channels)
    if n_channels < len(TEN_TWENTY):
        return tuple(name for name in TEN_TWENTY if name in _BY_USE[:n_channels])
    return order[:n_channels]
