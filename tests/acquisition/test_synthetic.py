"""The synthetic participant: same seed, same samples; known asymmetry; learns when told."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.acquisition.synthetic_rhythms import rhythm_at, rhythm_in_band
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, FeedbackFrame, FloatArray, from_storage, to_storage


class FakeTime:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 50.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def read_all(source: SyntheticSource) -> list[Chunk]:
    source.open()
    chunks = []
    while (chunk := source.read(0.0)) is not None:
        chunks.append(chunk)
    assert source.exhausted
    return chunks


def samples(**kwargs: Any) -> FloatArray:
    source = SyntheticSource(speed=math.inf, **kwargs)
    return np.concatenate([c.data for c in read_all(source)])


def alpha(data: FloatArray, sfreq: float = 250.0) -> FloatArray:
    data = data - data.mean(axis=1, keepdims=True)
    freqs, psd = welch(data, sfreq, nperseg=round(2 * sfreq), axis=0)
    return np.asarray(psd[(freqs >= 8) & (freqs <= 13)].mean(axis=0))


def frame(**changes: Any) -> FeedbackFrame:
    fields: dict[str, Any] = {
        "sample": 0,
        "time": 0.0,
        "value": 0.7,
        "feature": 0.4,
        "threshold": 0.1,
        "reward": True,
        "success": True,
        "block": 1,
        "phase": "train",
        "held": None,
    }
    return FeedbackFrame(**{**fields, **changes})


@settings(max_examples=15, deadline=None)
@given(
    chunk_seconds=st.sampled_from([1e-9, 0.013, 1 / 32, 0.3, 0.999, 1.0, 7.0]),
    seed=st.integers(0, 3),
    seconds=st.floats(0.0, 4.0),
)
def test_samples_do_not_depend_on_chunking(chunk_seconds: float, seed: int, seconds: float) -> None:
    kwargs: dict[str, Any] = {"seed": seed, "sfreq": 128.0, "n_channels": 4}
    whole = samples(seconds=4.0, chunk_seconds=1.0, **kwargs)
    source = SyntheticSource(speed=math.inf, seconds=seconds, chunk_seconds=chunk_seconds, **kwargs)
    chunks = read_all(source)
    assert sum(c.n_times for c in chunks) == round(seconds * 128)
    at = 0
    for chunk in chunks:
        assert (chunk.first_sample, chunk.gap) == (at, 0.0)
        np.testing.assert_array_equal(chunk.timestamps, np.arange(at, chunk.stop_sample) / 128)
        np.testing.assert_array_equal(chunk.data, whole[at : chunk.stop_sample])
        at = chunk.stop_sample


def test_seeds_differ_and_values_are_what_is_stored() -> None:
    one, two = samples(seed=1, seconds=3), samples(seed=2, seconds=3)
    assert not np.array_equal(one, two)
    scale = np.full(19, 1e6)
    np.testing.assert_array_equal(from_storage(to_storage(one, scale), scale), one)


@pytest.mark.parametrize(("n_channels", "sfreq"), [(19, 250.0), (64, 512.0), (256, 1000.0)])
def test_amplitudes_are_those_of_scalp_eeg(n_channels: int, sfreq: float) -> None:
    source = SyntheticSource(
        n_channels=n_channels, sfreq=sfreq, speed=math.inf, seconds=10, artifacts=False
    )
    info = source.open()
    assert (info.n_channels, info.sfreq, info.origin) == (n_channels, sfreq, "synthetic")
    data = np.concatenate([c.data for c in read_all(source)])
    rms = data.std(axis=0)
    assert rms.min() > 4e-6
    assert rms.max() < 40e-6


def test_alpha_is_strongest_at_the_back_and_background_falls_with_frequency() -> None:
    data = samples(seed=4, seconds=60, artifacts=False)
    names = SyntheticSource().open().ch_names
    power = dict(zip(names, alpha(data), strict=True))
    assert power["O1"] > 1.5 * power["F3"]
    freqs, psd = welch(data, 250.0, nperseg=500, axis=0)
    level = [psd[(freqs > lo) & (freqs < hi)].mean() for lo, hi in ((2, 4), (20, 30), (60, 90))]
    assert level[0] > 3 * level[1] > 3 * level[2]
    assert 8.5 < freqs[psd[:, names.index("Oz" if "Oz" in names else "O2")].argmax()] < 11.5


def test_the_asymmetry_asked_for_is_found() -> None:
    names = SyntheticSource().open().ch_names
    left, right = names.index("F3"), names.index("F4")
    found = []
    for asymmetry in (-1.0, 0.0, 1.0):
        power = alpha(samples(seed=2, seconds=90, asymmetry=asymmetry))
        found.append(math.log(power[right] / power[left]))
    assert found[0] < -0.25 < found[1] < 0.25 < found[2]


def test_blinks_are_large_at_the_front_and_fall_off_backwards() -> None:
    with_, without = (samples(seed=5, seconds=30, artifacts=a) for a in (True, False))
    size = np.abs(with_ - without).max(axis=0)
    names = SyntheticSource().open().ch_names
    at = dict(zip(names, size, strict=True))
    assert 60e-6 < at["Fp1"] < 260e-6
    assert at["Fp1"] > at["F3"] > at["C3"] > at["O1"]


def test_real_time_is_kept_without_drift_and_a_late_reader_catches_up() -> None:
    time = FakeTime()
    source = SyntheticSource(seconds=60, clock=time.clock, sleep=time.sleep)
    source.open()
    n = 0
    while (chunk := source.read(1.0)) is not None and chunk.stop_sample <= 250 * 20:
        n = chunk.stop_sample
        assert time.now - 50.0 == pytest.approx(n / 250, abs=1e-6)
    time.now += 5.0
    late = time.now
    while (chunk := source.read(0.0)) is not None:
        n = chunk.stop_sample
    assert time.now == late
    assert n / 250 == pytest.approx(late - 50.0, abs=0.04)


def test_nothing_is_due_before_its_time() -> None:
    time = FakeTime()
    source = SyntheticSource(chunk_seconds=0.1, clock=time.clock, sleep=time.sleep)
    source.open()
    assert source.read(0.06) is None
    assert source.read(0.06) is not None


def test_learning_shows_in_the_samples() -> None:
    changed = SyntheticSource(learner=True, learning_rate=50.0, speed=math.inf, seconds=3)
    changed.open()
    changed.read(0.0)
    for i in range(60):
        changed.reinforce(frame(time=0.03 * i, value=1.0))
    assert np.abs(changed.learned).max() > 0.1
    data = np.concatenate([c.data for c in read_all(changed)])
    plain = samples(seconds=3)[-len(data) :]
    second = 250 - (len(plain) - len(data)) % 250
    assert not np.array_equal(data[second:], plain[second:])


def test_one_who_is_no_learner_learns_nothing() -> None:
    source = SyntheticSource(speed=math.inf)
    source.read(0.0)
    for i in range(60):
        source.reinforce(frame(time=0.03 * i, value=1.0))
    assert not source.learned.any()


def test_a_rhythm_is_where_and_at_the_frequency_that_is_asked_for() -> None:
    rhythm = rhythm_at("C4", (12.0, 15.0))
    names = SyntheticSource().open().ch_names
    with_ = samples(seconds=60, rhythms=(rhythm,), artifacts=False)
    without = samples(seconds=60, rhythms=(), artifacts=False)
    freqs, psd = welch(with_, 250.0, nperseg=500, axis=0)
    base = welch(without, 250.0, nperseg=500, axis=0)[1]
    gain = psd / base
    at = names.index("C4")
    assert freqs[gain[:, at].argmax()] == pytest.approx(13.5, abs=1.0)
    peak = gain[(freqs >= 13) & (freqs <= 14)].mean(axis=0)
    assert peak.argmax() == at
    assert peak[at] > 3.0


def test_a_rhythm_can_have_a_pattern_of_its_own() -> None:
    pattern = [0.0] * 19
    pattern[4] = -1.0
    rhythm = rhythm_in_band("one", (0.0, 1.0, 0.0), (4.0, 8.0), pattern)
    power = [samples(seconds=20, rhythms=r, artifacts=False)[:, :6].var(axis=0)
             for r in ((rhythm,), ())]  # fmt: skip
    gain = power[0] / power[1]
    assert gain.argmax() == 4
    assert gain[4] > 1.2


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"sfreq": 10.0}, "64 to 20000"),
        ({"n_channels": 5000}, "electrodes"),
        ({"ch_names": ["F3", "Hugo"]}, "Hugo"),
        ({"ch_names": ["F3", "F3"]}, "once"),
        ({"speed": 0.0}, "speed"),
        ({"speed": math.nan}, "speed"),
    ],
)
def test_what_cannot_be_is_refused_in_words(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        SyntheticSource(**kwargs)
