"""The surface Laplacian against MNE's and against what it must be for simple potentials."""

from __future__ import annotations

import mne
import numpy as np
import pytest

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.signal.laplacian import csd_matrix, has_position


def template_info(names: tuple[str, ...]) -> mne.Info:
    known = mne.channels.get_builtin_montages()
    template = "colin27_1005" if "colin27_1005" in known else "standard_1005"
    info = mne.create_info(list(names), 100.0, "eeg")
    return info.set_montage(mne.channels.make_standard_montage(template))


def mne_matrix(names: tuple[str, ...]) -> FloatArray:
    info = template_info(names)
    radius, origin, _ = mne.bem.fit_sphere_to_headshape(info, verbose="error")
    unit = mne.EvokedArray(np.eye(len(names)), info, verbose="error")
    density = mne.preprocessing.compute_current_source_density(
        unit, sphere=(*origin, radius), verbose="error"
    )
    return np.asarray(density.data)


@pytest.mark.parametrize("n_channels", [19, 32, 64, 128])
def test_it_is_the_matrix_of_mne_for_the_same_sphere(n_channels: int) -> None:
    names = standard_montage(n_channels)
    names = tuple(name for name in names if has_position(name))
    expected = mne_matrix(names)
    np.testing.assert_allclose(csd_matrix(names), expected, atol=1e-9 * np.abs(expected).max())


def test_old_and_new_names_are_the_same_places() -> None:
    new = standard_montage(19)
    old = tuple({"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}.get(n, n) for n in new)
    assert old != new
    np.testing.assert_allclose(csd_matrix(old), csd_matrix(new))


def test_the_order_of_channels_goes_with_the_matrix() -> None:
    names = standard_montage(32)
    order = np.random.default_rng(0).permutation(32)
    shuffled = csd_matrix([names[i] for i in order])
    expected = csd_matrix(names)[np.ix_(order, order)]
    np.testing.assert_allclose(shuffled, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_what_all_channels_share_vanishes_and_a_source_is_positive_at_its_place() -> None:
    matrix = csd_matrix(standard_montage(64))
    assert np.abs(matrix.sum(axis=1)).max() < 1e-12 * np.abs(matrix).max()
    assert (matrix.diagonal() > 0).all()
    assert not matrix.flags.writeable


def test_a_dipole_like_map_is_an_eigenfunction() -> None:
    """On the sphere the Laplacian of cos(angle) is -2 cos(angle) / R^2."""
    names = standard_montage(64)
    info = template_info(names)
    radius, origin, _ = mne.bem.fit_sphere_to_headshape(info, verbose="error")
    points = np.array([ch["loc"][:3] for ch in info["chs"]]) - origin
    height = points[:, 2] / np.linalg.norm(points, axis=1)
    inner = height > 0.3
    found = (csd_matrix(names) @ height)[inner]
    np.testing.assert_allclose(found, 2 * height[inner] / radius**2, rtol=0.05)


def test_too_few_or_unknown_electrodes_are_refused() -> None:
    with pytest.raises(UserError, match="at least 19 electrodes; there are 18"):
        csd_matrix(standard_montage(18))
    with pytest.raises(UserError, match="No place on the head is known for E7, E8"):
        csd_matrix([*standard_montage(19), "E7", "E8"])
