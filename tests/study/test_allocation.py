from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.study.allocation import Place, make_allocation, open_place, seal_place

KEY = bytes(range(32))


@given(
    st.integers(1, 200),
    st.lists(st.sampled_from([4, 6, 8]), min_size=1, max_size=3),
    st.integers(0, 2**40),
)
def test_every_stratum_is_balanced_and_never_far_from_it(
    size: int, blocks: list[int], seed: int
) -> None:
    places = make_allocation(["a", "b"], size, blocks, seed)
    assert places == make_allocation(["a", "b"], size, blocks, seed)
    for stratum in ("a", "b"):
        own = [p for p in places if p.stratum == stratum]
        assert [p.number for p in own] == list(range(1, len(own) + 1))
        assert len(own) >= size
        lead = 0
        for place in own:
            lead += 1 if place.arm is Arm.REAL else -1
            assert abs(lead) <= max(blocks) // 2
        assert lead == 0


def test_arms_come_in_every_order() -> None:
    firsts = Counter(
        tuple(str(p.arm) for p in make_allocation(["a"], 4, [4], seed)) for seed in range(600)
    )
    assert len(firsts) == 6
    assert min(firsts.values()) > 60


@pytest.mark.parametrize(
    ("strata", "size", "blocks"),
    [
        (["a"], 10, [3]),
        (["a"], 10, [2]),  # whoever knows the first arm knows the second
        (["a"], 10, [4, 2]),
        (["a"], 10, []),
        (["a"], 10, [0]),
        (["a"], 0, [4]),
        ([], 10, [4]),
        (["a", "a"], 10, [4]),
    ],
)
def test_what_cannot_be_allocated_is_refused(
    strata: list[str], size: int, blocks: list[int]
) -> None:
    with pytest.raises(UserError):
        make_allocation(strata, size, blocks, 1)


@given(st.integers(1, 60), st.integers(0, 2**40))
def test_no_two_places_are_fed_from_one_donor_while_there_are_others(size: int, seed: int) -> None:
    places = make_allocation(["a", "b"], size, [4, 6], seed)
    pool = [f"sub-D{i}_ses-01" for i in range(len(places))]
    assert sorted(place.donor(0, pool) for place in places) == sorted(pool)


@given(st.integers(1, 9999), st.sampled_from(list(Arm)), st.integers(0, 2**62))
def test_a_sealed_place_opens_only_with_its_key_in_its_place(
    number: int, arm: Arm, seed: int
) -> None:
    place = Place("a", number, arm, seed, number, seed)
    sealed = seal_place(place, "study", KEY)
    assert open_place(sealed, "a", number, "study", KEY) == place
    for stratum, at, study, key in [
        ("b", number, "study", KEY),
        ("a", number + 1, "study", KEY),
        ("a", number, "other", KEY),
        ("a", number, "study", KEY[::-1]),
    ]:
        with pytest.raises(UserError, match="does not open"):
            open_place(sealed, stratum, at, study, key)


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_sealed_places_are_as_long_in_both_arms(one: int, other: int) -> None:
    real = seal_place(Place("a", 1, Arm.REAL, one, 0, one), "study", KEY)
    control = seal_place(Place("a", 1, Arm.CONTROL, other, 2**31 + 9999, 2**62 - 1), "study", KEY)
    assert len(real) == len(control)
    assert "real" not in real


@pytest.mark.parametrize("text", ["", "not base64!", "AAAA", "QUJD" * 60])
def test_a_damaged_place_is_one_sentence(text: str) -> None:
    with pytest.raises(UserError, match="does not open"):
        open_place(text, "a", 1, "study", KEY)


def test_sessions_go_on_around_the_pool_from_the_turn_of_the_place() -> None:
    place = Place("", 1, Arm.CONTROL, seed=0, turn=2)
    assert [place.donor(session, ["a", "b", "c", "d"]) for session in range(5)] == list("cdabc")
