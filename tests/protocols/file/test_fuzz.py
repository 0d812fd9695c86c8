"""Presets damaged at random: no traceback, and every refusal names a key or a line."""

import re

from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.protocols.file.problems import RefusedProtocol
from neurofeedback.protocols.file.reading import library, parse_protocol
from neurofeedback.protocols.file.schema import keys_of, protocol_schema, resolved
from neurofeedback.protocols.file.writing import to_toml
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.protocols.warnings import warnings_of

TEXTS = {name: path.read_text(encoding="utf-8") for name, path in library().items()}
VALUES = st.one_of(
    st.sampled_from([
        "true", "0", "-1", "1.5", "nan", "inf", "1e400", "9" * 5000, "0x" + "f" * 5000, "''", '""',
        '"off"', '"up"', '"faa"', '"F3"', "[]", "[1]", "[1, 2, 3]", '["F3", "F3"]', "[[1], [2]]",
        "{}", '{ individual = "alpha" }', '{ a = { b = 1 } }', "1979-05-27", "07:32:00",
        "1979-05-27T07:32:00Z", '"""a\nb"""', '"\\u0000"', '"\\u001b[2J"', "'x'", "", "=", "[", '"',
    ]),
    st.floats().map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.text(max_size=8).map(lambda t: f"'{t}'"),
)  # fmt: skip


def every_key(node, seen: set[str]) -> set[str]:
    node = resolved(node)
    for option in (*node.get("oneOf", ()), *node.get("anyOf", ())):
        every_key(option, seen)
    if isinstance(node.get("items"), dict):
        every_key(node["items"], seen)
    for key, inner in keys_of(node).items():
        seen.add(key)
        every_key(inner, seen)
    return seen


KEYS = st.one_of(
    st.sampled_from(sorted(every_key(protocol_schema(), set()))),
    st.sampled_from(["x", "a.b", '"a b"', "''", "signal.gate.mains", "blocks", "é", "-", "1"]),
    st.text(max_size=4),
)
ROW = re.compile(r"^\s*([\w.-]+)\s*=")


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A preset after one to four accidents."""
    rows = TEXTS[draw(st.sampled_from(sorted(TEXTS)))].splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(rows) - 1)))
        if not rows:
            break
        key = ROW.match(rows[at])
        match draw(st.sampled_from("drop double move rename value splice cut header".split())):
            case "drop":
                del rows[at]
            case "double":
                rows.insert(at, rows[at])
            case "move":
                rows.insert(draw(st.integers(0, len(rows) - 1)), rows.pop(at))
            case "rename" if key:
                rows[at] = rows[at].replace(key.group(1), draw(KEYS), 1)
            case "value" if key:
                rows[at] = f"{key.group(1)} = {draw(VALUES)}"
            case "splice":
                position = draw(st.integers(0, len(rows[at])))
                rows[at] = rows[at][:position] + draw(st.text(max_size=6)) + rows[at][position:]
            case "cut":
                del rows[at : at + draw(st.integers(1, 12))]
            case "header":
                rows.insert(at, draw(st.sampled_from(["[{}]", "[[{}]]"])).format(draw(KEYS)))
    return "\n".join(rows)


def outcome(text: str) -> ProtocolSpec | RefusedProtocol:
    try:
        return parse_protocol(text, where="mine.toml")
    except RefusedProtocol as refused:
        return refused


@given(damaged())
@settings(max_examples=examples(400))
def test_a_damaged_preset_is_read_or_refused_with_a_key_or_a_line(text: str) -> None:
    found = outcome(text)
    if isinstance(found, ProtocolSpec):
        assert parse_protocol(to_toml(found)) == found
        assert all(doubt.text for doubt in warnings_of(found))
        return
    assert found.problems
    for problem in found.problems:
        assert problem.key or problem.line, problem
        assert problem.text.isprintable(), problem
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1
    lines = [problem.line for problem in found.problems if problem.line is not None]
    assert lines == sorted(lines)
    assert str(found).startswith("mine.toml is refused")
    assert str(found).isprintable()
