"""Participants at a glance."""

from datetime import UTC, date, datetime, timedelta

from store_parts import STARTED, record

from neurofeedback.scales.instrument import Response
from neurofeedback.scales.library import PHQ9
from neurofeedback.store.overview import ParticipantLine, participant_lines
from neurofeedback.store.participants import add_participant
from neurofeedback.store.rebuild import rebuild
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
        ParticipantLine("p01", False, None, 2, STARTED + timedelta(days=7), "smr-up", 0),
        ParticipantLine("p02", True, date(2026, 2, 1), 0, None, "", 2),
    ]
