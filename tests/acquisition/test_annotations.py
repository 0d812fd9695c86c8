"""Annotations of a recording: at which samples they lie, and which lie at none."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.acquisition.annotations import note_on_lost, place
from neurofeedback.acquisition.recorded import Annotation, Gap, Recording
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.acquisition.samples import STRETCH, RegularTimes
from neurofeedback.frames import StreamInfo

SFREQ = 100.0
INFO = StreamInfo("rest.edf", "", SFREQ, ("F3",), ("eeg",), ("V",))


def recording(
    annotations: Sequence[Annotation],
    times: np.ndarray | None = None,
    gaps: Sequence[Gap] = (),
) -> Recording:
    times = np.arange(1000) / SFREQ if times is None else times
    return Recording(INFO, np.zeros((times.size, 1)), times, tuple(gaps), tuple(annotations))


def with_gap() -> tuple[np.ndarray, tuple[Gap, ...]]:
    """Return 5 s of samples, 2 s that are missing, and 5 s of samples."""
    times = np.arange(1000) / SFREQ
    times[500:] += 2.0
    return times, (Gap(500, 2.0),)


@given(st.floats(0, 9.99))
def test_an_annotation_lies_at_the_nearest_sample(onset: float) -> None:
    placed, lost = place(recording([Annotation(onset, 0.0, "T1")]))
    [(sample, _)] = placed
    assert abs(sample - onset * SFREQ) <= 0.5 + 1e-9
    assert lost == []


@pytest.mark.parametrize(
    ("onset", "sample"), [(-0.005, 0), (10.0, 999), (4.99, 499), (7.0, 500), (6.995, 500)]
)
def test_at_an_edge_it_lies_at_the_sample_there(onset: float, sample: int) -> None:
    times, gaps = with_gap()
    if onset > 9:
        times, gaps = np.arange(1000) / SFREQ, ()
    placed, _ = place(recording([Annotation(onset, 0.0, "T1")], times, gaps))
    assert [at for at, _ in placed] == [sample]


@pytest.mark.parametrize("onset", [-1.0, 6.0, 13.0, math.nan, math.inf])
def test_what_lies_at_no_sample_is_counted_and_said(onset: float) -> None:
    times, gaps = with_gap()
    rest = recording([Annotation(1.0, 0.0, "here"), Annotation(onset, 0.0, "there")], times, gaps)
    source = ReplaySource(rest)
    source.open()
    [note] = source.notes
    assert str(note).startswith("rest.edf: annotations that cannot be placed")
    assert "recorded then: 1; the first is 'there'" in note
    assert [a.text for a in _all_of(source)] == ["here"]
    assert list(note_on_lost([], "rest.edf")) == []


def test_what_marks_a_gap_is_the_gap_itself() -> None:
    times, gaps = with_gap()
    words = [Annotation(5.0, 2.0, "BAD_ACQ_SKIP"), Annotation(0.0, 0.0, "New Segment/")]
    assert place(recording(words, times, gaps)) == (pytest.approx([]), [])
    placed, _ = place(recording([Annotation(3.0, 0.0, "boundary")], times, gaps))
    assert [at for at, _ in placed] == [300]  # no gap there: it says something else


@pytest.mark.parametrize("seconds", [0.01, 0.37, 4.0])
@pytest.mark.parametrize("start", [0.0, 2.5])
def test_a_replay_gives_each_with_its_sample_whatever_the_chunks(
    seconds: float, start: float
) -> None:
    onsets = [0.0, 1.234, 1.235, 5.0, 9.99]
    words = [Annotation(t, 0.25, f"T{i}") for i, t in enumerate(onsets)]
    source = ReplaySource(recording(words), chunk_seconds=seconds, start=start)
    source.open()
    found = {}
    while (chunk := source.read(0.0)) is not None:
        halves = chunk.split(chunk.n_times // 2)
        for half in halves:
            found |= {a.text: half.first_sample + a.at for a in half.annotations}
    wanted = {f"T{i}": round(t * SFREQ) for i, t in enumerate(onsets) if t >= start}
    assert found.keys() == wanted.keys()
    assert all(abs(found[text] - sample) <= 1 for text, sample in wanted.items())


def _all_of(source: ReplaySource) -> list:
    found = []
    while (chunk := source.read(0.0)) is not None:
        found += chunk.annotations
    return found


class Counted(RegularTimes):
    """Times that remember the most of them that were asked for at once."""

    most = 0

    def __getitem__(self, rows: slice, /) -> np.ndarray:
        found = super().__getitem__(rows)
        self.most = max(self.most, len(found))
        return found


def test_placing_never_takes_all_times_of_a_long_recording() -> None:
    n_times = 3 * STRETCH
    times = Counted(n_times, SFREQ)
    onsets = [0.0, STRETCH / SFREQ - 0.004, STRETCH / SFREQ - 0.006, (n_times - 1) / SFREQ]
    marks = tuple(Annotation(onset, 0.0, "T1") for onset in sorted(onsets))
    rest = Recording(INFO, np.zeros((n_times, 1)), times, (), marks)
    placed, lost = place(rest)
    assert [at for at, _ in placed] == [0, STRETCH - 1, STRETCH, n_times - 1]
    assert lost == []
    assert times.most <= STRETCH
