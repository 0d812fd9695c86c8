import numpy as np
import pytest

from neurofeedback.signal.feature_map import FeatureMap
from neurofeedback.signal.power import baseline
from neurofeedback.signal.power.baseline import block_length, spectrum
from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.fitting import fit_designs, true_power
from neurofeedback.signal.settings import AsymmetryFeature, EnvelopeSettings
from tests.support.baselines import HOP, SFREQ, alpha_noise


def feature_map(estimator: str) -> FeatureMap:
    envelope = EnvelopeSettings(estimator=estimator)  # type: ignore[arg-type]
    return FeatureMap(
        [AsymmetryFeature(kind="asymmetry", name="faa", left=("F3",), right=("F4",),
                          envelope=envelope)]
    )  # fmt: skip


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
    for least in (baseline.BLOCKS_IN_A_CYCLE, 1000):
        monkeypatch.setattr(baseline, "BLOCKS_IN_A_CYCLE", least)
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
    taps = fit.designs[0].sample_taps()[0]
    rate = sfreq / block_length(sfreq, hop, 13.0)

    def gain(freqs: np.ndarray) -> np.ndarray:
        return np.abs(np.exp(-2j * np.pi * np.outer(freqs, np.arange(taps.size)) / sfreq) @ taps)

    band = np.linspace(8, 13, 50)
    assert gain(rate - band).max() < 0.05 * gain(band).max()
    assert gain(rate + band).max() < 0.05 * gain(band).max()
