"""Systems of equations whose matrix is symmetric and Toeplitz: those of filter design.

Responsible for solving them, short ones by Cholesky and long ones in far less time and memory. Not
responsible for what they come from (`filters`).

References
----------
Gohberg I, Semencul A (1972). On the inversion of finite Toeplitz matrices and their continuous
analogs. Mat Issled 7(2), 201-223.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy  # its parts are loaded when they are first used
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray

LONG = 4096  # rows; from here on a matrix takes long, and the last bits of an answer matter less


class Toeplitz:
    """A symmetric, positive definite Toeplitz matrix T.

    Parameters
    ----------
    column : ndarray, shape (n,)
        Its first column.
    """

    def __init__(self, column: FloatArray) -> None:
        self._column, self._n = column, column.size
        self._matrix = scipy.linalg.toeplitz(column) if self._n < LONG else None

    def solve(self, right: FloatArray) -> FloatArray:
        """Return ``T^-1 right``, shape of `right` (n, n_right)."""
        if self._matrix is not None:
            factor = scipy.linalg.cho_factor(self._matrix, check_finite=False)
            return np.asarray(scipy.linalg.cho_solve(factor, right, check_finite=False))
        unit = np.zeros(self._n)
        unit[0] = 1.0
        first = scipy.linalg.solve_toeplitz(self._column, unit, check_finite=False)
        found = _inverse_times(first, right)
        return found + _inverse_times(first, right - self.times(found))  # what was rounded

    def times(self, right: NDArray[Any]) -> NDArray[Any]:
        """Return ``T right``, shape of `right` (n, n_right)."""
        if self._matrix is not None:
            return np.asarray(self._matrix @ right)
        return _both_sides(self._column, right)


def _inverse_times(first: FloatArray, right: FloatArray) -> FloatArray:
    """Return ``T^-1 right``, where `first` is the first column of the inverse.

    With x that column, L(x) the lower triangular Toeplitz matrix of it and y = (0, x_n-1 ... x_1),
    ``T^-1 = (L(x) L(x)' - L(y) L(y)') / x_0``.
    """
    last = np.concatenate(([0.0], first[:0:-1]))
    found = _lower(first, _upper(first, right)) - _lower(last, _upper(last, right))
    return np.asarray(found / first[0])


def _lower(column: FloatArray, right: FloatArray) -> FloatArray:
    """Return the product with the lower triangular Toeplitz matrix of a column."""
    n = column.size
    length = scipy.fft.next_fast_len(2 * n, real=True)
    product = np.fft.rfft(column, length)[:, None] * np.fft.rfft(right, length, axis=0)
    return np.asarray(np.fft.irfft(product, length, axis=0)[:n])


def _upper(column: FloatArray, right: FloatArray) -> FloatArray:
    """Return the product with the transpose of that."""
    return _lower(column, right[::-1])[::-1]


def _both_sides(column: FloatArray, right: NDArray[Any]) -> NDArray[Any]:
    if np.iscomplexobj(right):
        return _both_sides(column, right.real) + 1j * _both_sides(column, right.imag)
    return np.asarray(_lower(column, right) + _upper(column, right) - column[0] * right)
