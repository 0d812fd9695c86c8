"""A short trial, judged from everything that lies open; the long one is a command of its own."""

from pathlib import Path

from reliability.concealment import run_trial
from reliability.pages import SessionPages
from reliability.twins import judge

N_PAIRS = 6


def test_what_lies_open_of_a_trial_does_not_tell_the_arms(tmp_path: Path) -> None:
    x = run_trial(tmp_path, "time-shifted", N_PAIRS)
    auc, error = judge(x)
    assert abs(auc - 0.5) < 2.0 * error
    assert x.shape[-1] > 500


def test_the_operators_pages_are_looked_at_too(qapp, tmp_path: Path) -> None:
    x = run_trial(tmp_path, "phase-scrambled", 1, speed=30.0, windows=SessionPages)
    assert x.shape[-1] > 5 * 16 * 16
