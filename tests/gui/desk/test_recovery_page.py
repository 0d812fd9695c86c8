"""Sessions that were cut, offered at the start. Keys alone, real sessions."""

from __future__ import annotations

import fcntl
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from recorded_session import record_session
from session_parts import SFREQ, FeedSource, eeg, short_protocol
from session_parts import cut as pieces

from neurofeedback.app.recovery import Recovery, where_cut
from neurofeedback.app.unfinished import Choice, list_unfinished
from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.desk.recovery_page import RecoveryPage
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.sink import Frames
from neurofeedback.store.audit import last_rows
from neurofeedback.store.index import Index
from neurofeedback.store.place import find_place

STARTED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def root(tmp_path) -> Path:
    """P01 was cut in the second round, P02 is finished."""
    folder = tmp_path / "data"
    cut(folder, "P01", STARTED)
    record_session(folder, "P02")
    return folder


def cut(folder: Path, participant: str, started: datetime) -> SessionLayout:
    """Record 14 s, up to the second round, and be killed in the middle of a sample."""
    source, stop = FeedSource(live=False), round(14 * SFREQ)
    session = prepare_session(
        source, short_protocol(), root=folder, participant=participant, started=started
    )
    source.feed(*pieces(eeg(14.0), range(0, stop, 17)), None)
    for chunk in chunks_of(source):
        session.recorder.append([chunk])
        result = session.engine.step(chunk)
        session.recorder.append([Frames(result.features, result.feedback), *result.events])
    session.recorder.abandon()
    layout = session.recorder.layout
    os.truncate(layout.eeg, layout.eeg.stat().st_size - 5)
    return layout


@pytest.fixture
def open_page(qtbot):
    def make(recovery: Recovery) -> RecoveryPage:
        page = RecoveryPage(recovery)
        qtbot.addWidget(page)
        page.resize(1366, 700)
        with qtbot.waitActive(page):
            page.show()
        page.setFocus()
        page.got = []
        page.resume_requested.connect(lambda layout: page.got.append(layout))
        page.done.connect(lambda: page.got.append("done"))
        return page

    return make


@pytest.fixture
def page(open_page, root, tmp_path) -> RecoveryPage:
    where = str(tmp_path / "index.sqlite3")
    return open_page(Recovery(root, tmp_path / "second", index=where, operator="A. Smith"))


def press(qtbot, page, *keys) -> None:
    for key in keys:
        qtbot.keyClick(page.focusWidget(), key)


def shown(page) -> str:
    return " ".join(each.text() for each in page.card.findChildren(QtWidgets.QLabel))


def test_what_was_cut_is_told(page, root):
    assert page.list.count() == 1
    assert page.list.item(0).text().startswith("P01")
    [session] = list_unfinished(root)
    text = shown(page)
    assert "training round 2 of 2" in text
    assert f"{STARTED.astimezone():%Y-%m-%d %H:%M}" in text
    assert "0.2 min" in text
    assert str(session.layout.session_dir) in text
    assert "Resume at round 2  (R)" in [b.text() for b in page.buttons.values()]


@pytest.mark.parametrize("key", [Qt.Key.Key_R, Qt.Key.Key_Return])
def test_r_and_enter_ask_to_resume(qtbot, page, root, key):
    press(qtbot, page, key)
    assert page.got == [list_unfinished(root)[0].layout]
    assert SessionReader(page.got[0]).stopped is None


def test_f_finishes_at_the_second_press_and_the_trail_says_by_whom(qtbot, page, root, tmp_path):
    layout = list_unfinished(root)[0].layout
    press(qtbot, page, Qt.Key.Key_F)
    assert "Press F again" in page.message.text()
    assert SessionReader(layout).stopped is None
    press(qtbot, page, Qt.Key.Key_F)
    assert SessionReader(layout).stopped.details["status"] == "recovered"
    assert page.message.text().startswith("Finished: 0.2 min are kept")
    assert not page.card.isVisible()
    with Index(find_place(root, str(tmp_path / "index.sqlite3"))).read() as session:
        row = last_rows(session, 1)[0]
    assert (row.who, row.action) == ("A. Smith", "session.recovered")
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.got == ["done"]


def test_a_sets_aside_at_the_second_press_and_deletes_nothing(qtbot, page, root):
    layout = list_unfinished(root)[0].layout
    content = layout.eeg.read_bytes()
    press(qtbot, page, Qt.Key.Key_A, Qt.Key.Key_F, Qt.Key.Key_A)  # another key is no second press
    assert layout.eeg.exists()
    press(qtbot, page, Qt.Key.Key_A)
    assert not layout.eeg.exists()
    assert list_unfinished(root) == []
    assert "Nothing was deleted" in page.message.text()
    [kept] = (root / "sourcedata").rglob(layout.eeg.name)
    assert kept.read_bytes() == content


def test_arrows_choose_and_the_second_press_is_for_that_session(qtbot, open_page, root):
    cut(root, "P03", STARTED + timedelta(days=1))
    page = open_page(Recovery(root, index="off"))
    assert [page.list.item(row).text()[:3] for row in range(2)] == ["P03", "P01"]
    press(qtbot, page, Qt.Key.Key_A, Qt.Key.Key_Down, Qt.Key.Key_A)
    assert len(list_unfinished(root)) == 2
    press(qtbot, page, Qt.Key.Key_A)
    assert [each.participant for each in list_unfinished(root)] == ["P03"]
    assert page.list.count() == 1
    assert page.focusWidget() is page.list


def test_esc_goes_on_and_leaves_all_as_it_is(qtbot, page, root):
    press(qtbot, page, Qt.Key.Key_Escape)
    assert page.got == ["done"]
    assert len(list_unfinished(root)) == 1


def test_it_works_without_the_index_and_says_that_it_was_not_told(qtbot, open_page, root, tmp_path):
    (tmp_path / "broken").write_text("no database " * 1000)
    page = open_page(Recovery(root, index=str(tmp_path / "broken")))
    press(qtbot, page, Qt.Key.Key_F, Qt.Key.Key_F)
    assert page.message.text().startswith("Finished:")
    assert "The index was not updated" in page.message.text()
    assert list_unfinished(root) == []


def test_what_cannot_be_resumed_says_why_and_offers_the_rest(qtbot, open_page, root):
    layout = cut(root, "P03", STARTED + timedelta(days=1))
    layout.protocol.write_text("{")
    page = open_page(Recovery(root, index="off"))
    press(qtbot, page, Qt.Key.Key_Down)  # what does not say when it was comes last
    assert "cannot be understood" in page.reason.text()
    press(qtbot, page, Qt.Key.Key_R)
    assert page.got == []
    assert not page.buttons[Choice.RESUME].isVisible()
    assert page.buttons[Choice.FINISH].isVisible()


def test_a_failure_is_one_sentence_and_the_session_stays(qtbot, page, root):
    layout = list_unfinished(root)[0].layout
    fd = os.open(layout.log, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)  # somebody records it, or puts it in order, meanwhile
    press(qtbot, page, Qt.Key.Key_F, Qt.Key.Key_F)
    os.close(fd)
    assert "being recorded at this moment" in page.message.text()
    assert page.isEnabled()
    page.refresh()
    assert page.list.count() == 1


def test_progress_is_painted_while_it_is_worked_and_keys_wait(qtbot, root):
    ticks = iter(range(10_000))
    page = RecoveryPage(Recovery(root, index="off"), clock=lambda: float(next(ticks)))
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
    seen = []
    page.progress.valueChanged.connect(
        lambda value: seen.append((value, page.progress.isVisible(), page.isEnabled()))
    )
    qtbot.keyClick(page, Qt.Key.Key_F)
    qtbot.keyClick(page, Qt.Key.Key_F)
    values = [value for value, *_ in seen]
    assert values == sorted(values)
    assert len(values) > 20
    assert values[-1] == 1000
    assert {tuple(state) for value, *state in seen if value > 0} == {(True, False)}
    assert not page.progress.isVisible()


def test_an_empty_folder_has_nothing_to_offer(qtbot, open_page, tmp_path):
    page = open_page(Recovery(tmp_path / "none"))
    assert "finished and complete" in page.about.text()
    assert page.list.isHidden()
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.got == ["done"]


def test_places_in_words(root):
    [session] = list_unfinished(root)
    assert where_cut(replace(session, block=None)) == "before the first block"
    at_rest = replace(session, block=2, n_blocks=5, round=None, phase="rest")
    assert where_cut(at_rest) == "block 3 of 5 (rest)"
