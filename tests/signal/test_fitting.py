import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import welch
from scipy.signal.windows import dpss

from neurofeedback.signal import fitting
from neurofeedback.signal.envelope import BandPower
from neurofeedback.signal.features import FeatureMap
from neurofeedback.signal.fitting import (
    BaselineStore,
    block_length,
    block_means,
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


@pytest.mark.parametrize("estimator", ["cfir", "wiener", "posterior"])
def test_designs_from_blocks_do_what_designs_from_samples_do(
    estimator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sfreq, hop, n_hops = 2048.0, 66, 1900
    rng = np.random.default_rng(4)
    signals = np.repeat(alpha_noise(n_hops * 8)[: n_hops * 8].reshape(-1, 2), 9, axis=0)
    signals = signals[: n_hops * hop] + 5e-7 * rng.standard_normal((n_hops * hop, 2))
    signals = signals.reshape(n_hops, hop, 2)
    features, bad = feature_map(estimator), np.zeros(n_hops, dtype=bool)
    values = []
    for least in (fitting.BLOCKS_IN_A_CYCLE, 1000):
        monkeypatch.setattr(fitting, "BLOCKS_IN_A_CYCLE", least)
        fit = fit_designs(signals, bad, features, [0, 1], sfreq, hop)
        assert fit is not None
        power = BandPower(hop, 2, list(enumerate(fit.designs)))
        values.append(features.values(power.process(signals))[100:, 0])
    assert np.corrcoef(*values)[0, 1] > 0.995
    assert values[0].std() == pytest.approx(values[1].std(), rel=0.05)
    lagged = [np.corrcoef(np.roll(values[0], k), values[1])[0, 1] for k in (-1, 1)]
    assert max(lagged) < 0.99  # neither is late


def test_what_folds_onto_the_band_is_weak() -> None:
    sfreq, hop = 2048.0, 66
    signals = np.random.default_rng(0).standard_normal((1900, hop, 2)) * 1e-5
    fit = fit_designs(
        signals, np.zeros(1900, dtype=bool), feature_map("wiener"), [0, 1], sfreq, hop
    )
    assert fit is not None
    taps = fit.designs[0].taps[0]
    rate = sfreq / block_length(sfreq, hop, 13.0)

    def gain(freqs: np.ndarray) -> np.ndarray:
        return np.abs(np.exp(-2j * np.pi * np.outer(freqs, np.arange(taps.size)) / sfreq) @ taps)

    band = np.linspace(8, 13, 50)
    assert gain(rate - band).max() < 0.05 * gain(band).max()
    assert gain(rate + band).max() < 0.05 * gain(band).max()
