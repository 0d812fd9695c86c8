import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d
from scipy.signal import fftconvolve

from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.estimators import PowerDesign, cfir, fitted
from neurofeedback.signal.power.filters import design_analytic_fir
from neurofeedback.signal.power.fitting import true_power
from neurofeedback.signal.settings import EnvelopeSettings

SFREQ, HOP = 256.0, 8
ALPHA = EnvelopeSettings(band=(8, 13), delay=0.04, length=0.5, smoothing=0.25)
THETA = EnvelopeSettings(band=(4, 8), delay=0.1, length=1.0, smoothing=0.0)


def _band_power(n_signals: int, columns: list[tuple[int, EnvelopeSettings]]) -> BandPower:
    return BandPower(HOP, n_signals, [(i, cfir(e, SFREQ, HOP)) for i, e in columns])


def _hops(signals: np.ndarray) -> np.ndarray:
    return signals.reshape(-1, HOP, signals.shape[1])


def test_agrees_with_convolution_and_a_moving_average() -> None:
    rng = np.random.default_rng(1)
    signals = rng.standard_normal((512 * HOP, 3)) * 1e-5
    columns = [(0, ALPHA), (2, THETA), (1, ALPHA)]
    power = _band_power(3, columns).process(_hops(signals))
    for column, (signal, envelope) in enumerate(columns):
        taps = design_analytic_fir(
            SFREQ, envelope.band, envelope.delay, round(envelope.length * SFREQ)
        )
        analytic = fftconvolve(signals[:, signal], taps)[: len(signals)]
        expected = np.abs(analytic[HOP - 1 :: HOP]) ** 2
        n_mean = max(1, round(envelope.smoothing * SFREQ / HOP))
        if n_mean > 1:
            expected = uniform_filter1d(expected, n_mean, mode="constant", origin=(n_mean - 1) // 2)
        settled = slice(n_mean, -n_mean)
        np.testing.assert_allclose(power[settled, column], expected[settled], rtol=1e-9)


def test_power_of_a_sine_is_its_squared_amplitude() -> None:
    time = np.arange(1024 * HOP) / SFREQ
    sine = 20e-6 * np.sin(2 * np.pi * 10.5 * time)[:, None]
    long = EnvelopeSettings(band=(8, 13), delay=0.5, length=2.0, smoothing=1.0)
    power = _band_power(1, [(0, long)]).process(_hops(sine))
    np.testing.assert_allclose(power[300:], (20e-6) ** 2, rtol=0.15)


@pytest.mark.parametrize("smoothing", [0.0, 0.25, 1.0, 4.0])
def test_degrees_of_freedom_give_the_variance_on_white_noise(smoothing: float) -> None:
    envelope = EnvelopeSettings(band=(8, 13), delay=0.04, length=0.5, smoothing=smoothing)
    estimator = _band_power(8, [(i, envelope) for i in range(8)])
    noise = np.random.default_rng(2).standard_normal((400 * 256, 8))
    power = estimator.process(_hops(noise))[estimator.support :]
    measured = (power.mean(axis=0) ** 2 / power.var(axis=0)).mean()
    assert measured == pytest.approx(cfir(envelope, SFREQ, HOP).degrees_of_freedom(HOP), rel=0.1)


def test_values_depend_on_their_support_and_on_nothing_before() -> None:
    rng = np.random.default_rng(3)
    signals = rng.standard_normal((200 * HOP, 1))
    changed = signals.copy()
    at = 100
    changed[: at * HOP] = 1e6 * rng.standard_normal((at * HOP, 1))
    columns = [(0, ALPHA), (0, THETA)]
    estimator = _band_power(1, columns)
    one = estimator.process(_hops(signals))
    estimator.reset()
    other = estimator.process(_hops(changed))
    first_equal = at + estimator.support - 1
    np.testing.assert_array_equal(one[first_equal:], other[first_equal:])
    assert (one[first_equal - 1] != other[first_equal - 1]).any()


FREQS = np.arange(0.0, 128.5, 0.5)
PINK = 1e-10 / np.maximum(FREQS, 1.0) + 2e-11 * np.exp(-((FREQS - 10.0) ** 2) / 2)


def _noise_of_spectrum(n_hops: int, seed: int) -> np.ndarray:
    n_times = n_hops * HOP
    rng = np.random.default_rng(seed)
    white = np.fft.rfft(rng.standard_normal(n_times))
    density = np.interp(np.fft.rfftfreq(n_times, 1 / SFREQ), FREQS, PINK)
    return np.fft.irfft(white * np.sqrt(density * SFREQ / 2), n_times).reshape(-1, HOP, 1)


@pytest.mark.parametrize("estimator", ["wiener", "posterior"])
def test_a_fitted_estimator_is_unbiased_on_what_it_was_fitted_to(estimator: str) -> None:
    design = fitted(estimator, ALPHA, SFREQ, HOP, FREQS, PINK)  # type: ignore[arg-type]
    signals = _noise_of_spectrum(20_000, seed=1)
    inside = (FREQS >= 8) & (FREQS <= 13)
    true_mean = 2 * np.trapezoid(PINK[inside], FREQS[inside])
    power = BandPower(HOP, 1, [(0, design)]).process(signals)[200:].mean()
    if estimator == "posterior":  # the offset makes up for what cannot be known
        assert power == pytest.approx(true_mean, rel=0.05)
        assert 0 < design.offset < true_mean
    else:
        assert power < true_mean


def test_a_fitted_estimator_follows_the_truth_better_than_one_that_was_not() -> None:
    signals = _noise_of_spectrum(20_000, seed=2)
    truth = np.log(true_power(signals, ALPHA.band, ALPHA.window, SFREQ)[:, 0])
    r = {}
    for estimator in ("cfir", "wiener", "posterior"):
        design = fitted(estimator, ALPHA, SFREQ, HOP, FREQS, PINK)  # type: ignore[arg-type]
        power = BandPower(HOP, 1, [(0, design)]).process(signals)[:, 0]
        r[estimator] = np.corrcoef(np.log(power[300:-300]), truth[300:-300])[0, 1]
    assert r["cfir"] < r["wiener"] < r["posterior"]


def test_columns_of_different_designs_are_what_they_are_alone() -> None:
    designs = [
        cfir(ALPHA, SFREQ, HOP),
        fitted("posterior", ALPHA, SFREQ, HOP, FREQS, PINK),
        cfir(THETA, SFREQ, HOP),
    ]
    rng = np.random.default_rng(6)
    signals = rng.standard_normal((300, HOP, 2)) * 1e-5
    columns: list[tuple[int, PowerDesign]] = [
        (1, designs[0]), (0, designs[1]), (0, designs[2]), (0, designs[0]),
    ]  # fmt: skip
    together = BandPower(HOP, 2, columns).process(signals)
    for i, column in enumerate(columns):
        alone = BandPower(HOP, 2, [column]).process(signals)
        np.testing.assert_allclose(together[:, i], alone[:, 0], rtol=1e-12)
