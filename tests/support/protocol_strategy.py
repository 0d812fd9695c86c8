"""Protocols made at random from the model's own schema, for property tests."""

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from neurofeedback.protocols.file.schema import kinds_of, protocol_schema, resolved
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.signal.settings_base import HIDDEN

TEXT = st.text(
    st.one_of(
        st.sampled_from("ab \t\"'\\#=[]\n\r\u00a0\u0301"),
        st.characters(codec="utf-8"),
    ).filter(lambda c: HIDDEN.search(c) is None)
)


def from_schema(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Make plain values that a node of the schema allows."""
    node = resolved(node)
    if "const" in node:
        return st.just(node["const"])
    if "enum" in node:
        return st.sampled_from(node["enum"])
    if kinds_of(node):
        return st.one_of(*(from_schema({"$ref": kind}) for kind in kinds_of(node).values()))
    for several in ("oneOf", "anyOf"):
        if several in node:
            return st.one_of(*(from_schema(option) for option in node[several]))
    return BY_TYPE[node["type"]](node)


def _number(node: dict[str, Any]) -> st.SearchStrategy[float]:
    low = node.get("minimum", node.get("exclusiveMinimum", -1e3))
    high = node.get("maximum", node.get("exclusiveMaximum", 1e3))
    return st.floats(
        low,
        high,
        exclude_min="exclusiveMinimum" in node,
        exclude_max="exclusiveMaximum" in node,
        allow_subnormal=False,
    )


def _integer(node: dict[str, Any]) -> st.SearchStrategy[int]:
    high = node.get("maximum", node.get("exclusiveMaximum", 1000))
    return st.integers(node.get("minimum", 0), high - ("exclusiveMaximum" in node))


def _string(node: dict[str, Any]) -> st.SearchStrategy[str]:
    if "pattern" in node:
        return st.from_regex(node["pattern"], fullmatch=True).filter(lambda t: "\n" not in t)
    least, most = node.get("minLength", 0), min(node.get("maxLength", 12), 12)
    return TEXT.map(lambda t: t[:most]).filter(lambda t: len(t) >= least)


def _array(node: dict[str, Any]) -> st.SearchStrategy[list[Any]]:
    if "prefixItems" in node:
        return st.tuples(*map(from_schema, node["prefixItems"])).map(list)
    least = node.get("minItems", 0)
    items = from_schema(node["items"])
    return st.lists(items, min_size=least, max_size=min(node.get("maxItems", 3), least + 1))


def _object(node: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    if "patternProperties" in node:
        ((pattern, inner),) = node["patternProperties"].items()
        keys = _string({"pattern": pattern})
        return st.dictionaries(keys, from_schema(inner), max_size=2)
    given = {k: from_schema(v) for k, v in node.get("properties", {}).items()}
    required = set(node.get("required", ()))
    return st.fixed_dictionaries(
        {k: v for k, v in given.items() if k in required},
        optional={k: v for k, v in given.items() if k not in required},
    )


BY_TYPE = {
    "number": _number,
    "integer": _integer,
    "string": _string,
    "boolean": lambda node: st.booleans(),
    "array": _array,
    "object": _object,
    "null": lambda node: st.none(),
}


FIELDS = from_schema(protocol_schema())


@st.composite
def protocols(draw: st.DrawFn) -> ProtocolSpec:
    """Make a protocol: what the schema allows, then mended where its parts must fit together."""
    fields = draw(FIELDS)
    names = _mend_features(draw, fields["signal"])
    _mend_target(draw, fields, names)
    fields["evidence"] = draw(st.lists(st.sampled_from(["10.1/a", "10.1234/b.c-d"]), max_size=2))
    texts = fields.get("instructions", {}).get("texts", {})
    for translations in texts.values():
        translations["en"] = draw(TEXT.filter(bool))
    for block in fields["blocks"]:
        block.pop("instruction", None)
        if texts and draw(st.booleans()):
            block["instruction"] = draw(st.sampled_from(sorted(texts)))
    fields["blocks"].insert(0, {"kind": "baseline", "seconds": 30})
    rule = fields.get("threshold", {})
    if rule.get("rule") == "staircase":
        rule["easy"], rule["hard"] = 0.9 - 0.2 * draw(st.floats(0, 1)), 0.4
    try:
        return ProtocolSpec.model_validate(fields)
    except ValidationError:
        assume(False)
        raise


def _mend_features(draw: st.DrawFn, signal: dict[str, Any]) -> list[str]:
    for index, feature in enumerate(signal["features"]):
        feature["name"] = f"{feature['name'][:28]}{index}"
        for sides in (feature, *feature.get("alternatives", ())):
            if "left" in sides:
                n = draw(st.integers(1, 3))
                sides["left"] = [f"L{i}" for i in range(n)]
                sides["right"] = [f"R{i}" for i in range(n)]
        envelope = feature.get("envelope", {})
        band = envelope.get("band")
        if isinstance(band, list):
            envelope["band"] = sorted([4.0 + abs(b) % 40 for b in band])
        elif band is not None:
            band["fallback"] = [8, 12.5]
        if envelope:
            envelope["length"] = 1.0 + 3.0 * draw(st.floats(0, 1))
    return [feature["name"] for feature in signal["features"]]


def _mend_target(draw: st.DrawFn, fields: dict[str, Any], names: list[str]) -> None:
    target = fields.get("target")
    if target is None:
        target = fields["target"] = {}
    n = draw(st.integers(1, len(names)))
    conditions = target.get("conditions", [])[:n] or [{}]
    target["conditions"] = [
        {**c, "feature": name} for c, name in zip(conditions, names, strict=False)
    ]
    for inhibit in target.get("inhibits", ()):
        inhibit["feature"] = draw(st.sampled_from(names))
        for key in ("percentile", "value"):
            inhibit.pop(key, None)
        inhibit[draw(st.sampled_from(["percentile", "value"]))] = draw(st.floats(1, 99))
