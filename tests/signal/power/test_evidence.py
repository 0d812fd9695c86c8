"""Whether one estimator is better than another, and how surely."""

import numpy as np
import pytest

from neurofeedback.signal.power.evidence import SPREAD, TRIAL_SECONDS, Gain, Trial, paired_gain

BLOCK = 32


def series(noise: float, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal(n)
    return truth + noise * rng.standard_normal(n), truth + rng.standard_normal(n), truth


def test_the_difference_is_that_of_the_correlations() -> None:
    one, other, truth = series(0.7, 64 * BLOCK, 1)
    gain = paired_gain(one, other, truth, BLOCK)
    r = [np.corrcoef(x, truth)[0, 1] for x in (one, other)]
    assert gain.mean == pytest.approx(np.arctanh(r[0]) - np.arctanh(r[1]), abs=1e-9)


def test_its_error_is_how_much_it_varies() -> None:
    found = [paired_gain(*series(0.9, 40 * BLOCK, seed), BLOCK) for seed in range(300)]
    spread = np.std([gain.mean for gain in found])
    assert np.median([gain.error for gain in found]) == pytest.approx(spread, rel=0.15)


def test_too_little_says_nothing() -> None:
    assert paired_gain(*series(0.1, 4 * BLOCK, 0), BLOCK) == Gain()
    assert paired_gain(*np.zeros((3, 10 * BLOCK)), BLOCK) == Gain()


def test_what_is_better_by_chance_is_not_taken() -> None:
    taken = [paired_gain(*series(1.0, 20 * BLOCK, s), BLOCK).is_sure(0.0) for s in range(200)]
    assert np.mean(taken) < 0.2
    assert all(paired_gain(*series(0.5, 20 * BLOCK, s), BLOCK).is_sure(0.0) for s in range(20))


def test_others_count_where_little_is_known_of_a_person() -> None:
    assert Gain().is_sure(1.5 * SPREAD)
    assert not Gain().is_sure(0.5 * SPREAD)
    assert not Gain(-0.2, 0.02).is_sure(1.5 * SPREAD)


def test_a_trial_forgets() -> None:
    trial = Trial(1 / 16, 0.0)
    n = round(16 * TRIAL_SECONDS)
    for values in zip(*series(5.0, n, 0), strict=True):
        trial.add(values)
    assert not trial.is_won
    later = series(0.3, n, 1)
    for values in zip(*later, strict=True):
        trial.add(values)
    assert trial.is_won
    assert trial.gain == paired_gain(*later, 32)
