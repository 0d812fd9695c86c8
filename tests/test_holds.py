"""A hold is written as before, and read back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.frames import SETTLING
from neurofeedback.holds import ALONE, AT_A_CHANNEL, AT_ELECTRODES, REGION, Hold
from neurofeedback.protocols.run.evaluator import PAUSED
from neurofeedback.session.live.checks import RATE, REPEATED, UNIT
from neurofeedback.session.status import STALE
from neurofeedback.signal.gate import artifact_filters, samples
from neurofeedback.signal.pipeline import GAP, REBUILT

NAMES = st.text(min_size=1)
HOLDS = st.one_of(
    st.builds(Hold, st.sampled_from(ALONE)),
    st.builds(Hold, st.sampled_from(AT_A_CHANNEL + AT_ELECTRODES), NAMES),
    st.builds(Hold, st.just(REGION), NAMES, st.integers(0, 100)),
)


@given(HOLDS)
def test_what_is_written_is_read_back(hold: Hold) -> None:
    assert Hold.read(str(hold)) == hold


@given(st.text() | st.builds(str, HOLDS).map(lambda text: text + " "))
def test_any_text_is_read_and_stays_as_it_is(text: str) -> None:
    assert str(Hold.read(text)) == text


@pytest.mark.parametrize(
    ("hold", "text"),
    [
        (Hold("amplitude", "F3"), "amplitude F3"),
        (Hold("not a number", "Cz"), "not a number Cz"),
        (Hold("bridge", "F3-F4"), "bridge F3-F4"),
        (Hold("settling"), "settling"),
        (Hold("region", "pgACC", 3), "region pgACC explains 3 %"),
    ],
)
def test_it_is_written_as_sessions_have_it(hold: Hold, text: str) -> None:
    assert str(hold) == text


def test_every_cause_there_is_has_its_place() -> None:
    assert set(AT_A_CHANNEL) == {*samples.CAUSES, *artifact_filters.CAUSES}
    assert set(ALONE) == {SETTLING, PAUSED, GAP, REBUILT, STALE, RATE, REPEATED, UNIT}
