from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.words.language import set_language, tr
from neurofeedback.words.message import Message, joined, message_of

HELD = "No samples from {name!r} for {seconds:.1f} s. Feedback is held."


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    set_language("en")


def held() -> Message:
    return Message(HELD, name="amp", seconds=1.25)


def test_it_is_its_english_text() -> None:
    said = held()
    assert said == "No samples from 'amp' for 1.2 s. Feedback is held."
    assert json.loads(json.dumps({"text": said})) == {"text": str(said)}
    assert type(str(said)) is str
    assert hash(said) == hash(str(said))


def test_it_is_shown_in_a_language_with_its_numbers() -> None:
    said = Message("{names} and {last}", names=Message("up"), last=0.5)
    assert said == "up and 0.5"
    assert said.in_language("de") == "aufwärts und 0,5"
    set_language("de")
    assert tr(said) == "aufwärts und 0,5"
    assert tr("{names} and {last}", names=Message("up"), last=0.5) == "aufwärts und 0,5"


def test_what_no_catalogue_has_stays_english() -> None:
    assert Message("Nobody says {x:.1f}.", x=0.5).in_language("de") == "Nobody says 0,5."
    assert Message("up").in_language("xx") == "up"


def test_copies_and_pickles_can_still_be_translated() -> None:
    said = Message("{names} and {last}", names=Message("up"), last="{x}")
    for again in (copy.copy(said), copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert again == said
        assert again.in_language("de") == "aufwärts und {x}"

    @dataclass
    class Holder:
        text: str

    assert asdict(Holder(said))["text"] == said


def test_joined_leaves_out_what_is_empty() -> None:
    assert joined([]) == ""
    said = joined([Message("up"), "", "F3"], "; ")
    assert said == "up; F3"
    assert said.in_language("de") == "aufwärts; F3"


def test_any_error_may_carry_a_message() -> None:
    assert message_of(ValueError(held())).template == HELD
    assert Message("{reason}", reason=ValueError(held())).fields["reason"].template == HELD
    assert message_of(ValueError("as it is")) == "as it is"
    assert message_of(ValueError()) == ""


def test_an_error_says_its_message() -> None:
    error = UserError("{names} and {last}", names=Message("up"), last=UserError("down"))
    assert str(error) == "up and down"
    assert error.message.in_language("de") == "aufwärts und abwärts"
    assert UserError(error.message).message is error.message
    assert Message("{last}", last=OSError(28, "No space")) == "[Errno 28] No space"


@given(st.text())
def test_braces_in_a_field_or_in_a_text_without_fields_are_themselves(text: str) -> None:
    assert Message("{x}", x=text) == text
    assert Message(text) == text
    assert joined([text, text]) == (f"{text} {text}" if text else "")
