"""How large EEG is, and what that says of its unit.

Responsible for the size of channels, and for what it tells where a unit is missing or seems to be
wrong. Not responsible for what a unit is in volts (`units`), nor for judging electrodes
(`signal.quality`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neurofeedback.acquisition.samples import Rows, any_numbers
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.words.message import Message

_UNITS = {0: "V", -3: "mV", -6: "uV", -9: "nV"}  # by power of ten

# Standard deviation of scalp EEG within a second lies in this range for any usable recording.
PLAUSIBLE = (0.5e-6, 500e-6)
# Median over electrodes of what scalp EEG has between 4 and 40 Hz, without drift and mains. In
# recordings of 41 people, windows of 5 s have 2.8 to 31 uV, or up to 58 with artefacts.
SCALP = (1.5e-6, 60e-6)
_SCALP_HZ = (4.0, 40.0)
_SHORTEST = 64
_WINDOWS = 24  # seconds looked at, spread over the recording: enough to tell the size of any
# A wrong unit moves all channels alike. Electrodes that are off, shorted or dead do not: there are
# some among good ones, and a single one, or a few, are for `signal.quality` to find. So a unit is
# doubted only where more than this share of the channels that have it are too large, or too small,
# together; channels that do not move at all say nothing either way, as no factor would mend them.
_DOUBTED = 0.75


def amplitudes(values: Rows, sfreq: float) -> FloatArray:
    """Return the size of each channel, its offset aside.

    The standard deviation within windows of a second, median over windows: neither drift nor a few
    artefacts count.

    Parameters
    ----------
    values : Rows, shape (n_times, n_channels)
        Only the windows that are looked at are read.
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
    some = np.unique(np.linspace(0, n_windows - 1, _WINDOWS).astype(np.int64)).tolist()
    with any_numbers():
        cut = np.stack([values[k * n_window : (k + 1) * n_window] for k in some])
        # The offset first, so that a flat channel has no amplitude rather than a rounding error.
        spread = (cut - cut[:, :1]).std(axis=1)
    return np.array([_median(column[np.isfinite(column)]) for column in spread.T])


def plausible_unit(values: Rows, sfreq: float, picks: Sequence[int] | None = None) -> str | None:
    """Return the unit in which the values are of the size of EEG: ``microvolts`` or ``V``.

    Judged by the median `amplitudes` of the channels that move at all; the two units lie a factor
    of a million apart, so that they cannot be confused.

    Parameters
    ----------
    values : Rows, shape (n_times, n_channels)
        As received.
    sfreq : float
        Sampling rate in Hz.
    picks : sequence of int, optional
        Columns of the EEG channels; all by default.

    Returns
    -------
    str or None
        None if neither fits, or there are too few samples to tell.
    """
    sizes = amplitudes(values, sfreq)
    sizes = sizes if picks is None else sizes[list(picks)]
    size = _median(sizes[sizes > 0])
    for unit, factor in (("microvolts", 1e-6), ("V", 1.0)):
        if PLAUSIBLE[0] <= size * factor < PLAUSIBLE[1]:
            return unit
    return None


def doubtful_unit(data: Rows, info: StreamInfo, factors: FloatArray) -> Message | None:
    """Return why the unit of a recording's EEG seems to be wrong; None if it does not.

    Parameters
    ----------
    data : Rows, shape (n_times, n_channels)
        Volts.
    info : StreamInfo
        What it is a recording of.
    factors : ndarray, shape (n_channels,)
        What a stored value of each channel was taken to be in volts.

    Returns
    -------
    Message or None
        Names a channel, its size and how far the unit is probably off; without a full stop.
    """
    eeg = [i for i in info.eeg if info.units[i] == "V"]
    sizes = amplitudes(data, info.sfreq)
    for factor in dict.fromkeys(float(factors[i]) for i in eeg):
        moving = [i for i in sorted(eeg, key=lambda i: float(sizes[i])) if factors[i] == factor]
        moving = [i for i in moving if sizes[i] > 0]
        small = [i for i in moving if sizes[i] < PLAUSIBLE[0]]
        large = [i for i in moving if sizes[i] >= PLAUSIBLE[1]]
        for off in (small, large):
            if len(off) > _DOUBTED * len(moving):
                typical = off[len(off) // 2]
                return _doubt(info.ch_names[typical], float(sizes[typical]), factor)
    return None


def doubtful_size(data: FloatArray, info: StreamInfo) -> Message | None:
    """Return why a stretch of a live stream is not of the size of scalp EEG; None if it is.

    Finer than `doubtful_unit`: it tells a gain that is wrong by ten, where that leads out of the
    range in which scalp EEG lies.

    Parameters
    ----------
    data : ndarray, shape (n_times, n_channels)
        Volts; a few seconds.
    info : StreamInfo
        Its `sfreq` is that of the data.

    Returns
    -------
    Message or None
        Without a full stop.
    """
    eeg = [i for i in info.eeg if info.units[i] == "V"]
    values = data[:, eeg]
    values = values[:, np.isfinite(values).all(axis=0)]
    if len(values) < _SHORTEST or values.shape[1] < 2:
        return None
    sizes = _scalp_sizes(values, info.sfreq)
    moving = sizes[sizes > 0]
    size = _median(moving)
    if 2 * len(moving) <= len(eeg) or SCALP[0] <= size <= SCALP[1]:
        return None
    side = Message("too small") if size < SCALP[0] else Message("too large")
    return Message(
        "the electrodes have a median amplitude of {size:.2g} uV from 4 to 40 Hz where scalp EEG "
        "has {least:g} to {most:g} uV, so that unit or gain are probably wrong ({side}), or the "
        "electrodes are not on a head",
        size=size * 1e6, least=SCALP[0] * 1e6, most=SCALP[1] * 1e6, side=side,
    )  # fmt: skip


def _scalp_sizes(values: FloatArray, sfreq: float) -> FloatArray:
    """Return the RMS of each column from 4 to 40 Hz."""
    taper = np.hanning(len(values))[:, None]
    found = np.fft.rfft((values - values.mean(axis=0)) * taper, axis=0)
    freqs = np.fft.rfftfreq(len(values), 1.0 / sfreq)
    kept = found[(freqs >= _SCALP_HZ[0]) & (freqs <= _SCALP_HZ[1])]
    power = 2.0 * (np.abs(kept) ** 2).sum(axis=0) / (len(values) * (taper**2).sum())
    return np.asarray(np.sqrt(power))


def _doubt(name: str, size: float, factor: float) -> Message:
    usual = math.sqrt(PLAUSIBLE[0] * PLAUSIBLE[1])
    off = 3 * round(math.log10(size / usual) / 3)
    power = round(math.log10(factor))
    side = Message("too large") if off > 0 else Message("too small")
    if power - off in _UNITS:
        side = Message(
            "{side}, {right} instead of {unit}",
            side=side, right=_UNITS[power - off], unit=_UNITS[power],
        )  # fmt: skip
    return Message(
        "channel {name} has an amplitude of {size:.3g} uV where EEG has {least:g} to {most:g} uV, "
        "so that its unit is probably wrong by a factor of 10^{power} ({side})",
        name=name, size=size * 1e6, least=PLAUSIBLE[0] * 1e6, most=PLAUSIBLE[1] * 1e6,
        power=abs(off), side=side,
    )  # fmt: skip


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if values.size else math.nan
