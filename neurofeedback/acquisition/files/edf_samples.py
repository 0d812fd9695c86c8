"""Recordings in EDF and BDF files.

Responsible for their samples, as they were stored and at the rate at which they were stored. Not
responsible for the header, annotations and gaps (`edf`), nor for what a unit is in volts (`units`).

A recording here has one rate: that of its EEG. Signals of another rate are left out with a note;
nothing is resampled, since a resampled EEG is no longer what was recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurofeedback.acquisition import losses
from neurofeedback.acquisition.discontinuity import SAMPLES
from neurofeedback.acquisition.files import edf
from neurofeedback.acquisition.files.calibration import unusual
from neurofeedback.acquisition.header_filters import corners_of
from neurofeedback.acquisition.naming import describe_channels, electrode_name, evident_type
from neurofeedback.acquisition.recorded import Gap, RawRecording, gaps_of, marked_breaks
from neurofeedback.acquisition.samples import RecordTimes, RegularTimes
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

SUFFIXES = frozenset({".edf", ".bdf"})
_FORMATS = {2: "EDF", 3: "BDF"}  # by bytes of a sample
_TRIGGER_BITS = (1 << 17) - 1  # of BioSemi's status word; those above are the amplifier's own
_LOOKED_AT = 30  # records of which samples are compared with the range
_MOST = 4096  # samples of each
_ROUNDED = 0.02  # s; as far as onsets of records are rounded by some recorders


def read_edf(path: Path) -> RawRecording:
    """Read an EDF or BDF file.

    Raises
    ------
    UserError
        If the file is broken, or holds no signals.
    """
    header = edf.read_header(path)
    if not header.signals:
        raise UserError("{path} holds no signals, only annotations.", path=path)
    signals, notes = _at_the_rate_of_the_eeg(path, header)
    n_samples = header.n_samples[signals[0]]
    texts = edf.record_texts(path, header)
    values, sfreq = EdfRows(path, header, signals), n_samples / header.record_seconds
    raw = RawRecording(
        name=path.name,
        sfreq=sfreq,
        labels=[header.labels[i] for i in signals],
        ch_types=[""] * len(signals),
        units=[header.units[i] for i in signals],
        values=values,
        timestamps=RegularTimes(values.shape[0], sfreq),
        annotations=edf.parse_annotations(texts, edf.first_onset(texts)),
        notes=[*_notes(path, header), *notes],
        damage=list(header.damage),
        corners=[corners_of(header.filters[i]) for i in signals],
    )
    if header.discontinuous:
        _put_gaps(path, raw, header, texts, n_samples)
    else:
        _compare_onsets(raw, header, texts, n_samples)
        raw.gaps = raw.gaps or marked_breaks(raw.annotations, sfreq, values.shape[0])
    return raw


def _at_the_rate_of_the_eeg(path: Path, header: edf.EdfHeader) -> tuple[list[int], list[Message]]:
    """Return the signals that have the rate of most EEG channels, and what is to be said."""
    labels = [header.labels[i] for i in header.signals]
    _, types = describe_channels(labels, [""] * len(labels))
    eeg = [i for i, kind in zip(header.signals, types, strict=True) if kind == "eeg"]
    electrodes = [i for i in eeg if electrode_name(header.labels[i])]
    votes = Counter(header.n_samples[i] for i in electrodes or eeg or header.signals)
    chosen = max(votes, key=lambda n: (votes[n], n))
    left = [header.labels[i] for i in header.signals if header.n_samples[i] != chosen]
    rate = chosen / header.record_seconds
    note = Message(
        "{name}: left out, not sampled at {rate:g} Hz: {names}.",
        name=path.name, rate=rate, names=", ".join(left),
    )  # fmt: skip
    signals = [i for i in header.signals if header.n_samples[i] == chosen]
    own = [i for i in electrodes or eeg if i in signals]
    odd = unusual(path.name, own, header.labels, header.units, header.calibrations)
    return signals, [*([note] if left else []), *odd, *_beyond_their_range(path, header, own)]


def _beyond_their_range(path: Path, header: edf.EdfHeader, signals: list[int]) -> Iterator[Message]:
    """Yield what is to be said of samples that the header rules out: some seconds are looked at."""
    if not signals:
        return
    known = [header.calibrations[i] for i in signals]
    ends = np.array([[c.gain * edge + c.offset for edge in (c.low, c.high)] for c in known])
    half = np.array([abs(c.gain) / 2 for c in known])
    low, high = ends.min(axis=1) - half, ends.max(axis=1) + half
    rows = EdfRows(path, header, signals)
    n = header.n_samples[signals[0]]
    seconds = np.unique(np.linspace(0, header.n_records - 1, _LOOKED_AT).astype(int)).tolist()
    beyond = np.zeros(len(signals), dtype=bool)
    for values in (rows[k * n : k * n + min(n, _MOST)] for k in seconds):
        beyond |= ((values < low) | (values > high)).any(axis=0)
    if beyond.any():
        yield Message(
            "{name}: with samples beyond the range that the header declares, so that the scale may "
            "be wrong: {names}.",
            name=path.name,
            names=", ".join(header.labels[i] for i in np.array(signals)[beyond]),
        )


class EdfRows:
    """Samples of signals of one rate in the units of the file, shape (n_times, n_channels).

    Parameters
    ----------
    path : Path
    header : EdfHeader
        Of this file.
    signals : list of int
        Which of its signals, all with the same number of samples in a record.
    """

    def __init__(self, path: Path, header: edf.EdfHeader, signals: list[int]) -> None:
        self._path, self._header, self._signals = path, header, signals
        self._places = [edf.signal_bytes(header, i) for i in signals]
        self._n = header.n_samples[signals[0]]
        self.shape = (header.n_records * self._n, len(signals))

    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some of the samples; a new array.

        Raises
        ------
        UserError
            If the file has become shorter since it was opened.
        """
        start, stop, _ = rows.indices(self.shape[0])
        values = np.empty((max(0, stop - start), len(self._signals)))
        at = start
        while at < stop:
            # Whole records are read in one go. A record may be as long as the recording, so of
            # one that is wanted in part, that part of each signal is read.
            record, within = divmod(at, self._n)
            n_whole = (stop - at) // self._n
            if within or not n_whole:
                end = min(stop, (record + 1) * self._n)
                stored = self._part(record, within, end - at)
            else:
                end = at + n_whole * self._n
                stored = self._whole(record, n_whole)
            for k, i in enumerate(self._signals):
                values[at - start : end - start, k] = self._in_units(next(stored), i)
            at = end
        return values

    def _whole(self, record: int, n_records: int) -> Iterator[NDArray[np.uint8]]:
        records = edf.read_records(self._path, self._header, record, record + n_records)
        return (records[:, place] for place in self._places)

    def _part(self, record: int, first: int, n: int) -> Iterator[NDArray[np.uint8]]:
        width = self._header.bytes_per_sample
        begin = width * (record * sum(self._header.n_samples) + first) + self._header.header_bytes
        return (edf.read_bytes(self._path, begin + p.start, n * width) for p in self._places)

    def _in_units(self, raw: NDArray[np.uint8], signal: int) -> FloatArray:
        header = self._header
        stored = _integers(raw, header.bytes_per_sample)
        if header.bytes_per_sample == 3 and evident_type(header.labels[signal]) == "stim":
            stored &= _TRIGGER_BITS
        calibration = header.calibrations[signal]
        return np.asarray(stored * calibration.gain + calibration.offset, dtype=np.float64)


def _integers(raw: NDArray[np.uint8], width: int) -> NDArray[np.signedinteger]:
    """Return little-endian integers of 2 or 3 bytes, one after the other."""
    if width == 2:
        return np.ascontiguousarray(raw).view("<i2").reshape(-1)
    padded = np.zeros((raw.size // width, 4), dtype=np.uint8)
    padded[:, 4 - width :] = raw.reshape(-1, width)
    shifted: NDArray[np.int32] = padded.view("<i4")[:, 0] >> (8 * (4 - width))
    return shifted


def _notes(path: Path, header: edf.EdfHeader) -> list[Message]:
    notes = list(header.notes)
    kind = _FORMATS[header.bytes_per_sample]
    if path.suffix.lower() != f".{kind.lower()}":
        notes.append(
            Message(
                "{name} holds {kind}, whatever its name says, and is read as {kind}.",
                name=path.name, kind=kind,
            )
        )  # fmt: skip
    return notes


def _compare_onsets(
    raw: RawRecording, header: edf.EdfHeader, texts: list[bytes], n_samples: int
) -> None:
    """Compare a file that declares itself continuous with the onsets of its records."""
    onsets = edf.told_onsets(texts)
    if onsets is None:
        if len(texts) > 1:
            raw.notes.append(
                Message(
                    "{name}: its records do not all say when they start, or not in order of time; "
                    "they are taken to follow one another.",
                    name=raw.name,
                )
            )  # fmt: skip
        return
    _, records = losses.from_timestamps(onsets, 1 / header.record_seconds)
    period = (
        1 / records.rate
        if records.contradicts(1 / header.record_seconds)
        else (header.record_seconds)
    )
    surplus = np.diff(onsets) - period
    least = max(_ROUNDED, SAMPLES * period / n_samples)
    missing = np.append(0.0, np.where(np.abs(surplus) > least, surplus, 0.0))  # before each record
    lost = float(missing[missing > 0].sum()) * n_samples / period
    rate, error = records.rate * n_samples, records.rate_error * n_samples
    gaps = [Gap(gap.sample * n_samples, gap.seconds) for gap in gaps_of(missing)]
    n_times = raw.values.shape[0]
    raw.take_timing(gaps, losses.Timing(rate, error, lost, 0.0, n_times))
    starts = np.arange(len(missing)) * n_samples / raw.sfreq + np.cumsum(missing)
    raw.timestamps = (
        RecordTimes(starts, n_samples, raw.sfreq) if gaps else RegularTimes(n_times, raw.sfreq)
    )


def _put_gaps(
    path: Path, raw: RawRecording, header: edf.EdfHeader, texts: list[bytes], n_samples: int
) -> None:
    """Tell the truth about a discontinuous file: time stamps and gaps."""
    onsets = edf.record_onsets(path, texts)
    raw.timestamps = RecordTimes(onsets - onsets[0], n_samples, raw.sfreq)
    raw.gaps = edf.gaps_between_records(onsets, header, n_samples)
    if raw.gaps:
        missing = sum(gap.seconds for gap in raw.gaps)
        raw.notes.append(
            Message(
                "{name} has {n} gaps, {seconds:g} s missing in all.",
                name=path.name, n=len(raw.gaps), seconds=missing,
            )
        )  # fmt: skip
