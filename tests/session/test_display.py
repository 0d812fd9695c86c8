from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from neurofeedback.frames import FeedbackFrame
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.display import FedBack, Mode, check_display, mode_of, mode_of_frame
from neurofeedback.session.status import BlockProgress, RunState, Status
from neurofeedback.words.message import Message

NONE = math.nan


def status(state: RunState = RunState.RUNNING, alarm: str | None = None) -> Status:
    progress = BlockProgress(1, 4, "train", 1.0, 20.0, 0.5, 0.0)
    return Status(state, progress, alarm, 0.0, 0, 0.0, 0, 0.0, None)


def frame(phase: str = "train", held: str | None = None) -> FeedbackFrame:
    return FeedbackFrame(1, 0.0, 0.5, 0.0, 0.0, False, False, 1, phase, held)


@pytest.mark.parametrize(
    ("shown", "state", "alarm", "mode"),
    [
        (None, RunState.RUNNING, None, Mode.WAITING),
        (None, RunState.RUNNING, "No samples.", Mode.STALE),
        (None, RunState.PAUSED, None, Mode.PAUSED),
        (frame("baseline"), RunState.RUNNING, None, Mode.BASELINE),
        (frame("baseline", "settling"), RunState.RUNNING, None, Mode.BASELINE),
        (frame("baseline", "paused"), RunState.RUNNING, None, Mode.PAUSED),
        (frame("rest"), RunState.RUNNING, None, Mode.REST),
        (frame("transfer", "flat F3"), RunState.RUNNING, None, Mode.TRANSFER),
        (frame(), RunState.RUNNING, None, Mode.FEEDBACK),
        (frame("control"), RunState.RUNNING, None, Mode.FEEDBACK),
        (frame(held="flat F3"), RunState.RUNNING, None, Mode.HELD),
        (frame(held="paused"), RunState.RUNNING, None, Mode.PAUSED),
        (frame(held="stale"), RunState.PAUSED, None, Mode.STALE),
        (frame(), RunState.PAUSED, None, Mode.FEEDBACK),
        (frame(), RunState.RUNNING, "No samples.", Mode.FEEDBACK),
        (frame(), RunState.STOPPING, None, Mode.FINISHED),
        (frame(held="stale"), RunState.FAILED, "Broken.", Mode.FINISHED),
    ],
)
def test_the_frame_decides_and_the_status_says_only_begin_and_end(
    shown: FeedbackFrame | None, state: RunState, alarm: str | None, mode: Mode
) -> None:
    assert mode_of(shown, status(state, alarm)) is mode


# sample, phase, held, value: a baseline, a round with a hold and a pause, a rest, a round
COURSE = (
    (0, "baseline", None, NONE),
    (8, "baseline", "flat F3", NONE),
    (16, "train", "flat F3", 0.5),
    (24, "train", None, 0.6),
    (32, "train", None, 0.8),
    (40, "train", "flat F3", 0.8),
    (48, "train", "paused", 0.8),
    (56, "train", None, 0.4),
    (64, "rest", None, NONE),
    (72, "rest", "paused", NONE),
    (80, "train", "settling", 0.5),
    (88, "train", None, 0.2),
    (96, "train", None, 0.3),
)
FRAMES = FedBack(
    np.array([c[0] for c in COURSE]),
    np.array([c[3] for c in COURSE]),
    [mode_of_frame(c[1], c[2]) for c in COURSE],
)
TRUE = tuple(
    DisplayRow(sample, shown, value, sample / 100)
    for sample, shown, value in (
        (0, "baseline", NONE),
        (8, "baseline", NONE),
        (16, "held", NONE),
        (24, "feedback", 0.6),
        (32, "feedback", 0.65),
        (40, "held", 0.7),
        (48, "paused", 0.7),
        (56, "feedback", 0.66),
        (56, "stale", 0.6),
        (56, "feedback", 0.55),
        (64, "rest", NONE),
        (72, "paused", NONE),
        (80, "held", NONE),
        (88, "feedback", 0.2),
        (96, "feedback", 0.24),
        (96, "finished", NONE),
    )
)


def problem(*rows: DisplayRow, silent: bool = True) -> Message | None:
    return check_display(rows, FRAMES, silent)[1]


def test_what_a_display_does_is_accepted() -> None:
    assert check_display(TRUE, FRAMES, True) == (len(TRUE), None)


@pytest.mark.parametrize("missed", [i for i in range(len(TRUE)) if i != 8])
def test_a_display_may_miss_any_frame(missed: int) -> None:
    rows = TRUE[:missed] + TRUE[missed + 1 :]
    assert problem(*rows) is None


def test_the_same_is_not_painted_for_the_first_time_twice() -> None:
    assert problem(*TRUE[:8], *TRUE[9:]) == "sample 56 is logged twice as feedback"


@pytest.mark.parametrize(
    ("number", "change", "says"),
    [
        (3, {"value": 0.61}, "0.61 is displayed for sample 24 (feedback), but 0.6 is what"),
        (4, {"value": 0.59}, "but 0.6 to 0.8 is what"),
        (4, {"value": 0.81}, "but 0.6 to 0.8 is what"),
        (4, {"value": NONE}, "no value is displayed for sample 32"),
        (5, {"value": 0.5}, "(held), but 0.65 to 0.8 is what"),
        (6, {"value": 0.71}, "0.71 is displayed for sample 48 (paused), but 0.7 is what"),
        (6, {"value": NONE}, "no value is displayed for sample 48 (paused), where there was one"),
        (8, {"value": 0.3}, "(stale), but 0.4 to 0.66 is what"),
        (0, {"value": 0.5}, "a value is displayed for sample 0, but there is none in baseline"),
        (10, {"value": 0.4}, "there is none in rest"),
        (2, {"value": 0.5}, "(held), but nothing is what"),
        (4, {"shown": "held"}, "held is displayed for sample 32, whose frame says feedback"),
        (4, {"shown": "rest", "value": NONE}, "whose frame says feedback"),
        (4, {"shown": "dancing"}, "dancing is displayed"),
        (6, {"shown": "feedback"}, "whose frame says paused"),
        (12, {"sample": 81}, "sample 81 has no frame"),
        (12, {"sample": 97}, "sample 97 has no frame"),
        (4, {"painted": 0.0}, "sample 32 is displayed after sample 24, which is later"),
        (4, {"painted": NONE}, "which is later"),
        (4, {"sample": 16}, "sample 16 is displayed after sample 24"),
        (9, {"shown": "stale", "value": 0.6}, "logged twice as stale"),
        (14, {"shown": "finished", "value": NONE}, "logged twice as finished"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused(number: int, change: dict, says: str) -> None:
    rows = list(TRUE)
    rows[number] = replace(rows[number], **change)
    n_good, found = check_display(rows, FRAMES, True)
    assert says in found
    assert n_good == number + (says == "logged twice as finished")


def test_nothing_follows_the_end() -> None:
    rows = (*TRUE[:13], replace(TRUE[13], shown="finished", value=NONE), TRUE[14])
    assert problem(*rows) == "feedback is displayed after the end"


def test_a_stale_display_needs_an_event_that_says_so() -> None:
    assert "the log has no event of that" in problem(*TRUE, silent=False)
    assert problem(*TRUE[:8], silent=False) is None
