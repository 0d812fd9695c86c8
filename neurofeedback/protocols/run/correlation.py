"""What moments at a distance have in common.

Responsible for the autocorrelation of features. Not responsible for what it is used for
(`protocols.run.control`, `protocols.run.scrambled`).
"""

from __future__ import annotations

import numpy as np

from neurofeedback.frames import FloatArray


def autocorrelation(values: FloatArray, n_lags: int) -> FloatArray:
    """Return the autocorrelation of each column, lag 0 first, tapered to 0 at `n_lags`.

    Parameters
    ----------
    values : ndarray, shape (n_times, n_columns)
    n_lags : int
        At least 1.

    Returns
    -------
    ndarray, shape (n_lags, n_columns)
        Between -1 and 1; 0 beyond the length of `values` and for a column that does not vary.
    """
    n = len(values)
    centred = values - values.mean(axis=0)
    spectrum = np.fft.rfft(centred, 2 * n, axis=0)
    products = np.fft.irfft(np.abs(spectrum) ** 2, 2 * n, axis=0)[: min(n, n_lags)]
    power = np.where(products[0] > 0, products[0], 1.0)
    found = np.zeros((n_lags, values.shape[1]))
    found[: len(products)] = products / power
    taper = 0.5 * (1.0 + np.cos(np.pi * np.arange(n_lags) / n_lags))
    return np.asarray(np.clip(found, -1.0, 1.0) * taper[:, None])
