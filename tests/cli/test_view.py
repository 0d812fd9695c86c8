import io
import math
import re
from pathlib import Path

import pytest
from rich.console import Console

from neurofeedback.cli.sessions.view import BAR_WIDTH, TextView, bar, panel, plain_line
from neurofeedback.frames import FeedbackFrame
from neurofeedback.session.status import BlockProgress, RunState, Status


def a_frame(**changes: object) -> FeedbackFrame:
    fields = dict(
        sample=1000, time=4.0, value=0.75, feature=0.31, threshold=-0.12, reward=True,
        success=True, block=1, phase="train", held=None,
    )  # fmt: skip
    return FeedbackFrame(**(fields | changes))


def a_status(**changes: object) -> Status:
    progress = BlockProgress(1, 4, "train", 12.4, 20.0, 0.64, 0.1)
    fields = dict(
        state=RunState.RUNNING, progress=progress, alarm=None, since_sample=0.0,
        recorded_samples=16000, recorded_seconds=64.0, rewards=9, queued=0.0, folder=Path("x"),
    )  # fmt: skip
    return Status(**(fields | changes))


class Session:
    def __init__(self, status: Status, latest: FeedbackFrame | None) -> None:
        self.latest = latest
        self.now = status

    def status(self) -> Status:
        return self.now


def rendered(status: Status, frame: FeedbackFrame | None) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(panel(status, frame, title="A [title]", feature="FAA"))
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("value", "filled"),
    [(0.0, 0), (0.5, BAR_WIDTH // 2), (1.0, BAR_WIDTH), (1.7, BAR_WIDTH), (-1.0, 0), (math.nan, 0)],
)
def test_bar_fills_in_proportion_and_never_beyond(value, filled):
    text = bar(a_frame(value=value))
    assert text.count("█") == filled
    assert len(text) == BAR_WIDTH + 1
    assert text.index("│") == BAR_WIDTH // 2


def test_bar_without_a_frame_is_empty():
    assert "█" not in bar(None)


def test_panel_says_everything_an_operator_must_know():
    text = rendered(a_status(), a_frame())
    for expected in ("Running", "training, 2 of 4, 0:12 of 0:20", "+0.31", "-0.12", "64 %", "9",
                     "1:04", "A [title]"):  # fmt: skip
        assert expected in text
    assert "ALARM" not in text


def test_where_the_arm_is_concealed_nothing_of_the_feedback_is_said():
    status, frame = a_status(rewards=None), a_frame(held="stale")
    for said in (rendered(status, frame), plain_line(status, frame)):
        assert not re.search(r"0\.31|0\.12|64 %|█|past threshold|rewards", said)
        assert "training, 2 of 4, 0:12 of 0:20" in said
        assert "no new samples" in said


def test_panel_shows_hold_and_alarm():
    text = rendered(a_status(alarm="No samples for 2 s."), a_frame(held="stale"))
    assert "No samples for 2 s." in text
    assert "no new samples" in text


def test_panel_before_the_first_frame():
    progress = BlockProgress(0, 4, "baseline", 0.0, 30.0, math.nan, math.nan)
    text = rendered(a_status(progress=progress), None)
    assert "baseline, 1 of 4" in text
    assert "nan" not in text


def test_plain_lines_come_every_few_seconds_when_there_is_no_terminal():
    times = iter([0.0, 1.0, 6.0])
    console = Console(file=io.StringIO(), width=200)
    view = TextView(Session(a_status(), a_frame()), "title", "FAA", console, lambda: next(times))
    with view:
        for _ in range(3):
            view.refresh()
    lines = console.file.getvalue().splitlines()
    assert lines[0] == "title"
    assert len(lines) == 3


def test_an_alarm_has_its_line_at_once():
    console = Console(file=io.StringIO(), width=200)
    session = Session(a_status(), a_frame())
    view = TextView(session, "title", "FAA", console, lambda: 0.0)
    with view:
        view.refresh()
        for alarm in ("lost (1 s)", "lost (2 s)", None):
            session.now = a_status(alarm=alarm)
            view.refresh()
    lines = console.file.getvalue().splitlines()
    assert ["lost (1 s)" in line for line in lines] == [False, False, True, False]


def test_plain_line_is_one_line_with_the_alarm():
    line = plain_line(a_status(alarm="lost"), a_frame(held="amplitude F3"))
    assert "ALARM: lost" in line
    assert "F3" in line
    assert "\n" not in line
