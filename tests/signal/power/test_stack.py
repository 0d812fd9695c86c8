"""How much all electrodes count beside posterior power: from others, then from this person."""

import numpy as np
import pytest

from neurofeedback.signal.power.evidence import SPREAD, Gain, Trial
from neurofeedback.signal.power.stack import LEAST_MOMENTS, PRIOR_SECONDS, Stack, StackPrior

STEP = 1 / 16
OTHERS = StackPrior(np.array([0.6, 0.4]), np.array([[1.0, 0.5], [0.5, 1.0]]))


def moments(weights: tuple[float, float], n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return columns of both sides, shape (n, 2, 2), and the truth, which is a sum of them."""
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((n, 2, 2)) + 3.0
    difference = columns[:, 1] - columns[:, 0]
    return columns, difference @ weights + 0.3 * rng.standard_normal(n) - 7.0


def taught(weights: tuple[float, float], seconds: float, scale: float = 1.0) -> Stack:
    stack = Stack(OTHERS, STEP)
    for columns, truth in zip(*moments(weights, round(seconds / STEP)), strict=True):
        stack.add(scale * columns, scale * truth)
    stack.take_up()
    return stack


def test_at_first_the_weights_are_those_of_others() -> None:
    stack = taught((0.0, 1.0), (LEAST_MOMENTS - 1) * STEP)
    np.testing.assert_allclose(stack.weights[:, :, 0], [OTHERS.weights] * 2, atol=1e-12)


def test_they_become_this_persons_by_degrees() -> None:
    first = [taught((0.0, 1.0), s).weights[0, 0, 0] for s in (20.0, 240.0, 20 * PRIOR_SECONDS)]
    assert 0.6 > first[0] > first[1] > first[2]
    assert abs(first[2]) < 0.05


def test_both_sides_have_the_same_weights_and_the_scale_does_not_matter() -> None:
    stack, large = taught((0.2, 0.7), 120.0), taught((0.2, 0.7), 120.0, 10.0)
    np.testing.assert_array_equal(stack.weights[0], stack.weights[1])
    np.testing.assert_allclose(large.weights, stack.weights, atol=1e-9)


def test_the_mean_over_the_baseline_is_that_of_posterior_power_whatever_was_learned() -> None:
    stack, (columns, truths) = Stack(OTHERS, STEP), moments((0.1, 0.8), 2000)
    stack.centre(columns)
    for seconds in range(2):
        value = columns @ stack.weights[0, :, 0] + stack.constants
        np.testing.assert_allclose(value.mean(axis=0), columns[:, :, -1].mean(axis=0), atol=1e-9)
        for each, truth in zip(columns, truths, strict=True):
            stack.add(each, truth)
        stack.take_up()
        assert seconds or not np.allclose(stack.weights[0, :, 0], OTHERS.weights)


def test_a_truth_that_never_changes_teaches_nothing_that_is_not_finite() -> None:
    stack = Stack(OTHERS, STEP)
    for columns, _ in zip(*moments((0.0, 1.0), 500), strict=True):
        stack.add(columns, 2.0)
    stack.take_up()
    assert np.isfinite(stack.weights).all()


@pytest.mark.parametrize(("mean", "sure", "likely"), [(0.5, False, True), (-0.5, False, False)])
def test_what_need_only_be_likely_is_taken_as_soon_as_it_is_expected(mean, sure, likely) -> None:
    expected = mean * SPREAD
    assert Trial(STEP, expected).is_won == sure
    assert Trial(STEP, expected, sure=False).is_won == likely
    assert Gain().weighed(expected) == Gain(expected, SPREAD)
