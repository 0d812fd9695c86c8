from __future__ import annotations

import math
import sys
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from neurofeedback.gui._qt import Qt, QtCore
from neurofeedback.gui.participant.window import ParticipantWindow
from neurofeedback.session.display import Mode
from neurofeedback.session.status import RunState

TICK = 1 / 60


@pytest.fixture
def window(qtbot: QtBot, session) -> ParticipantWindow:
    shown = ParticipantWindow(session.clock)
    qtbot.addWidget(shown)
    shown.resize(640, 480)
    shown.show()
    return shown


def run(window: ParticipantWindow, session, ticks: int = 1) -> None:
    for _ in range(ticks):
        session.now += TICK
        window.show_frame(session.latest, session.status_value)
        window.advance(session.now)
        window.repaint()


def test_frame_is_reported_once_with_the_value_as_displayed(window, session) -> None:
    reports = []
    window.painted.connect(lambda *report: reports.append(report))
    session.frame(0.2)
    run(window, session)
    frame = session.frame(0.8)
    run(window, session, ticks=3)
    assert [r[0].sample for r in reports] == [7, 15]
    shown, mode, value, when, ground, lights = reports[-1]
    assert 0.4 < ground < 0.6
    assert lights == 0
    assert mode == "feedback"
    assert shown is frame
    assert value == pytest.approx(0.2 + 0.6 * -math.expm1(-TICK / 0.07))
    assert when == pytest.approx(session.now - 2 * TICK)


def test_nothing_is_reported_before_it_is_painted(window, session) -> None:
    reports = []
    window.painted.connect(lambda *report: reports.append(report))
    window.hide()
    session.frame(0.5)
    session.now += TICK
    window.show_frame(session.latest, session.status_value)
    window.advance(session.now)
    QtCore.QCoreApplication.processEvents()
    assert reports == []


def test_same_frame_is_reported_again_when_it_is_shown_as_something_else(window, session) -> None:
    reports = []
    window.painted.connect(lambda *report: reports.append(report))
    frame = session.frame(0.5)
    run(window, session, ticks=2)
    for _ in range(5):
        session.frames.pop()
        session.frame(0.5, held="stale")
        run(window, session)
    assert session.latest.sample == frame.sample
    assert [(r[0].sample, r[1]) for r in reports] == [(7, "feedback"), (7, "stale")]


def test_picture_freezes_while_held(window, session) -> None:
    session.frame(0.3)
    run(window, session, ticks=60)
    frozen = window.picture.value
    for _ in range(120):
        session.frame(0.9, held="amplitude F3")
        run(window, session, ticks=2)
    assert window.picture.value == frozen
    assert window.picture.word == "Waiting for a clear signal"
    session.frame(0.9)
    run(window, session, ticks=60)
    assert window.picture.value == pytest.approx(0.9, abs=1e-3)


@pytest.mark.parametrize(
    ("held", "state", "mode", "word"),
    [
        ("paused", RunState.PAUSED, Mode.PAUSED, "Paused"),
        ("stale", RunState.RUNNING, Mode.STALE, "One moment please"),
        (None, RunState.FINISHED, Mode.FINISHED, "Finished. Thank you."),
    ],
)
def test_states_are_told_in_plain_words(window, session, held, state, mode, word) -> None:
    session.frame(0.5)
    run(window, session, ticks=30)
    session.change(state=state)
    session.frame(0.5, held=held)
    run(window, session, ticks=120)
    assert window.picture.mode is mode
    assert window.picture.word == word
    assert window.picture.word_opacity > 0.9


def lit_pixels(window: ParticipantWindow) -> int:
    image = window.grab().toImage()
    width, height = image.width(), image.height()
    bright = 0
    for x in range(0, width, 8):
        for y in range(0, height, 8):
            bright += image.pixelColor(x, y).red() > 150
    return bright


def test_larger_value_is_a_larger_disc(window, session) -> None:
    areas = []
    for value in (0.1, 0.5, 0.9):
        session.frame(value)
        run(window, session, ticks=90)
        areas.append(lit_pixels(window))
    assert areas[0] < 0.5 * areas[1]
    assert areas[1] < 0.6 * areas[2]


def test_painting_leaks_no_reference_to_none(window, session) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one for each call of a painter, and aborts in the end."""
    for i in range(50):
        session.frame((i % 10) / 10, held="flat F3" if i % 5 == 0 else None)
        run(window, session)
    before = sys.getrefcount(None)
    for i in range(1000):
        if i % 100 == 0:
            held = "paused" if i % 200 else None
        session.frames.clear()
        session.frame((i % 10) / 10, reward=i % 30 == 0, held=held)
        session.latest = replace(session.latest, sample=i)
        run(window, session)
    assert abs(sys.getrefcount(None) - before) < 300


def test_it_takes_no_keyboard_and_passes_on_what_comes_all_the_same(qtbot, window) -> None:
    pressed = []
    window.key_pressed.connect(lambda event: pressed.append(event.key()))
    assert window.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert window.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    window.toggle_full_screen()
    assert window.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.isFullScreen()
    assert pressed == [Qt.Key.Key_Escape]


def test_quiet_picture_is_not_painted_again(qtbot, window, session) -> None:
    """Once a held picture has settled there is nothing to paint."""
    session.frame(0.5, held="flat F3")
    run(window, session, ticks=600)
    window.repaint()
    picture = window.picture
    window.advance(session.now + TICK)
    assert window.picture == picture
