"""What is fed back and when: combinations, inhibits, kinds of blocks, boundary, commands."""

import math
from typing import Any

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_parts import (
    ALL,
    BLOCKS,
    FRAME,
    RULES,
    TARGETS,
    UP_A,
    WEIGHTED,
    commands_at,
    frames_of,
    make,
    noise,
    protocol,
    run,
)

from neurofeedback.events import EventKind
from neurofeedback.frames import FeatureFrames, FloatArray
from neurofeedback.protocols.commands import PAUSE, RESUME, SKIP, Command
from neurofeedback.protocols.spec import FED_BACK, SCORED, BlockKind

BASELINE, N_FRAMES = 500, 2100
HELD = "amplitude Cz"

rules = st.sampled_from(sorted(RULES))
targets = st.sampled_from(sorted(TARGETS))
kinds = st.sampled_from(["proportional", "binary"])
holds = st.lists(st.tuples(st.integers(0, N_FRAMES - 1), st.integers(1, 60)), max_size=8)


def spec_of(rule: str, target: str, kind: str = "proportional") -> Any:
    reward = {"feedback": kind, "dwell": 0.2, "refractory": 0.6}
    return protocol(TARGETS[target], RULES[rule], reward=reward)


def features(seed: int, spans: list[tuple[int, int]]) -> FeatureFrames:
    held: list[str | None] = [None] * N_FRAMES
    for start, n in spans:
        held[start : start + n] = [HELD] * len(held[start : start + n])
    return frames_of(noise(N_FRAMES, seed), held)


class Recorder:
    """A boundary that feeds something else and remembers what it was asked."""

    def __init__(self, feed: str = "shifted") -> None:
        self.calls: list[tuple[str, Any, str]] = []
        self.baselines: list[FloatArray] = []
        self.n_rests = 0
        self._shift = 100.0 if feed == "shifted" else 0.0

    def learn(self, baseline: FloatArray, joints: np.ndarray) -> None:
        assert joints.shape == (len(baseline),)
        self.baselines.append(np.array(baseline))

    def feed(self, values: FloatArray, phase: BlockKind) -> FloatArray:
        self.calls.append(("feed", tuple(values.tolist()), phase))
        return values + self._shift

    def hold(self, phase: BlockKind) -> None:
        self.calls.append(("hold", None, phase))

    def rest(self) -> None:
        self.n_rests += 1


@settings(max_examples=examples(40), deadline=None)
@given(rule=rules, target=targets, kind=kinds, spans=holds, commands=commands_at(N_FRAMES),
       seed=st.integers(0, 9))  # fmt: skip
def test_what_always_holds(
    rule: str,
    target: str,
    kind: str,
    spans: list[tuple[int, int]],
    commands: dict[int, list[Command]],
    seed: int,
) -> None:
    done = run(spec_of(rule, target, kind), features(seed, spans), commands)
    last_reward = -math.inf
    starts = {e.sample for e in done.of(EventKind.BLOCK_STARTED)}
    befores = [None, *done.frames][: len(done.frames)]
    for i, (f, before) in enumerate(zip(done.frames, befores, strict=True)):
        if f.sample in starts:
            last_reward = -math.inf
        if f.held is not None:
            assert not any((f.success, f.reward, f.inhibit))
            assert math.isnan(f.feature)
            if before is not None and before.block == f.block and f.sample not in starts:
                assert f.value in (before.value, 0.5) or math.isnan(f.value)  # 0.5: repeated
        if f.inhibit is not None:
            assert f.phase in SCORED
            assert not any((f.success, f.reward))
            assert not f.value > 0.5
        if f.phase not in SCORED:
            assert not any((f.success, f.inhibit))
        if f.phase not in FED_BACK:
            assert math.isnan(f.value)
            assert not f.reward
        elif f.held is None:
            assert (f.value > 0.5) == f.success
            assert 0.0 <= f.value <= 1.0
            if kind == "binary":
                assert f.value == (1.0 if f.success else 0.0)
        if f.success and "weighted" not in target and "down" not in target:
            assert f.feature > f.threshold
        if f.reward:
            assert all(g.success for g in done.frames[i - 4 : i + 1])  # the dwell of 0.2 s
            assert i - last_reward >= 15  # the refractory time of 0.6 s
            last_reward = i
    rewards = done.of(EventKind.REWARD)
    assert [e.sample for e in rewards] == [f.sample for f in done.frames if f.reward]


@settings(max_examples=examples(30), deadline=None)
@given(
    rule=rules,
    target=targets,
    spans=holds,
    commands=commands_at(N_FRAMES),
    cuts=st.lists(st.integers(1, N_FRAMES - 1), max_size=30),
    seed=st.integers(0, 9),
)
def test_pieces_give_what_the_whole_gives(
    rule: str,
    target: str,
    spans: list[tuple[int, int]],
    commands: dict[int, list[Command]],
    cuts: list[int],
    seed: int,
) -> None:
    spec, values = spec_of(rule, target), features(seed, spans)
    whole = run(spec, values, commands)
    pieces = run(spec, values, commands, cuts)
    assert repr(whole.frames) == repr(pieces.frames)
    assert [e.to_json() for e in whole.events] == [e.to_json() for e in pieces.events]


def test_all_conditions_must_be_met() -> None:
    done = run(protocol(ALL, RULES["target-rate"]), noise(3000))
    (event,) = done.thresholds("baseline")
    a, b = event.details["conditions"]
    values = noise(3000)
    training = [f for f in done.frames if f.block == 1]
    for f in training:
        row = values[(f.sample - 7) // 8]
        assert f.success == (row[0] > a and row[1] < b)
        assert f.threshold == 0.0
    assert 0.5 < np.mean([f.success for f in training]) < 0.7


def test_a_weighted_score_is_computed_from_the_logged_baseline() -> None:
    done = run(protocol(WEIGHTED, RULES["target-rate"]), noise(3000))
    known = done.thresholds("baseline")[0].details["baseline"]
    values = noise(3000)
    for f in done.phase("train")[:50]:
        z = {
            name: (x - known[name]["mean"]) / known[name]["sd"]
            for name, x in zip("ab", values[(f.sample - 7) // 8], strict=False)
        }
        assert f.feature == pytest.approx(z["a"] - 0.5 * z["b"])
        assert f.success == (f.feature > f.threshold)


def test_a_transfer_block_is_scored_but_shows_and_rewards_nothing() -> None:
    done = run(protocol(UP_A, RULES["never"]), noise(3000))
    transfer = done.phase("transfer")
    assert len(transfer) == 150
    assert {f.threshold for f in transfer} == {f.threshold for f in done.phase("train")}
    assert 0.25 < np.mean([f.success for f in transfer]) < 0.55
    (ended,) = [e for e in done.of(EventKind.BLOCK_ENDED) if e.details["phase"] == "transfer"]
    assert ended.details["success_rate"] == np.mean([f.success for f in transfer])
    assert ended.details["rewards"] == 0


def test_a_control_block_gives_feedback_that_does_not_follow_the_brain() -> None:
    spec = protocol(UP_A, RULES["never"], [BLOCKS[0], {"kind": "control", "seconds": 60.0}])
    values = noise(2000)
    control = run(spec, values).phase("control")
    assert any(f.reward for f in control)
    shown = [f.feature for f in control]
    assert abs(np.corrcoef(shown, values[BASELINE:, 0])[0, 1]) < 0.1
    assert np.mean([f.success for f in control]) == pytest.approx(0.4, abs=0.08)


def test_the_boundary_is_asked_once_for_each_frame_that_is_scored() -> None:
    held: list[str | None] = [None] * N_FRAMES
    held[600:620] = [HELD] * 20
    boundary = Recorder()
    spec = protocol({**UP_A, "inhibits": TARGETS["up inhibited"]["inhibits"]}, RULES["never"])
    done = run(spec, frames_of(noise(N_FRAMES), held), {700: [PAUSE], 710: [RESUME]},
               evaluator=make(spec, boundary))  # fmt: skip
    scored = [f for f in done.frames if f.phase in SCORED]
    values = noise(N_FRAMES)[:, [0, 2]]
    wanted = [
        ("hold", None, f.phase)
        if f.held
        else ("feed", tuple(values[(f.sample - 7) // 8].tolist()), f.phase)
        for f in scored
    ]
    assert boundary.calls == wanted
    assert len(boundary.baselines) == 1
    np.testing.assert_array_equal(boundary.baselines[0], values[:BASELINE])
    assert boundary.n_rests == sum(f.phase not in SCORED for f in done.frames)


@pytest.mark.parametrize("target", TARGETS)
def test_everything_after_the_boundary_sees_what_it_feeds(target: str) -> None:
    spec = protocol(TARGETS[target], RULES["target-rate"])
    values = noise(N_FRAMES)
    shifted = np.array(values)
    shifted[BASELINE:] += 100.0  # measured, instead of put in at the boundary
    fed = run(spec, values, evaluator=make(spec, Recorder("shifted")))
    measured = run(spec, shifted, evaluator=make(spec, Recorder("as it is")))
    assert repr(fed.frames) == repr(measured.frames)
    assert [e.to_json() for e in fed.events] == [e.to_json() for e in measured.events]


def test_a_measuring_protocol_shows_its_first_feature_and_rewards_nothing() -> None:
    blocks = [{"kind": "baseline", "seconds": 4.0}, {"kind": "baseline", "seconds": 4.0}]
    values = noise(200)
    done = run(protocol(None, RULES["target-rate"], blocks), values)
    assert [f.feature for f in done.frames] == values[:, 0].tolist()
    assert all(math.isnan(f.value) and math.isnan(f.threshold) for f in done.frames)
    kinds = [e.kind for e in done.events]
    assert kinds == [EventKind.BLOCK_STARTED, EventKind.BLOCK_ENDED] * 2 + [
        EventKind.PROTOCOL_ENDED
    ]
    mean = done.of(EventKind.BLOCK_ENDED)[1].details["mean"]
    assert mean == pytest.approx(values[100:, 0].mean())


def test_a_block_ends_with_the_means_of_what_was_fed_back() -> None:
    values = noise(N_FRAMES)
    done = run(protocol(WEIGHTED, RULES["never"]), values)
    baseline, train, rest = done.of(EventKind.BLOCK_ENDED)[:3]
    assert baseline.details["mean"] is None  # no score yet
    assert baseline.details["means"] == {
        name: pytest.approx(values[:BASELINE, i].mean()) for i, name in enumerate("ab")
    }
    shown = [f.feature for f in done.frames if f.block == 1]
    assert train.details["mean"] == pytest.approx(np.mean(shown))
    assert train.details["inhibited_rate"] == 0.0
    assert rest.details["mean"] is None
    assert rest.details["success_rate"] is None


def test_a_block_entered_while_paused_shows_nothing_of_the_one_before() -> None:
    done = run(protocol(UP_A, RULES["never"]), noise(N_FRAMES), {600: [PAUSE], 650: [SKIP]})
    assert done.frames[649].value == done.frames[599].value
    assert done.frames[650].phase == "rest"
    assert math.isnan(done.frames[650].value)


def test_nothing_of_the_feature_is_shown_in_a_rest() -> None:
    done = run(protocol(UP_A, RULES["never"]), noise(N_FRAMES))
    assert all(math.isnan(f.feature) for f in done.phase("rest"))
    assert len(done.phase("rest")) * FRAME == 2.0
