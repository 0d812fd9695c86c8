"""Scales that are kept; above all, item 9 of the PHQ-9."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from store_parts import record

from neurofeedback.errors import UserError
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import GAD7, INSTRUMENTS, MOOD, PHQ9
from neurofeedback.store.database import make_engine, writing
from neurofeedback.store.models import AuditRow
from neurofeedback.store.participants import add_participant
from neurofeedback.store.rebuild import rebuild
from neurofeedback.store.responses import (
    acknowledge,
    read_response,
    responses_of,
    store_response,
    waiting_responses,
)
from neurofeedback.store.sessions import get_session

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HARMLESS = Response(PHQ9, (1, 2, 3, 0, 1, 2, 3, 0, 0, 1))
ALARMING = Response(PHQ9, (1, 2, 3, 0, 1, 2, 3, 0, 1, None))


@pytest.fixture
def index(index):
    with index.change() as change:
        add_participant(change, "p01")
        add_participant(change, "p02")
    return index


def without_digests(details):
    return {key: value for key, value in details.items() if key != "records"}


def trail(index, start):
    with index.read() as session:
        rows = session.query(AuditRow).order_by(AuditRow.number)
        return [
            (row.action, row.subject, without_digests(json.loads(row.details)))
            for row in rows
            if row.action.startswith(start)
        ]


def stored(index, response, **options):
    with index.change() as change:
        return store_response(change, "p01", response, timing=Timing.BEFORE, **options).id


def only_row(index):
    with index.read() as session:
        (row,) = responses_of(session, "p01")
    return row


@pytest.mark.parametrize(
    "response",
    [
        HARMLESS,
        ALARMING,
        ALARMING.acknowledged("B. Jones", NOON),
        Response(PHQ9, (None,) * 10),
        Response(GAD7, (3,) * 7 + (None,)),
        Response(MOOD, (0, 50, 100)),
    ],
)
def test_a_response_is_read_back_as_it_was_given(index, response):
    stored(index, response)
    row = only_row(index)
    assert read_response(row) == response
    assert (row.total, row.severity) == (response.total, response.severity)
    assert (row.state, row.timing) == (str(response.state), "before")


def test_item_9_is_complete_only_when_somebody_has_acknowledged_it(index):
    number = stored(index, ALARMING)
    assert only_row(index).state == "unacknowledged"
    with index.read() as session:
        assert [row.id for row in waiting_responses(session)] == [number]
    with index.change() as change:
        acknowledge(change, number, "B. Jones")
    row = only_row(index)
    assert (row.state, row.acknowledged_by) == ("complete", "B. Jones")
    assert row.acknowledged is not None
    with index.read() as session:
        assert waiting_responses(session) == []
    assert trail(index, "safety") == [
        ("safety.raised", "p01", {"id": number, "item": 9}),
        (
            "safety.acknowledged",
            "p01",
            {"id": number, "by": "B. Jones", "at": row.acknowledged.isoformat()},
        ),
    ]


def test_item_9_waits_also_while_other_items_are_missing(index):
    number = stored(index, Response(PHQ9, (None,) * 8 + (3, None)))
    with index.read() as session:
        assert [row.id for row in waiting_responses(session)] == [number]
    with index.change() as change:
        assert acknowledge(change, number, "B. Jones").state == "incomplete"


def test_an_acknowledged_response_is_stored_with_who_and_when(index):
    stored(index, ALARMING.acknowledged("B. Jones", NOON))
    row = only_row(index)
    assert (row.state, row.acknowledged_by, row.acknowledged) == ("complete", "B. Jones", NOON)
    assert [action for action, *_ in trail(index, "safety")] == [
        "safety.raised",
        "safety.acknowledged",
    ]


def test_nothing_else_can_be_acknowledged(index):
    harmless = stored(index, HARMLESS)
    with pytest.raises(UserError, match="no safety prompt"), index.change() as change:
        acknowledge(change, harmless, "B. Jones")
    alarming = stored(index, ALARMING)
    with pytest.raises(UserError, match="by name"), index.change() as change:
        acknowledge(change, alarming, "  ")
    with pytest.raises(UserError, match="no response number 99"), index.change() as change:
        acknowledge(change, 99, "B. Jones")
    with index.change() as change:
        acknowledge(change, alarming, "B. Jones")
    with pytest.raises(UserError, match=r"already, by B\. Jones"), index.change() as change:
        acknowledge(change, alarming, "C. Miller")


@pytest.mark.parametrize("who", ["NULL", "''"])
def test_the_database_itself_refuses_it_complete_without_acknowledgement(index, who):
    number = stored(index, ALARMING)
    statement = f"UPDATE scales SET state = 'complete', acknowledged_by = {who} WHERE id = :id"
    with (
        pytest.raises(IntegrityError, match="safety_acknowledged"),
        writing(make_engine(index.place)) as connection,
    ):
        connection.execute(text(statement), {"id": number})
    assert only_row(index).state == "unacknowledged"


def test_a_scale_belongs_to_a_session_of_the_same_person(index, dataset):
    record(dataset, "p01")
    record(dataset, "p02")
    rebuild(index)
    with index.read() as session:
        own, other = (get_session(session, f"sub-{code}/ses-01") for code in ("p01", "p02"))
    stored(index, HARMLESS, session=own)
    assert only_row(index).session_id == own.id
    with pytest.raises(UserError, match="not one of participant p01"):
        stored(index, HARMLESS, session=other)


def test_a_wording_that_is_not_known_is_told(index, monkeypatch):
    stored(index, HARMLESS)
    # A new table: deleted and put back, a key would come last for the tests that follow.
    fewer = {key: found for key, found in INSTRUMENTS.items() if key != "phq-9"}
    monkeypatch.setattr("neurofeedback.scales.library.INSTRUMENTS", fewer)
    with pytest.raises(UserError, match="no scale 'phq-9'"):
        read_response(only_row(index))


def test_a_scale_for_nobody_is_refused(index):
    with pytest.raises(UserError, match="no participant 'p09'"), index.change() as change:
        store_response(change, "p09", HARMLESS, timing=Timing.APART)
