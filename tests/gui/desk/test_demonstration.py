"""A first run: an empty desk offers a demonstration, which leads to the summary step by step."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_walk import ALT, Key, ShortServices, Walk

from neurofeedback.gui.desk.steps import STEPS, Step
from neurofeedback.gui.desk.visit.demonstration import CODE, HINTS


@pytest.fixture
def walk(qapp, tmp_path: Path):
    made = Walk(ShortServices(tmp_path, train=8.0))
    yield made
    made.release()


def test_it_leads_through_every_step_and_ends_with_the_session(walk) -> None:
    pages = walk.desk.pages
    offered = walk.desk.preparation.participant.details.demonstration
    assert offered.isVisible()
    assert "No participants yet" in walk.desk.preparation.participant.details.hint.text()
    offered.click()
    seen = {}
    for step in (step for step in STEPS[1:] if step is not Step.BASELINE):  # which may be over
        walk.until_step(step, 90)
        seen[step] = pages.hint.text()
        assert pages.hint.isVisible()
        if step in (Step.PROTOCOL, Step.STREAM, Step.CHECK, Step.THRESHOLD):
            walk.press(Key.Key_Return)
        if step is Step.DEBRIEF:
            walk.until(lambda: not pages.guard.active)
            pages.stack.currentWidget().skip.click()
    assert {*seen, Step.BASELINE} == set(HINTS)
    assert all(words.startswith("Demonstration") for words in seen.values())
    pages.stack.currentWidget().another.click()
    assert walk.step is Step.PARTICIPANT
    assert not pages.hint.isVisible()
    assert (walk.services.root / f"sub-{CODE}" / "ses-01").is_dir()
    assert not offered.isVisible()


def test_the_guide_begins_it_and_going_back_ends_it(walk) -> None:
    walk.press("P07", Key.Key_Return, Key.Key_Return)
    walk.press(Key.Key_F1)
    walk.beside.help.demonstrate()
    assert walk.beside.help.guide is None
    assert walk.step is Step.PROTOCOL
    assert walk.desk.visit.participant == CODE
    walk.press(Key.Key_Left, modifier=ALT)
    walk.until_step(Step.PARTICIPANT)
    walk.press("P07", Key.Key_Return)
    assert walk.desk.visit.participant == "P07"
    assert not walk.desk.visit.demonstration
