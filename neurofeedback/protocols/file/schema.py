"""What may stand at each place of a protocol file.

Responsible for finding a place in the model of a protocol and for saying in words what is allowed
there. Not responsible for checking anything: the model (`protocols.spec`) does that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.words.lists import both, either
from neurofeedback.words.message import Message, joined

Node = Mapping[str, Any]
Loc = tuple[str | int, ...]

PATTERNS = {
    r"^[A-Za-z][A-Za-z0-9_+-]{0,31}$": Message(
        "up to 32 letters, digits, '_', '+' or '-', a letter first"
    ),
    r"^[a-z0-9][a-z0-9-]{0,47}$": Message(
        "up to 48 lower-case letters, digits or '-', no '-' first"
    ),
    r"^[a-z][a-z0-9-]{0,31}$": Message(
        "up to 32 lower-case letters, digits or '-', a letter first"
    ),
    r"^marker:\S(.{0,58}\S)?$": Message("'marker:' and a name of up to 60 letters"),
    r"^[a-z]{2}(-[A-Z]{2})?$": Message("a language such as 'en', 'de' or 'pt-BR'"),
}
BOUNDS: Mapping[str, Callable[[str], Message]] = {
    "minimum": lambda bound: Message("at least {bound}", bound=bound),
    "exclusiveMinimum": lambda bound: Message("above {bound}", bound=bound),
    "maximum": lambda bound: Message("at most {bound}", bound=bound),
    "exclusiveMaximum": lambda bound: Message("below {bound}", bound=bound),
}
SWITCHED_OFF = ("GateSettings", "RoiFeature")  # whose keys take the word 'off' for no value


@cache
def protocol_schema() -> Node:
    """Return the JSON schema of a protocol, made from the model."""
    schema: Node = ProtocolSpec.model_json_schema()
    return schema


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a protocol file.

    Parameters
    ----------
    path : tuple
        Keys and indices.
    node : mapping or None
        What may stand there, as JSON schema without references; None where no such key is known.
    parent : mapping or None
        The same of the table or array around it.
    tried : bool
        Whether several types are possible and one of them was meant.
    """

    path: Loc
    node: Node | None
    parent: Node | None
    tried: bool = False

    @property
    def allowed(self) -> str:
        """What may stand there, in words; empty where no such key is known."""
        if self.node is None:
            return ""
        key = str(self.path[-1]) if self.path else ""
        words = in_words(self.node)
        return or_off(words) if can_be_off(self.parent or {}, key) else words


def place_at(loc: Loc, fields: Any) -> Place:
    """Find a place.

    Parameters
    ----------
    loc : tuple
        As pydantic gives it: besides keys and indices it holds the tag of a table that comes in
        several kinds (which may be left out), and the name of each type that was tried where there
        are several.
    fields : mapping
        What the file says; tells the kind of a table where `loc` does not.

    Returns
    -------
    Place
        The last one on the way that is known, or the first unknown key.
    """
    place = Place((), resolved(protocol_schema()), None)
    for part in loc:
        node, value = place.node, value_at(fields, place.path)
        if node is None or part == "[key]":
            break
        kinds = kinds_of(node)
        if part in kinds:
            place = replace(place, node=resolved({"$ref": kinds[str(part)]}))
            continue
        options = _options(node)
        if options and not place.tried:
            place = replace(place, tried=True)
            continue
        if kinds or options:
            node = _fitting(node, value)
        known, inner = _inside(node, part) if node is not None else (False, None)
        if not known:
            break
        place = Place((*place.path, part), inner, node)
    return place


def value_at(fields: Any, path: Loc) -> Any:
    """Return what the file says at a path; None where it says nothing."""
    for part in path:
        if isinstance(fields, Mapping):
            fields = fields.get(part)
        elif (
            isinstance(fields, Sequence)
            and not isinstance(fields, str)
            and isinstance(part, int)
            and part < len(fields)
        ):
            fields = fields[part]
        else:
            return None
    return fields


def resolved(node: Node) -> Node:
    """Return a node of the schema itself: references followed, "or nothing" left out."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        return {**protocol_schema()["$defs"][name], **{k: node[k] for k in node if k == "default"}}
    if "anyOf" in node:
        options = [option for option in node["anyOf"] if option.get("type") != "null"]
        if len(options) == 1:
            return {**resolved(options[0]), **{k: node[k] for k in node if k == "default"}}
    return node


def keys_of(node: Node | None) -> dict[str, Node]:
    """Return the keys of a table with what may stand at each; none where any key may."""
    properties: Mapping[str, Node] = (node or {}).get("properties", {})
    return {key: resolved(inner) for key, inner in properties.items()}


def can_be_off(node: Node, key: str) -> bool:
    """Whether a key of a table takes the word 'off'."""
    options = node.get("properties", {}).get(key, {}).get("anyOf", ())
    return node.get("title") in SWITCHED_OFF and any(o.get("type") == "null" for o in options)


def or_off(allowed: str) -> Message:
    """Say that besides what is allowed a key takes the word 'off'."""
    return Message("{allowed} or 'off'", allowed=allowed)


def places_with(key: str) -> list[str]:
    """Return the tables in which a key is known, as their paths in words."""
    return sorted({table for table, name in _tables() if name == key})


def in_words(node: Node) -> str:
    """Say what may stand at a place, e.g. ``a number from 0.1 to 0.9``."""
    if "const" in node:
        return _quoted(node["const"])
    if "enum" in node:
        return either([_quoted(value) for value in node["enum"]])
    if kinds_of(node):
        tags = either([_quoted(tag) for tag in kinds_of(node)])
        key = node["discriminator"]["propertyName"]
        return Message("a table with {key} = {value}", key=key, value=tags)
    if _options(node):
        return either([*_flattened(_options(node))])
    match node.get("type"):
        case "number":
            return _number(Message("a number"), node)
        case "integer":
            return _number(Message("a whole number"), node)
        case "boolean":
            return Message("true or false")
        case "string":
            return _text(node)
        case "array":
            return _list(node)
    keys = keys_of(node)
    named = next((key for key, inner in keys.items() if isinstance(inner.get("const"), str)), None)
    if named is None:
        return Message("a table")
    return Message("a table with {key} = {value}", key=named, value=in_words(keys[named]))


def _inside(node: Node, part: str | int) -> tuple[bool, Node | None]:
    """Return whether `part` can be a step into a node, and what may stand there."""
    if isinstance(part, int):
        if node.get("type") != "array":
            return False, None
        several = node.get("prefixItems")
        if several is None:
            return True, resolved(node["items"])
        return part < len(several), resolved(several[part]) if part < len(several) else None
    if "properties" in node:
        inner = node["properties"].get(part)
        return True, None if inner is None else resolved(inner)
    if "patternProperties" in node:
        return True, resolved(next(iter(node["patternProperties"].values())))
    return False, None


def kinds_of(node: Node | None) -> Mapping[str, str]:
    """Return the kinds of a table that says which it is: tag to reference; else none."""
    kinds: Mapping[str, str] = (node or {}).get("discriminator", {}).get("mapping", {})
    return kinds


def _options(node: Node) -> Sequence[Node]:
    """Return the types of a value that may be of several, and does not say of which it is."""
    options: Sequence[Node] = node.get("anyOf") or node.get("oneOf") or ()
    return () if kinds_of(node) else options


def _fitting(node: Node, value: Any) -> Node | None:
    """Return the option or kind that a value is meant to be; None where that cannot be told."""
    if kinds := kinds_of(node):
        tag = value.get(node["discriminator"]["propertyName"]) if _is_table(value) else None
        return resolved({"$ref": kinds[tag]}) if isinstance(tag, str) and tag in kinds else None
    wanted = "object" if _is_table(value) else "array"
    options = [resolved(option) for option in _options(node)]
    return next((option for option in options if option.get("type") == wanted), None)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


@cache
def _tables() -> tuple[tuple[str, str], ...]:
    """Every table in words with every key it knows."""

    def walk(node: Node, name: str) -> Iterator[tuple[str, str]]:
        node = resolved(node)
        for option in (*node.get("oneOf", ()), *node.get("anyOf", ())):
            yield from walk(option, name)
        for key, inner in keys_of(node).items():
            yield name, key
            yield from walk(inner, f"{name}.{key}" if name else key)
        if isinstance(node.get("items"), Mapping):
            yield from walk(node["items"], name)

    return tuple(walk(protocol_schema(), ""))


def _flattened(options: Sequence[Node]) -> Iterator[str]:
    for option in options:
        if "enum" in option:
            yield from (_quoted(value) for value in option["enum"])
        elif option.get("type") != "null":
            yield in_words(resolved(option))


def _number(what: Message, node: Node) -> Message:
    if "minimum" in node and "maximum" in node:
        low, high = f"{node['minimum']:g}", f"{node['maximum']:g}"
        return Message("{what} from {low} to {high}", what=what, low=low, high=high)
    bounds = [bound(_bound(node[key])) for key, bound in BOUNDS.items() if key in node]
    return Message("{what} {bounds}", what=what, bounds=both(bounds)) if bounds else what


def _bound(value: float) -> str:
    """Write a bound as a file has it; a large power of two as such."""
    large = isinstance(value, int) and value > 2**30 and value.bit_count() == 1
    return f"2^{int(value).bit_length() - 1}" if large else f"{value:g}"


def _text(node: Node) -> Message:
    if "pattern" in node:
        pattern = node["pattern"]
        return PATTERNS.get(pattern) or Message("text that matches {pattern}", pattern=pattern)
    least, most = node.get("minLength", 0), node.get("maxLength")
    if most is None:
        return Message("text")
    if least:
        return Message("text of {least} to {most} characters", least=least, most=most)
    return Message("text of up to {most} characters", most=most)


def _list(node: Node) -> Message:
    several = node.get("prefixItems")
    if several is not None:
        return _row(several)
    least, most = node.get("minItems", 0), node.get("maxItems")
    each = in_words(resolved(node["items"]))
    if _says_table(resolved(node["items"])):
        if most is None:
            return Message("a list of tables")
        if least:
            return Message("a list of {least} to {most} tables", least=least, most=most)
        return Message("a list of up to {most} tables", most=most)
    if most is None:
        return Message("a list of values, each {each}", each=each)
    if least:
        return Message(
            "a list of {least} to {most} values, each {each}", least=least, most=most, each=each
        )
    return Message("a list of up to {most} values, each {each}", most=most, each=each)


def _row(several: Sequence[Node]) -> Message:
    """Say what a row of so many values is."""
    if len(several) == 2 and all(node == {"type": "number"} for node in several):
        return Message("two numbers in brackets")
    kinds = [in_words(resolved(node)) for node in several]
    return Message("in brackets {kinds}", kinds=joined(kinds, ", "))


def _says_table(node: Node) -> bool:
    return "properties" in node or bool(kinds_of(node))


def _quoted(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
