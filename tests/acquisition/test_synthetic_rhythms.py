"""What a synthetic participant learns from feedback: what it follows, and nothing else."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from neurofeedback.acquisition.synthetic_rhythms import (
    LEARNING_LIMIT,
    WANDERING,
    Levels,
    rhythm_at,
)
from neurofeedback.frames import FeedbackFrame, FloatArray

N = 3
STEP = 1 / 32  # s


def frame(time: float, value: float, held: str | None = None) -> FeedbackFrame:
    return FeedbackFrame(0, time, value, 0.0, 0.0, False, value > 0.5, 1, "train", held)


def trained(
    value: Callable[[FloatArray, float], float],
    seconds: int = 600,
    rate: float = 0.05,
    held: str | None = None,
) -> FloatArray:
    """Return what was learned from a value that is computed from the levels' wandering."""
    levels = Levels(np.zeros(N), np.random.default_rng(3), rate)
    chance = np.random.default_rng(4)
    time = 0.0
    for _ in range(seconds):
        wandering = levels.next_second(32) - levels.learned
        for i, row in enumerate(wandering):
            time += STEP
            seen = value(row, chance.standard_normal())
            levels.experience(frame(time, seen, held), (i + 1) / 32)
    return levels.learned


def follows(index: int, sign: float = 1.0) -> Callable[[FloatArray, float], float]:
    return lambda row, noise: 0.5 + 0.5 * math.tanh(sign * row[index] + noise)


@pytest.mark.parametrize(("index", "sign"), [(0, 1.0), (1, -1.0), (2, 1.0)])
def test_what_feedback_follows_becomes_more_usual(index: int, sign: float) -> None:
    learned = trained(follows(index, sign), rate=0.01)
    assert sign * learned[index] > 0.15
    others = np.delete(learned, index)
    assert np.abs(others).max() < 0.5 * abs(learned[index])


def test_nothing_is_learned_from_feedback_that_follows_something_else() -> None:
    sham = trained(lambda _, noise: 0.5 + 0.5 * math.tanh(noise), rate=0.01)
    real = trained(follows(0), rate=0.01)
    assert np.abs(sham).max() < 0.25 * abs(real[0])


def test_it_is_not_learned_without_end() -> None:
    assert trained(follows(0), rate=1.0)[0] == pytest.approx(LEARNING_LIMIT, abs=0.15)
    assert np.abs(trained(follows(0), rate=1.0)).max() <= LEARNING_LIMIT


@pytest.mark.parametrize(
    "learned",
    [
        trained(follows(0), seconds=30, rate=0.0),
        trained(follows(0), seconds=30, held="amplitude F3"),
        trained(lambda row, _: math.nan, seconds=30),
    ],
    ids=["no learner", "held", "no feedback"],
)
def test_nothing_is_learned_otherwise(learned: FloatArray) -> None:
    assert not learned.any()


def test_a_gap_in_time_is_not_taken_for_feedback() -> None:
    levels = Levels(np.zeros(N), np.random.default_rng(0), 1.0)
    levels.next_second(32)
    for time in (0.0, 10.0, 5.0):
        levels.experience(frame(time, 1.0), 0.5)
    assert not levels.learned.any()


def test_levels_wander_without_a_jump() -> None:
    levels = Levels(np.array([0.0, 1.0, -1.0]), np.random.default_rng(1), 0.0)
    course = np.concatenate([levels.next_second(100) for _ in range(400)])
    assert np.abs(np.diff(course, axis=0)).max() < 0.1 * WANDERING
    np.testing.assert_allclose(course.mean(axis=0), [0.0, 1.0, -1.0], atol=0.15)
    assert course[::100].std() == pytest.approx(math.hypot(WANDERING, np.std([0, 1, -1])), rel=0.1)


def test_a_rhythm_in_the_alpha_band_is_at_the_participants_alpha() -> None:
    assert rhythm_at("F3").frequency == 10.0
    assert rhythm_at("F3", (12.0, 15.0)).frequency == 13.5
    theta, beta = rhythm_at("Fz", (4.0, 8.0)), rhythm_at("Fz", (20.0, 30.0))
    assert theta.rms > rhythm_at("F3").rms > beta.rms
