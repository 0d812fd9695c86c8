"""Sessions as EDF+ and BDF+ files.

Responsible for fitting samples into the integers of the format, each channel with the range that
its own samples need, and for saying how much that rounds. Not responsible for choosing sessions,
nor for where files go (`export.output`).

References
----------
Kemp B, Olivan J (2003). European data format 'plus' (EDF+). Clin Neurophysiol 114(9), 1755-1761.
doi:10.1016/S1388-2457(03)00123-8
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.export.output import Progress, Written
from neurofeedback.frames import MICROVOLTS_PER_VOLT, FloatArray
from neurofeedback.recording.read.session_data import GAP, SessionData
from neurofeedback.words.message import Message, joined

if TYPE_CHECKING:
    from edfio import EdfAnnotation

_RECORD_BYTES = 50_000  # the standard wants records of at most 61440, annotations included
_BLOCK_SECONDS = 10
_FIRST_YEAR, _LAST_YEAR = 1985, 2084
_LABEL = 16  # characters
_NUMBER = 8
_CANNOT = Message(
    "EDF+ and BDF+ cannot hold: export to fif or set, or use the BrainVision files as they are"
)


@dataclass(frozen=True, slots=True)
class _Ranges:
    """What was found in the channels: extremes, and whether all samples are whole numbers."""

    low: FloatArray
    high: FloatArray
    whole: NDArray[np.bool_]

    def fit_as_they_are(self, bits: int) -> NDArray[np.bool_]:
        """Return which channels need no scaling to be kept exactly."""
        inside: NDArray[np.bool_] = (-(2.0**bits) <= self.low) & (self.high < 2.0**bits)
        return self.whole & inside

    def outward(self, i: int) -> tuple[float, float]:
        """Return the range of a channel in numbers that the header can hold."""
        low = _outward(float(self.low[i]), ROUND_FLOOR)
        high = _outward(float(self.high[i]), ROUND_CEILING)
        return low, high if high > low else low + 1.0


def write_edf(session: SessionData, target: Path, progress: Progress) -> Written:
    """Write a session as EDF+, with 16 bits for each sample.

    Parameters
    ----------
    session : SessionData
    target : Path
        The new file.
    progress : callable
        Called with the share that is done.

    Returns
    -------
    Written

    Raises
    ------
    UserError
        If the session has gaps, samples that are no numbers or too large, or a rate that the format
        cannot say.
    """
    return _write(session, target, progress, bdf=False)


def write_bdf(session: SessionData, target: Path, progress: Progress) -> Written:
    """Write a session as BDF+, with 24 bits for each sample; see `write_edf`."""
    return _write(session, target, progress, bdf=True)


def _write(session: SessionData, target: Path, progress: Progress, *, bdf: bool) -> Written:
    from edfio import Bdf, BdfSignal, Edf, EdfSignal

    info, n_times = session.start.stream, session.raw.n_times
    _refuse_gaps(session)
    n_record, seconds = _record(info.sfreq, info.n_channels, 3 if bdf else 2)
    ranges = _ranges(session, lambda done: progress(0.4 * done))
    padding = -n_times % n_record
    digital = np.zeros((info.n_channels, n_times + padding), np.int32 if bdf else np.int16)
    labels = _labels(session.raw.ch_names)
    exact = ranges.fit_as_they_are(23 if bdf else 15)
    signals: list[Any] = [
        (BdfSignal if bdf else EdfSignal).from_digital(
            digital[i],
            n_record / seconds,
            label=labels[i],
            physical_dimension="uV" if unit == "V" else "",
            physical_range=None if exact[i] else ranges.outward(i),
        )
        for i, unit in enumerate(info.units)
    ]
    steps = _fill(session, signals, lambda done: progress(0.4 + 0.4 * done))
    (Bdf if bdf else Edf)(
        signals,
        **_identity(session),
        data_record_duration=seconds,
        annotations=_annotations(session, padding),
    ).write(target)
    in_volts = np.array([unit == "V" for unit in info.units])
    reading = 8 * np.finfo(np.float64).eps * np.maximum(np.abs(ranges.low), np.abs(ranges.high))
    errors = np.where(exact, 0.0, steps / 2 + reading)
    return Written(
        rounding=float(errors[in_volts].max(initial=0.0)),
        remarks=(
            *_rounding_remarks(errors[in_volts], errors[~in_volts]),
            *_remarks(session, padding, labels),
        ),
    )


def _refuse_gaps(session: SessionData) -> None:
    gaps = sum(text.startswith(GAP) for text in session.raw.annotations.description)
    if gaps:
        raise UserError(
            "Samples are missing in {n} place(s), which {cannot}.", n=gaps, cannot=_CANNOT
        )


def _record(sfreq: float, n_channels: int, width: int) -> tuple[int, float]:
    """Return samples and seconds of a record: about one second, exact in eight characters."""
    most = max(_RECORD_BYTES // (n_channels * width), 1)
    for n in sorted(range(1, most + 1), key=lambda n: (abs(n - sfreq), n)):
        seconds = n / sfreq
        if len(f"{seconds!r}".removesuffix(".0")) <= 8 and n / seconds == sfreq:
            return n, seconds
    raise UserError("The sampling rate is {rate!r} Hz, which {cannot}.", rate=sfreq, cannot=_CANNOT)


def _blocks(session: SessionData, progress: Progress) -> Iterator[tuple[int, FloatArray]]:
    """Yield blocks of (n_channels, n_times) in the units of the file, with their first sample."""
    raw, info = session.raw, session.start.stream
    scale = np.array([MICROVOLTS_PER_VOLT if unit == "V" else 1.0 for unit in info.units])
    n_block = max(round(_BLOCK_SECONDS * info.sfreq), 1)
    for first in range(0, raw.n_times, n_block):
        stop = min(first + n_block, raw.n_times)
        yield first, raw.get_data(start=first, stop=stop, verbose="error") * scale[:, np.newaxis]
        progress(stop / raw.n_times)


def _ranges(session: SessionData, progress: Progress) -> _Ranges:
    n_channels = session.start.stream.n_channels
    low, high = np.full(n_channels, np.inf), np.full(n_channels, -np.inf)
    whole = np.ones(n_channels, dtype=np.bool_)
    for first, block in _blocks(session, progress):
        if not np.isfinite(block).all():
            channel, sample = (int(i[0]) for i in np.nonzero(~np.isfinite(block)))
            raise UserError(
                "Sample {number} of {name} is not a number, which {cannot}.",
                number=first + sample, name=session.raw.ch_names[channel], cannot=_CANNOT,
            )  # fmt: skip
        low, high = np.minimum(low, block.min(axis=1)), np.maximum(high, block.max(axis=1))
        whole &= (block == np.rint(block)).all(axis=1)
    return _Ranges(low, high, whole)


def _outward(value: float, rounding: str) -> float:
    """Return the next number in that direction that eight characters can hold."""
    for decimals in range(4, -1, -1):
        rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=rounding)
        if len(f"{rounded:f}") <= _NUMBER:
            return float(rounded)
    raise UserError(
        "A sample has the value {value:g}, which {cannot}.", value=value, cannot=_CANNOT
    )


def _fill(session: SessionData, signals: Sequence[Any], progress: Progress) -> FloatArray:
    """Round the samples into the signals and return the size of a step in each."""
    starts = np.array([[s.physical_min, s.digital_min] for s in signals])
    widths = np.array(
        [[s.physical_max - s.physical_min, s.digital_max - s.digital_min] for s in signals]
    )
    steps: FloatArray = widths[:, 0] / widths[:, 1]
    for first, block in _blocks(session, progress):
        scaled = (block - starts[:, :1]) / steps[:, np.newaxis]
        rounded = np.clip(np.rint(scaled), 0, widths[:, 1:]) + starts[:, 1:]
        for signal, row in zip(signals, rounded, strict=True):
            signal.digital[first : first + row.size] = row
    for signal in signals:
        signal.digital[session.raw.n_times :] = signal.digital[session.raw.n_times - 1]
    return steps


def _begun(session: SessionData) -> datetime | None:
    """Return when the session began, to the second; None outside the years of the format."""
    begun = session.start.started.replace(microsecond=0)
    return begun if _FIRST_YEAR <= begun.year <= _LAST_YEAR else None


def _identity(session: SessionData) -> dict[str, Any]:
    from edfio import Patient, Recording

    begun = _begun(session)
    return {
        "patient": Patient(code=session.raw.info["subject_info"]["his_id"]),
        "recording": Recording(startdate=begun.date() if begun else None),
        "starttime": begun.time() if begun else None,
    }


def _annotations(session: SessionData, padding: int) -> list[EdfAnnotation]:
    from edfio import EdfAnnotation

    found = [
        EdfAnnotation(float(a["onset"]), float(a["duration"]) or None, _printable(a["description"]))
        for a in session.raw.annotations
    ]
    if padding:
        end, sfreq = session.raw.n_times, session.start.stream.sfreq
        found.append(EdfAnnotation(end / sfreq, padding / sfreq, f"{GAP} padding"))
    return found


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in str(text))


def _labels(names: Sequence[str]) -> list[str]:
    """Return labels of at most 16 ASCII characters, no two alike."""
    labels: list[str] = []
    for number, name in enumerate(names, start=1):
        label = name.encode("ascii", "replace").decode().replace("?", "_")[:_LABEL].strip()
        if not label or label in labels or label.endswith("Annotations"):
            label = f"Ch{number}"
        labels.append(label)
    return labels


def _rounding_remarks(volts: FloatArray, others: FloatArray) -> Iterator[Message]:
    if volts.size:
        yield Message("Samples are rounded by at most {size} µV.", size=_upward(volts.max()))
    if others.any():
        size = _upward(others.max())
        yield Message("Channels without a unit are rounded by at most {size}.", size=size)


def _upward(value: float) -> str:
    """Return a number of two digits that is not smaller."""
    return f"{Context(prec=2, rounding=ROUND_CEILING).create_decimal(value):g}"


def _remarks(session: SessionData, padding: int, labels: Sequence[str]) -> Iterator[Message]:
    if padding:
        yield Message(
            "The last record was filled up with {seconds:.3g} s of the last sample, annotated "
            "{label} padding.",
            seconds=padding / session.start.stream.sfreq, label=GAP,
        )  # fmt: skip
    pairs = zip(session.raw.ch_names, labels, strict=True)
    changed = [
        Message("{name} is {label}", name=name, label=label)
        for name, label in pairs
        if name != label
    ]
    if changed:
        yield Message(
            "Labels have at most {n} ASCII characters: {labels}.",
            n=_LABEL, labels=joined(changed, ", "),
        )  # fmt: skip
    if _begun(session) is None:
        yield Message(
            "The format has dates from {first} to {last}; this one is left out.",
            first=_FIRST_YEAR, last=_LAST_YEAR,
        )  # fmt: skip
