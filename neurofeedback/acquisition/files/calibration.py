"""What a stored value is worth, and what is to be said of it.

Responsible for calibrations that are possible but that a broken header may have as well. Not
responsible for where they are declared (`edf_calibration`, `brainvision_header`), nor for what a
unit is in volts (`units`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neurofeedback.acquisition.units import volts_per_unit
from neurofeedback.words.message import Message

_FEWEST = 3  # EEG signals of one calibration, by which that of another is unusual


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a stored value is worth.

    Parameters
    ----------
    gain, offset : float
        A stored value times the gain, plus the offset, is in the unit of the signal.
    low, high : float
        The range of stored values, where it is declared.
    """

    gain: float = 1.0
    offset: float = 0.0
    low: float = 0.0
    high: float = 0.0


def unusual(
    name: str,
    signals: Sequence[int],
    labels: Sequence[str],
    units: Sequence[str],
    calibrations: Sequence[Calibration],
) -> Iterator[Message]:
    """Yield what is to be said of calibrations of EEG that a broken header may have, too.

    An amplifier has one calibration for all its EEG. Some writers give each signal a range of its
    own; then nothing is usual, and nothing is said.

    Parameters
    ----------
    name : str
        Of the file.
    signals : sequence of int
        Those of EEG.
    labels, units, calibrations : sequence
        Of all signals.
    """
    told = Counter(v for i in signals if (v := volts_per_unit(units[i])) is not None)
    unit = told.most_common(1)[0][0] if told else None  # also of signals that tell none
    kinds = {i: (calibrations[i], volts_per_unit(units[i]) or unit) for i in signals}
    usual, n = Counter(kinds.values()).most_common(1)[0] if kinds else (None, 0)
    odd = [i for i in signals if kinds[i] != usual] if n >= _FEWEST and 2 * n > len(kinds) else []
    if odd:
        yield Message(
            "{name}: by the header, scaled otherwise than the rest of the EEG: {names}.",
            name=name, names=", ".join(labels[i] for i in odd),
        )  # fmt: skip
    if turned := [i for i in signals if calibrations[i].gain < 0 and i not in odd]:
        yield Message(
            "{name}: by the header, of the opposite sign: {names}.",
            name=name, names=", ".join(labels[i] for i in turned),
        )  # fmt: skip
