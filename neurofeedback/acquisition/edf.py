"""The header of EDF and BDF files, checked before anything is believed, and their gaps.

Responsible for refusing broken files with a sentence, for the declared units and for the record
times of discontinuous files (EDF+D, BDF+D), which MNE joins without a word. Not responsible for
reading samples (MNE does, through `readers`).

References
----------
Kemp B, Olivan J (2003). European data format 'plus' (EDF+). Clin Neurophysiol 114(9), 1755-1761.
doi:10.1016/S1388-2457(03)00123-8
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurofeedback.acquisition.recorded import Annotation, Gap
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray

# Fields of a signal's header after the fixed 256 bytes: name and width, in order.
_FIELDS = (
    ("label", 16),
    ("transducer", 80),
    ("unit", 8),
    ("physical_min", 8),
    ("physical_max", 8),
    ("digital_min", 8),
    ("digital_max", 8),
    ("prefilter", 80),
    ("n_samples", 8),
    ("reserved", 32),
)
_ANNOTATIONS = ("EDF Annotations", "BDF Annotations")
_TAL = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14([^\x00]*)\x14\x00")


@dataclass(frozen=True, slots=True)
class EdfHeader:
    """What the header of an EDF or BDF file says, consistent with the file's size.

    Parameters
    ----------
    labels, units : tuple of str
        Of every signal, annotation signals included.
    n_samples : tuple of int
        Samples of each signal in a record.
    n_records : int
        Number of data records in the file.
    record_seconds : float
        Length of a record, s.
    header_bytes : int
        Where the records start.
    bytes_per_sample : int
        2 for EDF, 3 for BDF.
    discontinuous : bool
        Whether the file declares itself EDF+D or BDF+D.
    notes : tuple of str
        What the user should know.
    """

    labels: tuple[str, ...]
    units: tuple[str, ...]
    n_samples: tuple[int, ...]
    n_records: int
    record_seconds: float
    header_bytes: int
    bytes_per_sample: int
    discontinuous: bool
    notes: tuple[str, ...]

    @property
    def signals(self) -> tuple[int, ...]:
        """Indices of the signals that are no annotations."""
        return tuple(i for i, label in enumerate(self.labels) if label not in _ANNOTATIONS)


def read_header(path: Path) -> EdfHeader:
    """Read and check the header of an EDF or BDF file.

    Raises
    ------
    UserError
        If the header contradicts itself or the size of the file.
    OSError
        If the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        fixed = file.read(256)
        if len(fixed) < 256:
            raise _broken(path, f"it has only {size} bytes")
        width = _sample_width(path, fixed)
        header_bytes = _integer(path, fixed[184:192], "the header's size")
        n_signals = _integer(path, fixed[252:256], "the number of signals")
        if n_signals < 1 or header_bytes != 256 * (n_signals + 1):
            raise _broken(path, f"a header of {header_bytes} bytes for {n_signals} signals")
        rest = file.read(256 * n_signals)
    if len(rest) < 256 * n_signals:
        raise _broken(path, "the file ends within its header")
    columns = _columns(rest, n_signals)
    n_samples = tuple(
        _integer(path, text, "the number of samples in a record") for text in columns["n_samples"]
    )
    if min(n_samples) < 1:
        raise _broken(path, "a signal without samples in its records")
    labels = tuple(_text(b) for b in columns["label"])
    _check_ranges(path, columns, labels)
    record_seconds = _number(path, fixed[244:252], "the length of a record")
    if record_seconds < 0 or (record_seconds == 0 and set(labels) - set(_ANNOTATIONS)):
        raise _broken(path, f"records of {record_seconds} s")
    declared = _integer(path, fixed[236:244], "the number of records")
    n_records, notes = _count_records(path, declared, size - header_bytes, width * sum(n_samples))
    return EdfHeader(
        labels=labels,
        units=tuple(_text(b) for b in columns["unit"]),
        n_samples=n_samples,
        n_records=n_records,
        record_seconds=record_seconds,
        header_bytes=header_bytes,
        bytes_per_sample=width,
        discontinuous=fixed[192:197] in (b"EDF+D", b"BDF+D"),
        notes=notes,
    )


def record_texts(path: Path, header: EdfHeader) -> list[bytes]:
    """Return the bytes of the first annotation signal of each record."""
    at = next((i for i, label in enumerate(header.labels) if label in _ANNOTATIONS), None)
    if at is None:
        raise _broken(path, "it declares gaps between records but does not say when they start")
    width = header.bytes_per_sample
    start, stop = (width * sum(header.n_samples[:i]) for i in (at, at + 1))
    raw = np.fromfile(path, dtype=np.uint8, offset=header.header_bytes)
    records = raw[: header.n_records * width * sum(header.n_samples)]
    return [row.tobytes() for row in records.reshape(header.n_records, -1)[:, start:stop]]


def record_onsets(path: Path, texts: list[bytes]) -> FloatArray:
    """Return the time in s at which each record starts.

    Raises
    ------
    UserError
        If a record does not say, or time runs backwards.
    """
    onsets = np.empty(len(texts))
    for i, text in enumerate(texts):
        found = _TAL.match(text)
        if found is None:
            raise _broken(path, f"record {i + 1} does not say when it starts")
        onsets[i] = float(found[1])
    if (np.diff(onsets) < 0).any():
        raise _broken(path, "its records are not in order of time")
    return onsets


def parse_annotations(texts: list[bytes], start: float) -> list[Annotation]:
    """Return the annotations in the records' texts, on the time line that begins at `start`."""
    found = []
    for text in texts:
        for onset, duration, words in _TAL.findall(text):
            for word in words.split(b"\x14"):
                if word:
                    said = word.decode("utf-8", errors="replace")
                    found.append(Annotation(float(onset) - start, float(duration or 0), said))
    return found


def gaps_between_records(onsets: FloatArray, header: EdfHeader, n_samples: int) -> list[Gap]:
    """Return the gaps between records that do not follow on, by more than half a sample."""
    missing = np.diff(onsets) - header.record_seconds
    tolerance = 0.5 * header.record_seconds / n_samples
    at = np.flatnonzero(np.abs(missing) > tolerance)
    return [Gap(int(i + 1) * n_samples, float(missing[i])) for i in at]


def _sample_width(path: Path, fixed: bytes) -> int:
    if fixed[:8].strip() == b"0":
        return 2
    if fixed[0] == 0xFF and fixed[1:8] == b"BIOSEMI":
        return 3
    raise _broken(path, "it does not begin like an EDF or BDF file")


def _columns(rest: bytes, n_signals: int) -> dict[str, list[bytes]]:
    columns, at = {}, 0
    for name, width in _FIELDS:
        columns[name] = [rest[at + i * width : at + (i + 1) * width] for i in range(n_signals)]
        at += width * n_signals
    return columns


def _check_ranges(path: Path, columns: dict[str, list[bytes]], labels: tuple[str, ...]) -> None:
    for kind in ("digital", "physical"):
        ends = zip(labels, columns[f"{kind}_min"], columns[f"{kind}_max"], strict=True)
        for label, low, high in ends:
            what = f"the {kind} range of {label!r}"
            bottom, top = _number(path, low, what), _number(path, high, what)
            if label not in _ANNOTATIONS and (
                bottom == top or (kind == "digital" and bottom > top)
            ):
                raise _broken(path, f"{what} is {bottom:g} to {top:g}")


def _count_records(
    path: Path, declared: int, n_bytes: int, record_bytes: int
) -> tuple[int, tuple[str, ...]]:
    if declared == -1:
        n_records = n_bytes // record_bytes
        note = (
            f"{path.name} was never closed by its recorder: its {n_records} whole records are read."
        )
        return n_records, (note,)
    if declared < 1:
        raise UserError(f"{path} holds no samples: the recording is empty.")
    if n_bytes != declared * record_bytes:
        raise _broken(
            path,
            f"its header announces {declared * record_bytes} bytes of samples and there are "
            f"{n_bytes} (cut short, or not copied whole)",
        )
    return declared, ()


def _text(field: bytes) -> str:
    return field.decode("latin-1").replace("\x00", " ").strip()


def _number(path: Path, field: bytes, what: str) -> float:
    try:
        value = float(_text(field))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _broken(path, f"{what} is {_text(field)!r}")
    return value


def _integer(path: Path, field: bytes, what: str) -> int:
    value = _number(path, field, what)
    if value != int(value):
        raise _broken(path, f"{what} is {_text(field)!r}")
    return int(value)


def _broken(path: Path, what: str) -> UserError:
    return UserError(f"{path} is not a whole EDF or BDF file: {what}. Get a fresh copy of it.")
