"""The index and the folders say the same, and the folders are never written to."""

import json
import os
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_parts import SFREQ, STARTED, begin, record

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.store.audit import verify_trail
from neurofeedback.store.facts import UNFINISHED, read_facts
from neurofeedback.store.index import Index
from neurofeedback.store.models import AuditRow
from neurofeedback.store.participants import add_note, find_participants, get_participant
from neurofeedback.store.place import find_place
from neurofeedback.store.rebuild import rebuild
from neurofeedback.store.register import (
    register_finished,
    register_recovered,
    register_started,
    register_verified,
)
from neurofeedback.store.sessions import find_sessions, get_session

KNOWN_FROM_FOLDERS = (
    "folder", "task", "number", "run", "protocol_name", "protocol_hash", "started", "status",
    "seconds", "samples", "rewards", "found",
)  # fmt: skip


def contents(index):
    """Everything in the index that the folders know."""
    with index.read() as session:
        sessions = [
            (row.participant.code, *(getattr(row, name) for name in KNOWN_FROM_FOLDERS))
            for row in find_sessions(session)
        ]
        people = [(p.code, p.settings) for p in find_participants(session)]
    return sessions, people


def state_of(folder: Path):
    """Names, sizes, times and modes of everything below a folder but the mark of the dataset."""
    return {
        str(path): (stat.st_size, stat.st_mtime_ns, stat.st_mode)
        for path in sorted(folder.rglob("*"))
        if path.name != ".dataset-id" and not path.is_dir()
        for stat in [path.lstat()]
    }


recordings = st.lists(
    st.fixed_dictionaries(
        {
            "participant": st.sampled_from(["p01", "p02", "Xy3"]),
            "protocol": st.sampled_from(["faa-up", "fm-theta-up"]),
            "started": st.integers(0, 10**6).map(lambda s: STARTED + timedelta(seconds=s)),
            "n_times": st.sampled_from([0, 1, 50]),
            "rewards": st.integers(0, 3),
            "status": st.sampled_from(["completed", "stopped", "failed", None]),
            "bads": st.sampled_from([(), ("A1",)]),
        }
    ),
    max_size=5,
    unique_by=lambda fields: fields["started"],
)


@pytest.mark.long
@given(recordings)
@settings(max_examples=15)
def test_what_sessions_registered_is_what_a_rebuild_finds_after_the_index_was_deleted(wanted):
    folder = Path(tempfile.mkdtemp(prefix="neurofeedback-index-"))
    try:
        dataset, where = folder / "data", str(folder / "index.sqlite3")
        dataset.mkdir()
        for fields in wanted:
            path = record(dataset, **fields)
            assert register_started(path, where=where) is None
            assert register_finished(path, where=where) is None
        index = Index(find_place(dataset, where, make=True))
        registered, before = contents(index), state_of(dataset)
        assert len(registered[0]) == len(wanted)

        again = rebuild(index)
        assert (again.changed, again.missing, again.problems) == (0, 0, ())
        assert contents(index) == registered

        for part in folder.glob("index.sqlite3*"):
            part.unlink()
        fresh = Index(find_place(dataset, where))
        report = rebuild(fresh)
        assert contents(fresh) == registered
        assert (report.sessions, report.changed) == (len(wanted), len(wanted))
        assert state_of(dataset) == before
    finally:
        shutil.rmtree(folder)


def test_a_session_is_described_as_it_was_recorded(index, dataset):
    record(dataset, "p01", n_times=250, rewards=3, bads=("A1",))
    assert rebuild(index).changed == 1
    with index.read() as session:
        row = get_session(session, "sub-p01/ses-01")
        participant = get_participant(session, "p01")
    assert (row.participant.code, row.number, row.run, row.task) == ("p01", 1, 1, "faaup")
    assert (row.protocol_name, row.protocol_hash) == ("faa-up", "hash of faa-up")
    assert (row.started, row.status, row.rewards) == (STARTED, "completed", 3)
    assert (row.samples, row.seconds) == (250, 250 / SFREQ)
    assert participant.settings == {"protocol": "faa-up", "bads": ["A1"], "stream": "amp"}
    assert not participant.consent


def test_a_running_session_is_unfinished_until_it_says_how_it_ended(open_index, dataset, where):
    recorder = begin(dataset)
    folder = recorder.path
    assert register_started(folder, where=where) is None
    with open_index().read() as session:
        assert get_session(session, "sub-p01/ses-01").status == UNFINISHED
    recorder.finalize("stopped", "by the operator")
    assert register_finished(folder, where=where) is None
    index = open_index()
    with index.read() as session:
        assert get_session(session, "sub-p01/ses-01").status == "stopped"
        assert verify_trail(session).ok


def test_the_newest_session_gives_the_settings_to_start_with(index, dataset):
    record(dataset, "p01", protocol="fm-theta-up", started=STARTED + timedelta(days=1))
    record(dataset, "p01", protocol="faa-up", started=STARTED)
    rebuild(index)
    with index.read() as session:
        assert get_participant(session, "p01").settings["protocol"] == "fm-theta-up"


def test_how_many_rewards_a_concealed_session_gave_is_not_in_the_index(dataset):
    folder = record(dataset, rewards=3)
    path = SessionLayout.find(folder).protocol
    path.write_text(json.dumps(json.loads(path.read_text()) | {"study": {"name": "trial"}}))
    assert read_facts(folder).rewards is None


def test_a_session_whose_folder_is_gone_stays_and_is_marked(index, dataset):
    folder = record(dataset)
    kept = record(dataset)
    rebuild(index)
    with index.change() as change:
        add_note(change, "p01", "went well", get_session(change.session, "sub-p01/ses-01"))
    derived = SessionLayout.find(folder).derivatives_dir.parent
    away = [
        (path, path.with_name(f"away-{number}")) for number, path in enumerate([folder, derived])
    ]
    for path, other in away:
        path.rename(other)
    assert rebuild(index).missing == 1
    with index.read() as session:
        assert not get_session(session, "sub-p01/ses-01").found
        assert get_session(session, kept.relative_to(dataset).as_posix()).found
    for path, other in away:
        other.rename(path)
    report = rebuild(index)
    assert (report.missing, report.changed) == (0, 1)


def test_participants_without_a_session_come_from_the_list(index, dataset):
    record(dataset, "p01")
    with open(dataset / "participants.tsv", "a", encoding="utf-8") as table:
        table.write("sub-p02\nsub-../etc\nsub-\np03\nsub-p02\n\ufeff\nsub-\ud800x\n".encode(
            "utf-8", "replace").decode())  # fmt: skip
    assert rebuild(index).participants == 2
    with index.read() as session:
        assert [p.code for p in find_participants(session)] == ["p01", "p02"]


def protocol_with(**fields):
    def spoil(layout):
        known = json.loads(layout.protocol.read_text())
        layout.protocol.write_text(json.dumps(known | fields))

    return spoil


def chunk_line(text):
    def spoil(layout):
        with open(layout.chunks, "a", encoding="utf-8") as table:
            table.write(text)

    return spoil


BIG = 10**30


@pytest.mark.parametrize(
    ("spoil", "kept"),
    [
        (lambda layout: layout.protocol.write_bytes(b"\xff\x00{"), False),
        (lambda layout: layout.protocol.write_text("[" * 100_000), False),
        (lambda layout: layout.protocol.write_text(f'{{"format": {"9" * 5000}}}'), False),
        (protocol_with(started="0001-01-01T00:00:00+14:00"), False),
        (protocol_with(protocol_name="a\x00b\ud800\x1b[31m" * 1000), True),
        (protocol_with(protocol_name={"a": 1}, protocol_hash=None, bads=[None, 1]), True),
        (lambda layout: layout.log.write_bytes(b"\xff\x00 no event\n"), True),
        (lambda layout: layout.log.write_text('{"event": "Reward", "sample": 1}\n' * 2), True),
        (
            lambda layout: layout.log.write_text(
                '{"event": "SessionStopped", "sample": 1, "time": 1, "status": "\\u0000\\ud800"}\n'
            ),
            True,
        ),
        (lambda layout: layout.log.unlink(), True),
        (lambda layout: layout.chunks.unlink(), True),
        (chunk_line("garbage\n"), True),
        (chunk_line(f"50\t{BIG}\t0.5\t1.0\t0.0\t0.0\t0.0\t0\t0\n"), True),
    ],
)
def test_a_damaged_folder_is_told_of_or_kept_and_stops_nothing(index, dataset, spoil, kept):
    good, bad = record(dataset, "p01"), record(dataset, "p02")
    spoil(SessionLayout.find(bad))
    report = rebuild(index)
    assert report.sessions == 1 + kept
    assert kept or any("sub-p02" in problem for problem in report.problems)
    assert all("\n" not in problem for problem in report.problems)
    sessions, _ = contents(index)
    assert any(row[1] == good.relative_to(dataset).as_posix() for row in sessions)


def test_other_files_in_the_dataset_are_passed_over(index, dataset):
    record(dataset)
    eeg = dataset / "derivatives" / "neurofeedback" / "sub-p09" / "ses-01" / "eeg"
    eeg.mkdir(parents=True)
    (eeg / "notes_protocol.json").write_text("{}")
    (eeg / "sub-p09_ses-01_task-x_run-01_protocol.json").mkdir()
    report = rebuild(index)
    assert report.sessions == 1
    assert len(report.problems) == 2


def test_sessions_are_found_by_code_protocol_and_day(index, dataset):
    for day, (code, protocol) in enumerate(
        [("p01", "faa-up"), ("p02", "fm-theta-up"), ("Anna100", "faa-up")]
    ):
        record(dataset, code, protocol=protocol, started=STARTED + timedelta(days=day))
    rebuild(index)

    def found(*args, **kwargs):
        with index.read() as session:
            return [row.participant.code for row in find_sessions(session, *args, **kwargs)]

    assert found() == ["Anna100", "p02", "p01"]
    assert found("FAA") == ["Anna100", "p01"]
    assert found("anna") == ["Anna100"]
    assert found("%") == found("_") == found("nobody") == []
    assert found(participant="p01") == ["p01"]
    assert found(participant="P01") == []
    assert found(since=date(2026, 3, 2)) == ["Anna100", "p02"]
    assert found(until=date(2026, 3, 2)) == ["p02", "p01"]
    assert found("faa", since=date(2026, 3, 1), until=date(2026, 3, 1)) == ["p01"]
    with pytest.raises(UserError, match="1970 to 2999"):
        found(until=date.max)


def test_progress_is_told_for_each_recording(index, dataset):
    for _ in range(3):
        record(dataset)
    told = []
    rebuild(index, lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3)]


def test_verifying_is_remembered_through_a_rebuild(open_index, dataset, where):
    folder = record(dataset)
    assert register_verified(folder, "ok", where=where) is None
    index = open_index()
    rebuild(index)
    with index.read() as session:
        row = get_session(session, "sub-p01/ses-01")
    assert row.verified is not None
    assert row.verified_result == "ok"


@pytest.mark.parametrize(
    "where", ["mysql://host/db", "/proc/no/index.sqlite3", "postgresql://clinic@127.0.0.1:1/x"]
)
def test_an_index_that_fails_gives_the_session_a_sentence_and_nothing_else(dataset, where):
    folder = record(dataset)
    before = state_of(dataset)
    for register in (register_started, register_finished):
        told = register(folder, where=where)
        assert told.startswith("The index was not updated (the session is not affected): ")
        assert "\n" not in told
    assert state_of(dataset) == before


def test_a_defect_of_the_index_gives_the_session_a_sentence_too(dataset, monkeypatch, tmp_path):
    folder = record(dataset)
    monkeypatch.setattr("neurofeedback.store.index.Index.change", lambda self: 1 / 0)
    told = register_started(folder, where=str(tmp_path / "index.sqlite3"))
    assert "ZeroDivisionError" in told


def test_an_index_that_is_switched_off_is_not_made(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    folder = record(dataset)
    before = sorted(map(os.fspath, dataset.rglob("*")))
    assert register_started(folder, where="off") is None
    monkeypatch.setenv("NEUROFEEDBACK_INDEX", "off")
    assert register_started(folder) is None
    assert not (tmp_path / "user").exists()
    assert sorted(map(os.fspath, dataset.rglob("*"))) == before


def test_by_default_the_index_is_among_the_users_data_and_not_the_recordings(
    dataset, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    monkeypatch.delenv("NEUROFEEDBACK_INDEX", raising=False)
    folder = record(dataset)
    assert register_started(folder) is None
    (file,) = (tmp_path / "user" / "neurofeedback" / "index").glob("*.sqlite3")
    mark = dataset / "derivatives" / "neurofeedback" / ".dataset-id"
    assert file.stem == mark.read_text().strip()


def test_a_session_that_ends_while_it_is_read_is_not_set_back(index, dataset, where, monkeypatch):
    recorder = begin(dataset)

    def read_then_end(path):
        facts = read_facts(path)
        recorder.finalize("completed", "just then")
        assert register_finished(recorder.path, where=where) is None
        return facts

    monkeypatch.setattr("neurofeedback.store.rebuild.read_facts", read_then_end)
    rebuild(index)
    with index.read() as session:
        assert get_session(session, "sub-p01/ses-01").status == "completed"


def test_a_recovered_session_is_registered_as_it_is_now(open_index, dataset, where):
    folder = record(dataset, status=None)
    assert register_started(folder, where=where) is None
    assert register_recovered(folder, where=where) is None
    with open_index().read() as session:
        assert get_session(session, "sub-p01/ses-01").samples == 50
        assert session.query(AuditRow).all()[-1].action == "session.recovered"
