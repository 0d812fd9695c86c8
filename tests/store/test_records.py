"""Records that were edited in the database, behind the program's back, are found."""

from datetime import date

import pytest
from sqlalchemy import text

from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import PHQ9
from neurofeedback.store.audit import verify_trail
from neurofeedback.store.database import make_engine
from neurofeedback.store.participants import (
    add_note,
    add_participant,
    remember_settings,
    set_consent,
)
from neurofeedback.store.records import record_problems
from neurofeedback.store.responses import store_response


@pytest.fixture
def kept(index):
    with index.change() as change:
        add_participant(change, "P1", consent=True, consent_date=date(2026, 3, 1))
        add_participant(change, "P2")
    with index.change() as change:
        set_consent(change, "P2", given=True, when=date(2026, 3, 2))
    return index


def problems(index) -> list[str]:
    with index.read() as session:
        assert verify_trail(session).ok
        return [str(problem) for problem in record_problems(session)]


def tamper(index, statement: str) -> None:
    with make_engine(index.place).begin() as connection:
        connection.execute(text(statement))


def test_records_that_only_the_program_wrote_are_whole(kept):
    with kept.change() as change:
        remember_settings(change, "P1", {"protocol": "faa-up"})
        add_note(change, "P1", "tired")
    assert problems(kept) == []


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE participants SET consent = NOT consent WHERE code = 'P1'", "(P1) was changed"),
        ("UPDATE participants SET consent_date = '2026-01-01' WHERE code = 'P2'", "(P2) was chang"),
        ("DELETE FROM participants WHERE code = 'P2'", "was removed"),
        (
            "INSERT INTO participants SELECT id + 9, 'P9', consent, consent_date, settings, added "
            "FROM participants WHERE code = 'P1'",
            "(P9) was added",
        ),
    ],
)
def test_an_edited_record_is_named(kept, statement, says):
    tamper(kept, statement)
    (said,) = problems(kept)
    assert says in said


def test_settings_that_are_remembered_do_not_make_an_edit_right(kept):
    tamper(kept, "UPDATE participants SET consent = NOT consent WHERE code = 'P1'")
    with kept.change() as change:
        remember_settings(change, "P1", {"protocol": "faa-up"})
    assert "(P1) was changed" in problems(kept)[0]


def test_an_edited_response_is_named(kept):
    with kept.change() as change:
        harmless = Response(PHQ9, (1, 2, 3, 0, 1, 2, 3, 0, 0, 1))
        store_response(change, "P1", harmless, timing=Timing.BEFORE)
    assert problems(kept) == []
    tamper(kept, "UPDATE scales SET severity = 'none at all'")
    assert "scales (P1) was changed" in problems(kept)[0]


def test_records_of_a_version_before_are_vouched_for_from_the_first_change_on(index):
    for number, code in ((1, "P1"), (2, "P2")):
        tamper(
            index,
            "INSERT INTO participants (id, code, consent, settings, added) "
            f"VALUES ({number}, '{code}', true, '{{}}', '2026-01-01 10:00:00')",
        )
    assert problems(index) == []
    with index.change() as change:
        set_consent(change, "P1", given=False, when=date(2026, 3, 1))
    assert problems(index) == []
    tamper(index, "UPDATE participants SET consent = NOT consent WHERE code = 'P2'")
    assert "(P2) was changed" in problems(index)[0]
