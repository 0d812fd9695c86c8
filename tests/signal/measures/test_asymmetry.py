"""Forms of an asymmetry, sets of pairs, and the references a stream allows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.signal.measures.asymmetry import (
    Asymmetry,
    asymmetry,
    frontal_pairs,
    log_asymmetry,
)
from neurofeedback.signal.reference import (
    describe,
    possible_references,
    reference_matrix,
    scalp_channels,
)

powers = st.floats(1e-15, 1e-5)


def stream(*names: str) -> StreamInfo:
    n = len(names)
    return StreamInfo("test", "", 160.0, names, ("eeg",) * n, ("V",) * n)


@given(left=powers, right=powers)
def test_identities(left: float, right: float) -> None:
    found = Asymmetry((("F3", "F4"),), left, right)
    assert found.ratio == pytest.approx((right - left) / (right + left), abs=1e-12)
    assert found.amplitude == pytest.approx(
        math.log(math.sqrt(right)) - math.log(math.sqrt(left)), abs=1e-9
    )
    assert found.decibels == pytest.approx(10 * math.log10(right) - 10 * math.log10(left), abs=1e-9)
    assert found.decibels == pytest.approx(4.342944819 * found.value, abs=1e-6)
    assert log_asymmetry(right, left) == -found.value


@given(scale=st.floats(1e-3, 1e3), power=st.lists(powers, min_size=4, max_size=4))
def test_gain_common_to_both_sides_does_not_matter(scale: float, power: list[float]) -> None:
    names = ("F3", "F4", "F7", "F8")
    pairs = [("F3", "F4"), ("F7", "F8")]
    plain = asymmetry(dict(zip(names, power, strict=True)), pairs)
    scaled = asymmetry(dict(zip(names, [scale * p for p in power], strict=True)), pairs)
    assert scaled.value == pytest.approx(plain.value, abs=1e-9)


def test_golden_values() -> None:
    found = asymmetry({"F3": 2.0, "F4": 6.0}, [("F3", "F4")])
    assert found.value == pytest.approx(1.0986122886681098)
    assert found.ratio == pytest.approx(0.5)
    assert found.decibels == pytest.approx(4.771212547196624)
    assert (found.power_left, found.power_right, found.label) == (2.0, 6.0, "F3/F4")


@given(power=st.lists(powers, min_size=4, max_size=4))
def test_a_set_of_pairs_is_the_mean_of_its_pairs(power: list[float]) -> None:
    named = dict(zip(("F3", "F4", "F7", "F8"), power, strict=True))
    pairs = [("F3", "F4"), ("F7", "F8")]
    both = asymmetry(named, pairs)
    one, other = (asymmetry(named, [pair]).value for pair in pairs)
    assert both.value == pytest.approx((one + other) / 2, abs=1e-9)
    assert both.label == "F3/F4 + F7/F8"


@pytest.mark.parametrize(("left", "right"), [(0.0, 1.0), (1.0, math.nan), (-1.0, 1.0)])
def test_what_has_no_logarithm_is_refused(left: float, right: float) -> None:
    with pytest.raises(ValueError, match="no logarithm"):
        log_asymmetry(left, right)
    with pytest.raises(ValueError, match="no logarithm"):
        asymmetry({"F3": left, "F4": right, "a": 1.0}, [("a", "a"), ("F3", "F4")])
    with pytest.raises(ValueError, match="needs a pair"):
        asymmetry({}, [])


def test_pairs_that_are_there() -> None:
    assert frontal_pairs(standard_montage(19)) == (("F3", "F4"), ("F7", "F8"))
    assert len(frontal_pairs(standard_montage(64))) == 4
    assert frontal_pairs(("F3", "F8")) == ()


@pytest.mark.parametrize(
    ("names", "bads", "expected"),
    [
        (("F3", "F4"), (), ["as-recorded"]),  # against their own mean, both are the same
        (("F3", "F4"), ("F4",), ["as-recorded"]),
        (("F3", "F4", "Cz", "A1", "M1", "M2"), (),
         ["average", "as-recorded", ("Cz",), ("M1", "M2")]),
        (("F3", "F4", "Cz", "A1", "A2"), ("Cz",), ["average", "as-recorded", ("A1", "A2")]),
        (standard_montage(19), (), ["average", "as-recorded", ("Cz",), "csd"]),
        (standard_montage(19), ("O1",), ["average", "as-recorded", ("Cz",)]),
    ],
)  # fmt: skip
def test_references_a_stream_allows(
    names: tuple[str, ...], bads: tuple[str, ...], expected: list[object]
) -> None:
    assert list(possible_references(stream(*names), bads)) == expected


def test_references_in_words() -> None:
    info = stream(*standard_montage(19), "A1", "A2", "M1", "M2")
    words = [describe(reference, info) for reference in possible_references(info)]
    assert words == [
        "average of 23",
        "as recorded",
        "Cz",
        "linked ears (A1 + A2)",
        "linked mastoids (M1 + M2)",
        "surface Laplacian (CSD) of 19",
    ]


def test_the_laplacian_sees_no_reference_and_no_ears() -> None:
    info = stream("A1", *standard_montage(32), "E99")
    assert scalp_channels(info) == standard_montage(32)
    matrix = reference_matrix(info, ["F3", "F4"], "csd")
    assert matrix.shape == (2, 34)
    assert not matrix[:, [0, -1]].any()
    data = np.random.default_rng(0).standard_normal((50, 34))
    shifted = data + np.random.default_rng(1).standard_normal((50, 1))
    np.testing.assert_allclose(shifted @ matrix.T, data @ matrix.T, rtol=1e-9, atol=1e-9)


def test_what_the_laplacian_cannot_do_is_said() -> None:
    with pytest.raises(UserError, match="needs 19 good electrodes.*has 18"):
        reference_matrix(stream(*standard_montage(19)), ["F3"], "csd", bads=["O1"])
    with pytest.raises(UserError, match="no value at A1"):
        reference_matrix(stream("A1", *standard_montage(19)), ["F3", "A1"], "csd")
    with pytest.raises(UserError, match="no channel F9x"):
        reference_matrix(stream(*standard_montage(19)), ["F9x"], "csd")
