from datetime import date

import pytest
from store_parts import record

from neurofeedback.errors import UserError
from neurofeedback.store.models import AuditRow
from neurofeedback.store.participants import (
    add_note,
    add_participant,
    find_participants,
    get_participant,
    notes_of,
    remember_settings,
    set_consent,
)
from neurofeedback.store.rebuild import rebuild
from neurofeedback.store.sessions import get_session


def trail(index):
    with index.read() as session:
        rows = session.query(AuditRow).order_by(AuditRow.number)
        return [(row.who, row.action, row.subject) for row in rows][1:]


def test_a_participant_is_added_with_consent_and_the_trail_says_by_whom(index):
    with index.change() as change:
        add_participant(change, "p01", consent=True, consent_date=date(2026, 2, 1))
    with index.read() as session:
        found = get_participant(session, "p01")
    assert (found.consent, found.consent_date) == (True, date(2026, 2, 1))
    assert trail(index) == [
        ("A. Smith", "participant.added", "p01"),
        ("A. Smith", "consent.given", "p01"),
    ]


@pytest.mark.parametrize("code", ["", "Anna Smith", "p-01", "p" * 33, "p\x00", "../p", "pä"])
def test_codes_that_are_none_are_refused(index, code):
    with pytest.raises(UserError, match="participant code"), index.change() as change:
        add_participant(change, code)
    assert trail(index) == []


@pytest.mark.parametrize("code", ["p01", "P01"])
def test_a_code_that_is_taken_is_refused_whatever_its_capital_letters(index, code):
    with index.change() as change:
        add_participant(change, "p01")
    with pytest.raises(UserError, match="Participant p01 exists already"), index.change() as change:
        add_participant(change, code)


def test_consent_can_be_withdrawn_and_lies_not_in_the_future(index):
    with index.change() as change:
        add_participant(change, "p01", consent=True)
        set_consent(change, "p01", given=False, when=date(2026, 3, 1))
    with index.read() as session:
        found = get_participant(session, "p01")
    assert (found.consent, found.consent_date) == (False, date(2026, 3, 1))
    with (
        pytest.raises(UserError, match="2030-01-01, which is in the future"),
        index.change() as change,
    ):
        set_consent(change, "p01", given=True, when=date(2030, 1, 1))
    with pytest.raises(UserError, match="no participant 'p02'"), index.change() as change:
        set_consent(change, "p02", given=True)


def test_settings_are_merged_and_forgotten(index):
    for settings in ({"protocol": "faa-up", "sound": 0.5}, {"sound": None, "display": "bar"}):
        with index.change() as change:
            remember_settings(change, "p01", settings)
    with index.read() as session:
        settings = get_participant(session, "p01").settings
    assert settings == {"protocol": "faa-up", "display": "bar"}


def test_participants_are_found_by_part_of_their_code(index):
    with index.change() as change:
        for code in ("p02", "Anna1", "p01"):
            add_participant(change, code)

    def found(text=""):
        with index.read() as session:
            return [p.code for p in find_participants(session, text)]

    assert found() == sorted(["Anna1", "p01", "p02"])
    assert found("P0") == ["p01", "p02"]
    assert found("nn") == ["Anna1"]
    assert found("%") == found("_") == []


def test_notes_are_kept_in_order_with_their_author(index, open_index, dataset):
    record(dataset, "p01")
    rebuild(index)
    with index.change() as change:
        add_note(change, "p01", " slept badly \x00\ud800\n")
    with open_index(who="B. Jones").change() as change:
        add_note(change, "p01", "tense jaw", get_session(change.session, "sub-p01/ses-01"))
    with index.read() as session:
        notes = notes_of(session, "p01")
    assert [(note.text, note.author) for note in notes] == [
        ("slept badly", "A. Smith"),
        ("tense jaw", "B. Jones"),
    ]
    assert [note.session_id is None for note in notes] == [True, False]
    assert trail(index)[-2:] == [
        ("A. Smith", "note.added", "p01"),
        ("B. Jones", "note.added", "sub-p01/ses-01"),
    ]


def test_notes_that_are_empty_or_about_someone_else_are_refused(index, dataset):
    record(dataset, "p01")
    record(dataset, "p02")
    rebuild(index)
    with pytest.raises(UserError, match="empty"), index.change() as change:
        add_note(change, "p01", " \x00 ")
    with pytest.raises(UserError, match="not one of participant p02"), index.change() as change:
        add_note(change, "p02", "x", get_session(change.session, "sub-p01/ses-01"))


def test_the_operator_is_named_by_option_environment_or_login(monkeypatch):
    from neurofeedback.store.index import operator_name

    monkeypatch.setenv("NEUROFEEDBACK_OPERATOR", "  A. Smith\n")
    assert operator_name() == "A. Smith"
    assert operator_name("B. Jones") == "B. Jones"
    monkeypatch.delenv("NEUROFEEDBACK_OPERATOR")
    monkeypatch.setenv("LOGNAME", "login")
    assert operator_name() == operator_name(" \x00") == "login"
