"""Pages beside the steps, one on top of another, and back."""

from __future__ import annotations

import pytest
from course_parts import LEARNER, OTHER, dataset
from desk_walk import CONTROL, Key, ShortServices, Walk

from neurofeedback.gui._qt import Qt
from neurofeedback.gui.desk.settings_page import SettingsPage
from neurofeedback.gui.operator.recording.page import RecordingPage
from neurofeedback.gui.progress.overview import OverviewPage
from neurofeedback.gui.progress.page import ProgressPage
from neurofeedback.gui.summary.page import SummaryPage

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def walk(qapp, tmp_path):
    dataset(tmp_path, 2)
    made = Walk(ShortServices(tmp_path))
    yield made
    made.release()


def shown(walk: Walk) -> type:
    return type(walk.desk.pages.stack.currentWidget())


def test_from_the_overview_to_a_summary_and_back_by_keys(walk):
    walk.press(Key.Key_P, modifier=CONTROL | SHIFT)
    assert shown(walk) is OverviewPage
    assert "All participants" in walk.desk.windowTitle()
    walk.press(Key.Key_Return)
    assert shown(walk) is ProgressPage
    assert walk.desk.pages.stack.currentWidget().progress.code == LEARNER
    walk.press(Key.Key_Return)
    assert shown(walk) is SummaryPage
    summary = walk.desk.pages.stack.currentWidget()
    assert not summary.another.isVisible()
    for page in (ProgressPage, OverviewPage):
        walk.press(Key.Key_Escape)
        assert shown(walk) is page
    walk.press(Key.Key_Escape)
    assert walk.desk.pages.rail.isVisible()
    assert "Participant" in walk.desk.windowTitle()


def test_a_plan_that_is_kept_is_in_the_overview_and_the_index(walk):
    walk.press(Key.Key_P, modifier=CONTROL | SHIFT)
    walk.press(Key.Key_Return)
    page = walk.desk.pages.stack.currentWidget()
    page.n_planned.setText("30")
    page.keep_plan()
    walk.press(Key.Key_Escape)
    overview = walk.desk.pages.stack.currentWidget()
    assert overview.model.index(0, 1).data() == "2 of 30"


def test_the_recording_of_a_session_opens(walk):
    walk.beside.open_progress(LEARNER)
    walk.press(Key.Key_O, modifier=CONTROL)
    walk.until(lambda: shown(walk) is RecordingPage, what="the recording")


def test_progress_opens_from_the_participant_who_is_chosen(walk):
    walk.press(OTHER)
    walk.desk.preparation.participant.details.progress.click()
    assert shown(walk) is ProgressPage
    assert walk.desk.pages.stack.currentWidget().progress.code == OTHER


def test_settings_open_from_recordings_and_come_back_to_them(walk):
    walk.press(Key.Key_O, modifier=CONTROL | SHIFT)
    assert shown(walk) is RecordingPage
    assert "Recording" in walk.desk.windowTitle()
    walk.press(Key.Key_Comma, modifier=CONTROL)
    assert shown(walk) is SettingsPage
    assert "Settings" in walk.desk.windowTitle()
    walk.press(Key.Key_Comma, modifier=CONTROL)  # not twice
    walk.press(Key.Key_Escape)
    assert shown(walk) is RecordingPage


def test_who_is_renamed_in_the_overview_is_found_by_the_new_code(walk):
    walk.beside.open_overview()
    walk.desk.pages.stack.currentWidget().rename(LEARNER, "P77")
    walk.press(Key.Key_Escape)
    walk.press("P77")
    assert walk.desk.preparation.participant.details.code.text() == "P77"


def test_without_an_index_it_is_said(qapp, tmp_path):
    made = Walk(ShortServices(tmp_path))
    made.services._where = "off"
    made.beside.open_overview()
    assert "index is switched off" in made.desk.pages.footer.message.text()
    assert made.desk.pages.footer.isVisible()
    made.release()
