"""Choosing a participant: by keys alone, with an index, and without one."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from store_parts import record

from neurofeedback.app.participants import Participants
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt
from neurofeedback.gui.desk.participant_details import NoteRow
from neurofeedback.gui.desk.participant_page import ParticipantPage
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.library import PHQ9
from neurofeedback.store.care import set_archived, struck_notes
from neurofeedback.store.index import Index
from neurofeedback.store.models import AuditRow, Participant
from neurofeedback.store.participants import add_participant, notes_of
from neurofeedback.store.place import find_place
from neurofeedback.store.rebuild import rebuild
from neurofeedback.store.responses import Timing, store_response

STARTED = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def index(tmp_path) -> Index:
    """p01 with two sessions, p02 with a prompt, Q3 with nothing."""
    root = tmp_path / "data"
    record(root, "p01", started=STARTED)
    record(root, "p01", started=STARTED + timedelta(days=7), protocol="smr-up", bads=("A1",))
    made = Index(find_place(root, str(tmp_path / "index.sqlite3"), make=True), who="A. Smith")
    rebuild(made)
    with made.change() as change:
        for code in ("p02", "Q3"):
            add_participant(change, code)
        alarming = Response(PHQ9, (1, 2, 3, 0, 1, 2, 3, 0, 1, None))
        store_response(change, "p02", alarming, timing=Timing.BEFORE)
    return made


@pytest.fixture
def open_page(qtbot):
    def make(open_index) -> ParticipantPage:
        page = ParticipantPage(Participants(open_index))
        qtbot.addWidget(page)
        page.resize(1366, 700)
        with qtbot.waitActive(page):
            page.show()
        page.start()
        page.given = []
        page.chosen.connect(lambda code, protocol: page.given.append((code, protocol)))
        return page

    return make


@pytest.fixture
def page(open_page, index) -> ParticipantPage:
    return open_page(lambda: index)


def codes(page) -> list[str]:
    return [page.list.item(row).text() for row in range(page.list.count())]


def press(qtbot, page, *keys) -> None:
    for key in keys:
        qtbot.keyClick(page.focusWidget(), key)


def test_typing_searches_and_enter_takes_with_the_last_protocol(qtbot, page):
    assert codes(page) == ["Q3", "p01", "p02"]
    qtbot.keyClicks(page.focusWidget(), "P0")
    assert codes(page)[:2] == ["p01", "p02"]
    qtbot.keyClicks(page.focusWidget(), "1")
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.given == [("p01", "smr-up")]


@pytest.mark.parametrize("typed", ["", "p", "p0", "0"])
def test_enter_takes_nobody_who_was_not_meant(qtbot, page, index, typed):
    qtbot.keyClicks(page.focusWidget(), typed)
    assert page.details.code.text() == ""
    press(qtbot, page, Qt.Key.Key_Return, Qt.Key.Key_Return)
    assert page.given == []
    assert "No participant is chosen" in page.message.text()
    assert codes(page)[:3] == ["Q3", "p01", "p02"] if not typed else "p01" in codes(page)
    with index.read() as session:
        assert session.query(Participant).count() == 3


def test_nobody_is_chosen_by_the_keyboard_coming_to_the_list(qtbot, page):
    page.list.setFocus(Qt.FocusReason.TabFocusReason)
    assert page.list.hasFocus()
    assert page.list.chosen() == ("", False)
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.given == []
    press(qtbot, page, Qt.Key.Key_Down)
    assert page.list.chosen() == ("Q3", False)


def test_nobody_stays_chosen_for_the_next_session(qtbot, page):
    qtbot.keyClicks(page.focusWidget(), "p01")
    page.start()
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.given == []


def test_arrows_move_while_one_types_and_details_follow(qtbot, page):
    qtbot.keyClicks(page.focusWidget(), "p0")
    press(qtbot, page, Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert page.details.code.text() == "p02"
    assert page.details.warning.isVisible()
    assert "PHQ-9" in page.details.warning.text
    press(qtbot, page, Qt.Key.Key_Up, Qt.Key.Key_Up)
    assert page.details.code.text() == "p01"
    assert not page.details.warning.isVisible()
    shown = page.details.sessions.text()
    assert shown.index("smr-up") < shown.index("faa-up")
    assert "completed" in shown
    assert "2 rewards" in shown
    assert "Protocol smr-up; stream amp; channels left out: A1" in page.details.last.text()


def test_the_list_flags_prompts_and_missing_consent(page):
    told = {
        page.list.item(row).text(): page.list.item(row).data(Qt.ItemDataRole.AccessibleTextRole)
        for row in range(3)
    }
    assert "safety prompt" in told["p02"]
    assert "safety prompt" not in told["p01"]
    assert "no consent" in told["p01"]
    assert "2\u00d7, last 2026-03-08" in told["p01"]


def test_a_new_code_is_added_with_enter_and_taken_with_the_next(qtbot, page, index):
    qtbot.keyClicks(page.focusWidget(), "p9")
    assert codes(page) == ["Add p9 as a new participant"]
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.given == []
    assert page.details.code.text() == "p9"
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.given == [("p9", "")]
    with index.read() as session:
        last = session.query(AuditRow).order_by(AuditRow.number.desc()).first()
    assert (last.action, last.subject, last.who) == ("participant.added", "p9", "A. Smith")


@pytest.mark.parametrize("typed", ["Jane Doe", "../../etc", "p%_", "'; DROP TABLE", "ü", "x" * 40])
def test_hostile_codes_are_refused_in_one_sentence(qtbot, page, typed):
    page.search.setText(typed)
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.given == []
    assert "is refused: use" in page.message.text()
    assert codes(page) == []


def test_a_code_that_differs_in_capital_letters_only_is_not_offered(qtbot, page):
    qtbot.keyClicks(page.focusWidget(), "q3")
    assert codes(page) == ["Q3"]


def test_consent_and_notes_are_written_by_keys(qtbot, page, index):
    qtbot.keyClicks(page.focusWidget(), "p01")
    page.details.consent.setFocus()
    press(qtbot, page, Qt.Key.Key_Space)
    assert page.details.consent.isChecked()
    assert "Recorded for" in page.details.recorded.text()
    page.details.note.setFocus()
    qtbot.keyClicks(page.focusWidget(), "slept <b>badly</b>")
    press(qtbot, page, Qt.Key.Key_Return)
    (row,) = page.details.notes.findChildren(NoteRow)
    assert row.words.text().endswith("A. Smith: slept <b>badly</b>")
    assert page.details.note.text() == ""
    with index.read() as session:
        assert [note.text for note in notes_of(session, "p01")] == ["slept <b>badly</b>"]
    page.details.consent.setFocus()
    press(qtbot, page, Qt.Key.Key_Space)
    assert "Withdrawn on" in page.details.recorded.text()
    assert page.list.chosen() == ("p01", False)
    press(qtbot, page, Qt.Key.Key_Escape, Qt.Key.Key_Return)
    assert page.given == [("p01", "smr-up")]


def test_a_note_is_struck_out_with_two_presses_and_stays_legible(qtbot, page, index):
    qtbot.keyClicks(page.focusWidget(), "p01")
    page.details.note_written.emit("ddd")
    (row,) = page.details.notes.findChildren(NoteRow)
    row.strike.click()
    with index.read() as session:
        assert struck_notes(session) == {}
    assert row.strike.text() == "Strike out for good?"
    row.strike.click()
    shown = page.details.written.itemAt(0).widget()
    assert shown.words.text().endswith("A. Smith: ddd")
    assert shown.words.font().strikeOut()
    assert not shown.strike.isVisible()
    with index.read() as session:
        assert [note.text for note in notes_of(session, "p01")] == ["ddd"]
        assert [act.who for act in struck_notes(session).values()] == ["A. Smith"]


@pytest.mark.parametrize("typed", ["P-05", "p 05", "P_05"])
def test_a_code_as_clinics_write_it_is_understood(qtbot, page, typed):
    page.search.setText(typed)
    wanted = f"{typed[0]}05"
    assert codes(page) == [f"Add {wanted} as a new participant"]
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.details.code.text() == wanted
    page.search.setText("p-01")
    assert codes(page) == ["p01"]
    assert page.list.chosen() == ("p01", False)


def test_a_note_that_is_typed_is_there_after_a_kill(qtbot, open_page, index):
    page = open_page(lambda: index)
    qtbot.keyClicks(page.focusWidget(), "p01")
    page.details.note.setFocus()
    qtbot.keyClicks(page.details.note, "slept bad")
    again = Participants(lambda: index)
    qtbot.waitUntil(lambda: again.draft("p01") == "slept bad", timeout=2000)
    page.search.setText("p02")
    assert page.details.note.text() == ""  # a note stays with the one it is about
    other = open_page(lambda: index)  # the program was killed, and started anew
    other.search.setText("p01")
    assert other.details.note.text() == "slept bad"
    other.details.add.click()
    assert again.draft("p01") == ""
    page.search.setText("p01")
    assert page.details.note.text() == ""


def test_why_a_code_is_refused_stands_beside_the_field_at_once(page):
    page.search.setText("Jane Doe")
    assert "is refused: use" in page.details.hint.text()


def test_who_is_archived_is_not_offered_and_cannot_be_added_anew(qtbot, page, index):
    with index.change() as change:
        set_archived(change, "Q3", True)
    page.refresh()
    assert codes(page) == ["p01", "p02"]
    page.search.setText("q3")
    assert codes(page) == []
    assert "Q3 is in the archive" in page.message.text()
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.given == []


def test_tab_reaches_everything(qtbot, page):
    qtbot.keyClicks(page.focusWidget(), "p01")
    seen = []
    for _ in range(8):
        press(qtbot, page, Qt.Key.Key_Tab)
        seen.append(page.focusWidget())
    wanted = {page.list, page.details.consent, page.details.note, page.details.add, page.go_on}
    assert wanted <= set(seen)


def refuse():
    raise UserError("The index /x.sqlite3 is no database.")


@pytest.mark.parametrize("open_index", [refuse, lambda: None])
def test_without_an_index_plain_codes_work_and_that_is_said(qtbot, open_page, open_index):
    page = open_page(open_index)
    assert page.problem.isVisible()
    assert "Any code can be used" in page.problem.text()
    qtbot.keyClicks(page.focusWidget(), "p7")
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.given == [("p7", "")]
    assert not page.details.consent.isVisible()
    page.search.setText("no way")
    press(qtbot, page, Qt.Key.Key_Return)
    assert len(page.given) == 1
    assert "is refused: use" in page.message.text()


def test_an_index_that_comes_back_is_used_again(open_page, index):
    answers = [refuse, lambda: index]
    page = open_page(lambda: answers[0]())
    del answers[0]
    page.refresh()
    assert not page.problem.isVisible()
    assert codes(page) == ["Q3", "p01", "p02"]


def test_an_index_that_breaks_while_it_is_used_is_a_sentence(open_page, index, tmp_path):
    page = open_page(lambda: index)
    index.place.file.write_bytes(b"no database any more " * 1000)
    for beside in index.place.file.parent.glob("index.sqlite3-*"):
        beside.unlink()
    page.search.setText("p01")
    page.details.note_written.emit("a note")
    assert "index.sqlite3" in page.message.text()
    assert "\n" not in page.message.text()
    page.refresh()
    assert "Any code can be used" in page.problem.text()


def test_thousands_are_searched_without_delay(qtbot, open_page, tmp_path, index):
    added = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {"code": f"X{number:04d}", "consent": True, "settings": {}, "added": added}
        for number in range(5000)
    ]
    with index.change() as change:
        change.session.execute(insert(Participant), rows)
    page = open_page(lambda: index)
    started = time.perf_counter()
    page.search.setText("X")
    page.search.setText("X49")
    took = time.perf_counter() - started
    assert codes(page)[:2] == ["X4900", "X4901"]
    assert page.list.count() == 101
    assert took < 1.0
    page.search.setText("x")
    assert page.list.count() == 202  # the first 200, how many more, and the code typed
    page.list.step(1000)
    assert page.list.chosen() == ("x", True)
