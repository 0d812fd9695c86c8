"""Several programs at one index, and programs that are killed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from neurofeedback.errors import UserError
from neurofeedback.store import database
from neurofeedback.store.audit import verify_trail
from neurofeedback.store.database import make_engine, writing
from neurofeedback.store.index import Index
from neurofeedback.store.participants import add_participant, find_participants, notes_of
from neurofeedback.store.place import dataset_id, find_place

PROGRAM = Path(__file__).with_name("write_index.py")
ROOT = Path(__file__).parents[2]


def start(dataset, where, who, n_notes, **options):
    dataset_id(dataset)
    return subprocess.Popen(
        [sys.executable, PROGRAM, dataset, where, who, str(n_notes)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_programs_that_make_and_write_one_index_at_once_lose_nothing(dataset, where, open_index):
    programs = [start(dataset, where, who, 40) for who in ("one", "two")]
    for program in programs:
        _, errors = program.communicate(timeout=100)
        assert program.returncode == 0, errors
    with open_index().read() as session:
        notes = [note.text for note in notes_of(session, "p01")]
        trail = verify_trail(session)
        assert len(find_participants(session)) == 1
    assert sorted(notes) == sorted(f"{who} {n}" for who in ("one", "two") for n in range(40))
    assert trail.ok, trail.problems
    assert trail.head.length == 1 + 80


def test_an_index_is_usable_and_whole_after_kill_9_at_any_moment(dataset, where, open_index):
    acknowledged = {}
    for kill_after in (0, 3, 8):
        who = f"killed{kill_after}"
        program = start(dataset, where, who, 10_000)
        for _ in range(kill_after + 1):
            acknowledged[who] = int(program.stdout.readline())
        program.send_signal(signal.SIGKILL)
        rest, _ = program.communicate(timeout=60)
        for line in rest.split("\n")[:-1]:
            acknowledged[who] = int(line)
    index = open_index()
    with index.read() as session:
        notes = {note.text for note in notes_of(session, "p01")}
        assert verify_trail(session).ok
    for who, last in acknowledged.items():
        assert {f"{who} {n}" for n in range(last + 1)} <= notes
        assert len([note for note in notes if note.startswith(f"{who} ")]) <= last + 2
    with index.change() as change:
        add_participant(change, "p02")


def test_a_writer_that_does_not_let_go_is_told_of(index, monkeypatch, open_index):
    monkeypatch.setattr(database, "PATIENCE", 1.0)
    other = open_index()
    with index.change() as change:
        add_participant(change, "p01")
        with pytest.raises(UserError, match="another program has been writing"), other.change():
            pass
    with other.read() as session:
        assert len(find_participants(session)) == 1


def test_readers_see_one_moment_while_others_write(index, open_index):
    other = open_index()
    with index.change() as change:
        add_participant(change, "p01")
        with other.read() as session:
            assert find_participants(session) == []
    with other.read() as session:
        assert len(find_participants(session)) == 1


def test_two_datasets_marked_at_once_end_up_with_one_mark(tmp_path):
    code = (
        "import sys; from pathlib import Path; from neurofeedback.store.place import dataset_id; "
        "print(dataset_id(Path(sys.argv[1])))"
    )
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    told = {program.communicate(timeout=60)[0].strip() for program in programs}
    assert told == {dataset_id(tmp_path)}
    assert len(list((tmp_path / "derivatives" / "neurofeedback").iterdir())) == 1


def test_a_damaged_database_is_told_in_one_sentence(open_index, tmp_path):
    file = tmp_path / "index.sqlite3"
    open_index(at=str(file))
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[: size // 2] + b"\xff" * (size - size // 2))
    index = open_index(at=str(file))
    with pytest.raises(UserError, match="is damaged; move it away"), index.read() as session:
        verify_trail(session)
    with pytest.raises(UserError, match="is damaged; move it away"):
        index.copy_to(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_copy_is_whole_while_others_write(open_index, tmp_path):
    index = open_index(at=str(tmp_path / "index.sqlite3"))
    with index.change() as change:
        add_participant(change, "p01")
    with index.change() as change:
        add_participant(change, "p02")
        index.copy_to(tmp_path / "copy.sqlite3")
    with open_index(at=str(tmp_path / "copy.sqlite3")).read() as session:
        assert [p.code for p in find_participants(session)] == ["p01"]
        assert verify_trail(session).ok
    with pytest.raises(UserError, match="exists already"):
        index.copy_to(tmp_path / "copy.sqlite3")


def test_an_index_on_a_server_is_not_copied_here(postgres, open_index, tmp_path):
    index = open_index(at=postgres.empty_database())
    with pytest.raises(UserError, match="pg_dump"):
        index.copy_to(tmp_path / "copy")


@contextmanager
def somebody_else():
    """Become a user who may write nothing here, where this user is one who may everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only_folder(open_index):
    """A folder with an index in it that can be read and not written."""
    folder = Path(tempfile.mkdtemp(prefix="neurofeedback-index-"))
    open_index(at=str(folder / "index.sqlite3"))
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["index.sqlite3", "new.sqlite3", "below/new.sqlite3"])
def test_a_read_only_folder_is_told_of_in_one_sentence(read_only_folder, dataset, name):
    before = sorted(read_only_folder.iterdir())
    place = find_place(dataset, str(read_only_folder / name))

    def use():
        with Index(place).change() as change:
            add_participant(change, "p01")

    with somebody_else(), pytest.raises(UserError, match="give another.* with --index") as told:
        use()
    assert str(read_only_folder / name) in str(told.value)
    assert "\n" not in str(told.value)
    assert sorted(read_only_folder.iterdir()) == before


def test_a_database_that_takes_no_changes_is_told(open_index, postgres):
    index = open_index(at=postgres.empty_database())
    try:
        with writing(make_engine(index.place)) as connection:
            connection.execute(text("ALTER ROLE clinic SET default_transaction_read_only = on"))
        with (
            pytest.raises(UserError, match="accepts no changes at the moment"),
            index.change() as change,
        ):
            add_participant(change, "p01")
    finally:
        with writing(make_engine(index.place)) as connection:
            connection.execute(text("SET TRANSACTION READ WRITE"))
            connection.execute(text("ALTER ROLE clinic RESET default_transaction_read_only"))
