from datetime import UTC, datetime, timedelta

import pytest
from store_parts import record

from neurofeedback.app.due_scales import Answered, due_for, due_scales
from neurofeedback.protocols.spec import ScaleSettings
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import GAD7, MOOD, PHQ9
from neurofeedback.scales.own import EXPECTANCY, STRATEGIES, TODAY
from neurofeedback.store.index import Index
from neurofeedback.store.keeping import IndexResponses
from neurofeedback.store.place import find_place
from neurofeedback.store.rebuild import rebuild

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
WANTED = ScaleSettings(before=("phq-9", "gad-7", "mood"), after=("mood",))


def phq(days: float, timing: Timing = Timing.BEFORE) -> Answered:
    return Answered("phq-9", timing, NOON - timedelta(days=days))


def keys(timing: Timing, *answered: Answered) -> list[str]:
    return [found.key for found in due_scales(WANTED, timing, answered, NOON)]


def test_at_first_everything_is_due_in_the_order_of_the_protocol():
    assert due_scales(WANTED, Timing.BEFORE, (), NOON) == (PHQ9, GAD7, MOOD)
    assert due_scales(WANTED, Timing.AFTER, (), NOON) == (MOOD,)
    assert due_scales(WANTED, Timing.APART, (), NOON) == ()
    assert due_scales(ScaleSettings(), Timing.BEFORE, (), NOON) == ()


@pytest.mark.parametrize(
    ("days", "due"), [(0, False), (1, False), (13, False), (14, True), (60, True)]
)
def test_what_asks_about_two_weeks_is_due_after_two_weeks(days, due):
    assert ("phq-9" in keys(Timing.BEFORE, phq(days))) == due
    assert "gad-7" in keys(Timing.BEFORE, phq(days))


def test_days_are_those_of_the_calendar():
    """Every second Monday, an hour earlier than the last time."""
    local = NOON.astimezone().replace(hour=9)
    last = Answered("phq-9", Timing.BEFORE, local.replace(hour=10) - timedelta(days=14))
    assert due_scales(ScaleSettings(before=("phq-9",)), Timing.BEFORE, [last], local) == (PHQ9,)


def test_the_newest_answer_counts_whatever_its_timing():
    assert "phq-9" not in keys(Timing.BEFORE, phq(30), phq(2, Timing.APART), phq(20))


def test_what_is_expected_is_asked_once_before_the_first_session():
    wanted = ScaleSettings(before=("expectancy", "today"), after=("strategies",))
    assert due_scales(wanted, Timing.BEFORE, (), NOON) == (EXPECTANCY, TODAY)
    before = [Answered(key, Timing.BEFORE, NOON) for key in ("expectancy", "today")]
    assert due_scales(wanted, Timing.BEFORE, before, NOON) == (TODAY,)
    assert due_scales(wanted, Timing.AFTER, before, NOON) == (STRATEGIES,)


def test_mood_is_due_at_each_session_and_timing():
    here = Answered("mood", Timing.BEFORE, NOON, here=True)
    assert "mood" in keys(Timing.BEFORE, Answered("mood", Timing.BEFORE, NOON))
    assert "mood" not in keys(Timing.BEFORE, here)
    assert keys(Timing.AFTER, here) == ["mood"]
    assert keys(Timing.AFTER, Answered("mood", Timing.AFTER, NOON, here=True)) == []


@pytest.fixture
def index(tmp_path):
    record(tmp_path / "data")
    place = find_place(tmp_path / "data", str(tmp_path / "index.sqlite3"))
    index = Index(place, who="A. Smith", clock=lambda: NOON)
    rebuild(index)
    return index


def due(index, timing, layout=None, days=1):
    later = NOON + timedelta(days=days)
    return [i.key for i in due_for(index, WANTED, timing, "p01", later, layout)]


def test_due_follows_from_what_is_in_the_index(index):
    layout = SessionLayout.find(index.place.dataset / "sub-p01" / "ses-01")
    assert due(index, Timing.BEFORE) == ["phq-9", "gad-7", "mood"]
    store = IndexResponses(index, layout)
    store.keep("p01", Response(PHQ9, (0,) * 8 + (2, None)), Timing.BEFORE)  # not acknowledged
    store.keep("p01", Response(GAD7, (0, None, *(0,) * 6)), Timing.BEFORE)  # not whole
    store.keep("p01", Response(MOOD, (1, 2, 3)), Timing.AFTER)
    assert due(index, Timing.BEFORE) == ["gad-7", "mood"]
    assert due(index, Timing.BEFORE, days=14) == ["phq-9", "gad-7", "mood"]
    assert due(index, Timing.AFTER, layout) == []
    assert due(index, Timing.AFTER) == ["mood"]


def test_somebody_new_owes_everything(index):
    found = due_for(index, WANTED, Timing.BEFORE, "nobody", NOON)
    assert found == (PHQ9, GAD7, MOOD)
