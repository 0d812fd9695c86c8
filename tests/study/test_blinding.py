import math
from itertools import product

import pytest
from scipy.stats import multinomial

from neurofeedback.study.blinding import blinding_index, difference_interval, study_blinding


@pytest.mark.parametrize(
    ("beliefs", "index"),
    [
        (["real"] * 10, 1.0),
        (["control"] * 10, -1.0),
        (["unknown"] * 10, 0.0),
        (["real"] * 5 + ["control"] * 5, 0.0),
        (["real"] * 6 + ["control"] * 2 + ["unknown"] * 2, 0.4),
    ],
)
def test_bangs_index(beliefs, index):
    found = blinding_index("real", "participant", beliefs)
    assert found.index == pytest.approx(index)
    assert found.low <= found.index <= found.high


def test_indices_are_those_of_other_programs():
    """A table of the R package BI: 48, 4 and 330 answers in one arm, 22, 30 and 319 in the other.

    Its values are James .896, Bang .115 (.08 to .15) and .022 (-.016 to .06).
    """
    beliefs = ["real"] * 48 + ["control"] * 4 + ["unknown"] * 330
    first = blinding_index("real", "participant", beliefs)
    assert first.index == pytest.approx(0.115, abs=5e-4)
    assert (first.low, first.high) == pytest.approx((0.080, 0.150), abs=4e-3)
    beliefs = ["real"] * 22 + ["control"] * 30 + ["unknown"] * 319
    second = blinding_index("control", "participant", beliefs)
    assert second.index == pytest.approx(0.022, abs=5e-4)
    assert (second.low, second.high) == pytest.approx((-0.016, 0.060), abs=4e-3)
    study = study_blinding("participant", [(48, 4, 382), (30, 22, 371)])
    assert study.index == pytest.approx(0.896, abs=5e-4)
    assert study.low < 0.875
    assert study.high > 0.918
    assert study.high - study.low < 0.1


def test_three_people_who_are_right_prove_little():
    found = blinding_index("real", "participant", ["real"] * 3)
    assert (found.index, found.high) == (1.0, 1.0)
    assert found.low < 0.0  # the interval of before was 1 to 1
    alone = blinding_index("real", "operator", ["real"])
    assert alone.low < -0.9
    assert math.isnan(blinding_index("real", "operator", []).index)


SHARES = [
    (right / 10, wrong / 10)
    for right, wrong in product(range(0, 11, 2), repeat=2)
    if right + wrong <= 10
] + [(0.95, 0.05), (0.01, 0.01), (0.5, 0.45), (0.33, 0.33)]


@pytest.mark.parametrize("n", [1, 3, 6, 12])
def test_the_interval_holds_for_any_number_of_people(n):
    outcomes = [(r, w) for r in range(n + 1) for w in range(n + 1 - r)]
    intervals = {o: difference_interval(*o, n) for o in outcomes}
    for right, wrong in SHARES:
        chance = multinomial(n, [right, wrong, round(1.0 - right - wrong, 9)])
        held = sum(
            chance.pmf([r, w, n - r - w])
            for (r, w), (low, high) in intervals.items()
            if low - 1e-6 <= right - wrong <= high + 1e-6
        )
        assert held >= 0.95 - 1e-6, (right, wrong)


def test_james_interval_holds_for_three_people_an_arm():
    outcomes = [(r, w) for r in range(4) for w in range(4 - r)]
    found = {
        pair: study_blinding("participant", [(*a, 3), (*b, 3)])
        for pair in product(outcomes, repeat=2)
        for a, b in [pair]
    }
    for a, b in [((0.6, 0.2), (0.5, 0.3)), ((0.9, 0.1), (0.9, 0.1)), ((0.1, 0.1), (0.3, 0.1))]:
        truth = study_blinding(
            "x", [tuple(round(1000 * p) for p in (*shares, 1.0)) for shares in (a, b)]
        )
        chances = [multinomial(3, [*p, 1.0 - sum(p)]) for p in (a, b)]
        held = sum(
            chances[0].pmf([*x, 3 - sum(x)]) * chances[1].pmf([*y, 3 - sum(y)])
            for (x, y), index in found.items()
            if index.low - 1e-6 <= truth.index <= index.high + 1e-6
        )
        assert held >= 0.95


def test_james_index_at_its_ends():
    assert study_blinding("x", [(0, 0, 5), (0, 0, 5)]).index == 1.0
    assert study_blinding("x", [(5, 0, 5), (5, 0, 5)]).index == pytest.approx(0.0)
    assert study_blinding("x", [(2, 2, 4), (3, 3, 6)]).index == pytest.approx(0.5)
    assert math.isnan(study_blinding("x", [(2, 2, 4), (0, 0, 0)]).index)


def test_confidence_weighs_answers():
    sure = blinding_index("real", "participant", ["real"] * 4, [100] * 4)
    unsure = blinding_index("real", "participant", ["real"] * 4, [5] * 4)
    assert (sure.by_confidence, unsure.by_confidence) == (1.0, pytest.approx(0.05))
    assert unsure.by_confidence_low < 0.0 < unsure.by_confidence_high
    assert sure.index == unsure.index
    dont_know = blinding_index("real", "participant", ["unknown"] * 4, [90] * 4)
    assert dont_know.by_confidence == 0.0
