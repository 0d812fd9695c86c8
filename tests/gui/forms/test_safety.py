"""The safety prompt cannot be dismissed unread, and outlives the program."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from neurofeedback.gui._qt import Qt, QtCore, QtWidgets
from neurofeedback.gui.forms.safety import SafetyPanel, raise_prompts
from neurofeedback.gui.forms.scales_page import ScalesPage
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import GAD7, PHQ9
from neurofeedback.store.models import AuditRow
from neurofeedback.store.responses import responses_of

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
RAISED = Response(PHQ9, (0,) * 8 + (2, None))


@pytest.fixture
def panel(qtbot, store) -> SafetyPanel:
    waiting = [store.keep("p01", RAISED, Timing.BEFORE).waiting]
    made = SafetyPanel(waiting, store)
    qtbot.addWidget(made)
    made.said = []
    made.acknowledged.connect(made.said.append)
    with qtbot.waitActive(made):
        made.show()
    yield made
    made._may_close = True


def press(qtbot, *keys, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        target = QtWidgets.QApplication.focusWidget()
        if isinstance(key, str):
            qtbot.keyClicks(target, key)
        else:
            qtbot.keyClick(target, key, modifier)


def test_it_says_what_was_answered_and_what_to_do(panel) -> None:
    assert "Item 9 of the PHQ-9" in panel.sentence.text()
    assert "\u201cMore than half the days\u201d" in panel.sentence.text()
    assert "Assess the risk before this person leaves" in panel.sentence.text()
    assert "p01" in panel.who.text()
    assert panel.accessibleDescription() == panel.sentence.text()


@pytest.mark.parametrize("size", [(620, 100), (1000, 700)])
def test_no_line_of_it_is_cut(panel, size) -> None:
    assert panel.sentence.height() >= panel.sentence.heightForWidth(panel.sentence.width())
    panel.resize(*size)
    QtWidgets.QApplication.processEvents()
    assert panel.sentence.height() >= panel.sentence.heightForWidth(panel.sentence.width())


def test_nothing_but_reading_and_a_name_makes_it_go(qtbot, panel, store) -> None:
    press(qtbot, Key.Key_Escape, Key.Key_Return, Key.Key_Enter)
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    panel.reject()
    panel.close()
    qtbot.mouseClick(panel.confirm, Qt.MouseButton.LeftButton)
    assert panel.isVisible()
    assert len(store.waiting()) == 1
    kinds = Qt.WindowType
    assert not panel.windowFlags() & kinds.WindowCloseButtonHint
    assert panel.windowModality() == Qt.WindowModality.ApplicationModal


@pytest.mark.parametrize(("ticked", "name"), [(True, ""), (True, "   "), (False, "B. Jones")])
def test_one_of_the_two_is_not_enough(qtbot, panel, store, ticked, name) -> None:
    panel.read.setChecked(ticked)
    qtbot.keyClicks(panel.name, name)
    qtbot.keyClick(panel.name, Key.Key_Return, CONTROL)
    assert not panel.confirm.isEnabled()
    assert panel.isVisible()
    assert len(store.waiting()) == 1


def test_by_keyboard_and_into_the_trail(qtbot, panel, store, index) -> None:
    assert panel.read.hasFocus()
    press(qtbot, Key.Key_Space, Key.Key_Tab, "B. Jones", Key.Key_Tab, Key.Key_Return)
    assert not panel.isVisible()
    assert len(panel.said) == 1
    assert store.waiting() == []
    with index.read() as session:
        (row,) = responses_of(session, "p01")
        logged = session.query(AuditRow).filter_by(action="safety.acknowledged").one()
    assert (row.state, row.acknowledged_by) == ("complete", "B. Jones")
    assert json.loads(logged.details)["by"] == "B. Jones"
    assert logged.who == "A. Smith"


def test_several_are_read_one_by_one(qtbot, store) -> None:
    for code in ("p01", "p02"):
        store.keep(code, RAISED, Timing.BEFORE)
    done = []
    panel = raise_prompts(store.waiting(), store, None, lambda: done.append(True))
    with qtbot.waitActive(panel):
        panel.show()
    assert "(1 of 2)" in panel.banner.text
    press(qtbot, Key.Key_Space, Key.Key_Tab, "B. Jones")
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert "p02" in panel.who.text()
    assert not panel.read.isChecked()
    assert panel.name.text() == ""
    assert done == []
    press(qtbot, Key.Key_Space, Key.Key_Tab, "B. Jones")
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert done == [True]
    assert store.waiting() == []


def test_where_nothing_waits_it_goes_on_at_once(store) -> None:
    done = []
    assert raise_prompts(store.waiting(), store, None, lambda: done.append(True)) is None
    assert done == [True]


def test_an_index_that_fails_is_said_and_traps_nobody(qtbot, panel, store, index) -> None:
    whole = index.place.file.read_bytes()
    index.place.file.write_bytes(b"no database" * 100)
    assert not panel.later.isVisible()
    press(qtbot, Key.Key_Space, Key.Key_Tab, "B. Jones")
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    assert panel.isVisible()
    assert "cannot be used" in panel.message.text()
    assert panel.later.isVisible()
    panel.later.click()
    assert not panel.isVisible()
    assert panel.said == []
    index.place.file.write_bytes(whole)
    assert len(store.waiting()) == 1  # and is asked again


def test_from_the_questionnaire_to_the_next_one(qtbot, store) -> None:
    """PHQ-9 by keyboard; the prompt; then GAD-7 has the keyboard."""
    page = ScalesPage([PHQ9, GAD7], "p01", Timing.BEFORE, store)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
    for digit in "0000000010":
        press(qtbot, digit)
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    (panel,) = page.findChildren(SafetyPanel)
    assert panel.isVisible()
    assert page.form.presenter.instrument is PHQ9
    qtbot.waitUntil(panel.read.hasFocus)
    press(qtbot, Key.Key_Space, Key.Key_Tab, "B. Jones")
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is page)
    assert page.form.presenter.instrument is GAD7
    press(qtbot, "1")
    assert page.form.response.answers[0] == 1
    assert store.waiting() == []


def test_it_belongs_to_the_clinicians_screen(qtbot, store) -> None:
    clinic = QtWidgets.QWidget()
    page = ScalesPage([PHQ9], "p01", Timing.BEFORE, store, operator=False, clinician=clinic)
    for widget in (clinic, page):
        qtbot.addWidget(widget)
    with qtbot.waitActive(page):
        page.show()
    for digit in "0000000010":
        press(qtbot, digit)
    press(qtbot, Key.Key_Return, modifier=CONTROL)
    (panel,) = clinic.findChildren(SafetyPanel)
    assert page.findChildren(SafetyPanel) == []
    panel._may_close = True
    panel.close()


KILLED = """
import os, sys
from pathlib import Path
from neurofeedback.gui._qt import Qt, QtCore, QtWidgets
from PySide6.QtTest import QTest
from neurofeedback.gui.forms.scales_page import ScalesPage
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import PHQ9
from neurofeedback.store.index import Index
from neurofeedback.store.keeping import IndexResponses
from neurofeedback.store.place import find_place
app = QtWidgets.QApplication([])
store = IndexResponses(Index(find_place(sys.argv[1], sys.argv[2])))
page = ScalesPage([PHQ9], "p01", Timing.BEFORE, store)
page.show()
for digit in "000000003":
    QTest.keyClicks(page.form.choices.buttons[0], digit)
os._exit(9)
"""


def test_a_program_that_dies_leaves_it_to_the_next(qtbot, layout, index, store) -> None:
    """Killed right after item 9, with question 10 on the screen."""
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(layout.root), str(index.place.file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 9, run.stderr
    panel = raise_prompts(store.waiting("p01"), store)
    assert "\u201cNearly every day\u201d" in panel.sentence.text()
    panel.read.setChecked(True)
    panel.name.setText("B. Jones")
    panel.confirm.click()
    assert store.waiting() == []
    QtCore.QCoreApplication.sendPostedEvents(panel, QtCore.QEvent.Type.DeferredDelete.value)
