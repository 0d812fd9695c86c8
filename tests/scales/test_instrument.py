from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.protocols.spec import ScaleSettings
from neurofeedback.scales.instrument import (
    Acknowledgement,
    Instrument,
    Response,
    ResponseState,
    Slider,
)
from neurofeedback.scales.library import GAD7, INSTRUMENTS, MOOD, PHQ9, instrument

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

# Cut points as published: Kroenke 2001 (5, 10, 15, 20) and Spitzer 2006 (5, 10, 15).
PHQ9_TABLE = (
    [(total, "minimal") for total in range(0, 5)]
    + [(total, "mild") for total in range(5, 10)]
    + [(total, "moderate") for total in range(10, 15)]
    + [(total, "moderately severe") for total in range(15, 20)]
    + [(total, "severe") for total in range(20, 28)]
)
GAD7_TABLE = (
    [(total, "minimal") for total in range(0, 5)]
    + [(total, "mild") for total in range(5, 10)]
    + [(total, "moderate") for total in range(10, 15)]
    + [(total, "severe") for total in range(15, 22)]
)


def spread(total: int, n_items: int) -> list[int]:
    """Answers of 0 to 3 that come to `total`, the last items first."""
    answers = []
    for left in reversed(range(n_items)):
        answers.append(min(3, max(0, total - 3 * left)) if left else total - sum(answers))
    return answers


@pytest.mark.parametrize(("total", "word"), PHQ9_TABLE)
def test_phq9_totals_have_the_published_severity(total, word):
    response = Response(PHQ9, (*spread(total, 9), None))
    assert (response.total, response.severity) == (total, word)


@pytest.mark.parametrize(("total", "word"), GAD7_TABLE)
def test_gad7_totals_have_the_published_severity(total, word):
    response = Response(GAD7, (*spread(total, 7), None))
    assert (response.total, response.severity) == (total, word)


@pytest.mark.parametrize("scale", [PHQ9, GAD7], ids=lambda s: s.key)
def test_bands_cover_every_total_once(scale: Instrument):
    highest = sum(3 for item in scale.items if item.scored)
    covered = [total for band in scale.bands for total in range(band.low, band.high + 1)]
    assert covered == list(range(highest + 1))


@pytest.mark.parametrize("scale", INSTRUMENTS.values(), ids=lambda s: s.key)
def test_items_offer_different_answers_and_accept_no_other(scale: Instrument):
    for item in scale.items:
        values = (
            range(item.answers.low, item.answers.high + 1)
            if isinstance(item.answers, Slider)
            else [choice.value for choice in item.answers]
        )
        assert list(values) == sorted(set(values))
        assert all(item.accepts(value) for value in values)
        assert not item.accepts(min(values) - 1)
        assert not item.accepts(max(values) + 1)


def test_the_published_questionnaires_are_whole():
    assert [item.scored for item in PHQ9.items] == [True] * 9 + [False]
    assert [item.scored for item in GAD7.items] == [True] * 7 + [False]
    assert PHQ9.reference == "10.1046/j.1525-1497.2001.016009606.x"
    assert GAD7.reference == "10.1001/archinte.166.10.1092"
    assert PHQ9.items[8].text.startswith("Thoughts that you would be better off dead")
    assert PHQ9.safety_item == 9
    for scale in (PHQ9, GAD7):
        assert "No permission required to reproduce, translate, display" in scale.terms
        assert [(c.value, c.label) for c in scale.items[0].answers] == [
            (0, "Not at all"),
            (1, "Several days"),
            (2, "More than half the days"),
            (3, "Nearly every day"),
        ]


def test_a_protocol_can_ask_for_every_questionnaire_and_for_no_other():
    field = ScaleSettings.model_fields["before"]
    assert set(get_args(get_args(field.annotation)[0])) == set(INSTRUMENTS)


def test_sliders_are_not_summed():
    response = Response(MOOD, (0, 50, 100))
    assert response.total is None
    assert response.severity == ""
    assert response.state is ResponseState.COMPLETE


answers = st.one_of(st.none(), st.integers(0, 3))


@given(st.lists(answers, min_size=10, max_size=10))
def test_no_total_while_a_scored_item_is_missing(given_answers):
    response = Response(PHQ9, tuple(given_answers))
    missing = [n for n, a in enumerate(given_answers[:9], start=1) if a is None]
    assert list(response.missing) == missing
    assert response.total == (None if missing else sum(given_answers[:9]))
    assert (response.state is ResponseState.INCOMPLETE) == bool(missing)
    assert bool(response.severity) == (not missing)


@given(st.lists(answers, min_size=10, max_size=10))
def test_any_answer_above_zero_to_item_9_must_be_acknowledged(given_answers):
    response = Response(PHQ9, tuple(given_answers))
    raised = bool(given_answers[8])
    assert (response.safety is not None) == raised
    if not raised:
        with pytest.raises(UserError, match="has no safety prompt"):
            response.acknowledged("A. Smith", NOON)
        return
    assert "Assess the risk" in response.safety.sentence
    assert PHQ9.items[8].label(given_answers[8]) in response.safety.sentence
    assert response.state is not ResponseState.COMPLETE
    read = response.acknowledged("A. Smith", NOON)
    assert (read.state is ResponseState.COMPLETE) == (not response.missing)
    assert read.answers == response.answers
    with pytest.raises(UserError, match=r"already, by A\. Smith"):
        read.acknowledged("B. Jones", NOON)


@pytest.mark.parametrize("who", ["", " ", "\t\n"])
def test_nobody_cannot_acknowledge(who):
    with pytest.raises(UserError, match="by name"):
        Acknowledgement(who, NOON)


def test_an_acknowledgement_without_time_zone_is_a_defect():
    with pytest.raises(ValueError, match="time zone"):
        Acknowledgement("A. Smith", datetime(2026, 3, 1))


@pytest.mark.parametrize("wrong", [-1, 4, 1.0, True, "1", "x" * 100, float("nan")])
def test_other_answers_are_refused_by_item_with_what_is_allowed(wrong):
    with pytest.raises(UserError, match=r"gad-7, item 2: .* allowed: 0 \(Not at all\), 1"):
        Response(GAD7, (0, wrong, 0, 0, 0, 0, 0, None))


@pytest.mark.parametrize("wrong", [-1, 101, 50.5])
def test_sliders_refuse_what_lies_beyond_their_ends(wrong):
    with pytest.raises(UserError, match="item 1: .* a whole number from 0 to 100"):
        Response(MOOD, (wrong, 0, 0))


@given(st.lists(answers, max_size=20).filter(lambda found: len(found) != 8))
def test_another_number_of_answers_is_refused(given_answers):
    with pytest.raises(UserError, match=f"8 items and {len(given_answers)} answers"):
        Response(GAD7, tuple(given_answers))


def test_a_questionnaire_is_found_by_name_and_wording():
    assert instrument("phq-9") is PHQ9
    assert instrument("gad-7", GAD7.version) is GAD7
    with pytest.raises(UserError, match="no scale 'bdi'; there are phq-9, gad-7, mood, "):
        instrument("bdi")
    with pytest.raises(UserError, match="not 'en-99'"):
        instrument("phq-9", "en-99")
