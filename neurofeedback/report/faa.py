"""Frontal alpha asymmetry of a recording, by pair and reference.

Responsible for every pair and every reference a recording allows, in all forms. Not responsible for
what asymmetry is (`signal.measures.asymmetry`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations

from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.report.sections import Reading, require_band
from neurofeedback.report.sums import Wanted
from neurofeedback.signal.measures.asymmetry import Asymmetry, Pair, asymmetry
from neurofeedback.signal.measures.spectrum import ALPHA_BAND, Spectrum
from neurofeedback.signal.reference import possible_references
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

FORMULA = later("ln P(right) - ln P(left), P = mean power density in the band")
SIGN = later("higher = more alpha on the right, read as relatively greater left activity")


@dataclass(frozen=True, slots=True)
class PairAsymmetry:
    """Asymmetry of one pair of channels.

    Parameters
    ----------
    left, right : str
        Channels.
    value : float
        ``ln P_right - ln P_left``.
    ratio : float
        ``(P_right - P_left) / (P_right + P_left)``.
    decibels : float
        ``10 log10 P_right - 10 log10 P_left``.
    power_left, power_right : float
        Mean power density in the band, in the unit of the reference's powers.
    """

    left: str
    right: str
    value: float
    ratio: float
    decibels: float
    power_left: float
    power_right: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A pair without a value.

    Parameters
    ----------
    left, right : str
        Channels.
    reason : Message
        Which channel it is, and what is wrong with it.
    """

    left: str
    right: str
    reason: Message


@dataclass(frozen=True, slots=True)
class ReferenceAsymmetry:
    """Asymmetries with one reference.

    Parameters
    ----------
    reference : str
        What was subtracted, e.g. ``average of 64``.
    power_unit : str
        Unit of the powers.
    n_windows : int
        How many windows were averaged.
    pairs : tuple of PairAsymmetry
        Pairs that contain the reference itself are left out.
    mean : float or None
        Mean of the pairs' values; None with fewer than two.
    missing : str
        Why there are none; empty where there are.
    left_out : tuple of LeftOut
        Pairs that have no value, as their electrodes had no signal of their own.
    """

    reference: str
    power_unit: str
    n_windows: int
    pairs: tuple[PairAsymmetry, ...]
    mean: float | None
    missing: str = ""
    left_out: tuple[LeftOut, ...] = ()


def asymmetry_wants(reading: Reading, pairs: Sequence[Pair]) -> Iterator[Wanted]:
    """Yield the spectra behind the asymmetries with the reading's and with every reference."""
    references = (reading.reference, *possible_references(reading.info, reading.lost))
    for other in map(reading.with_reference, references):
        usable, _ = usable_pairs(other, [p for p in pairs if not set(p) & set(other.own)])
        if names := _names(usable):
            with suppress(UserError):  # this reference has no asymmetry, and will say so
                yield other.wanted(names)


def usable_pairs(reading: Reading, pairs: Iterable[Pair]) -> tuple[list[Pair], tuple[LeftOut, ...]]:
    """Return pairs whose electrodes, and those of the reference, have a signal; and the others."""
    usable, left_out = [], []
    for pair in pairs:
        reason = _fault(reading, pair)
        if reason is None:
            usable.append(pair)
        else:
            left_out.append(LeftOut(*pair, reason))
    return usable, tuple(left_out)


def _fault(reading: Reading, pair: Pair) -> Message | None:
    names = dict.fromkeys((*pair, *reading.own))
    lost = [reading.lost[name] for name in names if name in reading.lost]
    bridged = (reading.loss.bridge(*both) for both in combinations(names, 2))
    return next(filter(None, (*lost, *bridged)), None)


def measure_pairs(reading: Reading, pairs: Sequence[Pair]) -> ReferenceAsymmetry:
    """Measure the pairs that can be measured with the reading's reference; say why others cannot.

    Raises
    ------
    UserError
        As `measure_asymmetry`.
    """
    usable, left_out = usable_pairs(reading, pairs)
    if not usable:
        missing = left_out[0].reason if left_out else ""
        return replace(no_pairs(reading, missing), left_out=left_out)
    return replace(measure_asymmetry(reading, usable), left_out=left_out)


def no_pairs(reading: Reading, missing: str = "") -> ReferenceAsymmetry:
    """Return that there are no asymmetries with the reading's reference, and why."""
    return ReferenceAsymmetry(reading.words, reading.power_scale()[1], 0, (), None, missing)


def measure_asymmetry(
    reading: Reading,
    pairs: Sequence[Pair],
    band: tuple[float, float] = ALPHA_BAND,
) -> ReferenceAsymmetry:
    """Measure pairs with the reading's reference.

    Raises
    ------
    UserError
        If a channel is missing, has values that are no numbers or no power at all, if the rate is
        too low for the band or the recording too short.
    """
    names = _names(pairs)
    require_band(reading, names, band)
    spectrum = reading.spectrum(names)
    power = band_powers(spectrum, names, band)
    scale, unit = reading.power_scale()
    found = [_pair(reading.info, pair, power) for pair in pairs]
    return ReferenceAsymmetry(
        reading.words,
        unit,
        spectrum.n_windows,
        tuple(
            PairAsymmetry(
                *one.pairs[0],
                one.value,
                one.ratio,
                one.decibels,
                one.power_left * scale,
                one.power_right * scale,
            )
            for one in found
        ),
        asymmetry(power, pairs).value if len(pairs) > 1 else None,
    )


def asymmetry_by_reference(
    reading: Reading, pairs: Sequence[Pair]
) -> tuple[ReferenceAsymmetry, ...]:
    """Measure pairs with every reference that the recording allows, each on its own."""
    found = []
    for reference in possible_references(reading.info, reading.lost):
        other = reading.with_reference(reference)
        usable = [pair for pair in pairs if not set(pair) & set(other.own)]
        if not usable:
            continue
        try:
            found.append(measure_pairs(other, usable))
        except UserError as error:
            found.append(no_pairs(other, error.message))
    return tuple(found)


def band_powers(
    spectrum: Spectrum, names: Sequence[str], band: tuple[float, float]
) -> dict[str, float]:
    """Return the mean power density of each channel in a band."""
    return dict(zip(names, spectrum.band_power(band).tolist(), strict=True))


def _names(pairs: Iterable[Pair]) -> list[str]:
    return list(dict.fromkeys(name for pair in pairs for name in pair))


def _pair(info: StreamInfo, pair: Pair, power: dict[str, float]) -> Asymmetry:
    flat = [name for name in pair if not power[name] > 0]
    if flat:
        raise UserError(
            "{stream}: channel {name} is flat, it has no power.",
            stream=info.name,
            name=flat[0] if len(flat) == 1 else _both(*flat),
        )
    return asymmetry(power, [pair])


def _both(left: str, right: str) -> Message:
    return Message("{left} and {right}", left=left, right=right)
