"""Individual alpha frequency of synthetic and real recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.frames import FloatArray
from neurofeedback.signal.measures.alpha import (
    AlphaFrequency,
    AlphaSettings,
    alpha_frequency,
    posterior_channels,
)
from neurofeedback.signal.reference import reference_matrix

SFREQ = 128.0
NAMES = ("P3", "Pz", "P4", "O1", "O2")


def pink(n_times: int, seed: int = 0, n_channels: int = 5) -> FloatArray:
    rng = np.random.default_rng(seed)
    freqs = np.fft.rfftfreq(n_times, 1 / SFREQ)
    shape = np.where(freqs > 0.5, freqs, 0.5) ** -0.5
    spectrum = np.fft.rfft(rng.standard_normal((n_times, n_channels)), axis=0)
    return np.fft.irfft(spectrum * shape[:, None], n_times, axis=0) * 1e-5


def rhythm(freq: float, n_times: int, width: float = 0.5, seed: int = 1) -> FloatArray:
    """Noise in a Gaussian band (SD `width`, Hz), shape (n_times, 1)."""
    rng = np.random.default_rng(seed)
    freqs = np.fft.rfftfreq(n_times, 1 / SFREQ)
    shape = np.exp(-0.5 * ((freqs - freq) / width) ** 2)
    wave = np.fft.irfft(np.fft.rfft(rng.standard_normal(n_times)) * shape, n_times)
    return (wave / wave.std() * 1.5e-5)[:, None]


def find(data: FloatArray, **fields: float) -> AlphaFrequency:
    return alpha_frequency(data, SFREQ, NAMES, settings=AlphaSettings(**fields))


@settings(max_examples=examples(25), deadline=None)
@given(freq=st.floats(8.0, 12.0), seed=st.integers(0, 1000))
def test_a_rhythm_is_found_where_it_is(freq: float, seed: int) -> None:
    n_times = round(180 * SFREQ)
    found = find(pink(n_times, seed) + rhythm(freq, n_times, seed=seed))
    assert found.centre_of_gravity == pytest.approx(freq, abs=0.4)
    assert found.peak is None or found.peak == pytest.approx(freq, abs=0.6)
    assert found.n_channels == sum(c.peak is not None for c in found.channels)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(1e-3, 1e3))
def test_the_unit_does_not_matter(scale: float) -> None:
    data = pink(8000) + rhythm(10.0, 8000)
    plain, scaled = find(data), find(scale * data)
    assert plain.peak is not None
    assert scaled.peak == pytest.approx(plain.peak)
    assert scaled.centre_of_gravity == pytest.approx(plain.centre_of_gravity)


def test_noise_has_no_peak_and_says_so() -> None:
    found = find(pink(round(300 * SFREQ)))
    assert (found.peak, found.centre_of_gravity, found.n_channels) == (None, None, 0)
    assert "No clear alpha peak from 7 to 13 Hz: 0 of 5" in found.words
    assert "no peak above the background" in found.words


def test_a_line_is_no_rhythm() -> None:
    n_times = round(300 * SFREQ)
    line = 1e-5 * np.sin(2 * np.pi * 10.03 * np.arange(n_times) / SFREQ)[:, None]
    found = find(pink(n_times) + line)
    assert found.peak is None
    assert "too narrow for a rhythm" in found.words
    # Without enough windows to tell them apart, it is taken for a rhythm.
    assert find((pink(n_times) + line)[: round(30 * SFREQ)]).peak == pytest.approx(10.0, abs=0.1)


def test_two_equal_peaks_are_not_clear_but_have_a_centre() -> None:
    n_times = round(600 * SFREQ)
    both = rhythm(8.5, n_times, 0.3) + rhythm(11.5, n_times, 0.3, seed=2)
    found = find(pink(n_times) + both, lead=0.9)
    assert found.peak is None
    assert "none higher than the next by 90%" in found.words
    assert found.centre_of_gravity == pytest.approx(10.0, abs=0.3)


def test_three_channels_are_needed() -> None:
    n_times = round(180 * SFREQ)
    data = pink(n_times)
    data[:, :2] += rhythm(10.0, n_times)
    found = find(data)
    assert (found.peak, found.n_channels) == (None, 2)
    assert find(data, min_channels=2).peak == pytest.approx(10.0, abs=0.3)


def test_a_flat_channel_has_no_peak() -> None:
    data = pink(8000) + rhythm(10.0, 8000)
    data[:, 0] = 0.0
    found = find(data)
    assert found.channels[0].peak is None
    assert found.peak is not None


def test_what_cannot_be_looked_at_is_refused() -> None:
    with pytest.raises(ValueError, match="as long as a window"):
        find(pink(400))
    with pytest.raises(ValueError, match="too low"):
        alpha_frequency(pink(4000), 24.0, NAMES)


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("edf/S001R02_first60s.edf", 10.0),
        ("xdf/eegmmidb_EC.xdf", 10.0),
        ("rest/H_S2_EC.edf", 10.25),
        ("rest/MDD_S10_EO.edf", None),
        ("rest/H_S13_EC.edf", None),
    ],
)
def test_real_recordings(real_data_dir: Path, name: str, peak: float | None) -> None:
    recording = load_recording(real_data_dir / name)
    names = posterior_channels(recording.info.ch_names)
    matrix = reference_matrix(recording.info, names, "average")
    found = alpha_frequency(
        recording.data @ matrix.T, recording.info.sfreq, names, list(recording.segments())
    )
    if peak is None:
        assert found.peak is None
        assert "No clear alpha peak" in found.words
    else:
        assert found.peak == pytest.approx(peak, abs=0.125)
        assert found.n_channels == len(names)
