"""A course of sessions: trends tell who learns, the reward rate would not."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from summary_sessions import blinded, protocol, trained

from benchmarks.course import (
    SESSIONS,
    TARGET,
    TRENDS,
    resting_courses,
    said_of,
    simulated_course,
)
from benchmarks.recordings import DEFAULT
from neurofeedback.report.change_interval import ERROR_RATE
from neurofeedback.report.session_figures import SessionFigures, session_figures
from neurofeedback.report.trend import FIRST, LEAST_SESSIONS, trend_of

N = 80
# Each course has three trends; of so few courses, what two standard errors allow.
MOST = 100 * len(TRENDS) * ERROR_RATE + 200 * (0.03 * 0.97 / N) ** 0.5


@pytest.fixture(scope="module")
def no_learner():
    rng = np.random.default_rng(1)
    return said_of(simulated_course(rng) for _ in range(N))


@pytest.fixture(scope="module")
def learner():
    rng = np.random.default_rng(2)
    return said_of(simulated_course(rng, gain=0.6) for _ in range(N // 4))


def test_of_who_does_not_learn_trends_are_called_at_the_stated_rate(no_learner):
    assert no_learner.percent(no_learner.wrong) <= MOST


@pytest.mark.skipif(not (DEFAULT / "rest").is_dir(), reason="needs resting recordings")
def test_of_resting_recordings_trends_are_called_at_the_stated_rate():
    said = said_of(resting_courses(np.random.default_rng(3), N))
    assert said.n == N
    assert said.percent(said.wrong) <= MOST


def test_who_learns_is_told_by_the_measure(learner):
    assert learner.percent(learner.learnt) > 90
    assert learner.percent(learner.towards["gain"]) > 80
    assert learner.percent(learner.towards["baseline"]) <= 10  # nothing is learnt before training


def test_the_reward_rate_alone_does_not_tell_who_learns(no_learner, learner):
    theirs, others = np.array(no_learner.shares), np.array(learner.shares)
    for shares in (theirs, others):
        assert abs(shares.mean() - TARGET) < 0.05
    one_apart = theirs.std() + others.std()
    assert abs(others.mean() - theirs.mean()) < one_apart
    assert np.mean(theirs > np.quantile(others, 0.25)) > 0.1  # many a session looks like learning


@pytest.mark.parametrize("n", [0, 1, LEAST_SESSIONS - 1])
def test_of_few_sessions_nothing_is_said(n):
    assert trend_of([0.1 * i for i in range(n)]) is None


def test_a_single_session_outside_the_band_is_as_rare_as_stated():
    rng = np.random.default_rng(4)
    outside = 0
    for _ in range(2000):
        values = rng.standard_normal(SESSIONS)
        trend = trend_of(values)
        outside += abs(values[-1] - trend.start) > trend.smallest
    assert trend.start == pytest.approx(values[:FIRST].mean())
    assert outside / 2000 == pytest.approx(ERROR_RATE, abs=0.008)


def test_the_direction_of_a_trend_is_that_of_its_line():
    rising = [float(i) + 0.1 * (-1) ** i for i in range(10)]
    assert trend_of(rising).sign == 1
    assert trend_of(rising[::-1]).sign == -1
    assert trend_of(rising).change == pytest.approx(9.0, abs=0.2)


LONG = [
    {"kind": "baseline", "seconds": 40.0},
    {"kind": "train", "seconds": 40.0, "repeat": 2, "rest": 3.0},
    {"kind": "transfer", "seconds": 35.0},
]


def test_the_figures_of_a_session_come_from_its_summary_and_its_baseline(tmp_path):
    folder = trained(tmp_path, protocol(blocks=LONG), seconds=220.0)
    found = session_figures(folder)
    assert (found.name, found.unit, found.direction) == ("faa", "ln ratio", "up")
    assert found.clean_seconds > 120
    for estimate in (found.baseline, found.gain, found.transfer):
        assert estimate is not None
        assert estimate.error is not None
    assert 0 < found.success < 1
    markers = {marker.key: marker for marker in found.markers}
    assert set(markers) == {"faa", "alpha-peak"}  # of eight electrodes without Fz
    assert markers["faa"].conditions == ("F4/F3", 8, "open")
    assert 9 < markers["alpha-peak"].value < 11
    assert SessionFigures.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_too_little_clean_baseline_has_no_markers_and_no_estimate(tmp_path):
    found = session_figures(trained(tmp_path, seconds=60.0))
    assert found.markers == ()
    assert (found.baseline, found.transfer) == (None, None)


def test_of_a_blinded_session_there_is_nothing_of_the_brain(tmp_path):
    found = session_figures(blinded(tmp_path))
    assert found.concealed
    assert found.clean_seconds > 10
    empty = SessionFigures(
        found.session, found.started, found.protocol, found.title, found.status, True,
        found.clean_seconds,
    )  # fmt: skip
    assert found == replace(empty)
