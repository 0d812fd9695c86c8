"""Tables of a trial that never was, to find out what the report says of it.

Responsible for tables of sessions with people and sessions that differ, with learners planted or
not. Not responsible for judging what is found (``python -m benchmarks --only trial``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.trial.collect import TrialTables
from neurofeedback.trial.columns import TABLES
from neurofeedback.trial.tables import Row


@dataclass(frozen=True, slots=True)
class Planted:
    """A trial to simulate, in the unit of its measure.

    Parameters
    ----------
    people : int
        In each arm.
    sessions : int
    gain : float
        How far a learner of the real arm comes above the baseline by the last session, on average.
    learners : float
        Share of the real arm who learn anything.
    between : float
        Standard deviation of people's own change within sessions, which is there without learning.
    within : float
        Standard deviation of a session's change from what is the person's own.
    memory : float
        Correlation of that between one session and the next.
    dropouts : float
        Share of people who leave halfway.
    """

    people: int = 20
    sessions: int = 10
    gain: float = 0.3
    learners: float = 0.7
    between: float = 0.08
    within: float = 0.15
    memory: float = 0.3
    dropouts: float = 0.1


def simulated_trial(planted: Planted, seed: int) -> TrialTables:
    """Return the tables of a simulated trial, unblinded.

    Parameters
    ----------
    planted : Planted
    seed : int
        Equal seeds give equal tables.
    """
    random = np.random.default_rng(seed)
    rows: dict[str, list[Row]] = {table.name: [] for table in TABLES}
    arms = random.permutation(["real", "control"] * planted.people)
    for number, arm in enumerate(arms.tolist(), start=1):
        head: Row = {"participant": f"S{number:03d}", "arm": arm}
        sessions = _sessions(planted, head, random)
        rows["sessions"] += sessions
        rows["participants"].append(
            {**head, "stratum": "all", "place": number, "sessions": len(sessions)}
        )
    spec = load_protocol("faa-trial")
    facts = {
        "study": "simulated", "name": "Simulated", "masked": False, "arms": ["control", "real"],
        "n_arms": 2, "standard_care": 0,
        "measure": {"name": "faa", "unit": "ln ratio", "direction": "up"},
        "strata": {"all": {"places": 2 * planted.people, "taken": 2 * planted.people}},
        "unblindings": [], "protocol": spec.model_dump(mode="json"), "protocol_hash": spec.hash,
        "setups": [],
        "written": datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
    }  # fmt: skip
    return TrialTables(facts, {t.name: t.with_rows(rows[t.name]) for t in TABLES})


def null(planted: Planted) -> Planted:
    """Return the same trial without anybody who learns."""
    return replace(planted, gain=0.0)


def _sessions(planted: Planted, head: Row, random: np.random.Generator) -> list[Row]:
    n = planted.sessions
    if random.random() < planted.dropouts:
        n = max(2, n // 2)
    own = random.normal(0.0, planted.between)
    learns = head["arm"] == "real" and random.random() < planted.learners
    gain = planted.gain * random.uniform(0.5, 1.5) if learns else 0.0
    rest = random.normal(0.0, planted.between)
    noise, rows, start = 0.0, [], datetime(2026, 1, 5, 9, tzinfo=UTC)
    fresh = planted.within * np.sqrt(1.0 - planted.memory**2)
    for number in range(1, n + 1):
        noise = planted.memory * noise + random.normal(0.0, fresh)
        change = own + noise + gain * number / planted.sessions
        baseline = rest + random.normal(0.0, planted.within)
        done = {
            "status": "finished", "through": True, "train_blocks": 5, "train_seconds": 900.0,
            "clean_seconds": 850.0, "held_share": float(random.beta(2, 30)),
            "folder": f"sub-{head['participant']}/ses-{number:02d}",
            "started": (start + timedelta(days=3 * number)).isoformat(), "days": 3.0 * number,
        }  # fmt: skip
        figures = {
            "baseline_mean": baseline,
            "train_mean": baseline + change,
            "change": change,
            "slope": change / 15.0 + random.normal(0.0, 0.01),
        }
        rows.append({**head, "session": number, **done, **figures})
    return rows
