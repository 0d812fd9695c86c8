"""How digital values of EDF and BDF files become those in the unit of their signal.

Responsible for the ranges that a header declares, and for what is to be said of ranges that are
possible but unusual. Not responsible for other fields (`edf`), nor for what a unit is in volts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.acquisition.files.edf_fields import broken, field_text, finite
from neurofeedback.acquisition.units import volts_per_unit
from neurofeedback.errors import ReadableError
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

_RANGES = {
    "digital": later("the digital range of {label!r}"),
    "physical": later("the physical range of {label!r}"),
}
_FEWEST = 3  # EEG signals of one calibration, by which that of another is unusual


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a digital value is worth.

    Parameters
    ----------
    gain, offset : float
        A digital value times the gain, plus the offset, is in the unit of the signal.
    low, high : float
        The digital range.
    """

    gain: float = 1.0
    offset: float = 0.0
    low: float = 0.0
    high: float = 0.0


def calibrate(
    path: Path,
    columns: dict[str, list[bytes]],
    labels: Sequence[str],
    n_samples: Sequence[int],
    recorded: Sequence[int],
) -> tuple[tuple[Calibration, ...], dict[int, Message]]:
    """Return the calibration of each signal, and why those without are left out.

    Parameters
    ----------
    path : Path
    columns : dict
        See `edf_fields.signal_fields`.
    labels, n_samples : sequence
        Of all signals: name, and samples in a record.
    recorded : sequence of int
        Signals that are no annotations.

    Raises
    ------
    UserError
        If there are such signals, and none has a range.
    """
    found = [Calibration()] * len(labels)
    damage: dict[int, Message] = {}
    for i in recorded:
        try:
            if not n_samples[i]:
                raise _UnusableError(Message("its records hold no samples of it"))
            found[i] = _calibration(columns, i, labels[i])
        except _UnusableError as error:
            last = error.message
            damage[i] = Message(
                "{name}: signal {label!r} is left out, since {what}.",
                name=path.name, label=labels[i], what=last,
            )  # fmt: skip
    if damage and len(damage) == len(recorded):
        raise broken(path, last)
    return tuple(found), damage


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
            "{name}: by their headers scaled otherwise than the rest of the EEG: {names}.",
            name=name, names=", ".join(labels[i] for i in odd),
        )  # fmt: skip
    if turned := [i for i in signals if calibrations[i].gain < 0 and i not in odd]:
        yield Message(
            "{name}: with the opposite sign, since their physical range runs from high to low: "
            "{names}.",
            name=name, names=", ".join(labels[i] for i in turned),
        )  # fmt: skip


class _UnusableError(ReadableError):
    """A signal's header makes no values of its samples."""


def _calibration(columns: dict[str, list[bytes]], i: int, label: str) -> Calibration:
    """Return the calibration of a signal, if its ranges make one."""
    ends = {}
    for kind, words in _RANGES.items():
        what = Message(words, label=label)
        texts = [columns[f"{kind}_{end}"][i] for end in ("min", "max")]
        low, high = map(finite, texts)
        if low is None or high is None:
            wrong = field_text(texts[0] if low is None else texts[1])
            raise _UnusableError(Message("{what} is {text!r}", what=what, text=wrong))
        if low == high or (kind == "digital" and low > high):
            raise _UnusableError(
                Message("{what} is {low:g} to {high:g}", what=what, low=low, high=high)
            )
        ends[kind] = low, high
    (low, high), (bottom, top) = ends["digital"], ends["physical"]
    gain = (top - bottom) / (high - low)
    return Calibration(gain, bottom - low * gain, low, high)


