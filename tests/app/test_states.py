from __future__ import annotations

import math

import pytest

from neurofeedback.app.states import (
    block_names,
    clock,
    delay_line,
    feature_line,
    hold_in_words,
    microvolts,
    percent,
    protocol_facts,
)  # fmt: skip
from neurofeedback.frames import FeatureDescriptor
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.signal.gate import artifact_filters, samples


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("amplitude F3", "F3 moved more than the amplitude limit"),
        ("flat AF7", "AF7 is flat"),
        ("not a number Cz", "Cz delivers no values"),
        ("settling", "settling"),
        ("something new", "something new"),
    ],
)
def test_holds_are_told_in_words(reason: str, part: str) -> None:
    assert part in hold_in_words(reason)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.99, "0:59"), (60, "1:00"), (3661, "1:01:01"), (-1, "0:00"),
     (math.nan, "-:--")],
)  # fmt: skip
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_units() -> None:
    assert microvolts(50e-6) == "50 \u00b5V"
    assert percent(0.654) == "65 %"
    assert percent(math.nan) == "\u2013"


def test_feature_line_has_formula_window_and_both_delays() -> None:
    descriptor = FeatureDescriptor(
        "faa", "ln ratio", "ln P(F4) - ln P(F3), 8-13 Hz, reference average", 0.165, 0.25
    )
    assert feature_line(descriptor) == "FAA = ln P(F4) - ln P(F3), 8-13 Hz, reference average"
    line = delay_line(descriptor, 0.07)
    assert line == "window 0.25 s \u00b7 delay 0.17 s + display 0.07 s"


def test_block_names_and_facts() -> None:
    spec = load_protocol("faa-demo")
    names = block_names(list(spec.iter_blocks()))
    assert names == ["Baseline", "Training 1", "Rest", "Training 2"]
    facts = protocol_facts(spec)
    assert facts.startswith("Baseline 10 s, training 2 \u00d7 20 s with 3 s rest; 0:53")
    assert "65 %" in facts


@pytest.mark.parametrize("cause", [*samples.CAUSES, *artifact_filters.CAUSES])
def test_every_cause_of_the_gate_has_words_that_say_more_than_its_name(cause: str) -> None:
    words = hold_in_words(f"{cause} F3")
    assert "F3" in words
    assert words != f"{cause} F3"
