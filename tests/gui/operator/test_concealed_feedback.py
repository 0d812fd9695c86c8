"""In a session of a study the operator's screen is the same whatever is fed back: to the pixel."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from neurofeedback.gui._qt import QtGui, QtWidgets
from neurofeedback.gui.desk.threshold_page import ThresholdPage
from neurofeedback.gui.operator.presenter import summary
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.protocols.commands import CommandName
from neurofeedback.session.status import BlockProgress, RunState


def texts(window: QtWidgets.QWidget) -> str:
    found = []
    for widget in window.findChildren(QtWidgets.QWidget):
        found += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QtWidgets.QLabel | QtWidgets.QAbstractButton):
            found.append(widget.text())
    return "\n".join(found)


class Screen:
    """What is seen of a session in which everything that is fed back is as given."""

    def __init__(self, make_session, concealed: bool, fed: float, rewards: int) -> None:
        session = make_session()
        session.concealed = concealed
        self.windows = SessionWindows(session, session.clock)
        self.threshold = ThresholdPage(session, self.windows.operator.steering)
        for shown in (self.windows.operator, self.threshold):
            shown.resize(1280, 760)
            shown.show()
        allowed = frozenset({CommandName.TARGET_RATE, CommandName.REDO_BASELINE})
        for i in range(40):
            session.feed(0.032)
            frame = session.frame(fed, threshold=0.1 + fed / 7, success=fed > 0.5, reward=i == 5)
            self.threshold.add_frames([frame])
            progress = BlockProgress(1, 4, "train", 0.032 * i, 10.0, fed, 0.1, allowed, 0.65)
            session.change(progress=progress, rewards=rewards)
            session.now += 0.032
            self.windows.bridge.tick()
            self.windows.bridge.tick()
            self.threshold.show_now(session.status(), session.latest)
        self.pictures = [self.picture(w) for w in (self.windows.operator, self.threshold)]
        self.texts = [texts(self.windows.operator), texts(self.threshold)]
        self.participant = self.picture(self.windows.participant)
        session.change(state=RunState.FINISHED)
        session.now += 1.0
        self.windows.bridge.tick()
        self.pictures.append(self.picture(self.windows.operator))
        self.texts.append(texts(self.windows.operator) + self.windows.operator.banner.text)
        self.status = session.status()

    @staticmethod
    def picture(window: QtWidgets.QWidget) -> QtGui.QImage:
        return window.grab().toImage()

    def release(self) -> None:
        self.windows.release()
        self.threshold.close()
        self.threshold.deleteLater()


@pytest.fixture
def screens(qapp, make_session):
    made = []

    def look(concealed: bool) -> tuple[Screen, Screen]:
        made.extend(Screen(make_session, concealed, *fed) for fed in ((0.08, 3), (0.93, 41)))
        return made[-2], made[-1]

    yield look
    for screen in made:
        screen.release()


def test_concealed_feedback_changes_nothing_on_the_operators_screen(screens) -> None:
    low, high = screens(concealed=True)
    assert low.texts == high.texts
    assert all(one == other for one, other in zip(low.pictures, high.pictures, strict=True))
    assert low.participant != high.participant  # the participant does see it
    assert "seeing it could reveal the arm" in low.texts[0]
    assert "seeing it could reveal the arm" in low.texts[1]
    assert not re.search(r"\b41\b|93|reward", "\n".join(high.texts[::2]).replace("rewards off", ""))


def test_elsewhere_it_is_all_shown(screens) -> None:
    low, high = screens(concealed=False)
    for one, other in zip(low.pictures, high.pictures, strict=True):
        assert one != other
    assert "41 rewards in all" in high.texts[0]
    assert "93" in high.texts[0]


def test_the_closing_line_of_a_concealed_session_tells_no_rewards(make_session) -> None:
    status = replace(make_session().status(), state=RunState.FINISHED, rewards=41)
    assert "41 rewards" in summary(status)
    assert "41" not in summary(status, concealed=True)
    assert "reward" not in summary(replace(status, rewards=None))
