from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.gui.desk.steps import (
    CHOOSING,
    RECORDING,
    STEPS,
    TABLE,
    Move,
    Step,
    StepTrail,
    step_while_recording,
)

RECORDED = [  # phase, paused, whether there is a threshold; the step that follows
    ("baseline", False, False, Step.BASELINE),
    ("train", True, False, Step.BASELINE),  # paused, and no frame with a threshold yet
    ("rest", True, True, Step.THRESHOLD),
    ("rest", False, True, Step.ROUNDS),
    ("train", True, True, Step.ROUNDS),
    ("train", False, True, Step.ROUNDS),
]


def test_a_session_goes_through_every_step_and_begins_anew() -> None:
    course = StepTrail()
    seen = [course.step]
    seen += [course.move(move) for move in [Move.NEXT] * 3 + [Move.START]]
    for phase, paused, ready, step in RECORDED:
        course.follow(step_while_recording(course.step, phase, paused=paused, ready=ready))
        assert course.step is step
        seen += [step] * (step is not seen[-1])
    seen += [course.move(move) for move in (Move.END, Move.NEXT, Move.NEW)]
    assert seen == [*STEPS, Step.PARTICIPANT]
    assert course.farthest is Step.PARTICIPANT


@given(st.lists(st.sampled_from([*Move, *Step]), max_size=60))
def test_nothing_leads_back_from_a_recording_or_past_its_start(moves: list[Move | Step]) -> None:
    course, started = StepTrail(), 0
    for move in moves:
        before = course.step
        if isinstance(move, Step):
            if course.reachable(move):
                course.jump(move)
                assert before in CHOOSING
                assert course.step in CHOOSING
            continue
        if not course.allows(move):
            with pytest.raises(ValueError, match="leads nowhere"):
                course.move(move)
            continue
        started += move is Move.START
        course.move(move)
        if before in RECORDING:
            assert course.step in (*RECORDING, Step.DEBRIEF)
        if course.step in RECORDING:
            assert started
    assert STEPS.index(course.step) <= STEPS.index(course.farthest)


def test_every_step_but_the_first_is_led_to_and_every_one_is_left() -> None:
    assert set(TABLE.values()) | {Step.THRESHOLD, Step.ROUNDS} == set(Step)
    assert {step for step, _ in TABLE} == set(Step)


def test_one_may_jump_only_to_what_was_reached() -> None:
    course = StepTrail()
    assert not course.reachable(Step.STREAM)
    course.move(Move.NEXT)
    course.move(Move.NEXT)
    course.jump(Step.PARTICIPANT)
    assert course.reachable(Step.STREAM)
    assert not course.reachable(Step.CHECK)
    with pytest.raises(ValueError, match="cannot be reached"):
        course.jump(Step.CHECK)


@pytest.mark.parametrize(
    ("before", "phase", "paused", "ready", "after"),
    [
        (Step.BASELINE, "rest", False, False, Step.BASELINE),  # a rest before the baseline
        (Step.BASELINE, "rest", True, False, Step.BASELINE),
        (Step.BASELINE, "train", False, True, Step.ROUNDS),  # nobody wanted to look
        (Step.THRESHOLD, "baseline", False, True, Step.BASELINE),  # taken again
        (Step.ROUNDS, "baseline", False, True, Step.BASELINE),
        (Step.ROUNDS, "rest", True, True, Step.ROUNDS),  # a pause is not the threshold step
        (Step.ROUNDS, "done", False, True, Step.ROUNDS),
    ],
)
def test_the_step_of_a_session_follows_from_its_phase(before, phase, paused, ready, after) -> None:
    assert step_while_recording(before, phase, paused=paused, ready=ready) is after


def test_nothing_but_a_recorded_session_leads_through_its_steps() -> None:
    with pytest.raises(ValueError, match="does not follow"):
        StepTrail().follow(Step.ROUNDS)
