"""What was found by using the desk, each on the running program."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from desk_walk import CONTROL, Key, ShortServices, Walk

from neurofeedback.frames import Chunk
from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets
from neurofeedback.gui.desk.check_page import amplitude_doubt
from neurofeedback.gui.desk.protocol_words import facts_of
from neurofeedback.gui.desk.steps import Step
from neurofeedback.gui.desk.stream_page import SYNTHETIC, StreamPage
from neurofeedback.gui.forms.debrief_cards import EffectsCard
from neurofeedback.gui.forms.debrief_presenter import DebriefPresenter
from neurofeedback.gui.look import look
from neurofeedback.protocols.file.reading import library, load_protocol
from neurofeedback.session.sources import StreamChoice
from neurofeedback.words.language import set_language


@pytest.fixture
def walk(qapp, tmp_path: Path):
    made = Walk(ShortServices(tmp_path, train=8.0))
    yield made
    made.release()


@pytest.fixture(params=["en", "de"])
def large(request, qapp):
    """Text twice as large, in both languages."""
    set_language(request.param)
    look().choose("dark", 200)
    yield
    look().choose("system", 100)
    set_language("en")


def test_the_baseline_stays_while_one_talks_about_the_threshold(walk) -> None:
    walk.to_baseline()
    walk.until_step(Step.THRESHOLD, 60)
    page = walk.desk.session.threshold
    before = page.plot.history.column("time").copy()
    assert len(before)
    running = walk.desk.session.session
    recorded = running.status().recorded_seconds
    walk.until(lambda: running.status().recorded_seconds > recorded + 8, 60, "some time")
    assert np.array_equal(page.plot.history.column("time"), before)
    assert math.isclose(page.plot.level, running.latest.threshold)
    level = page.plot.level
    walk.press(Key.Key_Right, Key.Key_Right)
    walk.until(lambda: page.plot.level != level, what="the line at the new threshold")


def test_that_the_language_changes_later_is_said(walk) -> None:
    walk.press(Key.Key_Comma, modifier=CONTROL)
    page = walk.desk.pages.stack.currentWidget()
    field = page.fields["language"]
    field.widget.setCurrentIndex(field.widget.findData("de"))
    field.commit()
    assert "when the program is started again" in page.message.text()


def test_no_word_of_an_adverse_effect_is_cut(qtbot, large) -> None:
    card = EffectsCard(DebriefPresenter([], in_study=False))
    qtbot.addWidget(card)
    card.resize(520, 900)
    card.show()
    for called in card.findChildren(QtWidgets.QLabel):
        metrics = QtGui.QFontMetrics(called.font())
        widest = max((metrics.horizontalAdvance(w) for w in called.text().split()), default=0)
        if called.wordWrap() and called.isVisible():
            assert called.width() >= widest, called.text()


def test_a_doubt_about_the_unit_is_whole_and_a_warning(walk, large) -> None:
    walk.to_stream()
    walk.press(Key.Key_Return)
    page = walk.desk.preparation.check
    chunk = Chunk(np.random.default_rng(0).normal(0, 2e-3, (50, page.info.n_channels)),
                  np.arange(50) / 250, 0)  # fmt: skip
    page._add_samples(chunk)
    assert page.doubt.isVisible()
    assert page.doubt.property("role") == "error"
    assert page.doubt.text() == amplitude_doubt(chunk) != ""
    assert page.doubt.height() >= page.doubt.heightForWidth(page.doubt.width())


@pytest.mark.parametrize("name", sorted(library()))
def test_no_warning_of_a_protocol_shows_the_key_of_a_file(qapp, name: str) -> None:
    spec = load_protocol(name)
    services = ShortServices.__mro__[1]
    facts = dict(facts_of(spec, services.explain(None, spec)))
    assert "signal." not in facts.get("WARNINGS", "")


def test_a_stream_that_comes_up_is_shown_and_chosen_by_itself(qtbot) -> None:
    there: list[StreamChoice] = []
    page = StreamPage(lambda: [], None, lambda: lambda: there)
    page._looking.setInterval(5)
    qtbot.addWidget(page)
    page.show()
    assert page.chosen == SYNTHETIC
    there.append(StreamChoice("lsl:uid=1", "amp"))
    qtbot.waitUntil(lambda: page.chosen == "lsl:uid=1")
    page.list.setCurrentRow(1)
    there.append(StreamChoice("lsl:uid=2", "other"))
    qtbot.waitUntil(lambda: page.list.count() == 3)
    assert page.chosen == SYNTHETIC  # what somebody chose stays
    page.hide()
    assert not page._looking.isActive()


def test_a_debrief_that_cannot_be_saved_is_kept_for_another_time(walk) -> None:
    walk.to_rounds(seconds=60)
    walk.until_step(Step.DEBRIEF, 60)
    page = walk.desk.pages.stack.currentWidget()
    page.note.setPlainText("important")
    page.effects.none.click()
    (log,) = walk.services.root.glob("derivatives/*/sub-P07/ses-01/eeg")
    log.rename(log.with_name("gone"))  # as a disk that is full or gone
    log.write_text("")
    for _ in range(2):  # what was left out is said once
        page.submit()
    assert page.later.isVisible()
    log.unlink()
    log.with_name("gone").rename(log)
    walk.until(lambda: not walk.desk.pages.guard.active)
    page.later.click()
    assert walk.step is Step.SUMMARY
    assert len(walk.services.missing_debriefs()) == 1
    walk.beside.offer_debriefs()
    assert walk.desk.pages.stack.currentWidget().note.toPlainText() == "important"


def test_both_cards_of_the_protocols_begin_on_one_line(walk) -> None:
    walk.press("P07", Key.Key_Return, Key.Key_Return)
    page = walk.desk.preparation.protocol
    cards = [card for card in page.findChildren(QtWidgets.QFrame) if card.objectName() == "card"]
    tops = {card.mapTo(page, QtCore.QPoint(0, 0)).y() for card in cards}
    assert len(cards) == 2
    assert len(tops) == 1
