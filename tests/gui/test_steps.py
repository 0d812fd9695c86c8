from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.gui.steps import CHOOSING, RECORDING, STEPS, TABLE, Course, Move, Step

USUAL = [Move.NEXT] * 3 + [Move.START] + [Move.NEXT] * 2 + [Move.END, Move.NEXT, Move.NEW]


def test_a_session_goes_through_every_step_and_begins_anew() -> None:
    course = Course()
    seen = [course.step] + [course.move(move) for move in USUAL]
    assert seen == [*STEPS, Step.PARTICIPANT]
    assert course.farthest is Step.PARTICIPANT


@given(st.lists(st.sampled_from([*Move, *Step]), max_size=60))
def test_nothing_leads_back_from_a_recording_or_past_its_start(moves: list[Move | Step]) -> None:
    course, started = Course(), 0
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
    assert set(TABLE.values()) == set(Step)
    assert {step for step, _ in TABLE} == set(Step)


def test_one_may_jump_only_to_what_was_reached() -> None:
    course = Course()
    assert not course.reachable(Step.STREAM)
    course.move(Move.NEXT)
    course.move(Move.NEXT)
    course.jump(Step.PARTICIPANT)
    assert course.reachable(Step.STREAM)
    assert not course.reachable(Step.CHECK)
    with pytest.raises(ValueError, match="cannot be reached"):
        course.jump(Step.CHECK)
