"""The trail: nothing in it can be changed, removed or moved unnoticed."""

import random
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from neurofeedback.errors import UserError
from neurofeedback.store.audit import Head, append, verify_trail
from neurofeedback.store.database import make_engine

COLUMNS = ("time", "who", "action", "subject", "details", "previous", "hash")
N_ROWS = 12
SAME_INDEX = settings(
    max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def trail(index):
    """An index whose trail has `N_ROWS` rows."""
    with index.change() as change:
        for number in range(N_ROWS - 1):
            change.log("test.done", f"thing {number}", value=number, word="ä€\U0001f9e0")
    return index


def report(index, noted=None):
    with index.read() as session:
        return verify_trail(session, noted)


def tamper(connection, statement, **values):
    connection.execute(text(statement), values)


@contextmanager
def tampering(index):
    """Yield a connection to change the database behind the program's back; all is undone."""
    with make_engine(index.place).connect() as connection:
        yield connection
        connection.rollback()


def found_on(connection, noted=None):
    return verify_trail(Session(connection), noted)


def test_a_trail_that_nobody_touched_is_whole(trail):
    found = report(trail)
    assert found.ok
    assert found.head.length == N_ROWS
    assert report(trail, found.head).ok


@given(number=st.integers(1, N_ROWS), column=st.sampled_from(COLUMNS), seed=st.integers(0, 2**32))
@SAME_INDEX
def test_any_changed_cell_is_found(trail, number, column, seed):
    with tampering(trail) as connection:
        old = connection.scalar(text(f"SELECT {column} FROM audit WHERE number = {number}"))
        at = random.Random(seed).randrange(len(old))
        new = old[:at] + ("0" if old[at] != "0" else "1") + old[at + 1 :]
        tamper(connection, f"UPDATE audit SET {column} = :new WHERE number = {number}", new=new)
        found = found_on(connection)
    assert any(f"Row {number} " in problem for problem in found.problems)


@given(first=st.integers(1, N_ROWS), length=st.integers(1, N_ROWS))
@SAME_INDEX
def test_any_removed_rows_are_found(trail, first, length):
    last = min(first + length - 1, N_ROWS)
    with tampering(trail) as connection:
        tamper(connection, "DELETE FROM audit WHERE number BETWEEN :a AND :b", a=first, b=last)
        found = found_on(connection)
    assert any(f"Rows {first} to {last}" in problem for problem in found.problems)


@given(st.lists(st.integers(1, N_ROWS), min_size=2, max_size=2, unique=True))
@SAME_INDEX
def test_two_rows_that_change_places_are_found(trail, pair):
    with tampering(trail) as connection:
        for old, new in ((pair[0], -1), (pair[1], pair[0]), (-1, pair[1])):
            tamper(connection, "UPDATE audit SET number = :b WHERE number = :a", a=old, b=new)
        found = found_on(connection)
    for number in pair:
        assert any(f"Row {number} was changed" in problem for problem in found.problems)


def test_a_row_put_in_at_the_end_is_found(trail):
    with tampering(trail) as connection:
        tamper(
            connection,
            "INSERT INTO audit SELECT number + 1, time, who, action, subject, details, hash, hash "
            "FROM audit WHERE number = :n",
            n=N_ROWS,
        )
        assert not found_on(connection).ok


@pytest.mark.parametrize("statement", ["DELETE FROM audit_head", "DELETE FROM audit"])
def test_a_trail_without_its_end_or_without_rows_is_found(trail, statement):
    with tampering(trail) as connection:
        tamper(connection, statement)
        assert not found_on(connection).ok


def test_a_trail_that_was_cut_and_closed_again_is_found_by_a_head_that_was_noted(trail):
    noted = report(trail).head
    with tampering(trail) as connection:
        tamper(connection, "DELETE FROM audit WHERE number > 5")
        last = connection.scalar(text("SELECT hash FROM audit WHERE number = 5"))
        tamper(connection, "UPDATE audit_head SET length = 5, hash = :h", h=last)
        assert found_on(connection).ok, "this the chain alone cannot show"
        cut = found_on(connection, noted)
        assert cut.problems == (f"The trail has 5 rows, and row {N_ROWS} was noted.",)
        other = found_on(connection, Head(5, "0" * 64))
        assert other.problems == ("Row 5 is not the one that was noted.",)


def test_heads_are_written_and_read():
    head = Head(12, "ab" * 32)
    assert Head.parse(f" {head}\n") == head
    for wrong in ("", "12", "12:xy", ":" + "a" * 64, "-1:" + "a" * 64, "1" * 5000):
        with pytest.raises(UserError, match="no head of an audit trail"):
            Head.parse(wrong)


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
@SAME_INDEX
def test_whatever_is_entered_the_trail_stays_whole(trail, who, subject, details):
    with tampering(trail) as connection:
        session = Session(connection)
        when = datetime(2026, 3, 2, tzinfo=UTC)
        append(session, who=who, when=when, action="test.done", subject=subject, details=details)
        session.expire_all()
        found = found_on(connection)
    assert found.ok
    assert found.head.length == N_ROWS + 1


def test_a_change_that_fails_leaves_no_row(index):
    def fail():
        with index.change() as change:
            change.log("test.done", "thing")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert report(index).head.length == 1
    assert report(index).ok
