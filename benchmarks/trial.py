"""What the report of a trial says where people learn, and where nobody does.

Tables of trials are simulated (`neurofeedback.trial.simulated`) with people and sessions that
differ, sessions that go together and people who leave; the report's own comparison judges them.
"""

from __future__ import annotations

import numpy as np

from benchmarks.table import Table
from neurofeedback.trial.learning import OUTCOMES, Comparison, compare, learners
from neurofeedback.trial.simulated import Planted, null, simulated_trial

TRIALS = {
    "20 + 20, 10 sessions": Planted(),
    "20 + 20, half the gain": Planted(gain=0.15),
    "10 + 10": Planted(people=10),
    "6 + 6, 4 sessions": Planted(people=6, sessions=4),
    "20 + 20, sessions go together": Planted(memory=0.8),
}
ERROR_RATE = 0.05


def trial(quick: bool) -> Table:
    """Return power, area under the curve and false positives by kind of trial."""
    n = 40 if quick else 1000
    table = Table(
        f"Primary comparison of simulated trials, {n} with learners and {n} without: found "
        "(p < .05), area under the curve of t, false positives by Welch and by allocating anew",
        ["trial", "found %", "AUC", "false %", "false, anew %"],
    )
    for name, planted in TRIALS.items():
        learned = [_primary(planted, 50_000 + seed) for seed in range(n)]
        nothing = [_primary(null(planted), 90_000 + seed) for seed in range(n)]
        table.add(
            name,
            100.0 * np.mean([c.p < ERROR_RATE for c in learned]),
            _auc([c.t for c in learned], [c.t for c in nothing]),
            100.0 * np.mean([c.p < ERROR_RATE for c in nothing]),
            100.0 * np.mean([c.p_permuted < ERROR_RATE for c in nothing]),
        )
    return table


def _primary(planted: Planted, seed: int) -> Comparison:
    tables = simulated_trial(planted, seed).tables
    return compare(learners(tables["sessions"], "up"), OUTCOMES[:1])[0]


def _auc(positive: list[float], negative: list[float]) -> float:
    p, n = np.array(positive)[:, None], np.array(negative)[None, :]
    return float(((p > n) + 0.5 * (p == n)).mean())
