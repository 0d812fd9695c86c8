"""The aperiodic part of a spectrum, and the power that stands above it.

Responsible for exponent and offset of the aperiodic part and for alpha power without it. Not
responsible for spectra (`spectrum`), nor for anything on the way to feedback: this is slow and
needs a stretch of tens of seconds, so it is for recordings and between blocks.

The model is ``log10 P(f) = offset - exponent log10 f + peaks``, fitted by the package `specparam`,
an optional extra that is loaded when it is first asked for.

References
----------
Donoghue T, Haller M, Peterson EJ, et al. (2020). Parameterizing neural power spectra into periodic
and aperiodic components. Nat Neurosci 23, 1655-1665. doi:10.1038/s41593-020-00744-x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.signal.measures.spectrum import ALPHA_BAND, Spectrum
from neurofeedback.signal.power.bands import Band
from neurofeedback.signal.settings_base import Settings

INSTALL = "pip install 'neurofeedback[aperiodic]'"


class AperiodicSettings(Settings):
    """How the aperiodic part is fitted.

    Attributes
    ----------
    fit : (float, float)
        Range that is fitted, Hz.
    band : (float, float)
        Band of the adjusted power, Hz, inclusive.
    peak_width : (float, float)
        Narrowest and widest peak, Hz.
    max_peaks : int
        How many peaks a spectrum may have.
    """

    fit: Band = (2.0, 40.0)
    band: Band = ALPHA_BAND
    peak_width: Band = (1.0, 8.0)
    max_peaks: int = Field(default=6, ge=0, le=32)


@dataclass(frozen=True, slots=True)
class Aperiodic:
    """What was fitted to one channel.

    Parameters
    ----------
    exponent : float
        Steepness; power falls with this power of frequency.
    offset : float
        log10 of the aperiodic density at 1 Hz in V^2/Hz.
    adjusted : float
        Mean of log10 density minus the aperiodic part over the band: how many powers of ten the
        band stands above it. 0 without a rhythm.
    r_squared : float
        Share of the variance of the log density that the whole model explains.
    """

    exponent: float
    offset: float
    adjusted: float
    r_squared: float


def aperiodic(
    spectrum: Spectrum, settings: AperiodicSettings | None = None
) -> tuple[Aperiodic | None, ...]:
    """Fit the aperiodic part of each channel.

    Parameters
    ----------
    spectrum : Spectrum
        Volts; windows of 2 s or more.
    settings : AperiodicSettings, optional

    Returns
    -------
    tuple of Aperiodic or None
        One for each channel; None where no model could be fitted, e.g. for a flat channel.

    Raises
    ------
    UserError
        If `specparam` is not installed.
    ValueError
        If the spectra do not cover the range.
    """
    settings = settings or AperiodicSettings()
    model = _model(settings)
    low, high = settings.fit
    inside = (spectrum.freqs >= low) & (spectrum.freqs <= high)
    freqs = spectrum.freqs[inside]
    if freqs.size < 8 or spectrum.freqs[-1] < high:
        raise ValueError(f"Spectra end at {spectrum.freqs[-1]:g} Hz, below {high:g} Hz.")
    densities = spectrum.psd[inside].T
    return tuple(_fit(model, freqs, np.ascontiguousarray(d), settings.band) for d in densities)


def _model(settings: AperiodicSettings) -> Any:
    try:
        from specparam import SpectralModel
    except ImportError as error:
        raise UserError(
            "The aperiodic part needs the package specparam; install it with: {install}",
            install=INSTALL,
        ) from error
    return SpectralModel(
        peak_width_limits=list(settings.peak_width),
        max_n_peaks=settings.max_peaks,
        aperiodic_mode="fixed",
        verbose=False,
    )


def _fit(
    model: Any, freqs: FloatArray, density: FloatArray, band: tuple[float, float]
) -> Aperiodic | None:
    if not (density > 0).all():
        return None
    model.fit(freqs, density)
    if not model.results.has_model:
        return None
    offset, exponent = (float(value) for value in model.get_params("aperiodic"))
    above = np.log10(density) - (offset - exponent * np.log10(freqs))
    inside = (freqs >= band[0]) & (freqs <= band[1])
    explained = float(model.get_metrics("gof", "rsquared"))
    return Aperiodic(exponent, offset, float(above[inside].mean()), explained)
