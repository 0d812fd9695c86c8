"""Measures of a whole recording.

Responsible for frontal alpha asymmetry and occipital alpha power of a recording, each with
everything one must know to compare it with another: formula, logarithm, reference, band, window.
Not responsible for cleaning: every sample counts, artefacts included.

Powers are given in microvolts squared per hertz, since a person reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.errors import UserError
from neurofeedback.frames import MICROVOLTS_PER_VOLT, StreamInfo
from neurofeedback.signal.asymmetry import log_asymmetry
from neurofeedback.signal.reference import Reference, describe_reference, spatial_matrix
from neurofeedback.signal.spectrum import (
    ALPHA_BAND,
    WINDOW_SECONDS,
    Spectrum,
    welch_spectrum,
)

STANDARD_PAIRS = (("F3", "F4"), ("F7", "F8"), ("F1", "F2"), ("F5", "F6"))
OCCIPITAL = ("O1", "O2")
POWER_UNIT = "uV^2/Hz"


@dataclass(frozen=True, slots=True)
class Method:
    """How the numbers came about, in words.

    Parameters
    ----------
    formula, sign, log, quantity : str
        Of the asymmetry.
    reference : str
        What was subtracted, e.g. ``average of 64``.
    band : (float, float)
        Hz, inclusive.
    window : str
        How spectra were estimated.
    n_windows : int
        How many windows were averaged.
    """

    formula: str
    sign: str
    log: str
    quantity: str
    reference: str
    band: tuple[float, float]
    window: str
    n_windows: int


@dataclass(frozen=True, slots=True)
class PairAsymmetry:
    """Asymmetry of one pair of channels.

    Parameters
    ----------
    left, right : str
        Channels.
    value : float
        ``ln P_right - ln P_left``.
    power_left, power_right : float
        Mean power density in the band, uV^2/Hz.
    """

    left: str
    right: str
    value: float
    power_left: float
    power_right: float


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of a recording.

    Parameters
    ----------
    name : str
        Name of the file or stream.
    sfreq : float
        Hz.
    n_times : int
        Number of samples.
    seconds : float
        Length without gaps.
    eeg_channels : tuple of str
        Channels taken for EEG.
    other_channels : tuple of str
        Channels that are not.
    native_unit : str
        Unit of the samples as written in the file, or what was assumed.
    gaps : int
        Number of places where samples are missing.
    notes : tuple of str
        What the user should know about how the file was read.
    method : Method
    faa : tuple of PairAsymmetry
        Frontal alpha asymmetry, a pair each.
    occipital_alpha : float or None
        Mean of O1 and O2 in the same band, uV^2/Hz; None without both.
    """

    name: str
    sfreq: float
    n_times: int
    seconds: float
    eeg_channels: tuple[str, ...]
    other_channels: tuple[str, ...]
    native_unit: str
    gaps: int
    notes: tuple[str, ...]
    method: Method
    faa: tuple[PairAsymmetry, ...]
    occipital_alpha: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the measures as plain JSON types; ``power_unit`` says what powers are in."""
        return {**asdict(self), "power_unit": POWER_UNIT}


def measure_recording(
    recording: Recording,
    reference: Reference = "average",
    pairs: Sequence[tuple[str, str]] | None = None,
) -> Measures:
    """Measure a whole recording.

    Parameters
    ----------
    recording : Recording
        As `acquisition.replay.load_recording` returns it.
    reference : 'average', 'as-recorded' or tuple of str
        See `signal.reference.spatial_matrix`. Asymmetries of different references must not be
        compared.
    pairs : sequence of (str, str), optional
        Left and right channels. By default F3/F4, which must be there, and F7/F8, F1/F2 and F5/F6
        where they are.

    Returns
    -------
    Measures

    Raises
    ------
    UserError
        If a channel is missing, has values that are no numbers or no power at all, if the rate is
        too low for the band or the recording too short.
    """
    info = recording.info
    wanted = _existing_pairs(info) if pairs is None else tuple(pairs)
    names = list(dict.fromkeys(name for pair in wanted for name in pair))
    _require(info, names)
    has_occipital = set(OCCIPITAL) <= set(info.ch_names)
    picks = list(dict.fromkeys([*names, *(OCCIPITAL if has_occipital else ())]))
    spectrum = _spectrum(recording, picks, reference)
    power = dict(
        zip(picks, spectrum.band_power().tolist(), strict=True)  # V^2/Hz
    )
    occipital = sum(power[name] for name in OCCIPITAL) / 2 if has_occipital else None
    return Measures(
        name=info.name,
        sfreq=info.sfreq,
        n_times=recording.n_times,
        seconds=recording.seconds,
        eeg_channels=tuple(info.ch_names[i] for i in info.eeg),
        other_channels=tuple(
            n for n, t in zip(info.ch_names, info.ch_types, strict=True) if t != "eeg"
        ),
        native_unit=info.native_unit,
        gaps=len(recording.gaps),
        notes=recording.notes,
        method=_method(info, reference, spectrum.n_windows),
        faa=tuple(_asymmetry(info, left, right, power) for left, right in wanted),
        occipital_alpha=None if occipital is None else occipital * MICROVOLTS_PER_VOLT**2,
    )


def _existing_pairs(info: StreamInfo) -> tuple[tuple[str, str], ...]:
    first, *others = STANDARD_PAIRS
    return (first, *(pair for pair in others if set(pair) <= set(info.ch_names)))


def _require(info: StreamInfo, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in info.ch_names]
    if missing:
        raise UserError(
            f"{info.name} has no channel {' and no '.join(missing)}, so its asymmetry cannot be "
            f"measured; its channels are {', '.join(info.ch_names)}."
        )


def _spectrum(recording: Recording, picks: Sequence[str], reference: Reference) -> Spectrum:
    info = recording.info
    if info.sfreq < 2 * ALPHA_BAND[1]:
        raise UserError(
            f"{info.name} was sampled at {info.sfreq:g} Hz, too slowly for {ALPHA_BAND[1]:g} Hz."
        )
    matrix = spatial_matrix(info, picks, reference)
    used = np.flatnonzero(matrix.any(axis=0))
    data = recording.data[:, used]
    bad = used[~np.isfinite(data).all(axis=0)]
    if bad.size:
        raise UserError(
            f"{info.name} holds values that are no numbers in "
            f"{', '.join(info.ch_names[i] for i in bad)}; choose another reference or channels."
        )
    try:
        return welch_spectrum(data @ matrix[:, used].T, info.sfreq, list(recording.segments()))
    except ValueError as error:
        raise UserError(
            f"{info.name} is too short: a stretch of {WINDOW_SECONDS:g} s without a gap is needed."
        ) from error


def _asymmetry(info: StreamInfo, left: str, right: str, power: dict[str, float]) -> PairAsymmetry:
    flat = [name for name in (left, right) if not power[name] > 0]
    if flat:
        raise UserError(f"{info.name}: channel {' and '.join(flat)} is flat, it has no power.")
    return PairAsymmetry(
        left,
        right,
        value=log_asymmetry(power[left], power[right]),
        power_left=power[left] * MICROVOLTS_PER_VOLT**2,
        power_right=power[right] * MICROVOLTS_PER_VOLT**2,
    )


def _method(info: StreamInfo, reference: Reference, n_windows: int) -> Method:
    return Method(
        formula="ln P(right) - ln P(left), P = mean power density in the band",
        sign="higher = more alpha on the right, read as relatively greater left activity",
        log="natural",
        quantity="power",
        reference=describe_reference(reference, info),
        band=ALPHA_BAND,
        window=f"Welch, Hann windows of {WINDOW_SECONDS:g} s, half overlapping, constant removed",
        n_windows=n_windows,
    )
