import json
import tomllib

import pytest
from example_protocol import TEXT

from neurofeedback.protocols.file.problems import RefusedProtocol
from neurofeedback.protocols.file.reading import parse_protocol
from neurofeedback.protocols.file.schema import (
    PATTERNS,
    can_be_off,
    in_words,
    keys_of,
    place_at,
    places_with,
    protocol_schema,
    resolved,
    value_at,
)

FIELDS = tomllib.loads(TEXT)


def patterns_in(node: object):
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        yield from node.get("patternProperties", {})
        for inner in node.values():
            yield from patterns_in(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from patterns_in(inner)


def test_every_pattern_of_the_model_has_words() -> None:
    assert set(patterns_in(protocol_schema())) == set(PATTERNS)


@pytest.mark.parametrize(
    ("loc", "path", "allowed"),
    [
        ((), (), "a table"),
        (("seed",), ("seed",), "a whole number at least 0 and below 2^63"),
        (("threshold", "target-rate", "target_rate"), ("threshold", "target_rate"),
         "a number from 0.1 to 0.9"),
        (("threshold", "target_rate"), ("threshold", "target_rate"), "a number from 0.1 to 0.9"),
        (("signal", "features", 0, "asymmetry", "envelope", "band"),
         ("signal", "features", 0, "envelope", "band"),
         "two numbers in brackets or a table with individual = 'alpha'"),
        (("signal", "features", 0, "asymmetry", "envelope", "band", "pair", 1),
         ("signal", "features", 0, "envelope", "band", 1), "a number"),
        (("signal", "montage", "reference", "literal[...]"), ("signal", "montage", "reference"),
         "'average', 'as-recorded', 'csd' or a list of values, each text of 1 to 32 characters"),
        (("signal", "gate", "muscle"), ("signal", "gate", "muscle"),
         "a number above 1 and at most 1000 or 'off'"),
        (("instructions", "texts", "calm", "de"), ("instructions", "texts", "calm", "de"),
         "text of 1 to 2000 characters"),
        (("instructions", "texts", "Bad", "[key]"), ("instructions", "texts", "Bad"), "a table"),
        (("rewards", "dwell"), ("rewards",), ""),
        (("control", "shift"), ("control", "shift"), "a number from 10 to 600"),
    ],
)  # fmt: skip
def test_a_place_is_found_with_and_without_tags(loc, path, allowed) -> None:
    place = place_at(loc, FIELDS)
    assert place.path == path
    assert place.allowed == allowed


def test_words_and_the_model_agree_on_what_can_be_off() -> None:
    place = place_at(("signal", "gate"), FIELDS)
    for key in keys_of(place.node):
        lines = [row for row in TEXT.splitlines() if not row.startswith(f"{key} =")]
        lines.insert(lines.index("[signal.gate]") + 1, f'{key} = "off"')
        text = "\n".join(lines)
        try:
            parse_protocol(text)
            accepted = True
        except RefusedProtocol:
            accepted = False
        assert accepted == can_be_off(place.node, key), key


def test_a_key_is_found_in_every_table_that_knows_it() -> None:
    assert places_with("band") == ["signal.features.envelope"]
    assert places_with("target_rate") == ["threshold"]
    assert set(places_with("name")) == {"", "signal.features"}
    assert places_with("nonsense") == []


def test_values_are_looked_up_in_anything() -> None:
    assert value_at(FIELDS, ("blocks", 1, "repeat")) == 5
    assert value_at(FIELDS, ("blocks", 9, "repeat")) is None
    assert value_at(FIELDS, ("name", 0)) is None
    assert value_at(5, ("a",)) is None


def test_every_place_has_words() -> None:
    def walk(node):
        node = resolved(node)
        assert in_words(node)
        for option in (*node.get("oneOf", ()), *node.get("anyOf", ())):
            walk(option)
        for inner in keys_of(node).values():
            walk(inner)
        if isinstance(node.get("items"), dict):
            walk(node["items"])

    walk(protocol_schema())
    assert "$ref" in json.dumps(protocol_schema())  # it is a schema with references that is walked
