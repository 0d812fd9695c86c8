import numpy as np
import pytest

from neurofeedback.session.explain.success import rate_error, spread_of_success

FRAME = 0.1
TARGET = 0.65


def score(n: int, rng: np.random.Generator) -> np.ndarray:
    """Values that stay the same for a second."""
    return np.repeat(rng.standard_normal(n), 10)


def rate_of_success(rng: np.random.Generator, *, following: bool) -> tuple[float, float]:
    """Train five blocks after a baseline; return rate less target, and the error that is stated."""
    source = score(60, rng)
    missed, blocks = [], []
    threshold = np.quantile(source, 1.0 - TARGET)
    for _ in range(5):
        block = score(150, rng)
        blocks.append((block > threshold).tolist())
        missed.append(np.mean(blocks[-1]) - TARGET)
        if following:
            threshold = np.quantile(block, 1.0 - TARGET)
    spread = spread_of_success(blocks, FRAME)
    assert spread is not None
    return float(np.mean(missed)), rate_error(spread, 60.0, [150.0] * 5 if following else [750.0])


@pytest.mark.parametrize("following", [True, False])
def test_a_rate_misses_its_target_by_as_much_as_is_stated(following: bool) -> None:
    rng = np.random.default_rng(1)
    missed, stated = np.transpose([rate_of_success(rng, following=following) for _ in range(400)])
    assert np.sqrt(np.mean(missed**2)) == pytest.approx(np.sqrt(np.mean(stated**2)), rel=0.15)


def test_thresholds_that_follow_miss_less() -> None:
    assert rate_error(1.0, 60.0, [170.0] * 5) < 0.3 * rate_error(1.0, 60.0, [850.0])


def test_too_little_tells_nothing() -> None:
    assert spread_of_success([[True, False] * 50], FRAME) is None
    assert spread_of_success([], FRAME) is None
    assert spread_of_success([[True] * 250, [False] * 250], FRAME) == 0.0
