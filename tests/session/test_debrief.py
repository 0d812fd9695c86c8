import json
from datetime import UTC, datetime

import pytest
from store_parts import record

from neurofeedback.app.debrief import DebriefEntry, DebriefKeeper, GuessGiven
from neurofeedback.errors import UserError
from neurofeedback.recording.debrief import Effect, read_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.library import MOOD, PHQ9
from neurofeedback.store.index import Index
from neurofeedback.store.models import AuditRow
from neurofeedback.store.participants import notes_of
from neurofeedback.store.place import find_place
from neurofeedback.store.records import record_problems
from neurofeedback.store.responses import responses_of
from neurofeedback.study.guesses import guesses

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = DebriefEntry(
    note="slept badly",
    effects=(Effect("headache", "mild"), Effect("other", "severe")),
    effect_words="ringing in the ears",
    responses=(Response(MOOD, (40, 50, 60)),),
    guesses=(GuessGiven("participant", "real", 70, "it followed me"),
             GuessGiven("operator", "unknown", 0)),
)  # fmt: skip


@pytest.fixture
def layout(tmp_path):
    return SessionLayout.find(record(tmp_path / "data"))


@pytest.fixture
def index(layout, tmp_path):
    place = find_place(layout.root, str(tmp_path / "index.sqlite3"))
    return Index(place, who="A. Smith", clock=lambda: NOON)


def keeper(layout, index):
    return DebriefKeeper(layout, index, "B. Jones", lambda: NOON)


def test_everything_is_kept_in_its_place(layout, index):
    saved = keeper(layout, index).save(ENTRY)
    kept = read_debrief(layout)
    assert (kept.note, kept.effects, kept.effect_words) == (
        "slept badly", ENTRY.effects, "ringing in the ears",
    )  # fmt: skip
    assert (kept.saved, kept.operator) == (NOON, "B. Jones")
    assert [(g.by, g.belief, g.confidence) for g in guesses(layout)] == [
        ("participant", "real", 70),
        ("operator", "unknown", 0),
    ]
    with index.read() as session:
        assert [note.text for note in notes_of(session, "p01")] == ["slept badly"]
        (row,) = responses_of(session, "p01")
        trail = session.query(AuditRow).filter_by(action="session.debriefed").one()
    assert (row.instrument, row.timing, row.answers) == ("mood", "after", [40, 50, 60])
    assert row.session_id is not None
    assert trail.subject == "sub-p01/ses-01"
    details = json.loads(trail.details)
    assert set(details) == {"beside", "effects", "records"}
    assert set(details["beside"]) == {"debrief.json", "guesses.jsonl"}
    assert details["effects"] == {"headache": "mild", "other": "severe"}
    assert sorted(details["records"]) == ["notes:1", "participants:1", "scales:1", "sessions:1"]
    with index.read() as session:
        assert record_problems(session) == []  # the digests are those of what is there
    assert saved.waiting == ()


def test_saving_again_adds_nothing(layout, index):
    keeper(layout, index).save(ENTRY)
    keeper(layout, index).save(ENTRY)
    assert len(guesses(layout)) == 2
    with index.read() as session:
        assert len(notes_of(session, "p01")) == 1
        assert len(responses_of(session, "p01")) == 1


def test_another_guess_is_kept_beside_the_first(layout, index):
    keeper(layout, index).save(ENTRY)
    keeper(layout, index).save(DebriefEntry(guesses=(GuessGiven("operator", "control", 60),)))
    assert [g.belief for g in guesses(layout)] == ["real", "unknown", "control"]


def test_an_index_that_fails_costs_neither_note_nor_effects(layout, index):
    index.place.file.write_bytes(b"no database" * 100)
    with pytest.raises(UserError, match="saved beside the session .* but not in the index"):
        keeper(layout, index).save(ENTRY)
    assert read_debrief(layout).note == "slept badly"
    assert len(guesses(layout)) == 2


def test_without_an_index_what_needs_none_is_kept(layout):
    with pytest.raises(UserError, match="switched off"):
        keeper(layout, None).save(ENTRY)
    assert read_debrief(layout) is None
    keeper(layout, None).save(DebriefEntry(note="fine", effects=()))
    assert read_debrief(layout).effects == ()


def test_a_prompt_that_is_raised_comes_back(layout, index):
    raised = DebriefEntry(responses=(Response(PHQ9, (0,) * 8 + (1, None)),))
    (waiting,) = keeper(layout, index).save(raised).waiting
    assert (waiting.participant, waiting.prompt.item, waiting.prompt.answer) == ("p01", 9, 1)
