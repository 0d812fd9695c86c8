"""What a value in a file or stream is in volts.

Responsible for reading declared units in all their spellings, and for what happens when none is
declared: an explicit choice by the user, or an assumption that the samples must bear out and that
the user gets to see. Not responsible for where units are declared.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray

VOLTAGE_TYPES = frozenset({"eeg", "eog", "ecg", "emg"})

_SPELLINGS = {
    1.0: ("v", "volt", "volts"),
    1e-3: ("mv", "millivolt", "millivolts"),
    1e-6: ("uv", "\u03bcv", "microvolt", "microvolts"),
    1e-9: ("nv", "nanovolt", "nanovolts"),
}
_FACTORS = {name: factor for factor, names in _SPELLINGS.items() for name in names}
_POWERS = {0.0: 1.0, -3.0: 1e-3, -6.0: 1e-6, -9.0: 1e-9}
_NOTHING = frozenset({"", "none", "n/a", "na", "unknown", "-", "?"})

# Standard deviation of scalp EEG within a second lies in this range for any usable recording.
PLAUSIBLE = (0.5e-6, 500e-6)
_SHORTEST = 64


def volts_per_unit(text: str) -> float | None:
    """Return what one of the named unit is in volts.

    Parameters
    ----------
    text : str
        ``microvolts``, ``uV``, ``V`` ... in any case, or the power of ten of a volt (``-6``).

    Returns
    -------
    float or None
        None when the text names no unit of voltage that is known.
    """
    name = unicodedata.normalize("NFKC", text).strip().casefold()
    if name in _FACTORS:
        return _FACTORS[name]
    try:
        return _POWERS.get(float(name))
    except ValueError:
        return None


def is_declared(text: str) -> bool:
    """Whether the text says anything about a unit (``none`` and the like do not)."""
    return text.strip().casefold() not in _NOTHING


@dataclass(frozen=True, slots=True)
class Scaling:
    """How to get from the values received to those of a `Chunk`.

    Parameters
    ----------
    factors : ndarray, shape (n_channels,)
        Multiply a received value by this.
    units : tuple of str
        ``V`` or ``n/a`` for each channel, as in `StreamInfo`.
    native_unit : str
        The unit of the EEG channels as it was declared, or what was assumed in its place.
    note : str
        One sentence when the unit was not declared or was overruled, else empty.
    """

    factors: FloatArray
    units: tuple[str, ...]
    native_unit: str
    note: str


def plausible_unit(values: FloatArray, sfreq: float) -> str | None:
    """Return the unit in which the values are of the size of EEG: ``microvolts`` or ``V``.

    Judged by the standard deviation within windows of a second, median over windows and channels;
    the two units lie a factor of a million apart, so that they cannot be confused.

    Parameters
    ----------
    values : ndarray, shape (n_times, n_channels)
        EEG channels as received.
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    str or None
        None if neither fits, or there are too few samples to tell.
    """
    if values.shape[0] < _SHORTEST or values.shape[1] == 0:
        return None
    n_window = max(_SHORTEST, min(round(sfreq), values.shape[0]))
    n_windows = values.shape[0] // n_window
    cut = values[: n_windows * n_window].reshape(n_windows, n_window, -1)
    spread = float(np.median(cut.std(axis=1)))
    for unit, factor in (("microvolts", 1e-6), ("V", 1.0)):
        if PLAUSIBLE[0] <= spread * factor < PLAUSIBLE[1]:
            return unit
    return None


def needs_samples(declared: Sequence[str], ch_types: Sequence[str], unit: str | None) -> bool:
    """Whether `scaling` has to look at samples because a unit is missing."""
    pairs = zip(declared, ch_types, strict=True)
    return unit is None and any(t in VOLTAGE_TYPES and not is_declared(d) for d, t in pairs)


def scaling(
    declared: Sequence[str],
    ch_types: Sequence[str],
    *,
    unit: str | None,
    values: FloatArray,
    sfreq: float,
    where: str,
) -> Scaling:
    """Decide how received values become volts.

    Parameters
    ----------
    declared : sequence of str
        Unit of each channel as written; empty where there is none.
    ch_types : sequence of str
        Type of each channel. EEG, EOG, ECG and EMG need a unit; others are taken as they are when
        they have none.
    unit : str or None
        The user's word on the unit of voltage channels; it overrules what is declared.
    values : ndarray, shape (n_times, n_channels)
        Samples as received, looked at only when a unit is missing. May be empty otherwise.
    sfreq : float
        Sampling rate in Hz.
    where : str
        What the units belong to, for messages.

    Raises
    ------
    UserError
        If a unit is not understood, or is missing and the samples do not tell.
    """
    chosen = _chosen(unit)
    note = ""
    if chosen is not None:
        note = f"{where}: voltages were read as {unit}, as asked."
    elif needs_samples(declared, ch_types, unit):
        eeg = [i for i, kind in enumerate(ch_types) if kind == "eeg"]
        assumed = plausible_unit(values[:, eeg], sfreq)
        if assumed is None:
            raise UserError(
                f"{where} does not say what unit its samples have, and their size does not tell: "
                "give the unit, for example microvolts."
            )
        note = f"{where} does not say what unit its samples have; {assumed} is assumed."
        declared = [d if is_declared(d) else assumed for d in declared]
        native = f"{assumed} (assumed, none declared)"
    factors = [_factor(d, t, chosen, where) for d, t in zip(declared, ch_types, strict=True)]
    if not note or chosen is not None:
        pairs = zip(declared, ch_types, strict=True)
        native = ", ".join(dict.fromkeys(d for d, t in pairs if t == "eeg"))
        native = native if chosen is None else f"{unit} (given by the user)"
    return Scaling(
        factors=np.array([1.0 if f is None else f for f in factors]),
        units=tuple("n/a" if f is None else "V" for f in factors),
        native_unit=native,
        note=note,
    )


def _chosen(unit: str | None) -> float | None:
    if unit is None:
        return None
    factor = volts_per_unit(unit)
    if factor is None:
        raise UserError(f"{unit!r} is no unit of voltage: give V, mV, microvolts or nV.")
    return factor


def _factor(declared: str, ch_type: str, chosen: float | None, where: str) -> float | None:
    factor = volts_per_unit(declared)
    if ch_type not in VOLTAGE_TYPES:
        # A bare power of ten is how some senders say "no unit" for a counter or a trigger.
        return None if _is_number(declared) or ch_type == "stim" else factor
    if chosen is not None:
        return chosen
    if factor is None:
        raise UserError(
            f"{where} gives the unit of its samples as {declared!r}, which is not understood: "
            "give the unit, for example microvolts."
        )
    return factor


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
