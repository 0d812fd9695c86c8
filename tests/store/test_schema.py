"""Making, upgrading and refusing databases."""

import re
import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from neurofeedback.errors import UserError
from neurofeedback.store.audit import verify_trail
from neurofeedback.store.database import make_engine, writing
from neurofeedback.store.models import AuditRow, Base
from neurofeedback.store.participants import add_participant, find_participants
from neurofeedback.store.place import find_place
from neurofeedback.store.schema import HEAD, MIGRATIONS, OLDER, VERSION_TABLE


def execute(place, *statements):
    with writing(make_engine(place)) as connection:
        for statement in statements:
            connection.execute(text(statement))


def older_index(place, dataset_id):
    """Make an index as the first version of the program did, with somebody in it."""
    if place.file is not None:
        place.file.parent.mkdir(parents=True, exist_ok=True)
    with writing(make_engine(place)) as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, OLDER[0])
        connection.execute(
            text("INSERT INTO index_info VALUES (1, :d, '2026-01-01 00:00:00')"), {"d": dataset_id}
        )
        connection.execute(
            text(
                "INSERT INTO participants (code, consent, settings, added)"
                " VALUES ('old1', true, '{}', '2026-01-01 00:00:00')"
            )
        )


def test_the_steps_known_are_the_steps_there_are():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    steps = [step.revision for step in script.walk_revisions()][::-1]
    assert steps == [*OLDER, HEAD]


def test_the_steps_lead_to_the_tables_of_the_models(index):
    with make_engine(index.place).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_a_new_index_says_who_made_it_and_is_opened_again_as_it_is(open_index):
    first = open_index(who="A. Smith")
    open_index(who="B. Jones")
    with first.read() as session:
        rows = [(row.who, row.action) for row in session.query(AuditRow)]
    assert rows == [("A. Smith", "index.made")]


def test_an_sqlite_index_is_private_and_takes_readers_beside_a_writer(
    open_index, dataset, tmp_path
):
    file = tmp_path / "a" / "index.sqlite3"
    open_index(at=str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_older_file_is_upgraded_after_a_copy(open_index, dataset, tmp_path):
    file = tmp_path / "index.sqlite3"
    place = find_place(dataset, str(file), make=True)
    older_index(place, place.dataset_id)
    index = open_index(at=str(file))
    with index.read() as session:
        assert [p.code for p in find_participants(session)] == ["old1"]
        assert verify_trail(session).ok
        assert session.query(AuditRow).one().action == "index.upgraded"
    (copy,) = tmp_path.glob("index.sqlite3.before-*.bak")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT code FROM participants").fetchall() == [("old1",)]
        assert connection.execute(f"SELECT * FROM {VERSION_TABLE}").fetchall() == [("0001",)]
    open_index(at=str(file))
    assert len(list(tmp_path.glob("*.bak"))) == 1


def test_an_older_index_on_a_server_is_upgraded_when_asked_for(open_index, dataset, postgres):
    url = postgres.empty_database()
    place = find_place(dataset, url, make=True)
    older_index(place, place.dataset_id)
    with pytest.raises(UserError, match="earlier version.*pg_dump.*neurofeedback index upgrade"):
        open_index(at=url)
    index = open_index(at=url, upgrade=True)
    with index.read() as session:
        assert [p.code for p in find_participants(session)] == ["old1"]
    open_index(at=url)


def test_an_upgrade_that_fails_leaves_the_index_as_it_was(open_index, dataset, where):
    place = find_place(dataset, where, make=True)
    older_index(place, place.dataset_id)
    execute(place, "CREATE TABLE audit_head (nonsense integer)")  # in the way of the last table
    with pytest.raises(Exception, match="audit_head"):
        open_index(upgrade=True)
    engine = make_engine(place)
    assert "scales" not in inspect(engine).get_table_names()
    execute(place, "DROP TABLE audit_head")
    open_index(upgrade=True)


def test_a_newer_index_is_refused_and_left_alone(index, open_index):
    execute(index.place, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(UserError, match="later version of this program; update the program"):
        open_index()


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE customers (name text)"],
        ["CREATE TABLE alembic_version (version_num text)", "CREATE TABLE participants (x text)"],
        [f"CREATE TABLE {VERSION_TABLE} (version_num text)", "CREATE TABLE other (x text)"],
    ],
)
def test_a_foreign_database_is_refused_and_left_alone(open_index, dataset, where, statements):
    place = find_place(dataset, where, make=True)
    if place.file is not None:
        place.file.parent.mkdir(parents=True)
    execute(place, *statements)
    before = place.file.read_bytes() if place.file else None
    tables = inspect(make_engine(place)).get_table_names()
    with pytest.raises(UserError, match="something other than an index of this program"):
        open_index()
    assert inspect(make_engine(place)).get_table_names() == tables
    if place.file is not None:
        assert place.file.read_bytes() == before
        assert [p.name for p in place.file.parent.iterdir()] == [place.file.name]


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(open_index, tmp_path, content):
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(UserError, match=re.escape(str(file))):
        open_index(at=str(file))
    assert file.read_bytes() == content


def test_the_index_of_another_dataset_is_refused(index, dataset, where, tmp_path):
    other = find_place(tmp_path / "other", where, make=True)
    with pytest.raises(UserError, match="belongs to another dataset"):
        type(index)(other)


def test_a_dataset_that_moves_keeps_its_index(index, open_index, dataset, where, tmp_path):
    with index.change() as change:
        add_participant(change, "p01")
    moved = dataset.rename(tmp_path / "moved")
    again = type(index)(find_place(moved, where))
    with again.read() as session:
        assert [p.code for p in find_participants(session)] == ["p01"]


def test_a_server_that_is_not_there_is_told_without_the_password(dataset, open_index):
    url = "postgresql://clinic:secret@127.0.0.1:1/index"
    with pytest.raises(
        UserError, match=r"127\.0\.0\.1:1/index.*no connection to the server"
    ) as told:
        open_index(at=url)
    assert "secret" not in str(told.value)
    assert "secret" not in repr(find_place(dataset, url))


def test_a_database_that_is_not_there_is_told(postgres, open_index):
    with pytest.raises(UserError, match='check address, user and database.*"nowhere" does not'):
        open_index(at=postgres.url("nowhere"))


def test_a_folder_that_takes_no_files_is_told_in_one_sentence(open_index):
    with pytest.raises(UserError, match=r"cannot be kept at /proc/.*--index off") as told:
        open_index(at="/proc/index/index.sqlite3")
    assert str(told.value).count(". ") == 0
