"""What a station does, in the audit trail."""

from store_parts import record

from neurofeedback.app.audit_queue import AuditQueue
from neurofeedback.store.audit import last_rows, verify_trail
from neurofeedback.store.index import Index
from neurofeedback.store.place import find_place


def test_entries_are_written_in_order_under_the_name_of_who_did_it(tmp_path):
    root = record(tmp_path / "data").parents[1]
    where = str(tmp_path / "index.sqlite3")
    queue = AuditQueue(root, where)
    for number in range(5):
        queue("screen.refused", "A. Smith", tries=number)
    queue("screen.unlocked", "B. Jones", locked_by="A. Smith")
    assert queue.close() == []
    with Index(find_place(root, where)).read() as session:
        rows = last_rows(session, 6)
        assert verify_trail(session).ok
    assert [r.details for r in rows[:5]] == [f'{{"tries":{n}}}' for n in range(5)]
    assert (rows[5].who, rows[5].action, rows[5].subject) == (
        "B. Jones", "screen.unlocked", "station"
    )  # fmt: skip


def test_an_index_that_fails_is_a_sentence_and_one_that_is_off_is_none(tmp_path):
    root = record(tmp_path / "data").parents[1]
    (tmp_path / "broken").write_text("this is no database, whatever it may be" * 100)
    for where, n_problems in ((str(tmp_path / "broken"), 1), ("off", 0)):
        queue = AuditQueue(root, where)
        queue("screen.locked", "A. Smith", by="key")
        queue("screen.locked", "A. Smith", by="key")
        problems = queue.close()
        assert len(problems) == n_problems
        assert all("audit trail was not written" in problem for problem in problems)


def test_a_folder_without_recordings_is_left_as_it_is(tmp_path):
    queue = AuditQueue(tmp_path / "data")
    queue("screen.locked", "A. Smith", by="key")
    assert queue.close() == []
    assert not (tmp_path / "data").exists()
