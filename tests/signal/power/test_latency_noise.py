"""Delay, window and noise that are stated are those that are seen."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.special import polygamma

from neurofeedback.signal.power.baseline import spectrum
from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.estimators import PowerDesign, cfir, fitted
from neurofeedback.signal.power.fitting import true_power
from neurofeedback.signal.power.latency_noise import Figures, asymmetry_noise, figures_of, lag_of
from neurofeedback.signal.settings import EnvelopeSettings

SFREQ, HOP = 250.0, 8
SECONDS = 600.0


def noise(kind: str) -> np.ndarray:
    """Two independent signals, white or with a 10 Hz peak, shape (n_hops, hop, 2), V."""
    rng = np.random.default_rng(5)
    n = round(SECONDS * SFREQ / HOP) * HOP
    data = 1e-6 * rng.standard_normal((n, 2))
    if kind == "peak":
        pole = 0.97
        rhythm = [1.0, -2 * pole * math.cos(2 * math.pi * 10 / SFREQ), pole**2]
        data = lfilter([0.3], rhythm, data, axis=0)
        data += lfilter([1.0], [1.0, -0.95], 1e-6 * rng.standard_normal((n, 2)), axis=0)
    return data.reshape(-1, HOP, 2)


def design_of(estimator: str, envelope: EnvelopeSettings, data: np.ndarray) -> PowerDesign:
    known = spectrum(data[: len(data) // 5, :, :1], np.zeros(len(data) // 5, dtype=bool), SFREQ)
    assert known is not None
    return fitted(estimator, envelope, SFREQ, HOP, known[0], known[1][:, 0])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["white", "peak"])
@pytest.mark.parametrize("estimator", ["cfir", "wiener", "posterior"])
def test_noise_of_an_asymmetry_is_the_noise_that_is_seen(kind: str, estimator: str) -> None:
    data = noise(kind)
    design = design_of(estimator, EnvelopeSettings(), data)
    power = BandPower(HOP, 2, [(0, design), (1, design)])
    logs = np.log(power.process(data)[power.support :])
    known = spectrum(data, np.zeros(len(data), dtype=bool), SFREQ)
    assert known is not None
    sides = [
        figures_of(design, (8.0, 13.0), SFREQ, HOP, (known[0], known[1][:, k])) for k in (0, 1)
    ]
    x = logs[:, 1] - logs[:, 0]
    assert asymmetry_noise(*sides, 1, "log") == pytest.approx(x.std(), rel=0.08)
    assert asymmetry_noise(*sides, 1, "ratio") == pytest.approx(np.tanh(x / 2).std(), rel=0.08)


@pytest.mark.parametrize(
    "envelope",
    [
        EnvelopeSettings(),
        EnvelopeSettings(delay=0.0, smoothing=0.0),
        EnvelopeSettings(delay=-0.1, smoothing=0.5),
        EnvelopeSettings(band=(4.0, 8.0), delay=0.1, length=0.75, smoothing=0.5),
    ],
)
@pytest.mark.parametrize("estimator", ["cfir", "posterior"])
def test_the_delay_is_where_the_covariance_with_the_true_power_lies(
    estimator: str, envelope: EnvelopeSettings
) -> None:
    data = noise("white")
    design = design_of(estimator, envelope, data)
    power = BandPower(HOP, 1, [(0, design)])
    seen = power.process(data[:, :, :1])[:, 0]
    true = true_power(data[:, :, :1], envelope.band, 1 / SFREQ, SFREQ)[:, 0]
    stated = lag_of(design, envelope.band, SFREQ, HOP)
    around = round(stated * SFREQ / HOP)
    lags = np.arange(around - 30, around + 31)
    inner = slice(200, len(seen) - 200)
    at = np.arange(len(seen))[inner]
    covariance = np.array([np.cov(seen[at], true[at - lag])[0, 1] for lag in lags])
    centre = float((covariance * lags).sum() / covariance.sum()) * HOP / SFREQ
    assert stated == pytest.approx(centre, abs=0.02)


def test_a_filter_cannot_predict_white_noise_whatever_it_was_designed_for() -> None:
    late = [
        lag_of(cfir(EnvelopeSettings(delay=d, smoothing=0.0), SFREQ, HOP), (8.0, 13.0), SFREQ, HOP)
        for d in (-0.1, 0.0, 0.25)
    ]
    assert late[0] > 0.1  # asked for -0.1 s
    assert late[1] > 0.05
    assert late[2] == pytest.approx(0.25, abs=0.005)  # the middle of the filter


def test_a_single_filter_gives_the_logarithm_of_an_exponential_variable() -> None:
    found = figures_of(cfir(EnvelopeSettings(smoothing=0.0), SFREQ, HOP), (8.0, 13.0), SFREQ, HOP)
    assert found.log_sd == pytest.approx(math.sqrt(float(polygamma(1, 1))), rel=1e-3)


def test_long_averages_come_close_to_a_gamma_variable() -> None:
    short, long = (
        figures_of(cfir(EnvelopeSettings(smoothing=s), SFREQ, HOP), (8.0, 13.0), SFREQ, HOP)
        for s in (4.0, 4.2)  # the one by eigenvalues, the other by one variable
    )
    expected = short.log_sd * math.sqrt(short.window / long.window)
    assert long.log_sd == pytest.approx(expected, rel=0.03)


def test_pairs_make_it_quieter() -> None:
    side = Figures(0.2, 0.5, 0.65)
    one, four = (asymmetry_noise(side, side, n, "log") for n in (1, 4))
    assert four == pytest.approx(one / 2)
    ratio, ratios = (asymmetry_noise(side, side, n, "ratio") for n in (1, 4))
    assert ratio < one / 2  # tanh(x / 2)
    assert ratio / 2 < ratios < ratio
