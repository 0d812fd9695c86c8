"""The aperiodic part of known spectra."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from neurofeedback.errors import UserError
from neurofeedback.signal.measures.aperiodic import AperiodicSettings, aperiodic
from neurofeedback.signal.measures.spectrum import Spectrum

FREQS = np.arange(0, 64.5, 0.5)


def spectrum(exponent: float, offset: float = -11.0, alpha: float = 0.0) -> Spectrum:
    """A power law with a Gaussian rhythm at 10 Hz, in V^2/Hz, with a little noise."""
    rng = np.random.default_rng(0)
    logs = offset - exponent * np.log10(np.maximum(FREQS, 0.5))
    logs += alpha * np.exp(-0.5 * ((FREQS - 10) / 1.5) ** 2) + 0.02 * rng.standard_normal(129)
    return Spectrum(FREQS, 10 ** logs[:, None], 30)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("alpha", [0.0, 0.8])
def test_a_known_power_law_is_found(exponent: float, alpha: float) -> None:
    pytest.importorskip("specparam")
    (found,) = aperiodic(spectrum(exponent, alpha=alpha))
    assert found is not None
    assert found.exponent == pytest.approx(exponent, abs=0.1)
    assert found.offset == pytest.approx(-11.0, abs=0.15)
    inside = (FREQS >= 8) & (FREQS <= 13)
    expected = alpha * np.exp(-0.5 * ((FREQS[inside] - 10) / 1.5) ** 2).mean()
    assert found.adjusted == pytest.approx(expected, abs=0.06)
    assert found.r_squared > 0.95


def test_a_steeper_background_is_not_more_alpha() -> None:
    """Raw alpha power falls tenfold between these two; the adjusted power does not."""
    pytest.importorskip("specparam")
    (flat,), (steep,) = aperiodic(spectrum(1.0, alpha=0.5)), aperiodic(spectrum(2.0, alpha=0.5))
    assert flat is not None
    assert steep is not None
    assert steep.adjusted == pytest.approx(flat.adjusted, abs=0.05)


def test_a_flat_channel_has_no_model_and_others_have() -> None:
    pytest.importorskip("specparam")
    good = spectrum(1.0)
    both = Spectrum(FREQS, np.column_stack([good.psd[:, 0], np.zeros(129)]), 30)
    first, second = aperiodic(both)
    assert first is not None
    assert second is None


def test_a_range_that_is_not_covered_is_refused() -> None:
    pytest.importorskip("specparam")
    with pytest.raises(ValueError, match="below 80 Hz"):
        aperiodic(spectrum(1.0), AperiodicSettings(fit=(2.0, 80.0)))


def test_without_the_package_the_line_that_installs_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "specparam", None)
    with pytest.raises(UserError, match=r"pip install 'neurofeedback\[aperiodic\]'"):
        aperiodic(spectrum(1.0))
