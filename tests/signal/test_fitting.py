import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import welch

from neurofeedback.signal.features import FeatureMap
from neurofeedback.signal.fitting import (
    BaselineStore,
    bridged,
    clean_within,
    fit_designs,
    spectrum,
    true_power,
)
from neurofeedback.signal.settings import AsymmetryFeature, EnvelopeSettings

SFREQ, HOP = 256.0, 8


def alpha_noise(n_hops: int, seed: int = 0, n_signals: int = 2) -> np.ndarray:
    """Pink noise with a peak at 10 Hz, about 10 microvolts."""
    rng = np.random.default_rng(seed)
    n = n_hops * HOP
    freqs = np.fft.rfftfreq(n, 1 / SFREQ)
    gain = np.sqrt(1 / np.maximum(freqs, 1.0) + np.exp(-((freqs - 10.0) ** 2) / 2))
    white = np.fft.rfft(rng.standard_normal((n, n_signals)), axis=0)
    data = np.fft.irfft(white * gain[:, None], n, axis=0)
    return 1e-5 * (data / data.std()).reshape(n_hops, HOP, n_signals)


def feature_map(estimator: str) -> FeatureMap:
    envelope = EnvelopeSettings(estimator=estimator)  # type: ignore[arg-type]
    return FeatureMap(
        [AsymmetryFeature(kind="asymmetry", name="faa", left=("F3",), right=("F4",),
                          envelope=envelope)]
    )  # fmt: skip


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 6), st.integers(0, 4))
def test_clean_within_is_what_it_says(bad: list[bool], before: int, after: int) -> None:
    found = clean_within(np.array(bad, dtype=bool), before, after)
    for i in range(len(bad)):
        start, stop = i - before + 1, i + 1 + after
        expected = start >= 0 and stop <= len(bad) and not any(bad[start:stop])
        assert found[i] == expected


def test_spectrum_of_clean_data_is_welch() -> None:
    signals = alpha_noise(1000)
    found = spectrum(signals, np.zeros(1000, dtype=bool), SFREQ)
    assert found is not None
    freqs, density = welch(signals.reshape(-1, 2), SFREQ, nperseg=1024, axis=0)
    np.testing.assert_allclose(found[0], freqs)
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


def test_too_little_clean_data_gives_no_spectrum_and_no_fit() -> None:
    signals = alpha_noise(200)
    bad = np.zeros(200, dtype=bool)
    bad[::20] = True
    assert spectrum(signals, bad, SFREQ) is None
    assert fit_designs(signals, bad, feature_map("auto"), [0, 1], SFREQ, HOP) is None


def test_true_power_of_a_sine_is_its_squared_amplitude() -> None:
    time = np.arange(8000) / SFREQ
    sine = 3e-6 * np.sin(2 * np.pi * 10 * time)
    power = true_power(sine.reshape(-1, HOP, 1), (8.0, 13.0), 1.0, SFREQ)[40:-40, 0]
    np.testing.assert_allclose(power, 9e-12, rtol=0.01)


def test_auto_takes_what_followed_best_and_says_how_well() -> None:
    signals = alpha_noise(4000)
    fit = fit_designs(signals, np.zeros(4000, dtype=bool), feature_map("auto"), [0, 1], SFREQ, HOP)
    assert fit is not None
    (report,) = fit.reports
    assert set(report.fidelity) == {"cfir", "wiener", "posterior"}
    assert report.estimator == max(report.fidelity, key=report.fidelity.__getitem__)
    assert report.fidelity["cfir"] < report.fidelity["posterior"]
    assert 0.5 < report.fidelity["posterior"] < 0.8
    assert 50 < report.judged_seconds < 63


def test_a_named_estimator_is_taken_even_where_another_is_better() -> None:
    fit = fit_designs(
        alpha_noise(4000), np.zeros(4000, dtype=bool), feature_map("wiener"), [0, 1], SFREQ, HOP
    )
    assert fit is not None
    assert fit.reports[0].estimator == "wiener"
    assert all(design.taps.shape[0] == 1 for design in fit.designs)


def test_a_baseline_too_short_to_judge_is_fitted_all_the_same() -> None:
    fit = fit_designs(
        alpha_noise(250), np.zeros(250, dtype=bool), feature_map("auto"), [0, 1], SFREQ, HOP
    )
    assert fit is not None
    assert fit.reports[0].fidelity == {}
    assert fit.reports[0].estimator == "posterior"


def test_the_store_keeps_order_and_forgets_when_told() -> None:
    store = BaselineStore(HOP, 2)
    signals = alpha_noise(30)
    store.add(signals[:10], np.zeros(10, dtype=bool))
    store.add(signals[10:], np.ones(20, dtype=bool))
    np.testing.assert_array_equal(store.signals, signals)
    assert store.bad.tolist() == [False] * 10 + [True] * 20
    store.clear()
    assert store.signals.shape == (0, HOP, 2)


def test_what_is_bad_in_a_baseline_does_not_spoil_the_truth_of_the_rest() -> None:
    signals = alpha_noise(4000)
    bad = np.zeros(4000, dtype=bool)
    spoilt = signals.copy()
    spoilt[1000:1016, :, 0] += 20e-3  # half a second of a loose electrode
    spoilt[2500:, :, 1] += 50e-3  # a step in offset that stays
    bad[1000:1016] = bad[2500] = True
    fits = [fit_designs(x, bad, feature_map("auto"), [0, 1], SFREQ, HOP) for x in (signals, spoilt)]
    clean, harmed = (fit.reports[0].fidelity for fit in fits if fit is not None)
    for name, r in clean.items():
        assert harmed[name] == pytest.approx(r, abs=0.03)


def test_bridging_leaves_clean_data_as_they_are() -> None:
    signals = alpha_noise(50)
    np.testing.assert_array_equal(bridged(signals, np.zeros(50, dtype=bool)), signals)
    everything = bridged(signals, np.ones(50, dtype=bool))
    assert np.isfinite(everything).all()
