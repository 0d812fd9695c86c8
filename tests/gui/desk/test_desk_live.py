"""The desk on live streams that misbehave: what an alarm leaves to the operator."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_walk import Key, ShortServices, Walk
from PySide6.QtTest import QTest

from neurofeedback.events import EventKind
from neurofeedback.gui._qt import QtCore, QtWidgets
from neurofeedback.gui.desk.steps import Step
from neurofeedback.gui.operator.offers import Offers
from neurofeedback.recording.read.reader import SessionReader
from reliability.live_sender import Sender, described

pytestmark = pytest.mark.lsl
LEFT = QtCore.Qt.MouseButton.LeftButton


@pytest.fixture
def walk(qapp, tmp_path: Path) -> Iterator[Callable[[], Walk]]:
    made: list[Walk] = []

    def make() -> Walk:
        made.append(Walk(ShortServices(tmp_path, baseline=60.0)))
        return made[-1]

    yield make
    for one in made:
        one.release()


def agree(here: Walk, offers: Offers, button: QtWidgets.QPushButton) -> str:
    """Press a button that is offered and agree; return what was asked."""
    here.until(button.isVisible, what="the offer")
    QTest.mouseClick(button, LEFT)
    (box,) = offers.findChildren(QtWidgets.QMessageBox)
    asked = box.informativeText()
    QTest.mouseClick(box.buttons()[0], LEFT)
    QTest.qWait(20)
    return asked


@pytest.mark.long
def test_a_stream_that_declares_a_wrong_rate_is_started_anew_with_the_true_one(walk) -> None:
    name = f"slow-{os.getpid()}-{time.monotonic_ns()}"
    with Sender(described(name), rate=200.0):
        here = walk()
        here.to_baseline()
        session = here.desk.session
        assert session.session.info.sfreq == 250.0
        asked = agree(here, session.offers, session.offers.rate)
        assert "at 200 Hz" in asked
        here.until_step(Step.CHECK)
        folder = session.session.status().folder
        assert SessionReader(folder).stopped.details["reason"] == (
            "started anew with the true rate of the stream"
        )
        assert here.desk.preparation.check._session.info.sfreq == 200.0
        here.press(Key.Key_Return)
        assert here.desk.session.session.info.sfreq == 200.0
        status = here.desk.session.session.status
        here.until(lambda: status().recorded_seconds > 4.5)
        here.until(lambda: status().alarm is None)
        assert math.isnan(status().true_rate)
        assert not here.desk.session.offers.isVisible()
        here.until(lambda: "200.0 Hz" in here.desk.session.operator.side.stream.text())


def test_a_new_source_id_is_used_once_the_operator_says_so(walk) -> None:
    name = f"renewed-{os.getpid()}-{time.monotonic_ns()}"
    with Sender(described(name)) as sender:
        here = walk()
        here.to_baseline()
        session = here.desk.session
        here.until(lambda: session.session.status().recorded_samples > 250)
    del sender
    here.until(lambda: "is lost" in session.banner.text, what="the loss")
    with Sender(described(name, source_id="new-id")):
        asked = agree(here, session.offers, session.offers.stream)
        assert "new-id" in asked
        n = session.session.status().recorded_samples
        here.until(lambda: session.session.status().recorded_samples > n + 250)
        here.until(lambda: not session.offers.isVisible())
    folder = session.session.status().folder
    events = list(SessionReader(folder).events())
    kinds = [e.kind for e in events]
    assert kinds.count(EventKind.STREAM_CONNECTED) == 2
    assert kinds.index(EventKind.STREAM_REFUSED) < kinds.index(EventKind.STREAM_ACCEPTED)
    accepted = next(e for e in events if e.kind is EventKind.STREAM_ACCEPTED)
    assert accepted.details["source_id"] == "new-id"
