"""Interpolation over the head: electrodes keep their values, nothing is made up beyond them."""

from __future__ import annotations

import numpy as np
import pytest

from neurofeedback.acquisition.electrodes import positions, standard_montage
from neurofeedback.frames import FloatArray
from neurofeedback.signal.measures.scalp_map import ScalpMap

SIDE = 201


def points(names: tuple[str, ...]) -> FloatArray:
    known = positions()
    return np.array([known[name] for name in names])


def pixel(point: FloatArray, rim: float = 1.0) -> tuple[int, int]:
    """Row and column where a place is seen from above."""
    right, front, up = point
    reach = np.arccos(up) / (np.pi / 2) / max(np.hypot(right, front), 1e-12)
    x, y = right * reach / rim, -front * reach / rim
    return tuple(int(np.clip((c + 1) / 2 * SIDE, 0, SIDE - 1)) for c in (y, x))


@pytest.mark.parametrize(("n_channels", "rim"), [(4, 1.0), (19, 1.0), (19, 1.3), (64, 1.0)])
def test_each_electrode_keeps_its_value(n_channels: int, rim: float) -> None:
    where = points(standard_montage(n_channels))
    values = np.random.default_rng(n_channels).uniform(-5, 5, n_channels)
    seen = ScalpMap(where, rim, SIDE).values(np.arange(n_channels), values)
    for point, value in zip(where, values, strict=True):
        assert seen[pixel(point, rim)] == pytest.approx(value, abs=0.35)


def test_nothing_lies_beyond_the_electrodes_values() -> None:
    n_channels = 64
    values = np.random.default_rng(3).uniform(-5, 5, n_channels)
    seen = ScalpMap(points(standard_montage(n_channels))).values(np.arange(n_channels), values)
    assert np.nanmin(seen) >= values.min()
    assert np.nanmax(seen) <= values.max()


def test_what_all_share_is_everywhere_and_a_smooth_field_is_found_again() -> None:
    where = points(standard_montage(64))
    made = ScalpMap(where, side=SIDE)
    flat = made.values(np.arange(64), np.full(64, 2.5))
    np.testing.assert_allclose(flat[np.isfinite(flat)], 2.5)
    slope = made.values(np.arange(64), 4 * where[:, 1])  # front minus back
    for place in ("AFF1h", "CCP3h", "PPO2h"):
        between = positions()[place]
        assert slope[pixel(between)] == pytest.approx(4 * between[1], abs=0.1)


def test_far_from_every_electrode_nothing_is_shown() -> None:
    names = ("F3", "F4", "C3", "C4")
    seen = ScalpMap(points(names), side=SIDE).values(np.arange(4), np.arange(4.0))
    assert np.isfinite(seen[pixel(positions()["FC1"])])
    assert np.isnan(seen[pixel(positions()["O1"])])


def test_an_electrode_that_is_left_out_has_the_value_of_its_neighbours() -> None:
    names = standard_montage(19)
    made = ScalpMap(points(names), side=SIDE)
    values = np.zeros(19)
    values[names.index("Cz")] = 9.0
    spot = pixel(positions()["Cz"])
    everyone = np.arange(19)
    assert made.values(everyone, values)[spot] > 8
    kept = everyone[everyone != names.index("Cz")]
    assert abs(made.values(kept, values[kept])[spot]) < 1e-6
    assert made.values(everyone, values)[spot] > 8, "and again with it"


def test_no_electrode_gives_an_empty_map() -> None:
    seen = ScalpMap(np.empty((0, 3))).values(np.array([], dtype=np.intp), np.array([]))
    assert np.isnan(seen).all()


def test_two_names_of_one_place_do_no_harm() -> None:
    names = ("T7", "T3", "Cz", "T8", "Fz")
    seen = ScalpMap(points(names)).values(np.arange(5), np.array([1.0, 2.0, 0.0, -1.0, 0.5]))
    assert np.isfinite(seen[24, 24])
    assert np.nanmax(seen) <= 2.0
