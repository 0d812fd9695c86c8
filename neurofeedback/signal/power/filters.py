"""Design of complex-valued FIR filters that give the analytic band signal at chosen delays.

Responsible for filter coefficients and for what they are expected to miss. Not responsible for
running them over a stream (`signal.power.envelope`) nor for the spectrum they are designed from
(`signal.power.baseline`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.toeplitz import Toeplitz


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


def design_weighted_fir(
    sfreq: float,
    band: tuple[float, float],
    delays: Sequence[float] | FloatArray,
    n_taps: int,
    freqs: FloatArray,
    weights: FloatArray,
    *,
    null_order: int = 1,
) -> tuple[NDArray[np.complex128], FloatArray]:
    """Design filters whose error is weighted by a spectrum.

    The taps b minimise ``sum_f w(f) |H(f) - B(f)|^2`` over all frequencies, subject to removing
    every polynomial up to `null_order` exactly. With the power spectrum of the signal as w, this is
    the Wiener solution: the causal linear estimate of the analytic band signal with the least mean
    squared error. With the square root of the power spectrum it is the weighted design of Smetanin
    et al.

    Parameters
    ----------
    sfreq, band, n_taps, null_order
        As in `design_analytic_fir`.
    delays : sequence of float
        Wanted delays in s; negative values predict.
    freqs : ndarray, shape (n_freqs,)
        Rising frequencies in Hz at which `weights` are given; held constant beyond both ends.
    weights : ndarray, shape (n_freqs,)
        Positive weights; for the Wiener solution, power density.

    Returns
    -------
    taps : ndarray of complex128, shape (n_delays, n_taps)
        Newest sample first.
    missed : ndarray, shape (n_delays,)
        Share of the weighted power of the ideal band signal that the filter misses, 0..1.

    References
    ----------
    Smetanin N, Belinskaya A, Lebedev M, Ossadtchi A (2020). Digital filters for low-latency
    quantification of brain rhythms in real time. J Neural Eng 17, 046022.
    https://doi.org/10.1088/1741-2552/ab890f
    """
    design_analytic_fir(sfreq, band, 0.0, n_taps, null_order=null_order)  # the same refusals
    n_grid = 1 << int(np.ceil(np.log2(8 * max(n_taps, sfreq))))
    grid = np.fft.fftfreq(n_grid, 1 / sfreq)
    density = np.interp(np.abs(grid), freqs, weights)
    inside = (grid >= band[0]) & (grid <= band[1])
    ideal = 2.0 * np.exp(-2j * np.pi * np.outer(grid[inside], np.asarray(delays)))
    turns = np.exp(2j * np.pi * np.outer(np.arange(n_taps) / sfreq, grid[inside]))
    target = turns @ (density[inside, None] / n_grid * ideal)
    correlation = np.fft.ifft(density)[:n_taps].real
    correlation[0] *= 1 + 1e-9
    matrix, n = Toeplitz(correlation), len(delays)
    nulls = np.vander(np.linspace(-1, 1, n_taps), null_order + 1)
    # Real and imaginary parts apart: the matrix is real, and one factor serves all.
    apart = np.hstack([target.real, target.imag, nulls])
    solved = matrix.solve(apart)
    taps, through = solved[:, :n] + 1j * solved[:, n : 2 * n], solved[:, 2 * n :]
    if null_order >= 0:
        taps = taps - through @ np.linalg.solve(nulls.T @ through, nulls.T @ taps)
    whole = 4.0 * float(density[inside].sum()) / n_grid
    caught = (taps.conj() * (2.0 * target - matrix.times(taps))).sum(axis=0).real
    return np.ascontiguousarray(taps.T), np.clip(1.0 - caught / whole, 0.0, 1.0)
