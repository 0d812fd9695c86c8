import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import welch
from scipy.signal.windows import dpss

from neurofeedback.signal.power.baseline import (
    BaselineStore,
    block_length,
    block_means,
    bridged,
    clean_within,
    spectrum,
)
from tests.support.baselines import HOP, SFREQ, alpha_noise


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 6), st.integers(0, 4))
def test_clean_within_is_what_it_says(bad: list[bool], before: int, after: int) -> None:
    found = clean_within(np.array(bad, dtype=bool), before, after)
    for i in range(len(bad)):
        start, stop = i - before + 1, i + 1 + after
        expected = start >= 0 and stop <= len(bad) and not any(bad[start:stop])
        assert found[i] == expected


def test_spectrum_of_clean_data_is_the_mean_over_tapers() -> None:
    signals = alpha_noise(1000)
    found = spectrum(signals, np.zeros(1000, dtype=bool), SFREQ)
    assert found is not None
    tapered = [
        welch(signals.reshape(-1, 2), SFREQ, window=taper, nperseg=1024, axis=0)
        for taper in dpss(1024, 2, 3)
    ]
    np.testing.assert_allclose(found[0], tapered[0][0])
    density = np.mean([psd for _, psd in tapered], axis=0)
    np.testing.assert_allclose(found[1][1:-1], density[1:-1], rtol=1e-9)


def test_spectrum_leaves_bad_stretches_out() -> None:
    signals = alpha_noise(2000)
    clean = spectrum(signals, np.zeros(2000, dtype=bool), SFREQ)
    spoilt = signals.copy()
    bad = np.zeros(2000, dtype=bool)
    for start in (100, 700, 1500):
        spoilt[start : start + 5] += 1e-2
        bad[start : start + 5] = True
    found = spectrum(spoilt, bad, SFREQ)
    assert clean is not None
    assert found is not None
    alpha = (clean[0] >= 8) & (clean[0] <= 13)
    ratio = found[1][alpha].mean() / clean[1][alpha].mean()
    assert ratio == pytest.approx(1.0, abs=0.2)


def test_the_store_keeps_order_and_forgets_when_told() -> None:
    store = BaselineStore(HOP, 2)
    signals = alpha_noise(30)
    store.add(signals[:10], np.zeros(10, dtype=bool))
    store.add(signals[10:], np.ones(20, dtype=bool))
    np.testing.assert_array_equal(store.signals, signals)
    assert store.bad.tolist() == [False] * 10 + [True] * 20
    store.clear()
    assert store.signals.shape == (0, HOP, 2)


def test_bridging_leaves_clean_data_as_they_are() -> None:
    signals = alpha_noise(50)
    np.testing.assert_array_equal(bridged(signals, np.zeros(50, dtype=bool)), signals)
    everything = bridged(signals, np.ones(50, dtype=bool))
    assert np.isfinite(everything).all()


@pytest.mark.parametrize(
    ("sfreq", "hop", "highest", "block"),
    [
        (250.0, 8, 13.0, 1),
        (512.0, 16, 13.0, 1),
        (1000.0, 32, 13.0, 2),
        (1024.0, 33, 13.0, 3),
        (2048.0, 66, 13.0, 6),
        (5000.0, 160, 13.0, 16),
        (5000.0, 160, 30.0, 5),
        (1000.0, 31, 13.0, 1),  # a prime has no parts
    ],
)
def test_blocks_divide_a_hop_and_leave_the_band_alone(
    sfreq: float, hop: int, highest: float, block: int
) -> None:
    assert block_length(sfreq, hop, highest) == block


def test_block_means_are_means() -> None:
    signals = alpha_noise(5)
    found = block_means(signals, 4)
    assert found.shape == (5, 2, 2)
    np.testing.assert_allclose(found[3, 1], signals[3, 4:].mean(axis=0))
