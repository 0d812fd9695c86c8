import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d
from scipy.signal import fftconvolve

from neurofeedback.signal.envelope import BandPower
from neurofeedback.signal.filters import design_analytic_fir
from neurofeedback.signal.settings import EnvelopeSettings

SFREQ, HOP = 256.0, 8
ALPHA = EnvelopeSettings(band=(8, 13), delay=0.04, length=0.5, smoothing=0.25)
THETA = EnvelopeSettings(band=(4, 8), delay=0.1, length=1.0, smoothing=0.0)


def _hops(signals: np.ndarray) -> np.ndarray:
    return signals.reshape(-1, HOP, signals.shape[1])


def test_agrees_with_convolution_and_a_moving_average() -> None:
    rng = np.random.default_rng(1)
    signals = rng.standard_normal((512 * HOP, 3)) * 1e-5
    columns = [(0, ALPHA), (2, THETA), (1, ALPHA)]
    power = BandPower(SFREQ, HOP, 3, columns).process(_hops(signals))
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
    power = BandPower(SFREQ, HOP, 1, [(0, long)]).process(_hops(sine))
    np.testing.assert_allclose(power[300:], (20e-6) ** 2, rtol=0.15)


@pytest.mark.parametrize("smoothing", [0.0, 0.25, 1.0, 4.0])
def test_degrees_of_freedom_give_the_variance_on_white_noise(smoothing: float) -> None:
    envelope = EnvelopeSettings(band=(8, 13), delay=0.04, length=0.5, smoothing=smoothing)
    estimator = BandPower(SFREQ, HOP, 8, [(i, envelope) for i in range(8)])
    noise = np.random.default_rng(2).standard_normal((400 * 256, 8))
    power = estimator.process(_hops(noise))[estimator.support :]
    measured = (power.mean(axis=0) ** 2 / power.var(axis=0)).mean()
    assert measured == pytest.approx(estimator.degrees_of_freedom()[0], rel=0.1)


def test_values_depend_on_their_support_and_on_nothing_before() -> None:
    rng = np.random.default_rng(3)
    signals = rng.standard_normal((200 * HOP, 1))
    changed = signals.copy()
    at = 100
    changed[: at * HOP] = 1e6 * rng.standard_normal((at * HOP, 1))
    columns = [(0, ALPHA), (0, THETA)]
    estimator = BandPower(SFREQ, HOP, 1, columns)
    one = estimator.process(_hops(signals))
    estimator.reset()
    other = estimator.process(_hops(changed))
    first_equal = at + estimator.support - 1
    np.testing.assert_array_equal(one[first_equal:], other[first_equal:])
    assert (one[first_equal - 1] != other[first_equal - 1]).any()
