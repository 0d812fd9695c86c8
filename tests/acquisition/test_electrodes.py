"""Names and positions agree with the field's."""

from __future__ import annotations

import numpy as np
import pytest

from neurofeedback.acquisition.electrodes import positions, standard_montage
from neurofeedback.errors import UserError


@pytest.mark.parametrize("n", [2, 8, 19, 32, 64, 256])
def test_a_cap_has_as_many_electrodes_as_asked_and_the_frontal_pair(n: int) -> None:
    names = standard_montage(n)
    assert len(set(names)) == n
    assert {"F3", "F4"} <= set(names)
    assert set(names) <= set(positions())


@pytest.mark.parametrize("n", [0, 1, 100_000])
def test_impossible_caps_are_refused(n: int) -> None:
    with pytest.raises(UserError, match="electrodes"):
        standard_montage(n)


def test_the_names_are_those_of_the_standard() -> None:
    import mne

    theirs = mne.channels.make_standard_montage("biosemi64").ch_names
    assert set(theirs) <= set(positions())
    assert {"AFF5h", "TTP7h", "POO10h", "FCC1", "OI1h"} <= set(positions())


@pytest.mark.parametrize(
    ("name", "right", "front", "up"),
    [("Cz", 0, 0, 1), ("T8", 0.95, 0, 0.31), ("Fpz", 0, 0.95, 0.31), ("Oz", 0, -0.95, 0.31)],
)
def test_landmarks_lie_where_they_should(name: str, right: float, front: float, up: float) -> None:
    np.testing.assert_allclose(positions()[name], [right, front, up], atol=0.01)


def test_left_mirrors_right_and_all_lie_on_the_sphere() -> None:
    at = positions()
    for left, right in (("F3", "F4"), ("T7", "T8"), ("FCC5h", "FCC6h"), ("A1", "A2")):
        np.testing.assert_allclose(at[left], at[right] * [-1, 1, 1])
    np.testing.assert_allclose([np.linalg.norm(p) for p in at.values()], 1.0)
