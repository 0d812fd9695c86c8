"""The header of EDF and BDF files, checked before anything is believed, and their gaps.

Responsible for refusing broken files with a sentence, for what the header declares, and for the
texts and times of records. Which of the two formats a file has is told by its first bytes, never by
its name. Not responsible for samples (`edf_samples`).

References
----------
Kemp B, Olivan J (2003). European data format 'plus' (EDF+). Clin Neurophysiol 114(9), 1755-1761.
doi:10.1016/S1388-2457(03)00123-8
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurofeedback.acquisition.files.calibration import Calibration
from neurofeedback.acquisition.files.edf_calibration import calibrate
from neurofeedback.acquisition.files.edf_fields import (
    broken,
    decoded,
    field_text,
    integer,
    number,
    signal_fields,
)
from neurofeedback.acquisition.recorded import Annotation, Gap
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

_ANNOTATIONS = re.compile(r"[EB]DF[ _+]*Annotations?", re.IGNORECASE)
_TAL = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14([^\x00]*)\x14\x00")


@dataclass(frozen=True, slots=True)
class EdfHeader:
    """What the header of an EDF or BDF file says, consistent with the file's size.

    Parameters
    ----------
    labels, units : tuple of str
        Of every signal, annotation signals included.
    filters : tuple of str
        The same: what is said of the filters it went through.
    n_samples : tuple of int
        Samples of each signal in a record.
    calibrations : tuple of Calibration
        From digital values to those in the unit of the signal.
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
    notes : tuple of Message
        What the user should know.
    damage : tuple of Message
        What is left out because the file is broken there.
    unusable : frozenset of int
        Signals whose range or unit makes no values of their samples.
    """

    labels: tuple[str, ...]
    units: tuple[str, ...]
    filters: tuple[str, ...]
    n_samples: tuple[int, ...]
    calibrations: tuple[Calibration, ...]
    n_records: int
    record_seconds: float
    header_bytes: int
    bytes_per_sample: int
    discontinuous: bool
    notes: tuple[Message, ...]
    damage: tuple[Message, ...]
    unusable: frozenset[int]

    @property
    def signals(self) -> tuple[int, ...]:
        """Indices of the signals that are no annotations and can be used."""
        return tuple(
            i
            for i, label in enumerate(self.labels)
            if not is_annotations(label) and i not in self.unusable
        )


def is_annotations(label: str) -> bool:
    """Whether a signal of this label holds annotations, in any of the spellings that occur."""
    return _ANNOTATIONS.fullmatch(label) is not None


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
            raise broken(path, Message("it has only {n} bytes", n=size))
        width = _sample_width(path, fixed)
        header_bytes = integer(path, fixed[184:192], Message("the header's size"))
        n_signals = integer(path, fixed[252:256], Message("the number of signals"))
        if n_signals < 1 or header_bytes != 256 * (n_signals + 1):
            what = Message(
                "a header of {n_bytes} bytes for {n} signals", n_bytes=header_bytes, n=n_signals
            )
            raise broken(path, what)
        rest = file.read(256 * n_signals)
    if len(rest) < 256 * n_signals:
        raise broken(path, Message("the file ends within its header"))
    columns = signal_fields(rest, n_signals)
    n_samples = tuple(
        integer(path, text, Message("the number of samples in a record"))
        for text in columns["n_samples"]
    )
    if min(n_samples) < 0 or max(n_samples) < 1:
        raise broken(path, Message("a signal without samples in its records"))
    labels = tuple(field_text(b) for b in columns["label"])
    recorded = [i for i, label in enumerate(labels) if not is_annotations(label)]
    calibrations, damage = calibrate(path, columns, labels, n_samples, recorded)
    record_seconds = number(path, fixed[244:252], Message("the length of a record"))
    if record_seconds < 0 or (record_seconds == 0 and recorded):
        raise broken(path, Message("records of {seconds} s", seconds=record_seconds))
    declared = integer(path, fixed[236:244], Message("the number of records"))
    n_records, notes, cut = _count_records(
        path, declared, size - header_bytes, width * sum(n_samples)
    )
    return EdfHeader(
        labels=labels,
        units=tuple(field_text(b) for b in columns["unit"]),
        filters=tuple(field_text(b) for b in columns["prefilter"]),
        n_samples=n_samples,
        calibrations=calibrations,
        n_records=n_records,
        record_seconds=record_seconds,
        header_bytes=header_bytes,
        bytes_per_sample=width,
        discontinuous=fixed[192:197] in (b"EDF+D", b"BDF+D"),
        notes=notes,
        damage=(*cut, *damage.values()),
        unusable=frozenset(damage),
    )


def read_records(
    path: Path, header: EdfHeader, first: int = 0, last: int | None = None
) -> NDArray[np.uint8]:
    """Return the bytes of records ``first`` to ``last - 1``, shape (n_records, bytes of one).

    Raises
    ------
    UserError
        If the file has become shorter since its header was read.
    """
    last = header.n_records if last is None else last
    width = header.bytes_per_sample * sum(header.n_samples)
    at = header.header_bytes + first * width
    return read_bytes(path, at, (last - first) * width).reshape(last - first, width)


def read_bytes(path: Path, at: int, count: int) -> NDArray[np.uint8]:
    """Return bytes of the file from a place on.

    Raises
    ------
    UserError
        If the file has become shorter since its header was read.
    """
    raw = np.fromfile(path, dtype=np.uint8, count=count, offset=at)
    if raw.size < count:
        raise broken(path, Message("it became shorter while it was read"))
    return raw


def signal_bytes(header: EdfHeader, signal: int) -> slice:
    """Return where in a record the bytes of a signal are."""
    width = header.bytes_per_sample
    return slice(
        width * sum(header.n_samples[:signal]), width * sum(header.n_samples[: signal + 1])
    )


def record_texts(path: Path, header: EdfHeader) -> list[bytes]:
    """Return what the annotation signals of each record say; empty if there are none."""
    places = [
        signal_bytes(header, i) for i, label in enumerate(header.labels) if is_annotations(label)
    ]
    if not places:
        return []
    width = header.bytes_per_sample * sum(header.n_samples)
    texts = []
    with path.open("rb") as file:
        for start in range(
            header.header_bytes, header.header_bytes + header.n_records * width, width
        ):
            parts = []
            for place in places:
                file.seek(start + place.start)
                parts.append(file.read(place.stop - place.start))
            texts.append(b"\x00".join(parts))
    return texts


def record_onsets(path: Path, texts: list[bytes]) -> FloatArray:
    """Return the time in s at which each record starts.

    Raises
    ------
    UserError
        If a record does not say, or time runs backwards.
    """
    if not texts:
        raise broken(
            path, Message("it declares gaps between records but does not say when they start")
        )
    onsets = np.empty(len(texts))
    for i, text in enumerate(texts):
        found = _TAL.match(text)
        if found is None:
            raise broken(path, Message("record {n} does not say when it starts", n=i + 1))
        onsets[i] = float(found[1])
    if (np.diff(onsets) < 0).any():
        raise broken(path, Message("its records are not in order of time"))
    return onsets


def told_onsets(texts: list[bytes]) -> FloatArray | None:
    """Return when each record starts, s; None where not all say so, in order of time."""
    found = [_TAL.match(text) for text in texts]
    onsets = np.array([float(match[1]) for match in found if match is not None])
    if len(onsets) < len(texts) or len(onsets) < 2 or (np.diff(onsets) <= 0).any():
        return None
    return onsets


def first_onset(texts: list[bytes]) -> float:
    """Return the time in s at which the first record starts; 0 if it does not say."""
    found = _TAL.match(texts[0]) if texts else None
    return 0.0 if found is None else float(found[1])


def parse_annotations(texts: list[bytes], start: float) -> list[Annotation]:
    """Return the annotations in the records' texts, on the time line that begins at `start`."""
    found = []
    for text in texts:
        for onset, duration, words in _TAL.findall(text):
            for word in words.split(b"\x14"):
                if word:
                    found.append(
                        Annotation(float(onset) - start, float(duration or 0), decoded(word))
                    )
    return found


def gaps_between_records(onsets: FloatArray, header: EdfHeader, n_samples: int) -> list[Gap]:
    """Return the gaps between records that do not follow on, by more than half a sample."""
    missing = np.diff(onsets) - header.record_seconds
    tolerance = 0.5 * header.record_seconds / n_samples
    at = np.flatnonzero(np.abs(missing) > tolerance)
    return [Gap(int(i + 1) * n_samples, float(missing[i])) for i in at]


def _sample_width(path: Path, fixed: bytes) -> int:
    if fixed[:8].replace(b"\0", b" ").strip() == b"0":
        return 2
    if fixed[0] == 0xFF and fixed[1:8] == b"BIOSEMI":
        return 3
    raise broken(path, Message("it does not begin like an EDF or BDF file"))


def _count_records(
    path: Path, declared: int, n_bytes: int, record_bytes: int
) -> tuple[int, tuple[Message, ...], tuple[Message, ...]]:
    """Return the number of whole records, notes, and what the header promises in vain."""
    there = n_bytes // record_bytes
    if there < 1:
        raise UserError("{path} holds no samples: the recording is empty.", path=path)
    if declared == -1:
        note = Message(
            "{name} was never closed by its recorder: its {n} whole records are read.",
            name=path.name, n=there,
        )  # fmt: skip
        return there, (note,), ()
    if declared < 1:
        empty = Message(
            "{name}: its header says that it is empty; its {n} whole records are read.",
            name=path.name, n=there,
        )  # fmt: skip
        return there, (), (empty,)
    if n_bytes == declared * record_bytes:
        return declared, (), ()
    n_records = min(declared, there)
    cut = Message(
        "{name}: its header announces {wanted} bytes of samples and there are {n} (cut short, or "
        "not copied whole); its {records} whole records are read.",
        name=path.name, wanted=declared * record_bytes, n=n_bytes, records=n_records,
    )  # fmt: skip
    return n_records, (), (cut,)
