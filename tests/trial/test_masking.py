"""Letters stay letters, also for who knows the arm of one participant."""

import numpy as np
import pytest

from neurofeedback.protocols.run.control import Arm
from neurofeedback.study.allocation import EVEN, make_allocation
from neurofeedback.study.delivery import Allocated
from neurofeedback.trial.masking import ArmNames

N_STUDIES = 400


def study(seed: int, ratio=EVEN, blocks=(4, 6)) -> Allocated:
    places = make_allocation(("all",), 24, blocks, seed, ratio)
    entries = [
        {"what": "place", "stratum": p.stratum, "place": p.number, "participant": f"P{p.number}"}
        for p in places
    ]
    return Allocated("s", {(p.stratum, p.number): p for p in places}, True, entries)


def letters_of(found: Allocated, names: ArmNames) -> dict[str, str | None]:
    return {f"P{n}": names.of(stratum, n) for stratum, n in found.places}


@pytest.mark.parametrize("how", ["opened", "shown"])
@pytest.mark.parametrize(
    ("ratio", "blocks"),
    [(EVEN, (4, 6)), ({Arm.REAL: 1, Arm.CONTROL: 1, Arm.STANDARD: 1}, (6, 9))],
)
def test_who_knows_one_arm_cannot_count_what_the_letters_stand_for(how, ratio, blocks) -> None:
    """The letter that is missing most, of all or among neighbours, is no better than a coin."""
    right: dict[int, list[float]] = {2: [], 5: [], 99: []}
    n_letters = []
    for seed in range(N_STUDIES):
        found = study(seed, ratio, blocks)
        fed = [p for p in found.places.values() if p.arm is not Arm.STANDARD]
        place = fed[seed % len(fed)]
        code = f"P{place.number}"
        names = (
            ArmNames(found, [{"participant": code}]) if how == "opened"
            else ArmNames(found, [], [code])
        )  # fmt: skip
        seen = letters_of(found, names)
        assert seen[code] is None
        n_letters.append(sum(letter in ("A", "B") for letter in seen.values()))
        own = letters_of(found, ArmNames(found, []))[code]
        for reach in right:
            near = [seen[f"P{n}"] for _, n in found.places if abs(n - place.number) <= reach]
            counts = {letter: near.count(letter) for letter in "AB"}
            guess = min("AB", key=counts.__getitem__)
            right[reach].append(0.5 if counts["A"] == counts["B"] else float(guess == own))
    for reach, hits in right.items():
        error = 0.5 / np.sqrt(N_STUDIES)
        assert abs(np.mean(hits) - 0.5) < 3.0 * error, reach
    assert np.mean(n_letters) > 0.6 * len(fed)


def test_where_factors_are_balanced_one_arm_would_tell_all_letters() -> None:
    found = study(3)
    leveled = [{**e, "levels": {"sex": "f"}} for e in found.entries]
    balanced = Allocated("s", found.places, True, leveled)
    assert set(letters_of(balanced, ArmNames(balanced, [])).values()) == {"A", "B"}
    opened = ArmNames(balanced, [{"participant": "P4"}])
    assert set(letters_of(balanced, opened).values()) == {None}


def test_letters_of_equal_studies_are_equal_and_standard_care_is_named() -> None:
    found = study(3, {Arm.REAL: 1, Arm.CONTROL: 1, Arm.STANDARD: 1}, (6,))
    seen = letters_of(found, ArmNames(found, []))
    assert seen == letters_of(found, ArmNames(found, []))
    assert set(seen.values()) == {"A", "B", "standard"}
    opened = letters_of(found, ArmNames(found, [{"participant": None}]))
    assert set(opened.values()) == {"real", "control", "standard"}
