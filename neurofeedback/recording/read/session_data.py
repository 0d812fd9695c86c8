"""A recorded session as researchers analyse it: an MNE recording, and tables as arrays.

Responsible for `read_session`. Not responsible for reading files (`recording.read.reader`), for
judging a session (`recording.read.checks`), nor for computing anything from it.

Two time bases. *Seconds*, the time base of `SessionData.raw` and of every annotation: samples since
the first recorded one over the sampling rate; time that is missing in a gap does not count, and a
``BAD_ACQ_SKIP`` annotation stands where it is missing. *Stream time*, the sender's clock: kept for
each sample in `SessionData.times`, and in the columns ``time``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeatureDescriptor, FloatArray, read_only
from neurofeedback.recording.brainvision import channel_labels
from neurofeedback.recording.read.checks import small_file_problems
from neurofeedback.recording.read.opened import (
    OpensSealed,
    opened_events,
    opened_part,
    opened_rows,
)
from neurofeedback.recording.read.reader import DamagedSession, SessionReader
from neurofeedback.recording.tables import MISSING, DisplayRow, to_float
from neurofeedback.recording.write.bids import template_montage, template_positions
from neurofeedback.recording.write.start import SessionStart
from neurofeedback.words.message import Message

if TYPE_CHECKING:
    from mne import Annotations
    from mne.channels import DigMontage
    from mne.io import BaseRaw

Table = NDArray[np.void]

GAP = "BAD_ACQ_SKIP"  # MNE's filters and epochs stop at annotations that begin with this word
_TEXTS = ("gate", "held", "inhibit", "phase", "shown")
_INTEGERS = ("sample", "block")
_TRUTHS = ("success", "reward")
_ENDS = {
    EventKind.BLOCK_STARTED: EventKind.BLOCK_ENDED,
    EventKind.HOLD_STARTED: EventKind.HOLD_ENDED,
}
_WORDS: dict[EventKind, Callable[[Event], str]] = {
    EventKind.BLOCK_STARTED: lambda e: f"block {e.details.get('block')} {e.details.get('phase')}",
    EventKind.HOLD_STARTED: lambda e: f"hold {e.details.get('cause')}",
    EventKind.REWARD: lambda _: "reward",
    EventKind.STREAM_LOST: lambda _: "stream lost",
    EventKind.STREAM_REFUSED: lambda _: "stream refused",
    EventKind.STREAM_DOUBTED: lambda e: f"stream doubted {e.details.get('cause')}",
    EventKind.OPERATOR_NOTE: lambda e: f"note {e.details.get('text')}",
    EventKind.MARKER: lambda e: f"marker {e.details.get('label')}",
}


@dataclass(frozen=True, slots=True)
class SessionData:
    """What `read_session` returns. All arrays are read-only.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The unfiltered samples in volts, read from disk when they are asked for (sealed ones are
        decrypted into memory); with channel types, bad channels, template positions where the names
        are known, the date, and annotations:

        - ``block 1 train``: from the start of a block to its end
        - ``hold amplitude F3``: while feedback was frozen, with the cause
        - ``reward``: a reward started
        - ``BAD_ACQ_SKIP 0.500 s``: so many seconds are missing before this sample
        - ``note ...``: the operator's notes
        - ``marker ...``: markers, and annotations of a recording that was replayed
        - ``stream lost``: no samples came for a while
    times : ndarray, shape (n_times,)
        Stream time of each sample, s.
    features : structured ndarray, shape (n_frames,)
        A row for each feature frame, with the columns of ``feedback.tsv``: ``sample`` (absolute
        number), ``time`` (stream time), ``feature_NAME`` for each of `descriptors`, what was fed
        back; and ``seconds``. Numbers that are missing are NaN, texts empty, and ``block`` is -1.
        A frame whose ``gate`` is not empty is not to be used.
    events : tuple of Event
        The session log, whole.
    display : structured ndarray, shape (n_painted,)
        A row for each frame that was painted, with ``seconds``; ``painted`` is in s of the local
        clock.
    protocol : mapping
        The protocol as plain JSON types.
    descriptors : mapping
        Name of a feature to what it is: formula, unit, delay and window.
    start : SessionStart
        All that was known before the first sample: stream, versions, bad channels, date.
    remarks : tuple of Message
        What a reader must know, a sentence each: not ended, gaps, what could not be used.
    """

    raw: BaseRaw
    times: FloatArray
    features: Table
    events: tuple[Event, ...]
    display: Table
    protocol: Mapping[str, Any]
    descriptors: Mapping[str, FeatureDescriptor]
    start: SessionStart
    remarks: tuple[Message, ...]


def read_session(path: Path | str, key: OpensSealed | None = None) -> SessionData:
    """Read a recorded session for analysis.

    A session that still runs, or was killed, gives what was acknowledged so far. Every checksum is
    verified while reading.

    Parameters
    ----------
    path : path-like
        The session folder, or any file of it.
    key : UnblindingKey or None
        Of a concealed session: opens what was fed back, the threshold, rewards and what was
        displayed. See `neurofeedback.load_private_key`.

    Returns
    -------
    SessionData

    Raises
    ------
    UserError
        If it is no session of this program, nothing has been recorded yet, or the key does not
        open it.
    DamagedSession
        If what was acknowledged cannot be read back; the sentence says where.

    Examples
    --------
    >>> session = neurofeedback.read_session("recordings/sub-p01/ses-01")  # doctest: +SKIP
    >>> session.raw.copy().filter(8, 13).plot()  # doctest: +SKIP
    >>> clean = session.features[session.features["gate"] == ""]  # doctest: +SKIP
    """
    reader = SessionReader(path, key=None if key is None else key.private)
    if not reader.n_samples:
        raise UserError(
            "{folder} has no samples: nothing has been recorded yet.",
            folder=reader.layout.session_dir,
        )
    times = np.concatenate([chunk.timestamps for chunk in reader.iter_chunks()])
    events, rows, shown = reader.events(), reader.feedback_rows(), reader.display_rows()
    if key is not None:
        part = opened_part(reader, key)
        rows, shown = opened_rows(reader, part), list(part.display)
        events = opened_events(events, part, rows)
    return SessionData(
        raw=_raw(reader, events),
        times=read_only(times),
        features=_table(reader, rows),
        events=tuple(events),
        display=_table(reader, _display_columns(reader.start, shown)),
        protocol=reader.start.protocol,
        descriptors={d.name: d for d in reader.start.descriptors},
        start=reader.start,
        remarks=tuple(_remarks(reader, opened=key is not None)),
    )


def _raw(reader: SessionReader, events: Sequence[Event]) -> BaseRaw:
    info = reader.info
    labels = channel_labels(info)
    raw = _decrypted(reader) if reader.start.samples_sealed else _from_disk(reader, events[:1])
    raw.set_channel_types(
        dict(zip(labels, info.ch_types, strict=True)), on_unit_change="ignore", verbose="error"
    )
    label_of = dict(zip(info.ch_names, labels, strict=True))
    raw.info["bads"] = [label_of[name] for name in reader.start.bads if name in label_of]
    raw.info["subject_info"] = {"his_id": reader.layout.participant}
    raw.set_meas_date(reader.start.started.astimezone(UTC))
    montage = _montage(reader)
    if montage is not None:
        raw.set_montage(montage, on_missing="ignore", verbose="error")
    raw.set_annotations(_annotations(reader, events), emit_warning=False)
    return raw


def _from_disk(reader: SessionReader, first: Sequence[Event]) -> BaseRaw:
    import mne

    header = reader.layout.vhdr  # rate and calibration, of which no row of samples tells
    problems = [p for event in first for p in small_file_problems(reader, event, None)]
    if any(problem.fields["path"] == header for problem in problems):
        raise DamagedSession("{path} is not as it was written: put back a copy of it.", path=header)
    try:
        raw = mne.io.read_raw_brainvision(reader.layout.vhdr, verbose="error")
    except Exception as error:  # a broken header fails in more ways than can be listed
        raise DamagedSession(
            "{path} is not as it was written and cannot be read ({reason}): put back a copy of it. "
            "`neurofeedback verify` tells whether the rest is whole.",
            path=reader.layout.vhdr,
            reason=" ".join(str(error).split())[:200] or type(error).__name__,
        ) from error
    if list(raw.ch_names) != list(channel_labels(reader.info)):
        raise DamagedSession(
            "{path} is not as it was written: it names other channels. Put back a copy of it.",
            path=reader.layout.vhdr,
        )
    return raw.crop(tmax=(reader.n_samples - 1) / reader.info.sfreq, verbose="error")


def _decrypted(reader: SessionReader) -> BaseRaw:
    """Return sealed samples in memory: no other program's reader could decrypt them from disk."""
    import mne

    data = np.concatenate([chunk.data for chunk in reader.iter_chunks()])
    described = mne.create_info(list(channel_labels(reader.info)), reader.info.sfreq)
    return mne.io.RawArray(data.T, described, verbose="error")


def _montage(reader: SessionReader) -> DigMontage | None:
    positions = template_positions(reader.info)
    if not positions:
        return None
    import mne

    template = template_montage().get_positions()
    fiducials = {name: template[name] for name in ("nasion", "lpa", "rpa")}
    return mne.channels.make_dig_montage(
        ch_pos=positions, **fiducials, coord_frame=template["coord_frame"]
    )


def _annotations(reader: SessionReader, events: Sequence[Event]) -> Annotations:
    import mne

    found = sorted([*_gaps(reader), *_happenings(reader, events)])
    onsets, durations, words = zip(*found, strict=True) if found else ((), (), ())
    return mne.Annotations(onsets, durations, words, orig_time=reader.start.started.astimezone(UTC))


_Annotation = tuple[float, float, str]  # seconds, duration, words


def _gaps(reader: SessionReader) -> Iterator[_Annotation]:
    position = 0
    for row in reader.chunk_rows:
        if row.gap != 0.0 and position:
            yield position / reader.info.sfreq, 0.0, f"{GAP} {row.gap:.3f} s"
        position += row.n_times


def _happenings(reader: SessionReader, events: Sequence[Event]) -> Iterator[_Annotation]:
    first, sfreq = reader.chunk_rows[0].first_sample, reader.info.sfreq
    open_since: dict[EventKind, tuple[float, str]] = {}
    for event in events:
        seconds = (event.sample - first) / sfreq
        if not 0 <= seconds < reader.n_samples / sfreq:
            continue
        for start, end in _ENDS.items():
            # A new cause of a hold ends the one before.
            if event.kind in (start, end) and start in open_since:
                since, words = open_since.pop(start)
                yield since, max(seconds - since, 0.0), words
        if event.kind in _ENDS:
            open_since[event.kind] = seconds, _WORDS[event.kind](event)
        elif event.kind in _WORDS:
            yield seconds, event.duration, _WORDS[event.kind](event)
    for since, words in open_since.values():
        yield since, reader.n_samples / sfreq - since, words


def _display_columns(start: SessionStart, shown: Sequence[DisplayRow]) -> dict[str, list[str]]:
    texts = [row.to_text(layers=start.layers).rstrip("\n") for row in shown]
    rows = [text.split("\t") for text in texts]
    return {name: [row[i] for row in rows] for i, name in enumerate(start.display_columns)}


def _table(reader: SessionReader, columns: Mapping[str, list[str]]) -> Table:
    """Return the rows whose samples are there, as a structured array with a column of seconds."""
    arrays = {name: _column(name, cells, reader) for name, cells in columns.items()}
    if "sample" in arrays:
        first = reader.chunk_rows[0].first_sample
        seconds = (arrays["sample"] - first) / reader.info.sfreq
        arrays = {"sample": arrays["sample"], "seconds": seconds, **arrays}
    table = np.empty(
        len(next(iter(arrays.values()), ())), [(name, a.dtype) for name, a in arrays.items()]
    )
    for name, array in arrays.items():
        table[name] = array
    if "sample" in arrays:  # a running session may have grown since its chunks were read
        table = table[table["sample"] < reader.chunk_rows[-1].stop_sample]
    return read_only(table)


def _column(name: str, cells: Sequence[str], reader: SessionReader) -> NDArray[Any]:
    try:
        if name in _TEXTS:
            return np.array(["" if cell == MISSING else cell for cell in cells], dtype=np.str_)
        if name in _TRUTHS:
            return np.array([cell == "1" for cell in cells], dtype=np.bool_)
        if name in _INTEGERS:
            return np.array([-1 if cell == MISSING else int(cell) for cell in cells], np.int64)
        return np.array([to_float(cell) for cell in cells], dtype=np.float64)
    except (ValueError, OverflowError) as error:
        raise DamagedSession(
            "{folder}: the column {name} of a table holds something that is no number ({reason}).",
            folder=reader.layout.derivatives_dir,
            name=name,
            reason=error,
        ) from error


def _remarks(reader: SessionReader, *, opened: bool) -> Iterator[Message]:
    stopped = reader.stopped
    if stopped is None:
        yield Message("The session was not ended (it still runs, or was cut short).")
        yield from reader.beyond
    elif (status := stopped.details.get("status")) != "completed":
        reason = stopped.details.get("reason")
        yield Message(
            "The session ended as {status}: {reason}.",
            status=Message(str(status)),
            reason=Message(str(reason)) if reason else Message("no reason given"),
        )
    if opened:
        yield Message(
            "The session is concealed and was opened with the unblinding key: what was fed back is "
            "here. Features follow from the samples; `study data` computes them."
        )
    elif reader.start.study is not None and "feature" not in reader.start.feedback_columns:
        yield Message(
            "The session is concealed: features and what was fed back are missing here. Features "
            "follow from the samples; the rest is sealed."
        )
    elif reader.start.study is not None:
        yield Message("The session is concealed: what was fed back is sealed, and missing here.")
    gaps = sum(row.gap != 0.0 for row in reader.chunk_rows[1:])
    if gaps:
        yield Message(
            "Samples are missing in {n} place(s), marked by {label} annotations.",
            n=gaps, label=GAP,
        )  # fmt: skip
