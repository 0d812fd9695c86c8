"""Protocols in a closed loop: what a synthetic learner learns, and whether the target is met."""

from __future__ import annotations

from typing import Any

from benchmarks.table import Table
from neurofeedback.protocols.file.reading import library, load_protocol
from neurofeedback.protocols.learning_curve import CLEARLY, LearningCurve, difference
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.explain.simulate import OFF_TARGET, Simulation, shortened, simulate

SEED = 1
COLUMNS = [
    "target", "learner's rate %", "other's rate %", "within 5", "learner moved", "in SE",
    "other moved", "in SE ", "learner less other, in SE",
]  # fmt: skip
RULES: dict[str, dict[str, Any]] = {
    "target-rate": {"rule": "target-rate"},
    "target-rate, never": {"rule": "target-rate", "update": "never"},
    "percentile": {"rule": "percentile", "percentile": 40.0},
    "staircase": {"rule": "staircase"},
    "continuous": {"rule": "continuous"},
    "manual": {"rule": "manual"},
    "mean-sd": {"rule": "mean-sd", "k": -0.4},
    "fixed": {"rule": "fixed", "value": -0.25},
}


def presets(quick: bool) -> Table:
    """Simulate every preset with a learner and a non-learner of the same seed."""
    table = Table(
        f"Every preset on synthetic participants (seed {SEED}); trained measure in its own unit",
        ["preset", *COLUMNS],
    )
    for name in library():
        spec = load_protocol(name)
        if any(block.kind == "train" for block in spec.blocks):
            _add(table, name, shortened(spec, 40.0) if quick else spec)
    return table


def rules(quick: bool) -> Table:
    """Simulate every threshold rule after five minutes of baseline."""
    table = Table(
        f"Every threshold rule: FAA up, 300 s of baseline, 5 x 170 s (seed {SEED})",
        ["rule", *COLUMNS],
    )
    fields = load_protocol("faa-up").model_dump(mode="json", by_alias=True)
    fields["blocks"][0]["seconds"] = 300.0
    for name, rule in RULES.items():
        spec = ProtocolSpec.model_validate({**fields, "threshold": rule})
        _add(table, name, shortened(spec, 40.0) if quick else spec)
    return table


def _add(table: Table, name: str, spec: ProtocolSpec) -> None:
    learner, other = (simulate(spec, learner=who, seed=SEED) for who in (True, False))
    both = learner.course and other.course and difference(learner.course, other.course)
    table.add(
        name,
        "-" if learner.target_rate is None else f"{learner.target_rate:.0%}",
        _rate(learner),
        _rate(other),
        _on_target(learner, other),
        *_moved(learner.course),
        *_moved(other.course),
        f"{both.clarity:+.1f}" if both else "-",
    )


def _rate(found: Simulation) -> str:
    if found.success_rate is None:
        return "-"
    error = "" if found.rate_error is None else f" ± {100.0 * found.rate_error:.1f}"
    return f"{100.0 * found.success_rate:.1f}{error}"


def _on_target(*participants: Simulation) -> str:
    """Whether the rates are within 5 points of the target, or may be but for chance."""
    if any(one.target_rate is None for one in participants):
        return "-"
    most = max(_off(one, 0.0) for one in participants)
    if most <= OFF_TARGET:
        return "yes"
    by_chance = max(_off(one, CLEARLY) for one in participants) <= OFF_TARGET
    return "within 2 SE" if by_chance else "no"


def _off(found: Simulation, errors: float) -> float:
    """How far the rate is off its target, less so many standard errors."""
    rate, target = found.success_rate or 0.0, found.target_rate or 0.0
    return abs(rate - target) - errors * (found.rate_error or 0.0)


def _moved(course: LearningCurve | None) -> tuple[str, str]:
    """Change in the direction that is trained, and its clarity."""
    if course is None:
        return "-", "-"
    change = course.end - course.start
    return f"{-change if course.direction == 'down' else change:+.2f}", f"{course.clarity:+.1f}"
