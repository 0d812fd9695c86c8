"""Responses as windows keep them, and those that were kept while they were being given."""

import json

import pytest

from neurofeedback.errors import UserError
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import GAD7, PHQ9
from neurofeedback.store.keeping import IndexResponses
from neurofeedback.store.models import AuditRow
from neurofeedback.store.responses import responses_of

GIVEN = Response(PHQ9, (1,) * 9 + (None,))
WHOLE = Response(PHQ9, (1,) * 9 + (2,))
TAKEN_BACK = Response(PHQ9, (1,) * 8 + (0, None))


def actions(index, start):
    with index.read() as session:
        rows = session.query(AuditRow).order_by(AuditRow.number).all()
    return [(r.action, json.loads(r.details)) for r in rows if r.action.startswith(start)]


def test_what_waits_survives_the_program_and_ends_with_a_name(open_index):
    kept = IndexResponses(open_index()).keep("p01", GIVEN, Timing.BEFORE)
    assert kept.waiting.prompt.answer == 1
    later = IndexResponses(open_index())  # the program died, and starts again
    assert later.waiting() == [kept.waiting]
    assert later.waiting("p01") == [kept.waiting]
    assert later.waiting("p02") == []
    later.acknowledge(kept.number, "B. Jones")
    assert later.waiting() == []


def test_a_response_grows_in_its_place(index):
    store = IndexResponses(index)
    number = store.keep("p01", GIVEN, Timing.BEFORE).number
    assert store.keep("p01", WHOLE, Timing.BEFORE, number).number == number
    with index.read() as session:
        (row,) = responses_of(session, "p01")
    assert (row.answers, row.total, row.state) == ([1] * 9 + [2], 9, "unacknowledged")
    assert len(actions(index, "safety.raised")) == 1


def test_an_answer_taken_back_stays_in_the_trail(index):
    store = IndexResponses(index)
    number = store.keep("p01", GIVEN, Timing.BEFORE).number
    assert store.keep("p01", TAKEN_BACK, Timing.BEFORE, number).waiting is None
    assert store.waiting() == []
    ((_, details),) = actions(index, "safety.taken-back")
    assert details.items() >= {"id": number, "item": 9, "answer": 1}.items()
    assert store.keep("p01", GIVEN, Timing.BEFORE, number).waiting is not None
    assert len(actions(index, "safety.raised")) == 2


def test_what_was_acknowledged_is_not_replaced(index):
    store = IndexResponses(index)
    number = store.keep("p01", GIVEN, Timing.BEFORE).number
    store.acknowledge(number, "B. Jones")
    with pytest.raises(UserError, match="acknowledged already"):
        store.keep("p01", TAKEN_BACK, Timing.BEFORE, number)
    with pytest.raises(UserError, match="another questionnaire"):
        store.keep("p01", Response(GAD7, (0,) * 8), Timing.BEFORE, number)
    with pytest.raises(UserError, match="no response number 99"):
        store.keep("p01", GIVEN, Timing.BEFORE, 99)
