"""What the desk says and does while something is wrong: real sessions whose cable is pulled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_walk import Key, Walk
from faulty import FaultyServices
from PySide6.QtTest import QTest

from neurofeedback.gui._qt import QtCore
from neurofeedback.gui.desk.steps import Step
from neurofeedback.session.status import RunState


@pytest.fixture
def walk(qapp, tmp_path: Path) -> Iterator[Callable[..., Walk]]:
    """Sit down at a desk."""
    made: list[Walk] = []

    def sit(**options: object) -> Walk:
        made.append(Walk(FaultyServices(tmp_path, **options)))
        return made[-1]

    yield sit
    for one in made:
        one.services.cable.plug()
        one.release()


def cut(walk: Walk) -> None:
    """Pull the cable, and wait until what was on its way has arrived and was processed."""
    walk.services.cable.pull()
    status = walk.desk.session.session.status
    walk.until(lambda: status().since_sample > 0.3 and not status().queued, what="silence")


def seen(widget) -> bool:
    """Whether all of it is inside the window."""
    window = widget.window()
    corner = widget.mapTo(window, QtCore.QPoint(0, 0))
    return widget.isVisible() and window.rect().contains(QtCore.QRect(corner, widget.size()))


@pytest.mark.timeout(400)
def test_one_banner_tells_of_an_alarm_at_every_step_of_a_session(walk) -> None:
    here = walk(speed=3.0, baseline=30.0, train=150.0)  # so slow that none falls behind for good
    here.to_baseline()
    cable, banner = here.services.cable, here.desk.session.banner
    for step in (Step.BASELINE, Step.THRESHOLD, Step.ROUNDS):
        if step is Step.ROUNDS:
            here.press(Key.Key_Return)
        here.until_step(step, 120)
        cable.pull()
        # A busy machine may be behind the stream, which is an alarm too, before and after.
        here.until(lambda: banner.text.startswith("STALE"), what=f"the alarm at {step}")
        assert banner.kind == "alarm"
        assert seen(banner)
        cable.plug()
        here.until(lambda: not banner.text.startswith("STALE"), 100, "the stream")


def test_the_rounds_begin_when_somebody_begins_them_and_never_later(walk) -> None:
    here = walk()
    here.to_baseline()
    here.until_step(Step.THRESHOLD)
    session, cable, footer = here.desk.session.session, here.services.cable, here.desk.pages.footer
    assert footer.next.isEnabled()
    cut(here)
    here.press(Key.Key_Return)  # there is no alarm yet
    here.until(lambda: not footer.next.isEnabled(), what="a button that says it cannot act")
    here.press(Key.Key_Return)
    QTest.mouseClick(footer.next, QtCore.Qt.MouseButton.LeftButton)
    assert "no samples arrive" in footer.message.text()
    assert footer.next.toolTip() == footer.message.text()
    for button in (here.desk.session.threshold.redo, here.desk.session.threshold.slider):
        assert not button.isEnabled()
        assert "no samples arrive" in button.toolTip()
    cable.plug()
    here.until(footer.next.isEnabled, what="the way on")
    n = session.status().recorded_samples
    here.until(lambda: session.status().recorded_samples > n + 2000, what="samples")
    assert here.step is Step.THRESHOLD
    assert session.status().state is RunState.PAUSED
    assert footer.message.text() == ""
    assert here.desk.session.threshold.slider.hasFocus()
    here.press(Key.Key_Return)
    here.until_step(Step.ROUNDS)


def test_a_pause_that_cannot_act_is_dropped_and_said(walk) -> None:
    here = walk(train=60.0)
    here.to_rounds()
    session, cable = here.desk.session.session, here.services.cable
    side = here.desk.session.operator.side
    cut(here)
    here.press(Key.Key_Space)
    here.until(lambda: "no samples arrive" in side.log.toPlainText(), what="why it does nothing")
    here.until(lambda: not side.buttons["pause"].isEnabled())
    assert "no samples arrive" in side.buttons["pause"].toolTip()
    cable.plug()
    here.until(side.buttons["pause"].isEnabled)
    n = session.status().recorded_samples
    here.until(lambda: session.status().recorded_samples > n + 1000)
    assert session.status().state is RunState.RUNNING
    assert here.desk.session.operator.actions_by_name["pause"].isEnabled()
