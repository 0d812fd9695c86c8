import copy
import tomllib
from typing import Any

import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protocol_strategy import protocols
from pydantic import ValidationError

from neurofeedback.protocols.file.reading import library, load_protocol, parse_protocol
from neurofeedback.protocols.file.reference import describe_file
from neurofeedback.protocols.file.schema import place_at
from neurofeedback.protocols.file.writing import to_toml
from neurofeedback.protocols.spec import LABELS, ProtocolSpec

SLOW = settings(
    max_examples=examples(200),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("comments", [False, True])
@pytest.mark.parametrize("name", library())
def test_the_library_comes_back_equal(name: str, comments: bool) -> None:
    spec = load_protocol(name)
    text = to_toml(spec, comments=comments)
    assert parse_protocol(text) == spec
    assert to_toml(parse_protocol(text), comments=comments) == text
    assert ("# " in text) == comments


@given(protocols(), st.booleans())
@SLOW
def test_any_protocol_comes_back_equal(spec: ProtocolSpec, comments: bool) -> None:
    again = parse_protocol(to_toml(spec, comments=comments))
    assert again == spec
    assert again.hash == spec.hash


@given(protocols())
@SLOW
def test_every_value_is_written_out(spec: ProtocolSpec) -> None:
    """What is written stays what it is, whatever the defaults become."""
    fields = tomllib.loads(to_toml(spec))
    for path, value in leaves(spec.model_dump(mode="json")):
        if value is not None and value != {}:
            assert value_at(fields, path) == value


def leaves(value: Any, path: tuple[str | int, ...] = ()):
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    if not items or isinstance(value, list) and not value:
        yield path, value
    for key, inner in items:
        yield from leaves(inner, (*path, key))


def value_at(fields: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        fields = fields[part]
    return fields


def other_value(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return draw(st.sampled_from([value + 1, value * 0.5 if value else 0.25, value + 0.125]))
    if isinstance(value, str):
        words = ["up", "down", "open", "closed", "ratio", "never", "all", "chime", "bar", "csd",
                 "rest", "transfer", "cfir", "above", "below", "binary", "yoked", "LCMV", "pgACC",
                 "fsaverage", f"{value}x", "phase-scrambled", "none"]  # fmt: skip
        return draw(st.sampled_from([w for w in words if w != value]))
    return [draw(st.sampled_from(["mood", "F3"]))] if value == [] else "off"


@given(protocols(), st.data())
@SLOW
def test_a_hash_changes_with_every_value_that_is_not_a_label(spec, data) -> None:
    fields = spec.model_dump(mode="json")
    path, value = data.draw(st.sampled_from(sorted(leaves(fields), key=repr)))
    if not path:
        return
    changed = copy.deepcopy(fields)
    value_at(changed, path[:-1])[path[-1]] = other_value(data.draw, value)
    try:
        other = ProtocolSpec.model_validate(changed)
    except ValidationError:
        return
    if other == spec:
        return
    assert (other.hash == spec.hash) == (path[0] in LABELS)


@given(protocols(), st.randoms(use_true_random=False))
@SLOW
def test_a_hash_does_not_depend_on_the_order_of_keys_or_on_whole_numbers(spec, random) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = list(value.items())
            random.shuffle(items)
            return {key: shuffled(inner) for key, inner in items}
        if isinstance(value, list):
            return [shuffled(inner) for inner in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    assert ProtocolSpec.model_validate(shuffled(spec.model_dump(mode="json"))).hash == spec.hash


@given(protocols())
@SLOW
def test_a_hash_does_not_depend_on_whether_defaults_are_written(spec: ProtocolSpec) -> None:
    brief = spec.model_dump(mode="json", exclude_defaults=True)
    brief["version"] = 1
    if brief.get("threshold"):
        brief["threshold"]["rule"] = spec.threshold.rule
    assert ProtocolSpec.model_validate(brief).hash == spec.hash


def test_a_comment_stands_above_every_key_where_it_occurs_first() -> None:
    rows = to_toml(load_protocol("faa-demo"), comments=True).splitlines()
    commented = {
        row.split(" = ")[0]
        for before, row in zip(rows, rows[1:], strict=False)
        if before.startswith("# ") and " = " in row and not row.startswith("#")
    }
    written = {row.split(" = ")[0] for row in rows if " = " in row and row[0] != "#"}
    assert commented == {key for key in written if " " not in key}
    assert {"band", "dwell", "seconds", "target_rate", "muscle", "scene"} <= commented


def test_every_key_of_the_model_is_described() -> None:
    for table in describe_file():
        assert table.meaning
        for doc in table.keys:
            assert doc.meaning.endswith((".", ")")), (table.path, doc)
            assert doc.allowed
            assert "`" not in doc.meaning


def test_every_number_that_is_a_quantity_has_a_unit() -> None:
    unitless = {"version", "seed", "weight", "target_rate", "percentile", "value", "easy", "hard",
                "line_noise", "muscle", "repeat", "least_share", "rebuilt", "dwell"}  # fmt: skip
    for table in describe_file():
        for doc in table.keys:
            if "number" in doc.allowed and not doc.unit:
                assert doc.key in unitless, (table.path, doc.key)


def test_the_first_line_of_a_text_may_be_empty() -> None:
    spec = load_protocol("faa-up").model_copy(update={"description": "\n\n a\r\n\tb\n\n"})
    assert parse_protocol(to_toml(spec)) == spec
    assert place_at(("description",), {}).allowed
