"""The rules: where each threshold starts, what moves it, and that it gives the rate it aims at."""

import math
from typing import Any

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_parts import (
    ALL,
    FRAME,
    RULES,
    TARGETS,
    UP_A,
    WEIGHTED,
    frames_of,
    noise,
    protocol,
    run,
)

from neurofeedback.events import EventKind
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.run.reward import RewardRule
from neurofeedback.protocols.spec import RewardSettings

LONG = [
    {"kind": "baseline", "seconds": 100.0},
    {"kind": "train", "seconds": 100.0, "repeat": 2},
    {"kind": "transfer", "seconds": 100.0},
]
N_LONG = 2500  # frames of each of those blocks
SHORT = [
    {"kind": "baseline", "seconds": 20.0},
    {"kind": "train", "seconds": 20.0, "repeat": 6},
]
N = 500  # frames of each of those blocks


def command(name: CommandName, value: float) -> list[Command]:
    return [Command(name, value)]


def test_where_each_rule_starts() -> None:
    values = noise(1000)
    a = values[:N, 0]
    wanted = {
        "target-rate": np.quantile(a, 0.4),
        "never": np.quantile(a, 0.6),
        "fixed": 0.2,
        "percentile": np.quantile(a, 0.55),
        "mean-sd": a.mean() + 0.3 * a.std(),
        "staircase": np.quantile(a, 0.4),
        "continuous": np.quantile(a[-250:], 0.4),
        "manual": np.quantile(a, 0.4),
    }
    for name, rule in RULES.items():
        (event,) = run(protocol(UP_A, rule, SHORT), values[:N]).of(EventKind.THRESHOLD_CHANGED)
        assert event.details["threshold"] == pytest.approx(wanted[name], abs=1e-12), name
        assert event.details["rule"] == rule["rule"]
        assert event.details["cause"] == "baseline"


@pytest.mark.parametrize("target", ["weighted", "all"])
def test_fixed_and_mean_sd_are_in_sd_where_conditions_are_combined(target: str) -> None:
    values = noise(N) * [3.0, 0.1, 1.0] + [5.0, 5.0, 0.0]
    mean, sd = values.mean(axis=0), values.std(axis=0)
    fixed, k = (
        run(protocol(TARGETS[target], RULES[rule], SHORT), values).of(EventKind.THRESHOLD_CHANGED)[
            0
        ]
        for rule in ("fixed", "mean-sd")
    )
    if target == "weighted":
        z = (values - mean) / sd
        assert fixed.details["threshold"] == 0.2
        assert k.details["threshold"] == pytest.approx(0.3 * (z[:, 0] - 0.5 * z[:, 1]).std())
    else:
        assert fixed.details["threshold"] == k.details["threshold"] == 0.0
        for event, by in ((fixed, 0.2), (k, 0.3)):
            assert event.details["conditions"] == [
                pytest.approx(mean[0] + by * sd[0]), pytest.approx(mean[1] - by * sd[1]),
            ]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "rule", ["target-rate", "never", "percentile", "staircase", "continuous", "manual"]
)
def test_the_success_rate_on_stationary_noise_is_the_target_for_all_conditions_jointly(
    target: str, rule: str
) -> None:
    spec = protocol(TARGETS[target], RULES[rule], LONG)
    done = run(spec, noise(4 * N_LONG, seed=7))
    assert spec.target_rate is not None
    for phase, n in (("train", 2 * N_LONG), ("transfer", N_LONG)):
        error = 3 * math.sqrt(0.25 / n + 0.25 / N_LONG)  # of what is counted, and of the start
        if rule == "continuous":  # the quantile of so few frames varies, but about the target
            error += 0.02
        assert done.rate(phase) == pytest.approx(spec.target_rate, abs=error)
    event = done.thresholds("baseline")[0]
    if rule != "continuous":
        assert event.details["expected_rate"] == pytest.approx(spec.target_rate, abs=1e-3)


def test_where_inhibits_leave_less_than_the_target_that_is_said() -> None:
    target = {**UP_A, "inhibits": [{"feature": "c", "when": "above", "percentile": 30.0}]}
    done = run(protocol(target, RULES["target-rate"], LONG), noise(4 * N_LONG))
    event = done.thresholds("baseline")[0]
    assert event.details["target_rate"] == 0.6
    assert event.details["expected_rate"] == pytest.approx(0.3, abs=0.01)
    assert done.rate() == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("target", [UP_A, ALL, WEIGHTED])
@pytest.mark.parametrize(("shift", "way"), [(1.5, 1), (-1.5, -1), (0.0, 0)])
def test_a_staircase_goes_up_after_easy_and_down_after_hard_blocks(
    target: dict[str, Any], shift: float, way: int
) -> None:
    values = noise(7 * N, seed=3)
    values[N:] += shift * np.array([1.0, -1.0, 0.0])  # better, for every one of the targets
    done = run(protocol(target, RULES["staircase"], SHORT), values)
    start = done.thresholds("baseline")[0].details
    steps = done.thresholds("block")
    assert bool(steps) == bool(way)
    for before, event in zip([start, *(s.details for s in steps)], steps, strict=False):
        was = before.get("conditions", [before["threshold"]])
        now = event.details.get("conditions", [event.details["threshold"]])
        scales = [event.details["scale"]] if len(now) == 1 else values[:N, :2].std(axis=0)
        ways = [way, -way][: len(now)]  # the second condition is trained down
        for old, new, scale, sign in zip(was, now, scales, ways, strict=True):
            assert new - old == pytest.approx(sign * 0.1 * scale, rel=1e-6)


def test_a_continuous_threshold_follows_and_is_logged_at_the_ends_of_blocks_only() -> None:
    values = noise(7 * N, seed=3)
    values[N:] += np.linspace(0.0, 3.0, 6 * N)[:, None]
    done = run(protocol(UP_A, RULES["continuous"], SHORT), values)
    logged = done.of(EventKind.THRESHOLD_CHANGED)
    assert len(logged) == 1 + 6
    assert {e.details["clean_seconds"] for e in logged} == {10.0}
    assert all(e.details["expected_rate"] == pytest.approx(0.6, abs=0.005) for e in logged)
    training = done.phase("train")
    assert len({f.threshold for f in training}) > 300
    for i in (300, 1200):
        last = values[N + i - 250 : N + i, 0]  # the 10 s before the frame, not the frame itself
        assert training[i].threshold == np.quantile(last, 0.4)
    assert training[-1].threshold > training[0].threshold + 2.0
    assert done.rate() == pytest.approx(0.6, abs=0.12)  # learning is hidden


@pytest.mark.parametrize("rule", ["never", "fixed", "percentile", "mean-sd", "manual"])
def test_rules_that_never_move_do_not(rule: str) -> None:
    values = noise(7 * N)
    values[N:] += 2.0
    done = run(protocol(UP_A, RULES[rule], SHORT), values)
    assert len(done.of(EventKind.THRESHOLD_CHANGED)) == 1
    assert len({f.threshold for f in done.phase("train")}) == 1


def test_the_operator_moves_a_manual_threshold_from_the_next_frame_on() -> None:
    at = N + 100
    done = run(protocol(UP_A, RULES["manual"], SHORT), noise(7 * N),
               {at: command(CommandName.THRESHOLD, -0.75)})  # fmt: skip
    assert done.frames[at - 1].threshold != -0.75
    assert {f.threshold for f in done.frames[at:]} == {-0.75}
    (event,) = done.thresholds("operator")
    assert event.sample == done.frames[at - 1].sample
    assert event.details["threshold"] == -0.75
    assert 0.5 < event.details["expected_rate"] < 0.9


@pytest.mark.parametrize("rule", ["target-rate", "staircase", "continuous", "manual"])
def test_another_target_rate_is_reached_at_once_and_kept(rule: str) -> None:
    values = noise(7 * N, seed=9)
    at = N + 100
    done = run(protocol(UP_A, RULES[rule], SHORT), values,
               {at: command(CommandName.TARGET_RATE, 0.3)})  # fmt: skip
    (event,) = done.thresholds("operator")
    assert event.details["target_rate"] == 0.3
    data = values[at - 250 : at, 0] if rule == "continuous" else values[:N, 0]
    assert done.frames[at].threshold == np.quantile(data, 0.7)
    if rule in ("target-rate", "continuous"):
        assert done.thresholds("block")[-1].details["target_rate"] == 0.3
        later = [f.success for f in done.frames if f.block >= 3]
        assert np.mean(later) == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_has_not_cannot_be_asked_for(rule: str) -> None:
    both = [Command(CommandName.THRESHOLD, 1.0), Command(CommandName.TARGET_RATE, 0.5)]
    early = run(protocol(UP_A, RULES[rule], SHORT), noise(2 * N), {10: both})
    assert early.refused == both  # before there is a threshold
    later = run(protocol(UP_A, RULES[rule], SHORT), noise(2 * N), {N + 10: both})
    may = {"manual": [], "target-rate": both[:1], "never": both[:1], "staircase": both[:1],
           "continuous": both[:1]}  # fmt: skip
    assert later.refused == may.get(rule, both)


def test_a_training_block_with_too_little_clean_data_moves_nothing() -> None:
    held = [None] * (7 * N)
    held[N + 100 : 2 * N] = ["amplitude Cz"] * (N - 100)
    done = run(protocol(UP_A, RULES["target-rate"], SHORT), frames_of(noise(7 * N), held))
    moved = [e.sample for e in done.thresholds("block")]
    assert len(moved) == 5
    assert moved[0] > done.frames[2 * N].sample


@settings(max_examples=examples(25), deadline=None)
@given(
    rule=st.sampled_from(["target-rate", "continuous", "staircase"]),
    target=st.sampled_from(sorted(TARGETS)),
    seed=st.integers(0, 100),
)
def test_every_change_of_a_threshold_is_in_the_log(rule: str, target: str, seed: int) -> None:
    done = run(protocol(TARGETS[target], RULES[rule], SHORT), noise(4 * N, seed))
    logged = {e.details["threshold"] for e in done.of(EventKind.THRESHOLD_CHANGED)}
    shown = {f.threshold for f in done.frames if not math.isnan(f.threshold)}
    if rule == "continuous" and "all" not in target:
        assert done.phase("train")[0].threshold in logged
    else:
        assert shown <= logged


@pytest.mark.parametrize(
    ("rule", "setting", "least", "most"),
    [
        ("target-rate", "target_rate", 0.1, 0.9),
        ("continuous", "window", 5.0, 300.0),
        ("percentile", "percentile", 1.0, 99.0),
    ],
)
def test_a_rule_takes_what_lies_within_its_limits_only(
    rule: str, setting: str, least: float, most: float
) -> None:
    for value in (least, most):
        protocol(threshold={**RULES[rule], setting: value})
    for value in (0.99 * least, 1.01 * most):
        with pytest.raises(ValueError, match=setting):
            protocol(threshold={**RULES[rule], setting: value})


@pytest.mark.parametrize(("seconds", "windows"), [(10.0, [10.0]), (60.0, [30.0, 30.0])])
def test_a_continuous_rule_is_judged_over_as_many_windows_as_fit(
    seconds: float, windows: list[float]
) -> None:
    rule = protocol(threshold={**RULES["continuous"], "window": 30.0}).threshold
    assert rule.stretches([seconds / 2, seconds / 2]) == windows


def test_without_a_dwell_the_first_success_is_rewarded() -> None:
    rule = RewardRule(RewardSettings(dwell=0.0, refractory=1.0), FRAME)
    assert rule.update(success=True)
