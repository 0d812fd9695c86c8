"""BrainVision recordings: a header, samples and markers in files of their own.

Responsible for samples, as they were stored, and for markers. Not responsible for the header
(`brainvision_header`), nor for what a unit is in volts (`units`).

References
----------
BrainVision Core Data Format 1.0, Brain Products.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from neurofeedback.acquisition.files.brainvision_header import (
    Header,
    decoded,
    read_header,
    sections_of,
)
from neurofeedback.acquisition.files.calibration import unusual
from neurofeedback.acquisition.naming import describe_channels, electrode_name
from neurofeedback.acquisition.recorded import Annotation, RawRecording, marked_breaks
from neurofeedback.acquisition.samples import PickedRows, RegularTimes, Rows, any_numbers
from neurofeedback.acquisition.units import is_declared, volts_per_unit
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

SUFFIXES = frozenset({".vhdr", ".ahdr"})
_ARCHIVED = ".ahdr"  # of an actiCHamp: its samples have a channel more than the header


def read_brainvision(path: Path) -> RawRecording:
    """Read a recording by its header.

    Raises
    ------
    UserError
        If the header cannot be read, or the samples are not there.
    """
    header = read_header(path)
    values = _rows(header)
    picks = [i for i in range(len(header.labels)) if i not in header.unusable]
    labels, units = [header.labels[i] for i in picks], [header.units[i] for i in picks]
    ch_types = ["" if volts_per_unit(u) or not is_declared(u) else "misc" for u in units]
    raw = RawRecording(
        name=path.name,
        sfreq=header.sfreq,
        labels=labels,
        ch_types=ch_types,
        units=units,
        values=values if len(picks) == len(header.labels) else PickedRows(values, picks),
        timestamps=RegularTimes(values.shape[0], header.sfreq),
        annotations=_markers(header),
        notes=header.notes,
        damage=header.damage,
        corners=[header.corners[i] for i in picks] if header.corners else [],
    )
    raw.gaps = marked_breaks(raw.annotations, raw.sfreq, values.shape[0])
    kinds = describe_channels(labels, ch_types)[1]
    eeg = [i for i, kind in zip(picks, kinds, strict=True) if kind == "eeg"]
    raw.notes += unusual(path.name, eeg, header.labels, header.units, header.calibrations)
    astray = [n for n, k in zip(labels, ch_types, strict=True) if k and electrode_name(n)]
    if astray:
        raw.notes.append(
            Message(
                "{name}: not in volts, and so not taken for EEG: {names}.",
                name=path.name, names=", ".join(astray),
            )
        )  # fmt: skip
    return raw


class BinaryRows:
    """Samples of a binary file in the units of its header, shape (n_times, n_channels).

    Parameters
    ----------
    header : Header
    n_times : int
        Samples of each channel that are there.
    n_stored : int
        Channels in the file; those behind the header's are left out.
    stride : int
        Samples from the beginning of a channel to that of the next, if channels follow one another.
    """

    def __init__(self, header: Header, n_times: int, n_stored: int, stride: int) -> None:
        self._header, self._n_stored, self._stride = header, n_stored, stride
        self._gains = np.array([calibration.gain for calibration in header.calibrations])
        self._kind = np.dtype(header.kind)
        self.shape = (n_times, len(header.labels))

    @any_numbers()
    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the samples; a new array.

        Raises
        ------
        UserError
            If the file has become shorter since it was opened.
        """
        start, stop, _ = rows.indices(self.shape[0])
        n_times, n_channels = max(0, stop - start), self.shape[1]
        if self._header.vectorized:
            stored = np.empty((n_channels, n_times), self._kind)
            for i in range(n_channels):
                stored[i] = self._stored(i * self._stride + start, n_times)
            stored = stored.T
        else:
            n = self._n_stored
            stored = self._stored(start * n, n_times * n).reshape(n_times, n)[:, :n_channels]
        return np.asarray(stored * self._gains, dtype=np.float64)

    def _stored(self, first: int, n: int) -> np.ndarray:
        found = np.fromfile(self._header.data, self._kind, n, offset=first * self._kind.itemsize)
        if len(found) < n:
            raise UserError(
                "{path} became shorter while it was read: get a fresh copy of it.",
                path=self._header.data,
            )
        return found


def _rows(header: Header) -> Rows:
    """Return the samples, and note what the header promises in vain.

    Raises
    ------
    UserError
        If there are none, or where each channel begins is not known.
    """
    n_channels = len(header.labels) + (header.path.suffix.lower() == _ARCHIVED)
    if not header.kind:
        return _text_rows(header, n_channels)
    width = np.dtype(header.kind).itemsize
    n_bytes = header.data.stat().st_size
    whole, rest = divmod(n_bytes, width * n_channels)
    n_points = whole if header.n_points is None else header.n_points
    if not header.vectorized:
        n_times = whole
    elif header.n_points is None and rest:
        raise _cut(header, n_points, n_bytes)
    else:  # the last channel is the one that is cut
        n_times = min(n_points, n_bytes // width - (n_channels - 1) * n_points)
    if n_times < 1:
        raise UserError("{path} holds no samples: the recording is empty.", path=header.path)
    if rest or n_points != whole:
        header.damage.append(
            Message(
                "{name} announces {wanted} samples and holds {n}.",
                name=header.path.name,
                wanted=n_points if n_points != whole else whole + 1,
                n=n_times,
            )
        )
    return BinaryRows(header, n_times, n_channels, n_points)


def _cut(header: Header, n_points: int, n_bytes: int) -> UserError:
    return UserError(
        "{path}: its {n} bytes of samples are no whole number for each channel, so that nothing "
        "tells where a channel begins: get a fresh copy of {data}.",
        path=header.path,
        n=n_bytes,
        data=header.data.name,
    )


def _text_rows(header: Header, n_channels: int) -> FloatArray:
    """Return samples that were written as text.

    Raises
    ------
    UserError
        If a line holds no numbers.
    """
    decimal = header.text.get("decimalsymbol", ".")
    n_skip = int(header.text.get("skiplines", "0") or 0)
    n_columns = int(header.text.get("skipcolumns", "0") or 0)
    text = decoded(header.data.read_bytes())
    separator = r"[\s;]+" if decimal == "," else r"[\s;,]+"
    lines = [
        re.split(separator, line.strip()) for line in text.splitlines()[n_skip:] if line.strip()
    ]
    try:
        rows = [[float(cell.replace(decimal, ".")) for cell in line[n_columns:]] for line in lines]
    except ValueError as error:
        raise UserError(
            "{path} has a broken line: {reason}.", path=header.data, reason=str(error)
        ) from error
    most = max(map(len, rows), default=0)
    whole = [row for row in rows if len(row) == most]
    table = np.array(whole if whole else np.empty((0, 0)))
    table = table.T if header.vectorized else table
    if table.shape[1:] != (n_channels,) or header.vectorized and len(whole) < len(rows):
        raise UserError(
            "{path} holds {n} columns of numbers, and its header {wanted} channels: export the "
            "recording again.",
            path=header.data, n=table.shape[1] if table.ndim == 2 else 0, wanted=n_channels,
        )  # fmt: skip
    if len(whole) < len(rows):
        header.damage.append(
            Message(
                "{name}: {n} broken lines are left out.",
                name=header.data.name, n=len(rows) - len(whole),
            )
        )  # fmt: skip
    n = len(header.labels)
    return np.asarray(table[:, :n] * np.array([c.gain for c in header.calibrations]))


def _markers(header: Header) -> list[Annotation]:
    """Return the markers, and note what cannot be read of them."""
    if header.markers is None:
        return []
    text = decoded(header.markers.read_bytes())
    lines = sections_of(text).get("marker infos")
    found, n_odd = [], 0
    for line in "\n".join((lines or {}).values()).splitlines():
        kind, description, position, size, *_ = [*line.split(","), "", "", ""]
        try:
            onset, n_samples = float(position) - 1, float(size or 0)
        except ValueError:
            n_odd += 1
            continue
        # Free text is what this program writes its markers as; it is itself, without a kind.
        said = (description if kind == "Comment" else f"{kind}/{description}").replace("\\1", ",")
        found.append(Annotation(onset / header.sfreq, n_samples / header.sfreq, said))
    told = {"name": header.path.name, "file": header.markers.name, "n": n_odd}
    if lines is None:
        header.damage.append(Message("{name}: {file} holds no markers.", **told))
    elif n_odd:
        header.damage.append(Message("{name}: {n} markers in {file} cannot be read.", **told))
    return found
