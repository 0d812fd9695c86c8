"""What is called a clear change: seldom anything in people who cannot learn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.change import COURSES, MEASURE, PIECES, changes_of, replayed, simulated
from benchmarks.recordings import DEFAULT
from neurofeedback.app.summary_numbers import clarity
from neurofeedback.report.summary_parts import LEAST_SCORED, Change

MOST = 5.0  # percent of sessions


@pytest.mark.parametrize("course", COURSES.values(), ids=list(COURSES))
def test_of_people_who_cannot_learn_at_most_one_session_in_twenty_is_called_clear(course) -> None:
    rate = simulated(course, 300, seed=3)
    towards, either, _, before = rate.percent()
    assert towards <= MOST
    assert either <= MOST + 200.0 * math.sqrt(0.05 * 0.95 / 300)  # of so few sessions
    assert before > 15.0  # two standard errors, as it was


@pytest.mark.skipif(not (DEFAULT / "rest").is_dir(), reason="needs resting recordings")
@pytest.mark.parametrize("course", PIECES.values(), ids=list(PIECES))
def test_of_resting_recordings_hardly_any_is_called_clear(course) -> None:
    rate = replayed(course, every=60.0)
    assert rate.n > 5
    assert rate.percent()[1] <= MOST


def test_who_learns_much_is_told_so() -> None:
    assert simulated(COURSES["60 s + 5 x 170 s"], 60, gain=0.6).percent()[2] > 80.0


def test_a_change_against_the_training_is_told_apart() -> None:
    rng = np.random.default_rng(1)
    values = 0.1 * rng.standard_normal(460)
    values[30:] -= 1.0
    found = {c.kind: c for c in changes_of(values, np.ones(460, bool), 2.0, (60.0, 170.0, 5))}
    change = found["baseline"]
    assert not change.clear
    assert change.interval[1] < 0.0 < change.dof
    assert "against" in clarity(change, "up")
    assert "in the trained direction" in clarity(replace(change, clear=True), "down")


@pytest.mark.parametrize("side", ["baseline", "training"])
def test_where_a_block_is_mostly_noise_nothing_is_called_clear(side: str) -> None:
    """However large the change: 29 s of clean data are not enough on either side."""
    clean = np.ones(400, bool)
    values = np.where(np.arange(400) < 30, 0.0, 5.0) + 0.01 * np.arange(400) % 3
    kept = round((LEAST_SCORED - 2.0) / 2.0)
    clean[kept:30] = side != "baseline"
    if side == "training":
        clean[30 + kept : 115] = False
    course = (60.0, 170.0, 1) if side == "training" else (60.0, 170.0, 4)
    changes = {c.kind: c for c in changes_of(values, clean, 2.0, course)}
    change = changes["baseline"]
    assert (change.clear, change.interval, change.dof) == (False, None, None)
    assert (
        clarity(change, MEASURE.direction) == "too little clean data to tell a change from chance"
    )


def test_sessions_of_short_blocks_are_told_nothing() -> None:
    assert all(c.interval is None for c in _short())


def _short() -> tuple[Change, ...]:
    rng = np.random.default_rng(2)
    changes = changes_of(rng.standard_normal(400), np.ones(400, bool), 2.0, (10.0, 20.0, 2))
    assert changes
    return changes
