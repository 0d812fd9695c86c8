"""Covariance in a band: of known sources, without what is bad."""

import numpy as np
import pytest

from neurofeedback.signal.region.covariance import band_covariance, seconds_needed

SFREQ, HOP = 250.0, 8


def data(seconds: float = 60.0) -> np.ndarray:
    rng = np.random.default_rng(4)
    n = round(seconds * SFREQ / HOP) * HOP
    mixing = rng.standard_normal((5, 5))
    return (rng.standard_normal((n, 5)) @ mixing.T * 1e-5 + 2e-3).reshape(-1, HOP, 5)


def test_it_is_that_of_the_filtered_signals() -> None:
    hops = data(240.0)
    found, seconds = band_covariance(hops, np.zeros(len(hops), dtype=bool), (4.0, 8.0), SFREQ)
    stream = hops.reshape(-1, 5)
    freqs = np.fft.rfftfreq(len(stream), 1 / SFREQ)[:, None]
    inside = (freqs >= 4.0) & (freqs < 8.0)
    expected = np.cov(np.fft.irfft(np.fft.rfft(stream, axis=0) * inside, len(stream), axis=0).T)
    np.testing.assert_allclose(found, found.T, rtol=1e-12)
    assert np.linalg.norm(found - expected) < 0.06 * np.linalg.norm(expected)
    assert seconds == pytest.approx(240.0, abs=4.0)


def test_what_is_bad_does_not_count() -> None:
    hops = data()
    bad = np.zeros(len(hops), dtype=bool)
    bad[700:760] = True
    spoilt = hops.copy()
    spoilt[700:760, :, 2] += 1e-3
    clean, seconds = band_covariance(hops, bad, (4.0, 8.0), SFREQ)
    same, _ = band_covariance(spoilt, bad, (4.0, 8.0), SFREQ)
    np.testing.assert_array_equal(same, clean)
    assert 50.0 < seconds < 58.1


def test_short_stretches_are_used_where_there_are_no_long_ones() -> None:
    hops = data()
    bad = np.zeros(len(hops), dtype=bool)
    bad[::80] = True  # every 2.56 s: no window of 4 s is clean
    found, seconds = band_covariance(hops, bad, (4.0, 8.0), SFREQ)
    whole, _ = band_covariance(hops, np.zeros_like(bad), (4.0, 8.0), SFREQ)
    assert seconds > 30.0
    assert np.linalg.norm(found - whole) < 0.35 * np.linalg.norm(whole)


@pytest.mark.parametrize("n_hops", [0, 1, 20])
def test_where_nothing_is_clean_there_is_nothing(n_hops: int) -> None:
    hops = data()[:n_hops]
    found, seconds = band_covariance(hops, np.ones(n_hops, dtype=bool), (4.0, 8.0), SFREQ)
    assert seconds == 0.0
    np.testing.assert_array_equal(found, np.zeros((5, 5)))


def test_more_electrodes_and_narrower_bands_need_more_data() -> None:
    assert seconds_needed(19, (4.0, 8.0)) == pytest.approx(4.75)
    assert seconds_needed(64, (4.0, 8.0)) == pytest.approx(16.0)
    assert seconds_needed(64, (8.0, 10.0)) == pytest.approx(32.0)
