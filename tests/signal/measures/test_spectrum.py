"""Whole-recording spectra and band power."""

from __future__ import annotations

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch

from neurofeedback.frames import FloatArray
from neurofeedback.signal.measures.spectrum import RunningSpectrum, Window, welch_spectrum


def noise(n_times: int, n_channels: int = 3, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).standard_normal((n_times, n_channels)) * 1e-5


@pytest.mark.parametrize("sfreq", [128.0, 160.0, 250.0, 256.0, 499.5])
def test_one_segment_is_plain_welch(sfreq: float) -> None:
    data = noise(4001)
    found = welch_spectrum(data, sfreq)
    freqs, psd = welch(data, sfreq, nperseg=round(2 * sfreq), axis=0)
    np.testing.assert_allclose(found.freqs, freqs)
    np.testing.assert_array_equal(found.psd, psd)


def test_the_band_includes_both_ends() -> None:
    found = welch_spectrum(noise(4000), 160.0)
    inside = (found.freqs >= 8) & (found.freqs <= 13)
    assert inside.sum() == 11
    np.testing.assert_array_equal(found.band_power((8, 13)), found.psd[inside].mean(axis=0))


def test_the_density_of_a_sine_adds_up_to_its_power() -> None:
    times = np.arange(160 * 60) / 160
    found = welch_spectrum(2e-5 * np.sin(2 * np.pi * 10 * times)[:, None], 160.0)
    assert found.psd.sum() * 0.5 == pytest.approx(2e-10, rel=1e-3)


def test_no_window_reaches_across_a_gap() -> None:
    first, second = noise(1000, seed=1), noise(700, seed=2)
    # A step at the joint would fill the spectrum if any window crossed it.
    joined = np.concatenate([first, second + 1.0])
    found = welch_spectrum(joined, 100.0, [slice(0, 1000), slice(1000, 1700)])
    one, two = welch_spectrum(first, 100.0), welch_spectrum(second, 100.0)
    assert (one.n_windows, two.n_windows, found.n_windows) == (9, 6, 15)
    np.testing.assert_allclose(found.psd, (9 * one.psd + 6 * two.psd) / 15, rtol=1e-6, atol=1e-20)


def test_stretches_shorter_than_a_window_are_left_out() -> None:
    data = noise(1199)
    found = welch_spectrum(data, 100.0, [slice(0, 1000), slice(1000, 1199)])
    np.testing.assert_array_equal(found.psd, welch_spectrum(data[:1000], 100.0).psd)
    with pytest.raises(ValueError, match="as long as a window"):
        welch_spectrum(data[:199], 100.0)


def test_bands_that_share_an_edge_share_no_bin() -> None:
    found = welch_spectrum(noise(4000), 160.0)
    parts = [found.total_power(band) for band in ((0.5, 4), (4, 8), (8, 12), (12, 20))]
    np.testing.assert_allclose(sum(parts), found.total_power((0.5, 20)), rtol=1e-12)
    inside = (found.freqs >= 4) & (found.freqs < 8)
    np.testing.assert_allclose(parts[1], found.psd[inside].sum(axis=0) * 0.5)


def test_other_windows() -> None:
    data = noise(4001)
    found = welch_spectrum(data, 160.0, window_seconds=4.0, window="hamming")
    _, psd = welch(data, 160.0, "hamming", 640, 320, axis=0)
    np.testing.assert_array_equal(found.psd, psd)
    assert found.resolution == 0.25


def test_an_empty_band_is_refused() -> None:
    found = welch_spectrum(noise(400), 100.0)
    with pytest.raises(ValueError, match="No frequency bin"):
        found.band_power((60, 70))
    with pytest.raises(ValueError, match="No frequency bin"):
        found.total_power((10.1, 10.3))


@settings(max_examples=examples(60), deadline=None)
@given(
    n_times=st.integers(1, 2000),
    cuts=st.lists(st.integers(0, 2000), max_size=8),
    gap=st.integers(0, 2000),
    sfreq=st.sampled_from([100.0, 99.5, 63.0]),
    window=st.sampled_from(["hann", "hamming"]),
)
def test_running_sums_are_the_same_spectra_however_the_samples_come(
    n_times: int, cuts: list[int], gap: int, sfreq: float, window: Window
) -> None:
    data = noise(n_times) + 1e-3
    gap = min(gap, n_times)
    running = RunningSpectrum(3, sfreq, 2.0, window)
    edges = sorted({0, gap, n_times, *(min(cut, n_times) for cut in cuts)})
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        if start == gap:
            running.gap()
        running.add(data[start:stop])
    try:
        whole = welch_spectrum(data, sfreq, [slice(0, gap), slice(gap, n_times)], 2.0, window)
    except ValueError:
        with pytest.raises(ValueError, match="No stretch"):
            running.spectrum()
        return
    found = running.spectrum()
    assert found.n_windows == whole.n_windows
    np.testing.assert_array_equal(found.freqs, whole.freqs)
    scale = whole.psd.max()
    np.testing.assert_allclose(found.psd, whole.psd, rtol=1e-9, atol=1e-12 * scale)
