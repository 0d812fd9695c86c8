"""Design of complex-valued FIR filters that give the analytic band signal at a chosen delay.

Responsible for filter coefficients. Not responsible for running them over a stream
(`signal.envelope`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray


def design_analytic_fir(
    sfreq: float, band: tuple[float, float], delay: float, n_taps: int, *, null_order: int = 1
) -> NDArray[np.complex128]:
    """Design a least-squares complex FIR filter for the analytic signal in a band.

    The ideal response is ``2 exp(-2i pi f delay)`` inside the band and 0 elsewhere, negative
    frequencies included. Among all filters of `n_taps` taps that remove every polynomial up to
    `null_order` exactly (electrode offset and drift), the one nearest to it in the mean square over
    all frequencies is returned. The solution is closed: the truncated ideal impulse response,
    projected off the polynomials.

    Parameters
    ----------
    sfreq : float
        Sampling rate in Hz.
    band : (float, float)
        Lower and upper edge in Hz.
    delay : float
        Wanted group delay in s inside the band; negative values predict.
    n_taps : int
        Length of the filter in samples.
    null_order : int
        Highest order of polynomial removed; -1 for none.

    Returns
    -------
    ndarray of complex128, shape (n_taps,)
        Taps, newest sample first: ``y[t] = sum_n taps[n] x[t - n]``. ``|y|`` is the envelope in the
        unit of x, late by `delay`.

    Raises
    ------
    ValueError
        If the band does not lie below the Nyquist frequency or the filter is shorter than one
        cycle of the band's width.

    References
    ----------
    Smetanin N, Belinskaya A, Lebedev M, Ossadtchi A (2020). Digital filters for low-latency
    quantification of brain rhythms in real time. J Neural Eng 17, 046022.
    https://doi.org/10.1088/1741-2552/ab890f
    """
    low, high = band
    if not 0 < low < high < sfreq / 2:
        raise ValueError(f"Band {low:g}-{high:g} Hz does not fit a sampling rate of {sfreq:g} Hz.")
    if n_taps < sfreq / high:
        raise ValueError(f"{n_taps} taps are shorter than one cycle of {high:g} Hz.")
    lag = np.arange(n_taps) / sfreq - delay
    width, centre = high - low, (low + high) / 2
    taps = (2 * width / sfreq) * np.sinc(width * lag) * np.exp(2j * np.pi * centre * lag)
    if null_order >= 0:
        basis, _ = np.linalg.qr(np.vander(np.linspace(-1, 1, n_taps), null_order + 1))
        taps = taps - basis @ (basis.T @ taps)
    return np.asarray(taps)


def frequency_response(
    taps: NDArray[np.complex128], sfreq: float, freqs: FloatArray
) -> NDArray[np.complex128]:
    """Evaluate the response of an FIR filter.

    Parameters
    ----------
    taps : ndarray of complex128, shape (n_taps,)
        Newest sample first.
    sfreq : float
        Sampling rate in Hz.
    freqs : ndarray, shape (n_freqs,)
        Frequencies in Hz; negative ones too.

    Returns
    -------
    ndarray of complex128, shape (n_freqs,)
        Complex gain.
    """
    lag = np.arange(taps.size) / sfreq
    return np.asarray(np.exp(-2j * np.pi * np.outer(freqs, lag)) @ taps)
