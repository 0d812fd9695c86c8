import math
from typing import Any

import numpy as np
import pytest
from protocol_parts import ALL, DOWN_A, TARGETS, TWO_INHIBITS, UP_A, WEIGHTED, noise

from neurofeedback.frames import FeatureDescriptor
from neurofeedback.protocols.run.score import Score, describe_score
from neurofeedback.protocols.spec import TargetSettings

BASELINE = noise(400) * [2.0, 0.5, 1.0] + [10.0, -3.0, 0.0]
MEAN, SD = BASELINE.mean(axis=0), BASELINE.std(axis=0)
DESCRIPTORS = [
    FeatureDescriptor("a", "ln V^2", "ln P(Cz)", 0.2, 1.0, "Noisy."),
    FeatureDescriptor("b", "ln V^2", "ln P(Fz)", 0.4, 0.5, "Noisy."),
    FeatureDescriptor("c", "ln V^2", "ln P(T7)", 0.9, 9.0),
]


def make(target: dict[str, Any]) -> Score:
    score = Score(TargetSettings.model_validate(target))
    score.learn(BASELINE)
    return score


def test_one_condition_is_shown_in_its_own_unit_whichever_way() -> None:
    up, down = make(UP_A), make(DOWN_A)
    row = [12.0]
    assert up.show(up.parts(row), up.level(11.0)) == pytest.approx((12.0, 1.0 / SD[0]))
    assert down.show(down.parts(row), down.level(11.0)) == pytest.approx((12.0, -1.0 / SD[0]))
    assert up.shown_threshold(up.level(11.0)) == down.shown_threshold(down.level(11.0)) == 11.0


def test_a_weighted_score_is_the_sum_of_distances_in_sd() -> None:
    score = make(WEIGHTED)
    row = [11.0, -2.0]
    wanted = (11.0 - MEAN[0]) / SD[0] - 0.5 * (-2.0 - MEAN[1]) / SD[1]
    feature, margin = score.show(score.parts(row), score.level(0.3))
    assert feature == pytest.approx(wanted)
    assert margin == pytest.approx((wanted - 0.3) / score.scales[0])
    assert score.shown_threshold(score.level(0.3)) == 0.3
    parts = np.array([score.parts(row) for row in BASELINE[:, :2].tolist()])
    assert score.means == [pytest.approx(0.0, abs=1e-12)]
    assert score.scales == [parts.std()]


def test_of_all_the_smallest_margin_in_sd_is_shown_and_its_threshold_is_0() -> None:
    score = make(ALL)
    thresholds = score.level(0.5)  # half an SD past each mean, in the direction that is rewarded
    row = [MEAN[0] + 2.0 * SD[0], MEAN[1] - 0.75 * SD[1]]
    feature, margin = score.show(score.parts(row), thresholds)
    assert feature == margin == pytest.approx(0.25)
    assert score.shown_threshold(thresholds) == 0.0
    described = score.describe_thresholds(thresholds)
    assert described["scale"] == 1.0  # it is in SD already
    assert described["conditions"] == [
        pytest.approx(MEAN[0] + 0.5 * SD[0]), pytest.approx(MEAN[1] - 0.5 * SD[1]),
    ]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_before_the_baseline_no_threshold_and_no_combination_is_known(
    target: dict[str, Any],
) -> None:
    score = Score(TargetSettings.model_validate(target))
    thresholds = [math.nan] * score.n_parts
    feature, margin = score.show(score.parts([1.0, 2.0, 3.0]), thresholds)
    assert math.isnan(margin)
    assert math.isnan(score.shown_threshold(thresholds))
    assert math.isnan(feature) == (len(target["conditions"]) > 1)


def test_the_first_inhibit_that_applies_is_named() -> None:
    score = Score(TargetSettings.model_validate({**UP_A, **TWO_INHIBITS}))  # features a, c
    baseline = noise(1000)[:, :2]
    score.learn(baseline)
    limit = float(np.percentile(baseline[:, 1], 85.0))
    assert score.inhibit([0.0, limit]) is None
    assert score.inhibit([0.0, limit + 1e-9]) == "c above"
    assert score.inhibit([-2.5, 0.0]) is None
    assert score.inhibit([-2.6, 0.0]) == "a below"
    assert score.inhibit([-2.6, limit + 1.0]) == "c above"
    assert score.describe_baseline()["inhibits"] == [
        {"inhibit": "c above", "limit": limit}, {"inhibit": "a below", "limit": -2.5},
    ]  # fmt: skip


def test_a_feature_that_does_not_vary_divides_by_1() -> None:
    score = Score(TargetSettings.model_validate(WEIGHTED))
    score.learn(np.full((10, 2), 3.0))
    assert score.show(score.parts([4.0, 3.0]), [0.0]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("target", "name", "unit", "label"),
    [
        (UP_A, "a", "ln V^2", "ln P(Cz)"),
        (
            WEIGHTED, "score", "SD of the baseline",
            "+1 z(a) -0.5 z(b), z(x) = (x - baseline mean) / baseline SD; "
            "a = ln P(Cz); b = ln P(Fz)",
        ),
        (
            ALL, "score", "SD of the baseline",
            "smallest distance from the thresholds: a above, b below; a = ln P(Cz); b = ln P(Fz)",
        ),
    ],
)  # fmt: skip
def test_the_score_is_described_in_words(
    target: dict[str, Any], name: str, unit: str, label: str
) -> None:
    found = describe_score(TargetSettings.model_validate(target), DESCRIPTORS)
    assert (found.name, found.unit, found.label) == (name, unit, label)
    several = len(target["conditions"]) > 1
    assert (found.delay, found.window) == ((0.4, 1.0) if several else (0.2, 1.0))
    assert found.note == "Noisy."
