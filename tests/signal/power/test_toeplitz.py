"""Long systems are solved as exactly as short ones, and without their matrix."""

import tracemalloc

import numpy as np
import pytest
import scipy.linalg

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power import toeplitz
from neurofeedback.signal.power.filters import design_weighted_fir
from neurofeedback.signal.power.toeplitz import Toeplitz

FREQS = np.linspace(0.0, 100.0, 201)
DENSITY = 1.0 / (1.0 + FREQS) + np.exp(-((FREQS - 10.0) ** 2))
DELAYS = np.linspace(-0.5, 0.5, 9)


def correlation(n: int) -> FloatArray:
    density = np.interp(np.abs(np.fft.fftfreq(8 * n, 1e-3)), FREQS, DENSITY)
    return np.asarray(np.fft.ifft(density)[:n].real * (1 + 1e-9 * (np.arange(n) == 0)))


@pytest.mark.parametrize("n", [2, 3, 500])
def test_the_fast_way_is_the_exact_way(monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    column, right = correlation(n), np.random.default_rng(0).standard_normal((n, 3))
    matrix = scipy.linalg.toeplitz(column)
    dense = Toeplitz(column)
    monkeypatch.setattr(toeplitz, "LONG", 0)
    fast = Toeplitz(column)
    assert np.array_equal(dense.times(right), matrix @ right)
    assert np.allclose(fast.times(right + 1j), matrix @ (right + 1j), rtol=0, atol=1e-12)
    assert np.allclose(fast.solve(right), dense.solve(right), rtol=1e-9, atol=1e-9)


def test_filters_designed_either_way_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    dense, missed = design_weighted_fir(2000.0, (8.0, 13.0), DELAYS, 1000, FREQS, DENSITY)
    monkeypatch.setattr(toeplitz, "LONG", 0)
    fast, missed_fast = design_weighted_fir(2000.0, (8.0, 13.0), DELAYS, 1000, FREQS, DENSITY)
    assert np.abs(fast - dense).max() < 1e-9 * np.abs(dense).max()
    assert missed_fast == pytest.approx(missed, abs=1e-9)


def test_a_filter_at_20_khz_needs_no_matrix_of_its_taps() -> None:
    tracemalloc.start()
    design_weighted_fir(20e3, (8.0, 13.0), DELAYS, 10_000, FREQS, DENSITY)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 200e6  # the matrix alone has 800 MB, and takes minutes
