"""The surface Laplacian of the scalp potential (current source density) by spherical splines.

Responsible for the matrix that turns potentials, whatever their reference, into minus the surface
Laplacian. Not responsible for applying it, nor for measured electrode positions: places are those
of the 10-05 system's template head.

The potential is interpolated by ``V(r) = c0 + sum_j c_j g(cos angle(r, r_j))`` on a sphere, with
``g(x) = 1/(4 pi) sum_n (2n+1) / (n (n+1))^m P_n(x)`` and the c_j adding up to zero; its surface
Laplacian is ``-1/R^2 sum_j c_j h``, with m - 1 in the place of m. Here m = 4, 50 terms, and 1e-5 on
the diagonal smooths the interpolation. The sphere is the one that fits the electrodes best;
``mne.preprocessing.compute_current_source_density`` with that sphere gives the same matrix. (Its
``sphere="auto"``, in MNE 1.13, fits the same sphere but then measures angles at the origin of the
head frame, some 45 mm below its centre, which is another matrix.)

References
----------
Perrin F, Pernier J, Bertrand O, Echallier JF (1989). Spherical splines for scalp potential and
current density mapping. Electroencephalogr Clin Neurophysiol 72(2), 184-187.
doi:10.1016/0013-4694(89)90180-6. Corrigenda: 76(6), 565 (1990).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.polynomial.legendre import legval

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, read_only

MIN_ELECTRODES = 19
STIFFNESS = 4
SMOOTHING = 1e-5
N_TERMS = 50


def csd_matrix(ch_names: Sequence[str]) -> FloatArray:
    """Return the matrix from potentials to minus their surface Laplacian.

    Parameters
    ----------
    ch_names : sequence of str
        Electrodes on the scalp, named by the 10-05 system or by the older T3, T4, T5, T6; at least
        19, since fewer make no map of the scalp.

    Returns
    -------
    ndarray, shape (n_channels, n_channels)
        ``density = data @ matrix.T``, in V/m^2 for potentials in V. Each row adds up to zero, so
        that the reference of the potentials does not matter. Read-only.

    Raises
    ------
    UserError
        If there are too few electrodes, or a name has no known place.
    """
    names = tuple(ch_names)
    if len(names) < MIN_ELECTRODES:
        raise UserError(
            "The surface Laplacian needs at least {least} electrodes; there are {n}. "
            "Choose another reference.",
            least=MIN_ELECTRODES,
            n=len(names),
        )
    unknown = [name for name in names if not has_position(name)]
    if unknown:
        raise UserError(
            "No place on the head is known for {unknown}; leave these channels out of "
            "the surface Laplacian or name them by the 10-05 system.",
            unknown=", ".join(unknown),
        )
    return _matrix(names)


def has_position(name: str) -> bool:
    """Say whether an electrode's place is known by its name."""
    return name in _template_names()


@cache
def _matrix(names: tuple[str, ...]) -> FloatArray:
    points, radius = _on_unit_sphere(names)
    cosines = np.clip(points @ points.T, -1.0, 1.0)
    splines = spline_series(cosines, STIFFNESS) + SMOOTHING * np.eye(len(names))
    # Coefficients that add up to zero, for any potentials: (G^-1 - G^-1 1 1' G^-1 / 1' G^-1 1) v
    inverse = np.linalg.inv(splines)
    sums = inverse.sum(axis=0)
    coefficients = inverse - np.outer(sums, sums) / sums.sum()
    density = spline_series(cosines, STIFFNESS - 1) @ coefficients / radius**2
    # Exactly blind to what all channels share, not only to the rounding of the inverse.
    return read_only(np.asarray(density - density.mean(axis=1, keepdims=True)))


def spline_series(cosines: FloatArray, power: int) -> FloatArray:
    """Return ``1/(4 pi) sum_n (2n+1) / (n (n+1))^power P_n(cosines)``.

    Parameters
    ----------
    cosines : ndarray
        Of the angles between places on the sphere.
    power : int
        The splines' stiffness m; m - 1 for their Laplacian.

    Returns
    -------
    ndarray
        Of the same shape.
    """
    n = np.arange(1, N_TERMS + 1, dtype=np.float64)
    weights = (2 * n + 1) / ((n * (n + 1)) ** power * 4 * math.pi)
    return np.asarray(legval(cosines, np.concatenate([[0.0], weights])))


@cache
def _template() -> Any:
    import mne

    # The same positions: MNE before 1.13 has them as standard_1005, which 1.14 will not know.
    known = mne.channels.get_builtin_montages()
    name = "colin27_1005" if "colin27_1005" in known else "standard_1005"
    return mne.channels.make_standard_montage(name)


@cache
def _template_names() -> frozenset[str]:
    return frozenset(_template().ch_names)


def _on_unit_sphere(names: tuple[str, ...]) -> tuple[FloatArray, float]:
    """Return unit vectors of the electrodes and the radius (m) of the sphere fitted to them."""
    import mne
    from mne.bem import fit_sphere_to_headshape

    info = mne.create_info(list(names), 1000.0, "eeg")
    info.set_montage(_template(), verbose="error")
    radius, origin, _ = fit_sphere_to_headshape(info, verbose="error")
    places = np.array([ch["loc"][:3] for ch in info["chs"]]) - origin
    return places / np.linalg.norm(places, axis=1, keepdims=True), float(radius)
