"""How digital values of EDF and BDF files become those in the unit of their signal.

Responsible for the ranges that a header declares. Not responsible for other fields (`edf`), for
ranges that are possible but unusual (`calibration`), nor for what a unit is in volts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neurofeedback.acquisition.files.calibration import Calibration
from neurofeedback.acquisition.files.edf_fields import broken, field_text, finite
from neurofeedback.errors import ReadableError
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

_RANGES = {
    "digital": later("the digital range of {label!r}"),
    "physical": later("the physical range of {label!r}"),
}


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
