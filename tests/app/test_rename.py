"""A participant's code corrected after a typing error: files, index and trail follow."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from store_parts import record
from summary_sessions import blinded, protocol, trained

from neurofeedback.app.services import Services
from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files
from neurofeedback.report.summary import session_summary
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.store.audit import verify_trail
from neurofeedback.store.known_end import known_end
from neurofeedback.store.models import AuditRow, SessionRow
from neurofeedback.store.overview import participant_lines
from neurofeedback.store.participants import add_participant
from neurofeedback.store.rebuild import rebuild
from neurofeedback.store.records import record_problems
from neurofeedback.store.register import register_finished, register_started


@pytest.fixture
def services(tmp_path) -> Services:
    return Services(tmp_path / "data", str(tmp_path / "index.sqlite3"))


def recorded(services: Services) -> None:
    folder = trained(services.root, protocol(), seconds=60.0)
    for register in (register_started, register_finished):
        assert register(folder, where=services._where) is None


def test_the_recordings_and_everything_known_of_them_follow(services):
    recorded(services)
    with services.index().change() as change:
        change.log("session.debriefed", "sub-P01/ses-01", effects={"headache": "mild"})
    before = session_summary(services.root / "sub-P01/ses-01")
    log = SessionLayout(services.root, "P01", 1, "faaup").log.read_bytes()
    SessionLayout(services.root, "P01", 1, "faaup").report.write_text("A page that says P01.")
    services.rename("P01", "P10")
    layout = SessionLayout(services.root, "P10", 1, "faaup")
    assert not list(services.root.rglob("*P01*"))
    assert b"P01" not in layout.vhdr.read_bytes() + layout.vmrk.read_bytes()
    assert "sub-P10\n" in (services.root / "participants.tsv").read_text()
    assert layout.log.read_bytes() == log
    assert check_files(layout) == []
    assert verify_session(layout.session_dir).ok
    after = session_summary(layout.session_dir)
    assert after.blocks == before.blocks
    assert after.participant == "P10"
    assert known_end(layout.session_dir, where=services._where).problem is None
    index = services.index()
    with index.read() as session:
        (line,) = participant_lines(session)
        assert (line.code, line.n_sessions, line.effects) == ("P10", 1, {"headache": "mild"})
        assert session.scalars(select(SessionRow.folder)).all() == ["sub-P10/ses-01"]
        assert record_problems(session) == []
        assert verify_trail(session).problems == ()
        row = session.scalars(
            select(AuditRow).where(AuditRow.action == "participant.renamed")
        ).one()
        assert (row.subject, '"was":"P01"' in row.details) == ("P10", True)
    rebuild(index)
    with index.read() as session:
        assert [line.code for line in participant_lines(session)] == ["P10"]


def test_a_change_of_the_recording_is_still_found_after_it(services):
    recorded(services)
    services.rename("P01", "P10")
    layout = SessionLayout(services.root, "P10", 1, "faaup")
    layout.vhdr.write_bytes(layout.vhdr.read_bytes().replace(b"128", b"129"))
    data = layout.eeg.read_bytes()
    layout.eeg.write_bytes(data[:-4] + b"\0\0\0\0")
    problem = known_end(layout.session_dir, where=services._where).problem
    assert problem is not None
    assert "eeg.eeg" in problem
    assert check_files(layout)


@pytest.mark.parametrize("new", ["P02", "p02", "no name", "../x", ""])
def test_a_code_that_is_taken_or_none_changes_nothing(services, new):
    recorded(services)
    with services.index().change() as change:
        add_participant(change, "P02")
    before = sorted(map(str, services.root.rglob("*")))
    with pytest.raises(UserError):
        services.rename("P01", new)
    assert sorted(map(str, services.root.rglob("*"))) == before
    with services.index().read() as session:
        assert [line.code for line in participant_lines(session)] == ["P01", "P02"]


def test_a_session_that_was_cut_is_finished_first(services):
    record(services.root, "P01", status=None)
    rebuild(services.index())
    with pytest.raises(UserError, match="was cut and not finished"):
        services.rename("P01", "P10")


def test_recordings_of_two_codes_are_not_joined(services):
    record(services.root, "P01")
    record(services.root, "P10")
    with services.index().change() as change:
        add_participant(change, "P01")  # the index does not know of the other
    with pytest.raises(UserError, match="are not joined"):
        services.rename("P01", "P10")


def test_who_belongs_to_a_study_keeps_the_code(services, tmp_path):
    blinded(tmp_path)
    rebuild(services.index())
    with pytest.raises(UserError, match="belongs to a study"):
        services.rename("P01", "P10")


def test_interrupted_it_may_be_done_again(services):
    recorded(services)
    derived = services.root / "derivatives/neurofeedback"
    for path in (derived / "sub-P01").rglob("sub-P01_ses-*"):
        path.rename(path.with_name(path.name.replace("P01", "P10")))
    (derived / "sub-P01").rename(derived / "sub-P10")
    services.rename("P01", "P10")
    assert check_files(SessionLayout(services.root, "P10", 1, "faaup")) == []


def test_who_has_no_recording_is_only_renamed(services):
    with services.index().change() as change:
        add_participant(change, "P01")
    services.rename("P01", "P10")
    with services.index().read() as session:
        assert [line.code for line in participant_lines(session)] == ["P10"]
