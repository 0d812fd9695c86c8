"""Unequal arms, standard care without feedback, withdrawal."""

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.study.allocation import make_allocation

RATIO = {Arm.REAL: 2, Arm.CONTROL: 1, Arm.STANDARD: 1}


@given(st.integers(1, 100), st.integers(0, 2**40))
def test_arms_stand_to_each_other_as_wanted(size: int, seed: int) -> None:
    places = make_allocation(["a", "b"], size, [4, 8], seed, RATIO)
    for stratum in ("a", "b"):
        counts = Counter(place.arm for place in places if place.stratum == stratum)
        assert counts[Arm.REAL] == 2 * counts[Arm.CONTROL] == 2 * counts[Arm.STANDARD]


@pytest.mark.parametrize(
    ("blocks", "ratio"),
    [([6], RATIO), ([4], {Arm.REAL: 1}), ([4], {Arm.REAL: 1, Arm.STANDARD: 1}), ([3], None)],
)
def test_what_does_not_fit_is_refused(blocks: list[int], ratio: dict[Arm, int] | None) -> None:
    with pytest.raises(UserError):
        make_allocation(["a"], 8, blocks, 1, ratio or {Arm.REAL: 2, Arm.CONTROL: 1})


@pytest.fixture
def trial(make_study, station_key):
    study = make_study("time-shifted", size=8, blocks=[8], ratio=RATIO)
    common = {
        "station_key": station_key(), "stratum": None, "operator": "op", "claims": {},
    }  # fmt: skip
    return study, common


def test_standard_care_has_a_place_and_no_session(trial, now) -> None:
    study, common = trial
    fed = {f"P{i}": study.enrol_without_session(f"P{i}", now=now, **common) for i in range(8)}
    assert sum(fed.values()) == 6
    for code, has_sessions in fed.items():
        if has_sessions:
            with study.enrol(code, now=now, **common) as entry:
                entry.take(f"sub-{code}/ses-01")
        else:
            with (
                pytest.raises(UserError, match="standard care, without feedback"),
                study.enrol(code, now=now, **common),
            ):
                pass
    status = study.status()
    assert (status["strata"]["all"]["taken"], status["sessions"]) == (8, 6)
    assert status["problems"] == []


def test_a_session_that_nobody_may_have_still_takes_the_place(trial, now) -> None:
    study, common = trial
    for i in range(8):
        with suppress(UserError), study.enrol(f"P{i}", now=now, **common) as entry:
            entry.take(f"sub-P{i}/ses-01")
    assert study.status()["strata"]["all"]["taken"] == 8


def test_who_was_withdrawn_has_no_further_session_and_keeps_the_place(trial, now) -> None:
    study, common = trial
    study.enrol_without_session("P0", now=now, **common)
    with pytest.raises(UserError, match="A withdrawal is logged"):
        study.withdraw("P0", who="", reason="x", now=now)
    study.withdraw("P0", who="A", reason="moved", now=now)
    for again in (
        lambda: study.withdraw("P0", who="A", reason="moved", now=now),
        lambda: study.enrol_without_session("P0", now=now, **common),
    ):
        with pytest.raises(UserError, match="was withdrawn from"):
            again()
    study.enrol_without_session("P1", now=now, **common)
    assert study.place_of("P1") == ("all", 2)
    assert study.status()["withdrawn"] == ["P0"]
