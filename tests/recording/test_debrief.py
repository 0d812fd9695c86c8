import stat
from datetime import datetime, timedelta

import pytest
from recorded_session import record_session

from neurofeedback.errors import UserError
from neurofeedback.recording.debrief import (
    EFFECTS,
    Debrief,
    Effect,
    debrief_path,
    read_debrief,
    write_debrief,
)
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files

LOCAL = datetime.fromisoformat("2026-03-01T11:00:00+01:00")
WHOLE = Debrief(
    LOCAL, "B. Jones", "slept bädly\nsince Monday", (Effect("headache", "mild"),), "since noon"
)


@pytest.fixture
def layout(tmp_path):
    return SessionLayout.new(tmp_path, "P01", "faa-up")


@pytest.mark.parametrize("debrief", [WHOLE, Debrief(LOCAL), Debrief(LOCAL, effects=())])
def test_it_is_read_back_as_it_was_written(layout, debrief):
    assert write_debrief(layout, debrief) == debrief_path(layout)
    assert read_debrief(layout) == debrief


def test_none_is_not_the_same_as_nobody_asked(layout):
    write_debrief(layout, Debrief(LOCAL, effects=()))
    assert read_debrief(layout).effects == ()
    write_debrief(layout, Debrief(LOCAL))
    assert read_debrief(layout).effects is None


def test_it_is_private_and_leaves_nothing_else(layout):
    write_debrief(layout, WHOLE)
    path = write_debrief(layout, WHOLE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_where_there_is_none_there_is_none(layout):
    assert read_debrief(layout) is None


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"format": 2}', WHOLE.to_json().replace('"mild"', '"a bit"'),
     WHOLE.to_json().replace('"since noon"', "7"), WHOLE.to_json().replace("+01:00", "")],
)  # fmt: skip
def test_anything_else_is_refused_with_the_name_of_the_file(layout, text):
    debrief_path(layout).write_text(text)
    with pytest.raises(UserError, match=r"debrief\.json cannot be understood"):
        read_debrief(layout)


def test_a_failed_write_leaves_the_earlier_one(layout):
    write_debrief(layout, WHOLE)
    gone = SessionLayout(layout.root, "P02", 1, "faaup")
    with pytest.raises(UserError, match="cannot be written"):
        write_debrief(gone, WHOLE)
    assert read_debrief(layout) == WHOLE


def test_only_known_effects_and_severities():
    with pytest.raises(UserError, match=EFFECTS[0]):
        Effect("nausea", "mild")
    with pytest.raises(UserError, match="moderate"):
        Effect("headache", "4")


def test_disguised_keeps_effects_and_no_words():
    hidden = WHOLE.disguised(-100)
    assert hidden.effects == WHOLE.effects
    assert (hidden.operator, hidden.note, hidden.effect_words) == ("", "", "")
    assert hidden.saved == LOCAL - timedelta(weeks=100)
    assert hidden.saved.utcoffset() == timedelta(0)


def test_a_finished_session_stays_sound_beside_it(tmp_path):
    layout = record_session(tmp_path)
    write_debrief(layout, WHOLE)
    assert check_files(layout) == []
