from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.protocols.spec import SMOOTHING
from neurofeedback.session.display import Mode
from neurofeedback.session.status import BlockProgress, RunState, Status

TICK = 1 / 60


def status(state: RunState = RunState.RUNNING, alarm: str | None = None) -> Status:
    progress = BlockProgress(1, 4, "train", 1.0, 20.0, 0.5, 0.0)
    return Status(state, progress, alarm, 0.0, 0, 0.0, 0, 0.0, None)


def frame(value: float = 0.5, phase: str = "train", held: str | None = None) -> FeedbackFrame:
    return FeedbackFrame(1, 0.0, value, 0.0, 0.0, False, False, 1, phase, held)


def test_interpolation_lags_a_slow_movement_by_the_stated_delay() -> None:
    model = PictureModel()
    slope = 0.1
    for i in range(400):
        time = i * TICK
        model.show(frame(slope * time), status())
        picture = model.advance(TICK)
    assert (slope * time - picture.value) / slope == pytest.approx(SMOOTHING - TICK / 2, abs=TICK)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_displayed_value_stays_in_range(values: list[float]) -> None:
    model = PictureModel()
    for value in values:
        model.show(frame(value), status())
        picture = model.advance(TICK)
        assert 0 <= picture.value <= 1
        assert 0 <= picture.brightness <= 1


@pytest.mark.parametrize(
    ("shown", "state", "alarm"),
    [
        (frame(1.0, held="amplitude F3"), RunState.RUNNING, None),
        (frame(1.0, held="paused"), RunState.PAUSED, None),
        (frame(1.0, held="stale"), RunState.RUNNING, "No samples."),
    ],
)
def test_picture_freezes_and_dims(shown: FeedbackFrame, state: RunState, alarm: str | None) -> None:
    model = PictureModel()
    for _ in range(60):
        model.show(frame(0.3), status())
        before = model.advance(TICK)
    for _ in range(180):
        model.show(shown, status(state, alarm))
        after = model.advance(TICK)
    assert after.value == before.value
    assert after.brightness == before.brightness
    assert after.dim > 0.4
    assert after.word
    assert after.word_opacity > 0.9


@pytest.mark.parametrize("phase", ["baseline", "rest", "transfer"])
def test_no_value_is_displayed_outside_training(phase: str) -> None:
    model = PictureModel()
    model.show(frame(0.8), status())
    model.advance(TICK)
    model.show(frame(math.nan, phase), status())
    assert math.isnan(model.advance(TICK).value)


def test_block_without_feedback_displays_no_value() -> None:
    model = PictureModel()
    model.show(frame(math.nan), status())
    assert math.isnan(model.advance(TICK).value)


def test_first_value_of_a_block_is_not_dragged_from_the_last() -> None:
    model = PictureModel()
    for shown in (frame(0.9), frame(math.nan, "rest"), frame(0.2)):
        model.show(shown, status())
        picture = model.advance(TICK)
    assert picture.value == pytest.approx(0.2)


def test_halo_never_flashes_faster_than_3_hz() -> None:
    """Rewards as fast as frames come: count how often the halo turns from falling to rising."""
    model = PictureModel()
    heights = []
    for _ in range(600):
        model.show(frame(0.9), status(), rewarded=True)
        heights.append(model.advance(TICK).halo)
    turns = sum(a > b < c for a, b, c in zip(heights, heights[1:], heights[2:], strict=False))
    assert max(heights) > 0.8
    assert turns <= 3 * 10


def test_brightness_does_not_flicker_with_the_value() -> None:
    """A value that jumps between its ends 4 times a second moves brightness by little."""
    model = PictureModel()
    levels = []
    for i in range(600):
        model.show(frame(float((i // 8) % 2)), status())
        levels.append(model.advance(TICK).brightness)
    assert max(levels[300:]) - min(levels[300:]) < 0.2


def test_old_word_goes_before_the_new_one_comes() -> None:
    model = PictureModel()
    for _ in range(90):
        model.show(frame(phase="rest"), status())
        model.advance(TICK)
    model.show(frame(phase="rest", held="paused"), status(RunState.PAUSED))
    picture = model.advance(TICK)
    assert picture.word.startswith("Rest")
    for _ in range(120):
        picture = model.advance(TICK)
    assert picture.word == "Paused"
    assert picture.word_opacity > 0.9


def test_a_long_pause_of_the_program_is_no_jump() -> None:
    model = PictureModel()
    model.show(frame(0.5), status())
    model.advance(TICK)
    model.show(frame(0.5, held="paused"), status(RunState.PAUSED))
    assert model.advance(3600.0).dim < 0.6


def test_the_end_is_final() -> None:
    model = PictureModel()
    model.show(frame(0.5), status(RunState.STOPPING))
    model.show(frame(0.5), status())
    assert model.advance(TICK).mode is Mode.FINISHED
    assert math.isnan(model.advance(TICK).value)
