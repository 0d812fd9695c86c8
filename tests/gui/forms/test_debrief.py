"""The page after a session, by keyboard alone, into the session's folder and a real index."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from recorded_session import record_session

from neurofeedback.app.debrief import DebriefKeeper, GuessGiven
from neurofeedback.app.drafts import DraftFile, missing_debriefs
from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.forms.debrief import DebriefContext, DebriefPage, debrief_context
from neurofeedback.gui.forms.debrief_presenter import DebriefPresenter
from neurofeedback.gui.forms.safety import SafetyPanel
from neurofeedback.protocols.spec import ScaleSettings
from neurofeedback.recording.debrief import EFFECTS, Debrief, Effect, read_debrief, write_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import MOOD, PHQ9
from neurofeedback.store.keeping import IndexResponses
from neurofeedback.store.participants import notes_of
from neurofeedback.store.responses import responses_of
from neurofeedback.study.guesses import guesses

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


def press(qtbot, *keys, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Press keys at whatever has the keyboard, as a person does."""
    for key in keys:
        target = QtWidgets.QApplication.focusWidget()
        assert target is not None
        if isinstance(key, str):
            qtbot.keyClicks(target, key)
        else:
            qtbot.keyClick(target, key, modifier)


def save(qtbot) -> None:
    press(qtbot, Key.Key_Return, modifier=CONTROL)


@pytest.fixture
def page(qtbot, layout, index):
    def make(due=(), in_study=False, size=(1366, 768), **options):
        options = {"responses": IndexResponses(index, layout),
                   "keeper": DebriefKeeper(layout, index, "B. Jones")} | options  # fmt: skip
        made = DebriefPage(DebriefContext("p01", due=due, in_study=in_study, **options))
        made.kept, made.left = [], []
        made.saved.connect(made.kept.append)
        made.skipped.connect(lambda: made.left.append(True))
        qtbot.addWidget(made)
        made.resize(*size)
        with qtbot.waitActive(made):
            made.show()
        return made

    return make


# -- the presenter, without a window --------------------------------------------------------------


def test_none_is_an_answer_and_nothing_is_not() -> None:
    presenter = DebriefPresenter((), in_study=False)
    assert presenter.effects is None
    assert "choose \u201cNone\u201d" in presenter.refusal
    presenter.say_none(True)
    assert (presenter.effects, presenter.refusal) == ((), "")
    presenter.set_effect("sleep", 2)
    assert (presenter.none, presenter.effects) == (False, (Effect("sleep", "moderate"),))
    presenter.say_none(True)
    assert presenter.effects == ()
    presenter.say_none(False)
    assert presenter.effects is None


def test_no_to_each_is_none() -> None:
    presenter = DebriefPresenter((), in_study=False)
    for kind in EFFECTS[:-1]:
        presenter.set_effect(kind, 0)
    assert presenter.effects is None
    presenter.set_effect(EFFECTS[-1], 0)
    assert presenter.effects == ()


def test_another_effect_must_be_named_and_a_severe_one_told() -> None:
    presenter = DebriefPresenter((), in_study=False)
    presenter.set_effect("other", 1)
    assert "describe the other one" in presenter.refusal
    presenter.effect_words = "ringing"
    assert (presenter.refusal, presenter.advice) == ("", "")
    presenter.set_effect("low-mood", 3)
    assert "before this person leaves" in presenter.advice


def test_guesses_need_how_sure_unless_nobody_knows() -> None:
    presenter = DebriefPresenter((), in_study=True)
    presenter.say_none(True)
    assert "participant\u2019s guess, the operator\u2019s guess" in presenter.missing
    presenter.set_belief("operator", "real")
    assert "mark on the line how sure" in presenter.refusal
    presenter.set_confidence("operator", 0)
    presenter.set_belief("participant", "unknown")
    assert (presenter.refusal, presenter.missing) == ("", "")
    assert presenter.entry.guesses == (
        GuessGiven("participant", "unknown", 0),
        GuessGiven("operator", "real", 0),
    )


def test_what_was_kept_is_where_it_starts_from() -> None:
    effects = (Effect("sleep", "mild"),)
    earlier = Debrief(datetime(2026, 3, 1, tzinfo=UTC), "B", "a note", effects, "a word")
    entry = DebriefPresenter((), in_study=False, earlier=earlier).entry
    assert (entry.note, entry.effects, entry.effect_words) == ("a note", effects, "a word")


# -- by keyboard ----------------------------------------------------------------------------------


def test_a_whole_debrief_of_a_study_by_keyboard(qtbot, page, layout, index) -> None:
    made = page((MOOD,), in_study=True)
    press(qtbot, Key.Key_Tab, "restless in round 2", Key.Key_Tab)
    press(qtbot, "4", Key.Key_Tab, "5", Key.Key_Tab, "6", Key.Key_Tab)  # lines
    press(qtbot, Key.Key_Tab, "1")  # past "none": headache, mild
    press(qtbot, Key.Key_Tab, Key.Key_Right, Key.Key_Right, Key.Key_Right)  # tiredness, moderate
    press(qtbot, *[Key.Key_Tab] * 7, "since noon", Key.Key_Tab)
    press(qtbot, "thought of the sea", Key.Key_Tab)
    press(qtbot, "1", Key.Key_Tab, "7", Key.Key_Tab, "it followed me", Key.Key_Tab)
    press(qtbot, "3")
    save(qtbot)
    assert made.message.text() == ""
    assert len(made.kept) == 1
    kept = read_debrief(layout)
    assert kept.note == "restless in round 2"
    assert kept.effects == (Effect("headache", "mild"), Effect("tiredness", "moderate"))
    assert kept.effect_words == "since noon"
    assert kept.strategy == "thought of the sea"
    assert [(g.by, g.belief, g.confidence, g.reason) for g in guesses(layout)] == [
        ("participant", "real", 70, "it followed me"),
        ("operator", "unknown", 0, ""),
    ]
    with index.read() as session:
        (row,) = responses_of(session, "p01")
        (note,) = notes_of(session, "p01")
    assert (row.instrument, row.timing, row.answers) == ("mood", "after", [40, 50, 60])
    assert (note.text, note.author) == ("restless in round 2", "A. Smith")


def test_the_shortest_debrief(qtbot, page, layout) -> None:
    made = page()
    press(qtbot, Key.Key_Tab, Key.Key_Tab, Key.Key_Space)
    save(qtbot)
    assert len(made.kept) == 1
    assert read_debrief(layout).effects == ()
    assert all(row.value == 0 for row in made.effects.rows.values())


def test_keys_of_the_rounds_reach_no_text_of_a_page_that_comes_by_itself(qtbot, page) -> None:
    made = page((MOOD,), in_study=True)
    press(qtbot, "ddsmn 1")
    assert (made.presenter.note, made.presenter.effect_words) == ("", "")
    assert made.presenter.entry.responses == ()


def test_a_key_says_none(qtbot, page) -> None:
    made = page()
    qtbot.keyClick(made.note, Key.Key_O, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: made.presenter.effects == ())


def test_adverse_effects_must_be_answered(qtbot, page, layout) -> None:
    made = page()
    press(qtbot, Key.Key_Tab, "fine")
    for _ in range(2):
        save(qtbot)
        assert "Adverse effects" in made.message.text()
    assert made.kept == []
    assert read_debrief(layout) is None


def test_what_may_be_left_out_is_said_once(qtbot, page, index) -> None:
    made = page((MOOD,), in_study=True)
    made.effects.none.click()
    save(qtbot)
    assert "how the participant is now, the participant\u2019s guess" in made.message.text()
    assert made.kept == []
    qtbot.keyClicks(made.note, "x")  # a change takes the warning back
    assert made.message.text() == ""
    save(qtbot)
    assert made.kept == []
    save(qtbot)
    assert len(made.kept) == 1
    with index.read() as session:
        assert list(responses_of(session, "p01")) == []


def test_effects_and_none_exclude_each_other(qtbot, page) -> None:
    made = page()
    made.effects.none.click()
    made.effects.rows["sleep"].buttons[3].click()
    assert not made.effects.none.isChecked()
    assert "inform the responsible clinician" in made.effects.advice.text()
    made.effects.none.click()
    assert made.effects.rows["sleep"].value == 0
    assert not made.effects.advice.isVisible()


def test_enter_in_the_note_is_a_new_line(qtbot, page) -> None:
    made = page()
    press(qtbot, Key.Key_Tab, "a", Key.Key_Return, "b")
    assert made.presenter.note == "a\nb"
    assert made.kept == []


def test_an_index_that_fails_is_said_and_saving_again_mends_it(qtbot, page, layout, index) -> None:
    made = page()
    press(qtbot, Key.Key_Tab, "a note")
    made.effects.none.click()
    whole = index.place.file.read_bytes()
    index.place.file.write_bytes(b"no database" * 100)
    save(qtbot)
    assert "saved beside the session" in made.message.text()
    assert made.kept == []
    assert read_debrief(layout).note == "a note"
    index.place.file.write_bytes(whole)
    save(qtbot)
    assert len(made.kept) == 1
    with index.read() as session:
        assert [note.text for note in notes_of(session, "p01")] == ["a note"]


def test_it_can_be_left(qtbot, page, layout) -> None:
    made = page()
    qtbot.keyClicks(made.note, "not meant")
    qtbot.keyClick(made, Key.Key_L, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: made.left == [True])  # the button is seen to go down first
    assert made.kept == []
    assert read_debrief(layout) is None


def test_questionnaires_come_first_with_their_prompt(qtbot, page, index) -> None:
    made = page((PHQ9, MOOD))
    for digit in "0000000010":
        press(qtbot, digit)
    save(qtbot)
    (panel,) = made.findChildren(SafetyPanel)
    qtbot.waitUntil(panel.read.hasFocus)
    press(qtbot, Key.Key_Space, Key.Key_Tab, "B. Jones")
    save(qtbot)
    qtbot.waitUntil(made.hasFocus)
    made.effects.none.click()
    save(qtbot)
    save(qtbot)  # the lines are left out
    assert len(made.kept) == 1
    with index.read() as session:
        (row,) = responses_of(session, "p01")
    assert (row.instrument, row.timing, row.state) == ("phq-9", "after", "complete")
    assert row.session_id is None  # the index learned of the session only now


def test_without_an_index_note_and_effects_are_kept(qtbot, page, layout) -> None:
    made = page(responses=None, keeper=DebriefKeeper(layout, None))
    press(qtbot, Key.Key_Tab, "a note")
    made.effects.none.click()
    save(qtbot)
    assert len(made.kept) == 1
    assert read_debrief(layout).note == "a note"


# -- drafts ---------------------------------------------------------------------------------------


@pytest.fixture
def draft(layout, index) -> DraftFile:
    return DraftFile(layout, index.place)


def missing(layout, index) -> list[SessionLayout]:
    return missing_debriefs(layout.root, index.place)


def test_what_is_typed_is_on_the_disk_within_two_seconds(qtbot, page, draft) -> None:
    made = page(draft=draft)
    qtbot.keyClicks(made.note, "an important note")
    qtbot.waitUntil(lambda: draft.read().note == "an important note", timeout=2000)
    qtbot.keyClicks(made.note, ", and more")
    made.hide()
    assert draft.read().note == "an important note, and more"
    assert draft.path.stat().st_mode & 0o077 == 0


def test_all_that_was_entered_is_offered_again_and_saved(qtbot, page, draft, layout) -> None:
    made = page((MOOD,), in_study=True, draft=draft)
    qtbot.keyClicks(made.note, "a note")
    qtbot.keyClick(made.marks["mood"].lines[1], "4")
    made.effects.rows["sleep"].buttons[2].click()
    made.effects.words.setText("since noon")
    made.guesses.beliefs["operator"].buttons[1].click()
    qtbot.keyClick(made.guesses.confidence["operator"], "7")
    made.guesses.reasons["operator"].setText("it was slow")
    made.leave(lambda: None)
    again = page((MOOD,), in_study=True, draft=draft)
    assert again.presenter.entry == made.presenter.entry
    assert again.note.toPlainText() == "a note"
    assert again.marks["mood"].lines[1].mark == 40
    assert again.effects.rows["sleep"].value == 2
    assert again.effects.words.text() == "since noon"
    assert again.guesses.beliefs["operator"].value == 1
    assert again.guesses.confidence["operator"].mark == 70
    assert again.guesses.reasons["operator"].text() == "it was slow"
    for _ in range(2):
        again.submit()
    assert len(again.kept) == 1
    assert read_debrief(layout).note == "a note"
    again.hide()
    assert draft.read() is None


def test_a_debrief_is_missing_until_it_is_saved_or_left_out(page, draft, layout, index) -> None:
    assert missing(layout, index) == []
    made = page(draft=draft)
    made.hide()
    assert missing(layout, index) == [layout]
    made.skip.click()
    assert missing(layout, index) == []
    again = page(draft=draft)
    assert missing(layout, index) == [layout]
    again.effects.none.click()
    again.submit()
    assert missing(layout, index) == []


def test_a_debrief_that_is_half_saved_is_still_missing(page, draft, layout, index) -> None:
    made = page(draft=draft)
    made.effects.none.click()
    index.place.file.write_bytes(b"no database" * 100)
    made.submit()
    assert made.kept == []
    assert missing(layout, index) == [layout]


def test_a_session_that_is_gone_is_not_asked_about(page, draft, layout, index) -> None:
    page(draft=draft)
    layout.log.unlink()
    assert missing(layout, index) == []
    assert draft.read() is not None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}'])
def test_a_damaged_draft_is_passed_over(page, draft, layout, index, content) -> None:
    page(draft=draft)
    draft.path.write_text(content)
    assert missing(layout, index) == []
    assert draft.read() is None


def test_a_draft_that_cannot_be_kept_is_said(page, draft) -> None:
    draft.path.parent.parent.mkdir(parents=True)
    draft.path.parent.write_text("a file is in the way")
    assert "save them before you leave" in page(draft=draft).message.text()


def test_whoever_is_asked_late_can_postpone_it(qtbot, page, draft, layout, index) -> None:
    made = page(draft=draft, late=datetime(2026, 3, 1, 9, tzinfo=UTC))
    later = []
    made.postponed.connect(lambda: later.append(True))
    qtbot.keyClick(made.note, Key.Key_Escape)
    made.later.click()
    assert later == [True, True]
    assert missing(layout, index) == [layout]


# -- what it is about -----------------------------------------------------------------------------


def test_context_says_what_is_due_and_what_was_kept(tmp_path, index) -> None:
    layout = record_session(tmp_path / "other")
    scales = ScaleSettings(before=("phq-9",), after=("phq-9", "mood"))
    context = debrief_context(layout, scales, index, "B. Jones")
    assert context.due == (PHQ9, MOOD)
    assert (context.participant, context.in_study, context.earlier) == ("P01", False, None)
    IndexResponses(index).keep("P01", Response(PHQ9, (0,) * 10), Timing.BEFORE)
    earlier = Debrief(datetime(2026, 3, 1, tzinfo=UTC), "B", "a note")
    write_debrief(layout, earlier)
    context = debrief_context(layout, scales, index)
    assert context.due == (MOOD,)
    assert context.earlier == earlier
    without = debrief_context(layout, scales, None)
    assert (without.due, without.responses) == ((), None)


# -- how it looks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1366, 768), (1140, 700), (700, 500)])
def test_nothing_is_cut_and_everything_has_a_name(qtbot, page, size) -> None:
    made = page((MOOD,), in_study=True, size=size)
    for widget in made.findChildren(QtWidgets.QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        text = widget.text() if isinstance(widget, QtWidgets.QAbstractButton) else ""
        assert widget.accessibleName() or text, widget
        at = widget.mapTo(made, widget.rect().bottomRight())
        assert at.x() < made.width(), widget
        assert widget.width() >= widget.minimumSizeHint().width(), widget


def test_the_keyboard_reaches_everything_and_it_comes_into_view(qtbot, page) -> None:
    made = page((MOOD,), in_study=True, size=(700, 500))
    seen = []
    for _ in range(40):
        widget = QtWidgets.QApplication.focusWidget()
        if widget in seen:
            break
        seen.append(widget)
        assert not widget.visibleRegion().isEmpty(), widget
        press(qtbot, Key.Key_Tab)
    wanted = [made.note, *made.marks["mood"].lines, made.effects.none, made.effects.words,
              made.strategy, *made.guesses.confidence.values(), *made.guesses.reasons.values(),
              made.skip, made.save]  # fmt: skip
    assert set(wanted) <= set(seen)
    assert seen[0] is made
    assert len(seen) == 1 + len(wanted) + len(EFFECTS) + 2  # each row of choices is one stop
