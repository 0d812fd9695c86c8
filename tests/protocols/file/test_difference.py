import json

import pytest
from example_protocol import TEXT
from hypothesis import HealthCheck, given, settings
from protocol_strategy import protocols

from neurofeedback.protocols.file.difference import Difference, differences, in_words
from neurofeedback.protocols.file.reading import load_protocol, parse_protocol
from neurofeedback.protocols.spec import ProtocolSpec

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
THETA = {"kind": "power", "name": "theta", "channels": ["Fz"]}


def changed(*changes: tuple[str, str]) -> tuple[Difference, ...]:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return differences(parse_protocol(TEXT), parse_protocol(text))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("delay = 0.04", "delay = 0.1",
         Difference("signal.features.faa.envelope.delay", 0.04, 0.1, "s")),
        ("band = [8.0, 13.0]", "band = [8, 12]",
         Difference("signal.features.faa.envelope.band", [8.0, 13.0], [8.0, 12.0], "Hz")),
        ("amplitude = 100e-6", "amplitude = 75e-6",
         Difference("signal.gate.amplitude", 1e-4, 7.5e-5, "V")),
        ("flat = 1e-7", 'muscle = "off"', Difference("signal.gate.muscle", 3.0, None, "")),
        ("seconds = 30.0", "seconds = 60", Difference("blocks.#1.seconds", 30.0, 60.0, "s")),
        ('direction = "up"', 'direction = "down"',
         Difference("target.conditions.faa.direction", "up", "down")),
        ('kind = "train"', 'kind = "transfer"', Difference("blocks.#2.kind", "train", "transfer")),
        ("[reward]", "[control]\nkind = 'yoked'\n[reward]",
         Difference("control", None, {"kind": "yoked", "shift": 60.0})),
    ],
)  # fmt: skip
def test_what_differs_is_told_with_both_values_and_the_unit(old, new, expected) -> None:
    assert changed((old, new)) == (expected,)


def test_labels_are_no_difference() -> None:
    other = parse_protocol(TEXT.replace('title = "', 'title = "x', 1))
    assert differences(parse_protocol(TEXT), other) == ()
    assert other.hash == parse_protocol(TEXT).hash


def test_another_rule_is_told_with_the_keys_that_go_and_come() -> None:
    found = changed(('rule = "target-rate"\ntarget_rate = 0.65\nupdate = "between-blocks"',
                     'rule = "mean-sd"\nk = 1'))  # fmt: skip
    assert {(d.key, d.old, d.new) for d in found} == {
        ("threshold.rule", "target-rate", "mean-sd"),
        ("threshold.target_rate", 0.65, None),
        ("threshold.update", "between-blocks", None),
        ("threshold.k", None, 1.0),
    }


def test_features_are_compared_by_name() -> None:
    old = load_protocol("faa-up").model_dump(mode="json")
    new = json.loads(json.dumps(old))
    new["signal"]["features"].insert(0, THETA)
    (found,) = differences(*map(ProtocolSpec.model_validate, (old, new)))
    assert found.key == "signal.features.theta"
    assert found.old is None
    assert found.new["channels"] == ["Fz"]
    old["signal"]["features"].append(THETA)
    (found,) = differences(*map(ProtocolSpec.model_validate, (old, new)))
    assert found == Difference("signal.features (order)", ["faa", "theta"], ["theta", "faa"])


@given(protocols(), protocols())
@SLOW
def test_there_is_a_difference_exactly_where_hashes_differ(a, b) -> None:
    assert differences(a, a) == ()
    assert bool(differences(a, b)) == (a.hash != b.hash)
    keys = [d.key for d in differences(a, b)]
    assert len(set(keys)) == len(keys)
    assert sorted(keys) == sorted(d.key for d in differences(b, a))
    json.dumps([d.to_dict() for d in differences(a, b)], allow_nan=False)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(1e-4, "V", "100 uV"), (0.04, "s", "0.04 s"), ([8.0, 13.0], "Hz", "8, 13 Hz"),
     (None, "V", "nothing"), ([], "", "none"), (True, "", "yes"), ("up", "", "up"),
     ({"kind": "yoked", "shift": 30.0}, "", "(kind yoked, shift 30 s)"), (3, "", "3")],
)  # fmt: skip
def test_values_are_written_for_people(value, unit, words) -> None:
    assert in_words(value, unit) == words
