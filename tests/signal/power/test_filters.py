import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.signal.power.filters import design_analytic_fir


def frequency_response(taps: np.ndarray, sfreq: float, freqs: np.ndarray) -> np.ndarray:
    lag = np.arange(taps.size) / sfreq
    return np.asarray(np.exp(-2j * np.pi * np.outer(freqs, lag)) @ taps)


@pytest.mark.parametrize("sfreq", [125.0, 160.0, 250.0, 512.0, 2048.0])
@pytest.mark.parametrize("delay", [0.1, 0.2])
def test_response_is_that_of_a_delayed_analytic_signal(sfreq: float, delay: float) -> None:
    taps = design_analytic_fir(sfreq, (8.0, 13.0), delay, round(sfreq))
    inside = np.array([9.5, 10.5, 11.5])
    ideal = 2 * np.exp(-2j * np.pi * inside * delay)
    np.testing.assert_allclose(frequency_response(taps, sfreq, inside), ideal, atol=0.45)
    outside = np.array([-11.0, -3.0, 0.0, 2.0, 30.0, 50.0])
    assert np.abs(frequency_response(taps, sfreq, outside)).max() < 0.25


def test_long_filter_is_exact_in_the_limit() -> None:
    taps = design_analytic_fir(250.0, (8.0, 13.0), 4.0, 2000)
    inside = np.array([9.0, 10.5, 12.0])
    ideal = 2 * np.exp(-2j * np.pi * inside * 4.0)
    np.testing.assert_allclose(frequency_response(taps, 250.0, inside), ideal, atol=0.06)


@given(
    offset=st.floats(-1e-1, 1e-1),
    slope=st.floats(-1e-2, 1e-2),
    delay=st.floats(-0.1, 0.2),
)
def test_offset_and_drift_are_removed_exactly(offset: float, slope: float, delay: float) -> None:
    taps = design_analytic_fir(250.0, (8.0, 13.0), delay, 125)
    window = offset + slope * np.arange(125) / 125
    assert abs(window @ taps) < 1e-12


def test_no_other_filter_of_that_length_without_offset_is_nearer_to_the_ideal() -> None:
    sfreq, n_taps, delay, band = 200.0, 100, 0.05, (8.0, 13.0)
    taps = design_analytic_fir(sfreq, band, delay, n_taps, null_order=0)
    freqs = np.linspace(-sfreq / 2, sfreq / 2, 8001)
    ideal = np.where(
        (freqs >= band[0]) & (freqs <= band[1]), 2 * np.exp(-2j * np.pi * freqs * delay), 0
    )

    def error(filter_taps: np.ndarray) -> float:
        return float(np.mean(np.abs(frequency_response(filter_taps, sfreq, freqs) - ideal) ** 2))

    best = error(taps)
    rng = np.random.default_rng(5)
    for _ in range(50):
        change = rng.standard_normal(n_taps) + 1j * rng.standard_normal(n_taps)
        change -= change.mean()
        assert error(taps + 1e-3 * change) > best


@pytest.mark.parametrize(
    ("sfreq", "band", "n_taps"),
    [(100.0, (8.0, 60.0), 100), (20.0, (8.0, 13.0), 20), (250.0, (8.0, 13.0), 3)],
)
def test_impossible_filters_are_refused(
    sfreq: float, band: tuple[float, float], n_taps: int
) -> None:
    with pytest.raises(ValueError, match="Hz"):
        design_analytic_fir(sfreq, band, 0.0, n_taps)
