from typing import get_args

import pytest
from example_protocol import TEXT
from pydantic import ValidationError

from neurofeedback.protocols import consistency, spec
from neurofeedback.protocols.file.reading import load_protocol, parse_protocol
from neurofeedback.protocols.spec import LABELS, ProtocolSpec

FIELDS = parse_protocol(TEXT).model_dump(mode="json")


def changed(path: str, value: object) -> dict:
    """Return the fields of faa-up with one of them changed, e.g. ``blocks.1.repeat``."""
    fields = ProtocolSpec.model_validate(FIELDS).model_dump(mode="json")
    *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    inner = fields
    for part in way:
        inner = inner[part]
    inner[last] = value
    return fields


def test_blocks_are_written_out_with_rests_between() -> None:
    kinds = [block.kind for block in load_protocol("faa-demo").iter_blocks()]
    assert kinds == ["baseline", "train", "rest", "train"]


def test_the_rules_know_the_same_kinds_of_blocks_as_the_model() -> None:
    assert get_args(spec.BlockKind) == consistency.KINDS
    assert spec.SCORED == consistency.SCORED


CONDITION = {"feature": "faa", "direction": "up", "weight": 1.0}


@pytest.mark.parametrize(
    ("path", "value", "loc", "says"),
    [
        ("target.conditions.0.feature", "fa", ("target", "conditions", 0, "feature"), "'faa'"),
        ("target.inhibits", [{"feature": "emg", "percentile": 90}],
         ("target", "inhibits", 0, "feature"), "'emg'"),
        ("target.conditions", [CONDITION, CONDITION], ("target", "conditions", 1, "feature"),
         "second time"),
        ("target", None, ("blocks", 1, "kind"), r"needs a \[target\]"),
        ("blocks.0.kind", "rest", ("blocks", 1, "kind"), "no baseline block"),
        ("blocks.1.kind", "transfer", None, ""),
        ("blocks.1.instruction", "rest-well", ("blocks", 1, "instruction"), "none"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told_at_its_place(path, value, loc, says) -> None:
    fields = changed(path, value)
    if loc is None:
        ProtocolSpec.model_validate(fields)
        return
    with pytest.raises(ValidationError, match=says) as refused:
        ProtocolSpec.model_validate(fields)
    assert [e["loc"] for e in refused.value.errors()] == [loc]


@pytest.mark.parametrize(
    "garbage",
    [{}, {"blocks": 5}, {"blocks": [1, {"kind": ["train"]}]}, {"target": 3, "signal": []},
     {"signal": {"features": [{"name": {}}]}, "target": {"conditions": [{"feature": []}]}},
     {"instructions": {"texts": 5}, "blocks": [{"instruction": "x"}]},
     {"instructions": 5, "blocks": {"kind": "train"}}],
)  # fmt: skip
def test_values_that_cannot_be_understood_are_no_disagreement(garbage) -> None:
    for loc, says in consistency.disagreements(garbage):
        assert loc[0] in garbage or "instruction" in loc
        assert says


# What a hash means: it changes when and only when the meaning does.


@pytest.mark.parametrize("label", LABELS)
def test_what_is_said_about_a_protocol_is_not_its_meaning(label: str) -> None:
    other: dict[str, object] = {"experimental": True, "evidence": ["10.1/x"]}
    fields = changed(label, other.get(label, "another"))
    assert ProtocolSpec.model_validate(fields) != parse_protocol(TEXT)
    assert ProtocolSpec.model_validate(fields).hash == parse_protocol(TEXT).hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version = 1", "# a remark\nversion = 1   # another"),
        ("170.0", "170"),
        ("170.0", "1.7e2"),
        ("dwell = 0.25\nrefractory = 1.0", "refractory = 1.0\ndwell = 0.25"),
        ("[reward]\ndwell = 0.25\nrefractory = 1.0\n", ""),  # these are the defaults
        ("[reward]", '[reward]\nfeedback = "proportional"'),
        ("\n[signal.montage]", "seed = 0\n\n[signal.montage]"),
        ("band = [8.0, 13.0]", "band = [ 8,\n  13, ]"),
        ('left = ["F3"]', "'left' = ['F3']"),
        ("\n", "\r\n"),
    ],
)
def test_a_hash_does_not_change_with_how_the_same_is_written(old: str, new: str) -> None:
    assert old in TEXT
    assert parse_protocol(TEXT.replace(old, new)).hash == parse_protocol(TEXT).hash


def test_zero_has_no_sign() -> None:
    plus, minus = (ProtocolSpec.model_validate(changed("reward.dwell", z)) for z in (0.0, -0.0))
    assert plus.hash == minus.hash


def test_a_hash_survives_the_way_through_json() -> None:
    found = parse_protocol(TEXT)
    again = ProtocolSpec.model_validate_json(found.model_dump_json())
    assert again == found
    assert again.hash == found.hash
