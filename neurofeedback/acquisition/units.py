"""What a value in a file or stream is in volts.

Responsible for reading declared units in all their spellings, and for what happens when none is
declared: an explicit choice by the user, or an assumption that the samples must bear out and that
the user gets to see. This is the only place where a factor is decided, from what was stored, so
that none is applied twice. Not responsible for where units are declared, nor for the size of EEG
(`amplitude`).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from neurofeedback.acquisition.amplitude import plausible_unit
from neurofeedback.acquisition.samples import Rows
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

VOLTAGE_TYPES = frozenset({"eeg", "eog", "ecg", "emg"})

# "m" for milli is the one prefix whose case means something: MV are megavolts, which no EEG has.
_SPELLING = re.compile(r"(u|\u03bc|micro|(?-i:m)|milli|n|nano|)\s*v(?:olts?)?", re.IGNORECASE)
_PREFIXES = {"u": 1e-6, "\u03bc": 1e-6, "m": 1e-3, "n": 1e-9, "": 1.0}
_PREFIXES |= {"micro": 1e-6, "milli": 1e-3, "nano": 1e-9}
_POWERS = {0.0: 1.0, -3.0: 1e-3, -6.0: 1e-6, -9.0: 1e-9}
_NOTHING = frozenset({"", "none", "n/a", "na", "unknown", "-", "?"})


def volts_per_unit(text: str) -> float | None:
    """Return what one of the named unit is in volts.

    Parameters
    ----------
    text : str
        ``microvolts``, ``uV``, ``V`` ... in any case (but ``MV`` is no millivolt), or the power of
        ten of a volt (``-6``). Blanks and NUL bytes around it do not matter.

    Returns
    -------
    float or None
        None when the text names no unit of voltage that is known.
    """
    name = _clean(text)
    spelled = _SPELLING.fullmatch(name)
    if spelled is not None:
        return _PREFIXES[spelled[1].casefold()]
    try:
        return _POWERS.get(float(name))
    except ValueError:
        return None


def is_declared(text: str) -> bool:
    """Whether the text says anything about a unit (``none`` and the like do not)."""
    return _clean(text).casefold() not in _NOTHING


def _clean(text: str) -> str:
    """Return a unit without padding, its micro sign in one form."""
    with suppress(UnicodeError):  # UTF-8 that somebody has taken for Latin-1
        text = text.encode("latin-1").decode("utf-8")
    return unicodedata.normalize("NFKC", text.replace("\x00", " ")).strip()


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
    stored : ndarray, shape (n_channels,)
        What a stored value is in volts; `factors`, but for what the reader has applied already.
    note : Message or None
        One sentence when the unit was not declared or was overruled.
    """

    factors: FloatArray
    units: tuple[str, ...]
    native_unit: str
    stored: FloatArray
    note: Message | None


def needs_samples(declared: Sequence[str], ch_types: Sequence[str], unit: str | None) -> bool:
    """Whether `scaling` has to look at samples because a unit is missing."""
    pairs = zip(declared, ch_types, strict=True)
    return unit is None and any(t in VOLTAGE_TYPES and not is_declared(d) for d, t in pairs)


def scaling(
    declared: Sequence[str],
    ch_types: Sequence[str],
    *,
    unit: str | None,
    values: Rows,
    sfreq: float,
    where: str,
    ch_names: Sequence[str] = (),
    applied: Sequence[float] = (),
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
        The user's word on the unit in which voltage channels were stored; it overrules what is
        declared.
    values : Rows, shape (n_times, n_channels)
        Samples as received, looked at only when a unit is missing. May be empty otherwise.
    sfreq : float
        Sampling rate in Hz.
    where : str
        What the units belong to, for messages.
    ch_names : sequence of str
        Name of each channel, for messages; their numbers by default.
    applied : sequence of float
        What a reader has multiplied the stored values of each channel by before they were
        received; nothing by default.

    Raises
    ------
    UserError
        If a unit is not understood, or is missing and neither other channels nor the samples tell.
    """
    chosen = _chosen(unit)
    if chosen is not None:
        note: Message | None = Message(
            "{where}: voltages were read as {unit}, as asked.", where=where, unit=unit
        )
        native = f"{unit} (given by the user)"
    else:
        names = ch_names or [f"channel {i}" for i in range(1, len(declared) + 1)]
        known = _completed(declared, ch_types, values, sfreq, where)
        note = _assumption(declared, known, names, where)
        pairs = zip(known, ch_types, strict=True)
        native = ", ".join(dict.fromkeys(d for d, t in pairs if t == "eeg"))
        if not any(is_declared(d) for d, t in zip(declared, ch_types, strict=True) if t == "eeg"):
            native = f"{native} (assumed, none declared)" if native else ""
        declared = known
    factors = [_factor(d, t, chosen, where) for d, t in zip(declared, ch_types, strict=True)]
    volts = np.array([1.0 if f is None else f for f in factors])
    return Scaling(
        factors=volts / np.array(applied) if len(applied) else volts,
        units=tuple("n/a" if f is None else "V" for f in factors),
        native_unit=native,
        stored=volts,
        note=note,
    )


def _completed(
    declared: Sequence[str],
    ch_types: Sequence[str],
    values: Rows,
    sfreq: float,
    where: str,
) -> list[str]:
    """Put a unit where none is declared and one is needed.

    What comes out of one amplifier has one unit, so that of the EEG channels which have one is
    taken; where none has, the size of the samples decides.
    """
    if not needs_samples(declared, ch_types, None):
        return list(declared)
    eeg = [i for i, kind in enumerate(ch_types) if kind == "eeg"]
    usual = Counter(declared[i] for i in eeg if is_declared(declared[i])).most_common(1)
    assumed = usual[0][0] if usual else plausible_unit(values, sfreq, eeg)
    if assumed is None:
        raise UserError(
            "{where} does not say what unit its samples have, and their size does not "
            "tell: give the unit with --unit, for example --unit uV.",
            where=where,
        )
    return [
        assumed if kind in VOLTAGE_TYPES and not is_declared(d) else d
        for d, kind in zip(declared, ch_types, strict=True)
    ]


def _assumption(
    declared: Sequence[str], known: Sequence[str], names: Sequence[str], where: str
) -> Message | None:
    """Return a sentence on the units that were put in; None if there are none."""
    bare = [i for i, (d, k) in enumerate(zip(declared, known, strict=True)) if d != k]
    if not bare:
        return None
    unit = known[bare[0]]
    if len(bare) == len(names):
        return Message(
            "{where} does not say what unit its samples have; {unit} is assumed.",
            where=where, unit=unit,
        )  # fmt: skip
    return Message(
        "{where} does not say the unit of {names}; {unit} is assumed.",
        where=where, names=", ".join(names[i] for i in bare), unit=unit,
    )  # fmt: skip


def _chosen(unit: str | None) -> float | None:
    if unit is None:
        return None
    factor = volts_per_unit(unit)
    if factor is None:
        raise UserError("{unit!r} is no unit of voltage: give V, mV, microvolts or nV.", unit=unit)
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
            "{where} gives the unit of its samples as {declared!r}, which is not "
            "understood: give the right one with --unit, for example --unit uV or --unit "
            "mV.",
            where=where,
            declared=declared,
        )
    return factor


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
