"""What a person's EEG at rest is followed by over weeks, from a session's first baseline.

Responsible for which stretches are used (those in which feedback would not have been held) and for
taking four numbers from the sections of `measure`: frontal asymmetry, the alpha peak, theta at Fz
and prefrontal cordance. Not responsible for how these are found.

A marker says under which conditions it was measured: only those of the same conditions can be
compared, and eyes that were closed are not eyes that were open.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from neurofeedback.acquisition.recorded import Gap, Recording
from neurofeedback.acquisition.samples import RegularTimes
from neurofeedback.errors import UserError
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.alpha import alpha_section
from neurofeedback.report.faa import measure_pairs
from neurofeedback.report.frontal import cordance_section, theta_section
from neurofeedback.report.sections import Reading
from neurofeedback.report.summary_baseline import read_samples
from neurofeedback.report.summary_blocks import BASELINE, block_spans
from neurofeedback.report.summary_rows import read_events, read_rows
from neurofeedback.signal.measures.spectrum import WINDOW_SECONDS

LEAST_CLEAN = 30.0  # s
PAIR = ("F3", "F4")


@dataclass(frozen=True, slots=True)
class Marker:
    """A number of a person at rest.

    Parameters
    ----------
    key : str
        ``faa``, ``alpha-peak``, ``theta`` or ``cordance``.
    value : float
    unit : str
    where : str
        Site or sites.
    n_averaged : int
        Electrodes of the average reference; 0 for bipolar pairs of neighbours.
    eyes : {'open', 'closed'}
    """

    key: str
    value: float
    unit: str
    where: str
    n_averaged: int
    eyes: str

    @property
    def conditions(self) -> tuple[str, int, str]:
        """Under which it was measured: numbers of other conditions are not comparable."""
        return self.where, self.n_averaged, self.eyes


def resting_markers(reader: SessionReader) -> tuple[Marker, ...]:
    """Return the markers of a session; none where too little of its baseline is clean."""
    found = _resting(reader)
    if found is None:
        return ()
    recording, eyes = found
    reading = Reading(recording).checked()
    markers: list[Marker] = []
    for measure in (_asymmetry, _alpha_peak, _theta, _cordance):
        with suppress(UserError, ValueError):  # its channels are missing, or too little was clean
            markers += measure(reading, eyes)
    return tuple(marker for marker in markers if math.isfinite(marker.value))


def _asymmetry(reading: Reading, eyes: str) -> Iterator[Marker]:
    for pair in measure_pairs(reading, [PAIR]).pairs:
        yield Marker("faa", pair.value, "ln ratio", "F4/F3", _n_averaged(reading), eyes)


def _alpha_peak(reading: Reading, eyes: str) -> Iterator[Marker]:
    peak = alpha_section(reading).numbers[0].value
    if peak is not None:
        yield Marker("alpha-peak", peak, "Hz", "posterior", _n_averaged(reading), eyes)


def _theta(reading: Reading, eyes: str) -> Iterator[Marker]:
    section = theta_section(reading)
    number, where = section.numbers[0], str(section.details["channel"])
    if number.value is not None:
        yield Marker("theta", number.value, number.unit, where, _n_averaged(reading), eyes)


def _cordance(reading: Reading, eyes: str) -> Iterator[Marker]:
    number = cordance_section(reading).numbers[0]
    if number.value is not None:
        yield Marker("cordance", number.value, number.unit, "prefrontal", 0, eyes)


def _n_averaged(reading: Reading) -> int:
    return len(reading.info.eeg) - len(reading.lost)


def _resting(reader: SessionReader) -> tuple[Recording, str] | None:
    """Return the clean stretches of the first baseline, and how the eyes were."""
    try:
        blocks = list(ProtocolSpec.model_validate(reader.start.protocol).iter_blocks())
    except ValidationError:
        return None
    events, _ = read_events(reader)
    rows, _ = read_rows(reader)
    first = reader.chunk_rows[0].first_sample if reader.chunk_rows else 0
    for event, span in block_spans(rows, events):
        if event.details.get("phase") != BASELINE or span.stop <= span.start:
            continue
        at = rows.samples[span] - first
        try:
            data, breaks = read_samples(reader, int(at[0]), int(at[-1]) + 1)
        except UserError:  # damaged, which the summary says
            return None
        kept, gaps = _clean(at - at[0], rows.clean(span), breaks, reader.info.sfreq)
        if kept.size < LEAST_CLEAN * reader.info.sfreq:
            return None
        place = event.details.get("block")
        known = isinstance(place, int) and 0 <= place < len(blocks)
        eyes = blocks[place].eyes if known and isinstance(place, int) else "open"
        times = RegularTimes(kept.size, reader.info.sfreq)
        return Recording(reader.info, data[kept], times, gaps), eyes
    return None


def _clean(
    frames: np.ndarray, clean: np.ndarray, breaks: list[int], sfreq: float
) -> tuple[np.ndarray, tuple[Gap, ...]]:
    """Return the samples of clean stretches that are long enough for a spectrum.

    Parameters
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Last sample of each frame.
    clean : ndarray of bool, shape (n_frames,)
    breaks : list of int
        Samples before which some are missing.
    sfreq : float
        Hz.

    Returns
    -------
    kept : ndarray of int64
    gaps : tuple of Gap
        Where stretches meet, counted in `kept`.
    """
    edges = np.searchsorted(frames, breaks).tolist() if breaks else []
    kept: list[np.ndarray] = []
    gaps: list[Gap] = []
    n = 0
    for part in np.split(np.arange(frames.size), sorted({*_changes(clean), *edges})):
        if part.size < 2 or not clean[part[0]]:
            continue
        stretch = np.arange(frames[part[0]], frames[part[-1]] + 1)
        if stretch.size < WINDOW_SECONDS * sfreq:
            continue
        if n:
            gaps.append(Gap(n, 1.0))
        kept.append(stretch)
        n += stretch.size
    return np.concatenate([*kept, np.empty(0, dtype=np.int64)]), tuple(gaps)


def _changes(clean: np.ndarray) -> list[int]:
    return (np.flatnonzero(np.diff(clean.astype(np.int8))) + 1).tolist()
