import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from protocol_parts import Driven

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeatureFrames, FeedbackFrame
from neurofeedback.protocols.commands import PAUSE, RESUME
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import make_boundary
from neurofeedback.protocols.spec import ProtocolSpec

FRAME = 0.04
BASELINE, TRAIN, REST = 250, 500, 25  # frames


def spec(direction: str = "up", **changes: Any) -> ProtocolSpec:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["target"]["conditions"][0]["direction"] = direction
    fields["blocks"] = [
        {"kind": "baseline", "seconds": BASELINE * FRAME},
        {"kind": "train", "seconds": TRAIN * FRAME, "repeat": 2, "rest": REST * FRAME},
    ]
    for section, values in changes.items():
        fields[section] = {**fields[section], **values}
    return ProtocolSpec.model_validate(fields)


def features(values: Sequence[float], held: Sequence[str | None] | None = None) -> FeatureFrames:
    n = len(values)
    return FeatureFrames(
        np.arange(n) * 8 + 7,
        np.arange(n) * FRAME,
        np.asarray(values, dtype=float)[:, None],
        [None] * n if held is None else held,
    )


def evaluate(
    values: Sequence[float],
    held: Sequence[str | None] | None = None,
    protocol: ProtocolSpec | None = None,
) -> tuple[list[FeedbackFrame], list[Event]]:
    evaluator = make(protocol)
    return evaluator.update(features(values, held)), evaluator.take_events()


def make(protocol: ProtocolSpec | None = None) -> Driven:
    protocol = protocol or spec()
    return Driven(protocol, FRAME, [0], make_boundary(protocol, FRAME))


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n)


def of_kind(events: list[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event.kind is kind]


def test_the_blocks_follow_each_other_and_the_protocol_ends() -> None:
    frames, events = evaluate(noise(5000))
    phases = [frame.phase for frame in frames]
    assert len(frames) == BASELINE + 2 * TRAIN + REST
    assert phases[:BASELINE] == ["baseline"] * BASELINE
    assert phases[BASELINE + TRAIN : BASELINE + TRAIN + REST] == ["rest"] * REST
    assert [f.block for f in frames] == sorted(f.block for f in frames)
    assert events[-1].kind is EventKind.PROTOCOL_ENDED
    assert events[-1].details["reason"] == "completed"
    assert len(of_kind(events, EventKind.BLOCK_STARTED)) == 4


def test_threshold_is_the_quantile_of_the_clean_baseline_and_fixed_within_a_block() -> None:
    values, held = noise(2000), [None] * 2000
    values[100:150] = 1e6
    held[100:150] = ["amplitude F3"] * 50
    frames, _ = evaluate(values, held)
    clean = np.delete(values, np.s_[100:150])[:BASELINE]
    training = [f for f in frames if f.block == 1]
    assert {f.threshold for f in training} == {np.quantile(clean, 0.35)}
    assert math.isnan(frames[0].threshold)


def test_the_next_block_takes_its_threshold_from_this_one() -> None:
    values = noise(5000)
    values[BASELINE : BASELINE + TRAIN] += 3
    frames, events = evaluate(values)
    second = next(f for f in frames if f.block == 3)
    assert second.threshold == np.quantile(values[BASELINE : BASELINE + TRAIN], 0.35)
    never, _ = evaluate(values, protocol=spec(threshold={"update": "never"}))
    assert len({f.threshold for f in never if f.phase == "train"}) == 1
    assert len(of_kind(events, EventKind.THRESHOLD_CHANGED)) == 3


@pytest.mark.parametrize("rate", [0.3, 0.65, 0.9])
def test_reward_rate_is_the_target_when_nothing_changes(rate: float) -> None:
    protocol = spec(threshold={"target_rate": rate, "update": "never"})
    frames, _ = evaluate(noise(5000, seed=3), protocol=protocol)
    success = [f.success for f in frames if f.phase == "train"]
    assert np.mean(success) == pytest.approx(rate, abs=0.06)


def test_value_is_one_half_at_the_threshold_and_rises_with_the_feature() -> None:
    values = noise(2000)
    frames, _ = evaluate(values)
    training = [f for f in frames if f.block == 1]
    by_feature = sorted(training, key=lambda f: f.feature)
    shown = [f.value for f in by_feature]
    assert shown == sorted(shown)
    assert all((f.value > 0.5) == (f.feature > f.threshold) == f.success for f in training)
    assert 0 <= min(shown) < 0.2
    assert 0.8 < max(shown) <= 1


def test_no_feedback_outside_training() -> None:
    frames, _ = evaluate(noise(5000))
    for frame in frames:
        if frame.phase != "train":
            assert math.isnan(frame.value)
            assert not frame.reward


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=40))
def test_a_hold_freezes_the_value_and_never_counts(spans: list[tuple[int, bool]]) -> None:
    held = [None] * BASELINE
    for length, bad in spans:
        held += ["amplitude F4" if bad else None] * length
    values = noise(len(held), seed=1)
    values[BASELINE:] += 2.0
    frames, events = evaluate(values, held)
    before = 0.5
    for frame in frames[BASELINE : BASELINE + TRAIN]:
        if frame.held:
            assert frame.value == before
            assert not frame.reward
            assert not frame.success
        before = frame.value
    rewarded = {e.sample for e in of_kind(events, EventKind.REWARD)}
    assert rewarded == {f.sample for f in frames if f.reward}


@given(st.lists(st.sampled_from([-9.0, 9.0]), min_size=1, max_size=400))
@example([9.0] * 5 + [-9.0] + [9.0] * 80)
def test_rewards_need_their_dwell_and_keep_their_distance(course: list[float]) -> None:
    frames, _ = evaluate([*noise(BASELINE), *course])
    dwell, refractory = 6, 25
    rewards = [i for i, frame in enumerate(frames) if frame.reward]
    for i in rewards:
        assert all(f.success for f in frames[i - dwell + 1 : i + 1])
    assert all(b - a >= refractory for a, b in zip(rewards[:-1], rewards[1:], strict=True))
    longest = max((len(run) for run in "".join("x" if v > 0 else " " for v in course).split()),
                  default=0)  # fmt: skip
    assert bool(rewards) == (longest >= dwell)


def test_down_training_is_up_training_of_the_mirrored_feature() -> None:
    values = noise(5000)
    up, _ = evaluate(values)
    down, _ = evaluate(-values, protocol=spec("down"))
    assert [f.value for f in up if f.phase == "train"] == [
        f.value for f in down if f.phase == "train"
    ]
    assert [f.reward for f in up] == [f.reward for f in down]
    assert up[-1].threshold == -down[-1].threshold


def test_a_baseline_waits_for_clean_data_and_fails_without() -> None:
    held = (["amplitude F3"] * 9 + [None]) * 400
    frames, events = evaluate(noise(4000), held)
    assert of_kind(events, EventKind.PROTOCOL_ENDED)[0].details["reason"] == (
        "too little clean baseline"
    )
    assert len(frames) == 3 * BASELINE
    held = (["amplitude F3"] + [None]) * 2000
    frames, events = evaluate(noise(4000), held)
    assert of_kind(events, EventKind.BLOCK_ENDED)[0].details["clean_seconds"] == BASELINE * FRAME


def test_pause_stops_the_clock_and_freezes_feedback() -> None:
    evaluator = make()
    values = noise(5000)
    evaluator.update(features(values[: BASELINE + 100]))
    elapsed = evaluator.progress.elapsed
    assert evaluator.obey(PAUSE)
    assert not evaluator.obey(PAUSE)
    evaluator.take_events()
    paused = evaluator.update(features(values[:300]))
    events = evaluator.take_events()
    assert {f.held for f in paused} == {"paused"}
    assert len({f.value for f in paused}) == 1
    assert not of_kind(events, EventKind.REWARD)
    assert evaluator.progress.elapsed == elapsed
    assert evaluator.obey(RESUME)
    on = evaluator.update(features(values[:10]))
    assert evaluator.progress.elapsed == pytest.approx(elapsed + 10 * FRAME)
    assert on[-1].held is None


def test_each_hold_is_logged_with_its_cause_and_its_end() -> None:
    held = [None] * 300
    held[50:60] = ["flat F3"] * 10
    held[60:80] = ["settling"] * 20
    held[200:210] = ["gap"] * 10
    _, events = evaluate(noise(300), held)
    holds = [
        (e.details.get("cause"), (e.sample - 7) // 8)
        for e in events
        if e.kind in (EventKind.HOLD_STARTED, EventKind.HOLD_ENDED)
    ]
    assert holds == [("flat F3", 50), (None, 80), ("gap", 200), (None, 210)]


def test_splitting_the_frames_changes_nothing() -> None:
    values = noise(3000)
    frames, events = evaluate(values)
    evaluator = make()
    whole = features(values)
    got_frames, got_events = [], []
    for start in range(0, 3000, 37):
        part = slice(start, start + 37)
        step = FeatureFrames(
            whole.samples[part], whole.times[part], whole.values[part], whole.held[part]
        )
        got_frames += evaluator.update(step)
        got_events += evaluator.take_events()
    assert repr(got_frames) == repr(frames)
    assert got_events == events
