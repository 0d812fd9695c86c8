"""Participants at a glance."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from store_parts import STARTED, record

from neurofeedback.errors import UserError
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.library import PHQ9
from neurofeedback.store.care import Plan, set_archived, set_plan, strike_note, struck_notes
from neurofeedback.store.models import AuditRow
from neurofeedback.store.overview import ParticipantLine, participant_lines
from neurofeedback.store.participants import add_note, add_participant, notes_of
from neurofeedback.store.rebuild import rebuild
from neurofeedback.store.records import record_problems
from neurofeedback.store.responses import Timing, acknowledge, store_response


def test_a_line_a_participant_says_what_the_tables_say(index, dataset):
    record(dataset, "p01")
    record(dataset, "p01", started=STARTED + timedelta(days=7), protocol="smr-up")
    rebuild(index)
    alarming = Response(PHQ9, (1, 2, 3, 0, 1, 2, 3, 0, 1, None))
    with index.change() as change:
        add_participant(change, "p02", consent=True, consent_date=date(2026, 2, 1))
        rows = [store_response(change, "p02", alarming, timing=Timing.BEFORE).id for _ in "123"]
        acknowledge(change, rows[0], "A. Smith", datetime(2026, 3, 2, tzinfo=UTC))
    with index.read() as session:
        lines = participant_lines(session)
    assert lines == [
        ParticipantLine("p01", False, None, 2, STARTED + timedelta(days=7), "smr-up", 0, 2),
        ParticipantLine("p02", True, date(2026, 2, 1), 0, None, "", 2),
    ]


def test_a_line_says_plan_archive_and_the_effects_of_the_last_debrief(index, dataset):
    record(dataset, "p01")
    rebuild(index)
    with index.change() as change:
        set_plan(change, "p01", Plan(20, 3))
        set_archived(change, "p01", True)
        change.log("session.debriefed", "sub-p01/ses-01", effects={"headache": "mild"})
        change.log("session.debriefed", "sub-p01/ses-02", effects={"anxiety": "severe"})
        change.log("session.debriefed", "sub-p01/ses-03", effects=None)  # nobody asked
    with index.read() as session:
        (line,) = participant_lines(session)
        actions = list(session.scalars(select(AuditRow.action).order_by(AuditRow.number)))
    assert (line.plan, line.archived) == (Plan(20, 3), True)
    assert line.effects == {"anxiety": "severe"}
    assert {"plan.set", "participant.archived"} <= set(actions)
    with index.change() as change:
        set_plan(change, "p01", None)
        set_archived(change, "p01", False)
        change.log("session.debriefed", "sub-p01/ses-04", effects={})
    with index.read() as session:
        (line,) = participant_lines(session)
    assert (line.plan, line.archived, dict(line.effects)) == (None, False, {})


@pytest.mark.parametrize(("sessions", "days"), [(0, 3), (201, 3), (20, 0), (20, 366)])
def test_a_plan_has_possible_numbers(sessions, days):
    with pytest.raises(UserError, match="The plan cannot have"):
        Plan(sessions, days)


def test_a_note_is_struck_out_once_and_stays(index):
    with index.change() as change:
        add_participant(change, "p01")
        note = add_note(change, "p01", "ddd")
    with index.change() as change:
        strike_note(change, note.id)
    with index.read() as session:
        assert [n.text for n in notes_of(session, "p01")] == ["ddd"]
        assert struck_notes(session)[note.id].who == "A. Smith"
        assert record_problems(session) == []
        row = session.scalars(select(AuditRow).where(AuditRow.action == "note.struck")).one()
        assert row.subject == "p01"
    with pytest.raises(UserError, match="struck out before"), index.change() as change:
        strike_note(change, note.id)
    with pytest.raises(UserError, match="no note number 99"), index.change() as change:
        strike_note(change, 99)
