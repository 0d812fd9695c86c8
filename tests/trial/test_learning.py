"""Learning: what a person's sessions come to, and what the arms' comparison finds."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from neurofeedback.trial.columns import SESSIONS
from neurofeedback.trial.learning import (
    OUTCOMES,
    Learner,
    compare,
    learners,
    slope_of,
    values_by_arm,
)
from neurofeedback.trial.simulated import Planted, null, simulated_trial

PLANTED = Planted()


def found(planted: Planted, seed: int):
    trial = simulated_trial(planted, seed)
    return compare(learners(trial.tables["sessions"], "up"), OUTCOMES[:1])


def auc(positive, negative) -> float:
    p, n = np.asarray(positive)[:, None], np.asarray(negative)[None, :]
    return float(((p > n) + 0.5 * (p == n)).mean())


def test_welch_is_that_of_scipy():
    people = learners(simulated_trial(PLANTED, 1).tables["sessions"], "up")
    by_arm = values_by_arm(people, "regulation")
    wanted = ttest_ind(by_arm["real"], by_arm["control"], equal_var=False)
    primary = compare(people)[0]
    assert (primary.first, primary.second) == ("real", "control")
    assert (primary.t, primary.p, primary.dof) == pytest.approx(
        (wanted.statistic, wanted.pvalue, wanted.df)
    )
    interval = wanted.confidence_interval()
    assert (primary.low, primary.high) == pytest.approx((interval.low, interval.high))
    assert primary.p_permuted == pytest.approx(primary.p, abs=0.02)
    assert primary.p_holm is None


def test_a_planted_effect_is_told_from_none_in_tables_that_nobody_tuned_on():
    seeds = range(1000, 1030)
    planted = [found(PLANTED, s)[0].t for s in seeds]
    without = [found(null(PLANTED), s)[0].t for s in seeds]
    assert auc(planted, without) >= 0.8


def test_where_nobody_learns_five_percent_are_found():
    """200 null trials; more of them: ``python -m benchmarks --only trial``."""
    hits = [found(null(PLANTED), s)[0].p < 0.05 for s in range(200)]
    assert 0.03 <= np.mean(hits) <= 0.07


def test_down_counts_as_up_where_down_is_trained():
    sessions = simulated_trial(PLANTED, 3).tables["sessions"]
    up = learners(sessions, "up")[0]
    down = learners(sessions, "down")[0]
    assert down.regulation.value == -up.regulation.value
    assert down.across.value == -up.across.value


def test_the_line_through_sessions_holds_for_sessions_that_go_together():
    """Sessions that wander slowly look like learning; five percent of them may."""
    random, wrong = np.random.default_rng(5), 0
    for _ in range(400):
        noise = np.zeros(10)
        for i in range(10):
            noise[i] = 0.3 * (noise[i - 1] if i else 0.0) + random.normal()
        line = slope_of(np.arange(10.0), noise)
        wrong += line.low is not None and not line.low <= 0.0 <= line.high
    assert wrong / 400 <= 0.05


def test_too_few_sessions_make_no_line_and_one_makes_no_interval():
    rows = [{"participant": "P1", "session": 1, "arm": "A", "change": 0.5, "train_mean": 1.0}]
    (one,) = learners(SESSIONS.with_rows(rows), "up")
    assert one == Learner("P1", "A", 1, one.regulation, None, None, None, None, 0)
    assert (one.regulation.value, one.regulation.low) == (0.5, None)
    assert compare([one]) == []
