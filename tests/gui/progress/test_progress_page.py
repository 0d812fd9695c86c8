"""A participant over the course of the sessions, and everybody at a glance."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from accessible import problems
from course_parts import LEARNER, NEW, OTHER, START, dataset
from sqlalchemy import select
from summary_sessions import blinded

from neurofeedback.app.overview import ARCHIVE, Everybody
from neurofeedback.app.plan import Need
from neurofeedback.app.progress import ProgressReader
from neurofeedback.app.progress_text import fine_print, table, verdict
from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.progress.overview import OverviewPage
from neurofeedback.gui.progress.page import ProgressPage
from neurofeedback.store.care import Plan
from neurofeedback.store.index import Index
from neurofeedback.store.models import AuditRow
from neurofeedback.store.place import find_place
from neurofeedback.store.rebuild import rebuild

N = 12
TODAY = (START + timedelta(days=3 * (N - 1) + 5)).date()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Index:
    return dataset(tmp_path_factory.mktemp("course"), N)


@pytest.fixture
def open_page(qtbot, made, tmp_path):
    def show(code: str, **options) -> ProgressPage:
        page = ProgressPage(
            ProgressReader(made, code), options.pop("set_plan", lambda plan: None),
            ask=lambda _, name, kinds: tmp_path / name, today=TODAY,
        )  # fmt: skip
        qtbot.addWidget(page)
        page.resize(1366, 720)
        with qtbot.waitExposed(page):
            page.show()
        qtbot.waitUntil(lambda: page._reader.n_left == 0 and not page._timer.isActive())
        QtWidgets.QApplication.processEvents()  # lays out the cards
        return page

    return show


def said(page: ProgressPage) -> dict[str, str]:
    series = page.progress.series()
    return {one.key: verdict(one, page.progress.direction("faa-up")) for one in series}


def test_the_learner_and_the_other_are_told_apart(open_page):
    learner, other = open_page(LEARNER), open_page(OTHER)
    assert "A change in the trained direction that is more than noise" in said(learner)["gain"]
    assert said(other)["gain"].startswith("No change that is more than noise")
    for page in (learner, other):
        assert said(page)["baseline"].startswith("No change that is more than noise")
        assert "The threshold follows the participant" in said(page)["success"]
    assert "more than noise (6)" in said(learner)["phq-9"]
    assert "within noise (less than 6)" in said(other)["phq-9"]


def test_all_series_have_a_band_and_a_smallest_change(open_page):
    found = {series.key: series for series in open_page(LEARNER).progress.series()}
    assert list(found) == ["baseline", "gain", "transfer", "success", "clean", "phq-9", "gad-7",
                           "mood-1", "mood-2", "mood-3", "faa", "alpha-peak", "theta",
                           "cordance"]  # fmt: skip
    for series in found.values():
        low, high = series.band
        assert low <= high
    assert found["faa"].marker.eyes == "closed"


def test_sessions_open_by_mouse_and_by_key(qtbot, open_page):
    page = open_page(LEARNER)
    opened = []
    page.summary_asked.connect(lambda path: opened.append(("summary", path.name)))
    page.recording_asked.connect(lambda path: opened.append(("recording", path.name)))
    page.sessions.setFocus()
    qtbot.keyClick(page.sessions, Qt.Key.Key_Return)
    qtbot.keyClick(page.sessions, Qt.Key.Key_Down)
    page.recording.click()
    stem = f"sub-{LEARNER}_ses-{{:02d}}_task-faaup_run-01_protocol.json"
    assert opened == [("summary", stem.format(N)), ("recording", stem.format(N - 1))]


def test_the_plan_is_kept_and_said(qtbot, open_page):
    kept = []
    page = open_page(LEARNER, set_plan=kept.append)
    assert f"{N} of {N + 5} sessions completed; the next has been due since" in page.plan.text()
    page.n_planned.setFocus()
    page.n_planned.setText(str(N))
    qtbot.keyClick(page.n_planned, Qt.Key.Key_Return)
    assert kept == [Plan(N, 3)]
    assert "the plan is fulfilled" in page.plan.text()
    page.n_planned.setText("")
    qtbot.keyClick(page.n_planned, Qt.Key.Key_Return)
    assert kept[-1] is None
    assert "No plan" in page.plan.text()
    page.n_planned.setText("900")
    qtbot.keyClick(page.n_planned, Qt.Key.Key_Return)
    assert "give 1 to 200" in page.message.text()
    assert kept[-1] is None


def test_it_is_printed_and_exported(open_page, tmp_path):
    page = open_page(LEARNER)
    page.print.click()
    assert (tmp_path / f"sub-{LEARNER}_progress.pdf").read_bytes().startswith(b"%PDF")
    page.table.click()
    lines = (tmp_path / f"sub-{LEARNER}_progress.tsv").read_text().splitlines()
    head, first = (line.split("\t") for line in lines[:2])
    row = dict(zip(head, first, strict=True))
    assert (row["series"], row["session"], row["unit"]) == ("baseline", "1", "ln ratio")
    assert float(row["standard_error"]) > 0
    assert {line.split("\t")[2] for line in lines[1:]} >= {"gain", "phq-9", "alpha-peak"}


def test_a_folder_that_cannot_be_written_is_said(open_page, tmp_path, monkeypatch):
    page = open_page(LEARNER)
    page._ask = lambda *_: tmp_path / "missing" / "x.tsv"
    page.table.click()
    assert "cannot be written" in page.message.text()


def test_who_has_no_session_yet_is_shown_what_to_do(open_page):
    page = open_page(NEW)
    assert "No session is recorded yet. Press Esc" in page.empty.text()
    assert not page.sessions.isVisible()
    assert not page.summary.isEnabled()


@pytest.mark.parametrize("code", [LEARNER, NEW])
def test_the_page_is_named_and_reached(open_page, code):
    assert problems(open_page(code)) == []


def test_of_a_blinded_study_nothing_of_brain_or_feedback_is_shown(tmp_path, qtbot):
    folder = blinded(tmp_path)
    index = Index(find_place(tmp_path / "data", str(tmp_path / "i.sqlite3"), make=True), who="A")
    rebuild(index)
    reader = ProgressReader(index, "P01")
    assert reader.progress.concealed  # before anything was read
    page = ProgressPage(reader, lambda plan: None)
    qtbot.addWidget(page)
    progress = reader.read_all()
    assert [series.key for series in progress.series()] == ["clean"]
    assert "blinded study" in fine_print(progress)[0]
    page._fill()
    cells = [page.sessions.item(0, column).text() for column in range(7)]
    assert cells[4:6] == ["\u2013", "\u2013"]
    assert {line.split("\t")[2] for line in table(progress).splitlines()[1:]} == {"clean"}
    assert folder.exists()


def test_a_session_that_is_damaged_is_said_and_the_others_are_shown(tmp_path, qtbot):
    index = dataset(tmp_path, 7)
    broken = next((tmp_path / "data").rglob(f"sub-{LEARNER}_ses-03*_protocol.json"))
    broken.write_text("{")
    page = ProgressPage(ProgressReader(index, LEARNER), lambda plan: None)
    qtbot.addWidget(page)
    for path in tmp_path.rglob("figures/**/sub-P01_ses-03*.json"):
        path.unlink()
    page.show()
    qtbot.waitUntil(lambda: not page._timer.isActive())
    assert "protocol.json" in page.message.text()
    assert len(page.progress.figures) == 6


# -- everybody ------------------------------------------------------------------------------------


@pytest.fixture
def everybody(qtbot, tmp_path):
    index = dataset(tmp_path, 2)
    with index.change() as change:
        change.log("session.debriefed", f"sub-{LEARNER}/ses-02", effects={"headache": "mild"})
    renamed = []
    page = OverviewPage(
        Everybody(index, lambda: {OTHER}, lambda old, new: renamed.append((old, new))),
        today=TODAY,
    )
    qtbot.addWidget(page)
    page.renamed, page.index = renamed, index
    page.resize(1366, 720)
    with qtbot.waitExposed(page):
        page.show()
    return page


def shown(page: OverviewPage) -> list[str]:
    return [line.line.code for line in page.model.lines]


def test_everybody_is_listed_with_what_needs_attention(everybody):
    rows = {
        page_line.line.code: [everybody.model.index(row, column).data() for column in range(5)]
        for row, page_line in enumerate(everybody.model.lines)
    }
    assert rows[LEARNER][1:] == ["2 of 7", "2026-01-15", "2026-01-18",
                                 "\u25b2 Headache (mild)  \u00b7  Due"]  # fmt: skip
    assert rows[OTHER][4] == "Debrief missing  \u00b7  Due  \u00b7  No consent"
    assert rows[NEW][1:] == ["0", "\u2013", "\u2013", "No consent"]


@pytest.mark.parametrize(
    ("name", "codes"),
    [("all", [LEARNER, OTHER, NEW]), (Need.DUE, [LEARNER, OTHER]), (Need.EFFECT, [LEARNER]),
     (Need.DEBRIEF, [OTHER]), (Need.CONSENT, [OTHER, NEW]), (Need.PROMPT, []), (ARCHIVE, [])],
)  # fmt: skip
def test_filters_show_whom_they_count(everybody, name, codes):
    button = everybody.filters[name]
    button.click()
    assert shown(everybody) == codes
    assert button.text().endswith(f"  {len(codes)}")
    assert everybody.empty.isVisible() == (not codes)


def test_it_is_searched_and_opened_by_keys(qtbot, everybody):
    asked = []
    everybody.progress_asked.connect(asked.append)
    everybody.search.setFocus()
    qtbot.keyClicks(everybody.search, "p0")
    qtbot.keyClick(everybody.search, Qt.Key.Key_Down)
    qtbot.keyClick(everybody.search, Qt.Key.Key_Return)
    assert asked == [OTHER]
    everybody.search.setText("nobody")
    assert "Nobody matches" in everybody.empty.text()
    qtbot.keyClick(everybody.search, Qt.Key.Key_Return)
    assert asked == [OTHER]


def test_archive_and_restore_are_in_the_trail(everybody):
    everybody.archive.click()
    assert shown(everybody) == [OTHER, NEW]
    everybody.filters[ARCHIVE].click()
    assert shown(everybody) == [LEARNER]
    assert everybody.archive.text() == "Restore from archive"
    everybody.archive.click()
    assert shown(everybody) == []
    with everybody.index.read() as session:
        actions = list(session.scalars(select(AuditRow.action).order_by(AuditRow.number)))
    assert actions[-2:] == ["participant.archived", "participant.restored"]


def test_a_code_is_corrected(everybody):
    everybody.rename(LEARNER, " P10 ")
    everybody.rename(LEARNER, LEARNER)
    assert everybody.renamed == [(LEARNER, "P10")]
    everybody.rename(LEARNER, " ")
    assert "Type the code" in everybody.message.text()


def test_the_overview_is_named_and_reached(everybody):
    assert problems(everybody) == []


def test_an_empty_dataset_says_what_to_do(tmp_path, qtbot):
    index = Index(find_place(tmp_path, str(tmp_path / "i.sqlite3"), make=True), who="A")
    page = OverviewPage(Everybody(index, set, lambda old, new: None), today=date(2026, 3, 1))
    qtbot.addWidget(page)
    assert "No participants yet. Press Esc and type a code" in page.empty.text()
