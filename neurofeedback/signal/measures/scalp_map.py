"""Values of electrodes spread over the head as it is seen from above.

Responsible for the interpolation by spherical splines and for which places are too far from every
electrode to be shown. Not responsible for the values (`session.scalp_power`) nor for painting
(`gui.operator.scalp_map`).

The series of `laplacian`, with m = 2 and hardly smoothed: each electrode keeps the value that is
told of it, and no place between shows more or less than all of them. A place seen from above at the
distance r from the vertex, in units of the equator's, has the polar angle r * 90 degrees.

References
----------
Perrin F, Pernier J, Bertrand O, Echallier JF (1989). Spherical splines for scalp potential and
current density mapping. Electroencephalogr Clin Neurophysiol 72(2), 184-187.
doi:10.1016/0013-4694(89)90180-6. Corrigenda: 76(6), 565 (1990).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.laplacian import spline_series

SIDE = 48
STIFFNESS = 2
SMOOTHING = 1e-9
FARTHEST = 40.0  # degrees from the nearest electrode up to which a value is shown


class ScalpMap:
    """Interpolate on a square that holds the head seen from above; nose up, right is right.

    What depends on the places alone is computed here, once; an update is one product.

    Parameters
    ----------
    points : ndarray, shape (n_channels, 3)
        Unit vectors of the electrodes: right, front, up.
    rim : float
        Half a side of the square; 1 is the equator, where the outline of the head is.
    side : int
        Pixels of a side.
    """

    def __init__(self, points: FloatArray, rim: float = 1.0, side: int = SIDE) -> None:
        self._side = side
        self._points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        self._cosines = np.clip(_seen_from_above(rim, side) @ self._points.T, -1.0, 1.0)
        self._splines = spline_series(self._cosines, STIFFNESS)
        self._used: tuple[int, ...] = ()
        self._solution: FloatArray = np.empty((1, 0))
        self._near = self._splines[:, :0]
        self._far = np.ones(side * side, dtype=bool)

    def values(self, used: NDArray[np.intp], values: FloatArray) -> FloatArray:
        """Return the values seen from above.

        Parameters
        ----------
        used : ndarray of int, shape (n_used,)
            Electrodes that have a value.
        values : ndarray, shape (n_used,)

        Returns
        -------
        ndarray, shape (side, side)
            Front first, left first; NaN farther than `FARTHEST` degrees from every one used.
        """
        if not len(used):
            return np.full((self._side, self._side), np.nan)
        if tuple(used.tolist()) != self._used:
            self._solve(used)
        weights = np.einsum("ij,j", self._solution, values)  # no threads in the middle of a tick
        spread = np.einsum("ij,j", self._near, weights[:-1]) + weights[-1]
        spread = np.clip(spread, values.min(), values.max())
        spread[self._far] = np.nan
        return np.asarray(spread.reshape(self._side, self._side))

    def _solve(self, used: NDArray[np.intp]) -> None:
        """Prepare other electrodes: a constant, and splines whose weights add up to zero."""
        n, points = len(used), self._points[used]
        bordered = np.ones((n + 1, n + 1))
        bordered[-1, -1] = 0.0
        cosines = np.clip(points @ points.T, -1.0, 1.0)
        bordered[:n, :n] = spline_series(cosines, STIFFNESS) + SMOOTHING * np.eye(n)
        self._solution = np.asarray(np.linalg.inv(bordered)[:, :n])
        self._near = self._splines[:, used]
        self._far = self._cosines[:, used].max(axis=1) < math.cos(math.radians(FARTHEST))
        self._used = tuple(used.tolist())


def _seen_from_above(rim: float, side: int) -> FloatArray:
    """Return the unit vector (right, front, up) of each pixel, row by row."""
    steps = ((np.arange(side) + 0.5) / side * 2 - 1) * rim
    right, back = np.meshgrid(steps, steps)
    reach = np.hypot(right, back)
    polar = np.minimum(reach * math.pi / 2, math.pi)
    across = np.sin(polar) / np.maximum(reach, 1e-12)
    return np.stack([right * across, -back * across, np.cos(polar)], axis=-1).reshape(-1, 3)
