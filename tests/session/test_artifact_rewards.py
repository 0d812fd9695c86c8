"""Artefacts of every kind, put into a session at any moment, earn nothing."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.artifacts import BASELINE, KINDS, Site, protocol
from benchmarks.data import chunks
from neurofeedback.frames import FloatArray, StreamInfo, from_storage, to_storage
from neurofeedback.session.engine import SessionEngine

SFREQ = 250.0
NAMES = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T3", "C3", "C4", "T4", "P3", "P4", "O1", "O2")
INFO = StreamInfo("s", "", SFREQ, NAMES, ("eeg",) * len(NAMES), ("V",) * len(NAMES))
DWELL = 0.25
# Muscle of 15 microvolts is hardly more than EEG: it can take this long to be told from it, in s.
SLOW_TO_SEE = {"slight tension, 15 uV RMS": 0.75}


@cache
def eeg() -> FloatArray:
    """1/f noise about as large as real EEG; rewards come to about half of its time."""
    rng = np.random.default_rng(11)
    n = round((BASELINE + 20.0) * SFREQ)
    freqs = np.fft.rfftfreq(n, 1 / SFREQ)
    spectrum = np.fft.rfft(rng.standard_normal((n, len(NAMES))), axis=0)
    data = np.fft.irfft(spectrum / np.maximum(freqs, 1.0)[:, None], n, axis=0)
    return np.asarray(data * (12e-6 / data.std(axis=0)))


def rewards(data: FloatArray) -> np.ndarray:
    stored = from_storage(to_storage(data, INFO.storage_scale), INFO.storage_scale)
    engine = SessionEngine(INFO, protocol())
    frames = [
        frame
        for chunk in chunks(stored, INFO, 250, len(data) / SFREQ)
        for frame in engine.step(chunk).feedback
    ]
    assert not any(frame.reward and frame.held for frame in frames)
    return np.array([frame.sample for frame in frames if frame.reward])


def test_without_artefacts_there_are_rewards() -> None:
    assert len(rewards(eeg())) > 5


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None)
@given(at=st.floats(BASELINE + 1.0, BASELINE + 16.0), seed=st.integers(0, 1000))
def test_no_artefact_is_rewarded(kind: str, at: float, seed: int) -> None:
    seconds, add = KINDS[kind]
    first = round(at * SFREQ)
    stop = first + round(seconds * SFREQ)
    data = eeg().copy()
    add(data[first:stop], Site(INFO, stop - first, seed))
    got = rewards(data)
    # A reward needs success through the dwell: an earlier one was earned before the artefact.
    start = first + SLOW_TO_SEE.get(kind, DWELL) * SFREQ
    assert not ((got >= start) & (got < stop)).any()
