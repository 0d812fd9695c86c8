"""Protocols in a closed loop: a learner learns what is fed back, a non-learner does not."""

import json
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from effort import long
from protocol_parts import RULES

from neurofeedback.errors import UserError
from neurofeedback.protocols.file.reading import library, load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.explain.learning_curve import (
    LEAST_SEGMENTS,
    LearningCurve,
    difference,
    line_through,
)
from neurofeedback.session.explain.simulate import Simulation, shortened, simulate

SEED = 1
SMALL: dict[str, Any] = {"seed": SEED, "n_channels": 6, "sfreq": 128.0}
FAA = {"kind": "asymmetry", "name": "faa", "left": ["F3"], "right": ["F4"]}


BETA = {"kind": "power", "name": "beta", "channels": ["F3"], "envelope": {"band": [20.0, 30.0]}}
TRAINED: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "faa up": ([FAA], {"conditions": [{"feature": "faa"}]}),
    "beta down": ([BETA], {"conditions": [{"feature": "beta", "direction": "down"}]}),
    "weighted": (
        [FAA, BETA],
        {"conditions": [{"feature": "faa"}, {"feature": "beta", "direction": "down"}]},
    ),
    "all": (
        [FAA, BETA],
        {
            "conditions": [{"feature": "faa"}, {"feature": "beta", "direction": "down"}],
            "combine": "all",
        },
    ),
}


def protocol(rule: str = "target-rate", trained: str = "faa up", **fields: Any) -> ProtocolSpec:
    features, target = TRAINED[trained]
    blocks = [
        {"kind": "baseline", "seconds": 90.0},
        {"kind": "train", "seconds": 60.0, "repeat": 3, "rest": 2.0},
    ]
    sections: dict[str, Any] = {
        "version": 1, "name": "made-up", "title": "Made up", "signal": {"features": features},
        "target": target, "threshold": RULES[rule], "blocks": blocks, **fields,
    }  # fmt: skip
    return ProtocolSpec.model_validate(sections)


@cache
def both(rule: str = "target-rate", trained: str = "faa up") -> tuple[Simulation, Simulation]:
    spec = protocol(rule, trained)
    return simulate(spec, learner=True, **SMALL), simulate(spec, learner=False, **SMALL)


def contrast(found: tuple[Simulation, Simulation]) -> LearningCurve:
    learner, other = found
    assert learner.course is not None
    assert other.course is not None
    less = difference(learner.course, other.course)
    assert less is not None
    return less


@pytest.mark.parametrize("trained", ["faa up", "all", *long("beta down", "weighted")])
def test_a_learner_learns_what_is_trained_and_a_non_learner_does_not(trained: str) -> None:
    found = both("target-rate", trained)
    assert contrast(found).clarity > 3.0
    assert found[1].course is not None
    assert abs(found[1].course.clarity) < 2.5
    for one in found:
        assert one.target_rate == 0.6
        assert one.success_rate == pytest.approx(0.6, abs=0.05)
        assert one.rate_error is not None
        assert 0.005 < one.rate_error < 0.05
        assert one.ended == "completed"


@pytest.mark.parametrize("rule", ["staircase", "continuous", *long("percentile", "mean-sd")])
def test_with_every_rule_there_is_something_to_learn_from(rule: str) -> None:
    found = both(rule)
    assert contrast(found).clarity > 3.0
    learner, other = found
    assert learner.success_rate is not None
    assert other.success_rate is not None
    if learner.target_rate is None:
        return
    assert other.success_rate == pytest.approx(learner.target_rate, abs=0.05)
    if rule in ("target-rate", "continuous"):  # these follow the learner, the others are passed
        assert learner.success_rate == pytest.approx(learner.target_rate, abs=0.05)
    else:
        assert learner.success_rate > other.success_rate


def test_the_same_seed_gives_the_same_and_another_something_else() -> None:
    spec = shortened(protocol(), 20.0)
    one, again = (simulate(spec, learner=True, **SMALL) for _ in range(2))
    assert one == again
    assert one != simulate(spec, learner=True, **{**SMALL, "seed": 2})


def test_what_is_found_is_plain_json() -> None:
    done: list[float] = []
    found = simulate(shortened(protocol(), 20.0), learner=True, progress=done.append, **SMALL)
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert json.loads(text)["blocks"][1]["phase"] == "train"
    assert done == sorted(done)
    train = [b for b in found.blocks if b.phase == "train"]
    assert len(train) == 3
    assert all(b.threshold is not None and b.success_rate is not None for b in train)
    assert found.blocks[0].threshold is None
    assert found.rewards == sum(b.rewards for b in found.blocks) > 0
    assert found.rate_error is not None


def test_a_miss_that_chance_explains_is_not_warned_of() -> None:
    found = simulate(load_protocol("faa-demo"), learner=False, seed=6)
    assert found.success_rate is not None
    assert found.success_rate - 0.65 > 0.05  # of 40 s of training after 10 s of baseline
    assert found.rate_error is not None
    assert not any("target" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"threshold": {"rule": "fixed", "value": 50.0}}, "0.0 rewards a minute"),
        ({"threshold": {"rule": "fixed", "value": 50.0}}, "can learn did not"),
        ({"reward": {"dwell": 9.0, "refractory": 1.0}}, "rewards a minute, fewer than 4"),
        ({"signal": {"features": [{**FAA, "envelope": {"smoothing": 20.0}}]},
          "blocks": [{"kind": "baseline", "seconds": 5.0}, {"kind": "train", "seconds": 20.0}]},
         "longer than a baseline of 5 s"),
        ({"signal": {"features": [{**FAA, "envelope": {"smoothing": 20.0}}]},
          "blocks": [{"kind": "baseline", "seconds": 5.0}, {"kind": "train", "seconds": 20.0}]},
         "ended early: too little clean baseline"),
        ({"signal": {"features": [FAA], "gate": {"amplitude": 15e-6}}}, "Feedback was held"),
        ({"target": {"conditions": [{"feature": "faa"}], "inhibits": [
            {"feature": "faa", "when": "below", "percentile": 70.0}]}},
         "condition was met .* the target is 60%"),
        ({"blocks": [{"kind": "baseline", "seconds": 20.0}, {"kind": "train", "seconds": 20.0}]},
         "too little clean training"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told(changes: dict[str, Any], says: str) -> None:
    found = simulate(shortened(protocol(**changes), 30.0), learner=True, **SMALL)
    assert any(re.search(says, warning) for warning in found.warnings), found.warnings


def test_a_montage_without_the_channels_is_refused() -> None:
    with pytest.raises(UserError, match="no channel F7"):
        simulate(
            protocol(signal={"features": [{**FAA, "left": ["F7"]}]}),
            learner=True,
            n_channels=2,
            sfreq=128.0,
        )


@pytest.mark.parametrize("name", library())
def test_every_preset_can_be_simulated(name: str) -> None:
    spec = shortened(load_protocol(name), 5.0)
    blocks = tuple(
        b.model_copy(update={"seconds": 20.0}) if b.kind == "baseline" else b for b in spec.blocks
    )
    spec = spec.model_copy(update={"blocks": blocks})
    found = simulate(spec, learner=True, seed=SEED, n_channels=19, sfreq=128.0)
    assert found.ended == "completed"
    assert (found.success_rate is not None) == any(b.kind == "train" for b in spec.iter_blocks())
    assert not any("longer than a baseline" in warning for warning in found.warnings)


def test_a_line_through_noise_has_the_error_that_it_has() -> None:
    rng = np.random.default_rng(0)
    minutes = (np.arange(60) + 0.5) / 6.0
    errors, slopes = [], []
    for _ in range(300):
        means = 2.0 + 0.3 * minutes + 0.5 * rng.standard_normal(60)
        found = line_through(dict(zip(minutes, means, strict=True)), "x", "u", "up")
        assert found is not None
        slopes.append(found.slope)
        errors.append(found.error)
        assert found.end - found.start == pytest.approx(found.slope * 10.0)
    assert np.mean(slopes) == pytest.approx(0.3, abs=0.01)
    assert np.std(slopes) == pytest.approx(np.mean(errors), rel=0.15)


def test_too_few_points_make_no_line() -> None:
    points = {float(i): 1.0 for i in range(LEAST_SEGMENTS - 1)}
    assert line_through(points, "x", "u", "up") is None
