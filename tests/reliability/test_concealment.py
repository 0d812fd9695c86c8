"""A short trial, judged from everything that lies open; the long one is a command of its own."""

from pathlib import Path

import numpy as np
import pytest

from reliability.concealment import run_trial
from reliability.pages import SessionPages, course_picture
from reliability.twins import Twins, judge, strongest

N_PAIRS = 6


def test_what_lies_open_of_a_trial_does_not_tell_the_arms(tmp_path: Path) -> None:
    """Six pairs are told apart by chance in 1 of 64 trials, but not twice; a leak is there again.

    How much is told in a trial of many pairs is for the command, `reliability --only concealment`.
    """
    for trial in ("once", "again"):
        twins = run_trial(tmp_path / trial, "time-shifted", N_PAIRS)
        auc, error = judge(twins.x)
        if auc - 0.5 < 2.0 * error:
            break
    else:
        pytest.fail(f"the arms of two trials are told apart, last by {strongest(twins)[0]}")
    leaking = twins.x.copy()
    leaking[:, 1, :50] = leaking[:, 0, :50] + 1.0 + np.abs(leaking[:, 0, :50])
    assert judge(leaking)[0] > 0.9
    seen = "\n".join(twins.names)
    for read in ("written study/places", "written data/participants.tsv", "size drafts/",
                 "size figures/", "prints verify", "prints report", "course clean", "index rows",
                 "outlet", "terminal"):  # fmt: skip
        assert read in seen, read


def test_the_operators_pages_are_looked_at_too(qapp, tmp_path: Path) -> None:
    twins = run_trial(
        tmp_path, "phase-scrambled", 1, speed=30.0, windows=SessionPages, course_page=course_picture
    )
    pages = {name.split()[1] for name in twins.names if name.startswith("page")}
    assert pages == {"operator", "threshold", "electrodes", "scalp", "summary", "course"}


def test_a_leak_in_a_single_number_is_found_among_thousands() -> None:
    random = np.random.default_rng(0)
    x = random.standard_normal((40, 2, 3000))
    names = [f"number {i}" for i in range(3000)]
    assert strongest(Twins(names, x))[2] > 0.05
    x[:, :, 7] = random.standard_normal((40, 1)) + [0.0, 0.01]
    name, share, p = strongest(Twins(names, x))
    assert (name, share) == ("number 7", 1.0)
    assert p < 0.01
