"""What a value in a file or stream is in volts.

Responsible for reading declared units in all their spellings; for what happens when none is
declared (an explicit choice by the user, or an assumption that the samples must bear out and that
the user gets to see); and for the doubt when samples are not of the size of EEG. This is the only
place where a factor is decided, from what was stored, so that none is applied twice. Not
responsible for where units are declared.
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

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo

VOLTAGE_TYPES = frozenset({"eeg", "eog", "ecg", "emg"})

# "m" for milli is the one prefix whose case means something: MV are megavolts, which no EEG has.
_SPELLING = re.compile(r"(u|\u03bc|micro|(?-i:m)|milli|n|nano|)\s*v(?:olts?)?", re.IGNORECASE)
_PREFIXES = {"u": 1e-6, "\u03bc": 1e-6, "m": 1e-3, "n": 1e-9, "": 1.0}
_PREFIXES |= {"micro": 1e-6, "milli": 1e-3, "nano": 1e-9}
_POWERS = {0.0: 1.0, -3.0: 1e-3, -6.0: 1e-6, -9.0: 1e-9}
_UNITS = {0: "V", -3: "mV", -6: "uV", -9: "nV"}  # by power of ten
_NOTHING = frozenset({"", "none", "n/a", "na", "unknown", "-", "?"})

# Standard deviation of scalp EEG within a second lies in this range for any usable recording.
PLAUSIBLE = (0.5e-6, 500e-6)
_SHORTEST = 64
_WINDOWS = 512  # seconds looked at, spread over the recording
# A wrong unit moves all channels alike. Electrodes that are off, shorted or dead do not: there are
# some among good ones, and a single one, or a few, are for `signal.quality` to find. So a unit is
# doubted only where more than this share of the channels that have it are too large, or too small,
# together; channels that do not move at all say nothing either way, as no factor would mend them.
_DOUBTED = 0.75


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
    note : str
        One sentence when the unit was not declared or was overruled, else empty.
    """

    factors: FloatArray
    units: tuple[str, ...]
    native_unit: str
    stored: FloatArray
    note: str


def amplitudes(values: FloatArray, sfreq: float) -> FloatArray:
    """Return the size of each channel, its offset aside.

    The standard deviation within windows of a second, median over windows: neither drift nor a few
    artefacts count.

    Parameters
    ----------
    values : ndarray, shape (n_times, n_channels)
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray, shape (n_channels,)
        In the unit of the values; NaN where there are too few samples to tell.
    """
    n_times, n_channels = values.shape
    if n_times < _SHORTEST:
        return np.full(n_channels, np.nan)
    n_window = max(_SHORTEST, min(round(sfreq), n_times))
    n_windows = n_times // n_window
    some = np.unique(np.linspace(0, n_windows - 1, _WINDOWS).astype(np.int64))
    cut = values[: n_windows * n_window].reshape(n_windows, n_window, n_channels)[some]
    with np.errstate(invalid="ignore", over="ignore"):
        spread = cut.std(axis=1)
    return np.array([_median(column[np.isfinite(column)]) for column in spread.T])


def plausible_unit(values: FloatArray, sfreq: float) -> str | None:
    """Return the unit in which the values are of the size of EEG: ``microvolts`` or ``V``.

    Judged by the median over channels of their `amplitudes`; the two units lie a factor of a
    million apart, so that they cannot be confused.

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
    sizes = amplitudes(values, sfreq)
    size = _median(sizes[np.isfinite(sizes)])
    for unit, factor in (("microvolts", 1e-6), ("V", 1.0)):
        if PLAUSIBLE[0] <= size * factor < PLAUSIBLE[1]:
            return unit
    return None


def doubtful_unit(data: FloatArray, info: StreamInfo, factors: FloatArray) -> str:
    """Return why the unit of a recording's EEG seems to be wrong; empty if it does not.

    Parameters
    ----------
    data : ndarray, shape (n_times, n_channels)
        Volts.
    info : StreamInfo
        What it is a recording of.
    factors : ndarray, shape (n_channels,)
        What a stored value of each channel was taken to be in volts.

    Returns
    -------
    str
        Names a channel, its size and how far the unit is probably off; without a full stop.
    """
    eeg = [i for i in info.eeg if info.units[i] == "V"]
    sizes = dict(zip(eeg, amplitudes(data[:, eeg], info.sfreq), strict=True))
    for factor in dict.fromkeys(float(factors[i]) for i in eeg):
        moving = [i for i in sorted(eeg, key=sizes.__getitem__) if factors[i] == factor]
        moving = [i for i in moving if sizes[i] > 0]
        small = [i for i in moving if sizes[i] < PLAUSIBLE[0]]
        large = [i for i in moving if sizes[i] >= PLAUSIBLE[1]]
        for off in (small, large):
            if len(off) > _DOUBTED * len(moving):
                typical = off[len(off) // 2]
                return _doubt(info.ch_names[typical], float(sizes[typical]), factor)
    return ""


def _doubt(name: str, size: float, factor: float) -> str:
    usual = math.sqrt(PLAUSIBLE[0] * PLAUSIBLE[1])
    off = 3 * round(math.log10(size / usual) / 3)
    power = round(math.log10(factor))
    instead = f", {_UNITS[power - off]} instead of {_UNITS[power]}" if power - off in _UNITS else ""
    return (
        f"channel {name} has an amplitude of {size * 1e6:.3g} uV where EEG has "
        f"{PLAUSIBLE[0] * 1e6:g} to {PLAUSIBLE[1] * 1e6:g} uV, so that its unit is probably wrong "
        f"by a factor of 10^{abs(off)} (too {'large' if off > 0 else 'small'}{instead})"
    )


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if values.size else math.nan


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
    values : ndarray, shape (n_times, n_channels)
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
    chosen, note = _chosen(unit), ""
    if chosen is not None:
        note = f"{where}: voltages were read as {unit}, as asked."
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
    values: FloatArray,
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
    assumed = usual[0][0] if usual else plausible_unit(values[:, eeg], sfreq)
    if assumed is None:
        raise UserError(
            f"{where} does not say what unit its samples have, and their size does not tell: "
            "give the unit with --unit, for example --unit uV."
        )
    return [
        assumed if kind in VOLTAGE_TYPES and not is_declared(d) else d
        for d, kind in zip(declared, ch_types, strict=True)
    ]


def _assumption(
    declared: Sequence[str], known: Sequence[str], names: Sequence[str], where: str
) -> str:
    """Return a sentence on the units that were put in; empty if there are none."""
    bare = [i for i, (d, k) in enumerate(zip(declared, known, strict=True)) if d != k]
    if not bare:
        return ""
    if len(bare) == len(names):
        return f"{where} does not say what unit its samples have; {known[bare[0]]} is assumed."
    which = ", ".join(names[i] for i in bare)
    return f"{where} does not say the unit of {which}; {known[bare[0]]} is assumed."


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
            "give the right one with --unit, for example --unit uV or --unit mV."
        )
    return factor


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
