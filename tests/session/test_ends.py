"""Reasons of an end are found again as the messages they were."""

import signal

import pytest

from neurofeedback.protocols.run import protocol_run
from neurofeedback.session.ends import (
    ABORTED,
    FIXED,
    NO_BASELINE,
    asked,
    end_in_words,
    silence,
    told_by,
)
from neurofeedback.words.message import Message


@pytest.mark.parametrize(
    "reason", [*FIXED, silence(), asked(20.0), told_by(signal.Signals.SIGTERM.name)]
)
def test_a_reason_is_found_again_by_what_it_says(reason: Message) -> None:
    found = end_in_words(str(reason), seconds=20.4)
    assert isinstance(found, Message)
    assert (found.template, found.fields) == (reason.template, reason.fields)


def test_what_is_not_known_stays_as_it_is() -> None:
    assert end_in_words("power cut", 1.0) == "power cut"


def test_the_protocol_s_own_ends_are_among_them() -> None:
    assert (protocol_run.ABORTED, protocol_run.NO_BASELINE) == (ABORTED, NO_BASELINE)
    assert {ABORTED, NO_BASELINE} <= set(FIXED)
