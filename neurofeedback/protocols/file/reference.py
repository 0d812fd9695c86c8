"""What each key of a protocol file means.

Responsible for the reference of the file format: it is read from the docstrings of the model, so
that there is one text for whoever reads the code, a new protocol file or the documentation. Not
responsible for the model itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from neurofeedback.protocols.file.schema import (
    Node,
    can_be_off,
    in_words,
    keys_of,
    or_off,
    protocol_schema,
    resolved,
)
from neurofeedback.words.message import Message

UNITS = {
    **dict.fromkeys(
        ("hop", "delay", "length", "smoothing", "window", "lag", "flat_seconds", "clipped_seconds",
         "muscle_memory", "seconds", "lookahead", "dwell", "refractory", "rest", "extend", "shift"),
        "s",
    ),
    **dict.fromkeys(
        ("amplitude", "reference_amplitude", "flat", "rail", "gradient", "reference_gradient",
         "muscle_floor", "muscle_amplitude", "blink"), "V"
    ),
    **dict.fromkeys(("band", "fallback", "below", "above", "l_freq", "h_freq", "mains"), "Hz"),
    **dict.fromkeys(("k", "step", "cutoff"), Message("SD of the baseline")),
}  # fmt: skip
# Attributes that the model names otherwise than a file does.
ALIASES = {"declared_band": "band"}
# Keys for which the docstring of a table says nothing, since its other words say all.
SELF_EVIDENT = {
    "kind": "The kind; the other keys depend on it.",
    "rule": "The rule; the other keys depend on it.",
    "name": "Name in this file, in logs and on the screen.",
    "envelope": "How band power is estimated.",
    "montage": "How channels are referenced.",
    "gate": "When samples count as bad and feedback must hold.",
    "individual": "The rhythm whose peak the band follows.",
    "fallback": "The band until the baseline is over, and after it without a clear alpha peak.",
    "roi": "The region.",
    "scene": "What the participant sees.",
    "threshold": "How the threshold is found.",
    "reward": "What is shown, and when a reward is earned.",
    "instructions": "What the participant is told.",
    "display": "What the participant sees and hears.",
    "scales": "Questionnaires around the session.",
    "before": "Questionnaires before the session.",
    "after": "Questionnaires after the session.",
    "left": "Channels of the left side, pair by pair.",
    "right": "Channels of the right side, pair by pair.",
    "rest": "Seconds of rest between repetitions.",
}


@dataclass(frozen=True, slots=True)
class KeyDoc:
    """What is to be known of one key.

    Parameters
    ----------
    key : str
    meaning : str
        In sentences.
    allowed : str
        What may stand there, in words.
    unit : str
        Empty where it has none.
    default : str
        As in a file; empty where it has none or the key must be given.
    required : bool
        Whether a file must give it.
    """

    key: str
    meaning: str
    allowed: str
    unit: str
    default: str
    required: bool


@dataclass(frozen=True, slots=True)
class TableDoc:
    """What is to be known of one table.

    Parameters
    ----------
    path : str
        Its keys from the top of the file; empty for the top itself.
    kind : str
        ``kind = 'asymmetry'`` where a table comes in several kinds; else empty.
    many : bool
        Whether there may be several, ``[[blocks]]``.
    meaning : str
    keys : tuple of KeyDoc
        Without those that are tables of their own.
    """

    path: str
    kind: str
    many: bool
    meaning: str
    keys: tuple[KeyDoc, ...]


def describe_key(table: Node, key: str) -> KeyDoc:
    """Describe one key of a table.

    Parameters
    ----------
    table : mapping
        JSON schema of the table.
    key : str
        One of its keys.
    """
    node = keys_of(table)[key]
    off = can_be_off(table, key)
    return KeyDoc(
        key,
        _meaning(table, key),
        or_off(in_words(node)) if off else in_words(node),
        UNITS.get(key, ""),
        _default(node, off),
        key in table.get("required", ()),
    )


@cache
def describe_file() -> tuple[TableDoc, ...]:
    """Describe every table of a protocol file, in the order of a file; each kind apart."""
    found: dict[tuple[str, str], TableDoc] = {}
    for table in _tables(protocol_schema(), "", many=False):
        found.setdefault((table.path, table.kind), table)
    return tuple(found.values())


def _tables(node: Node, path: str, *, many: bool) -> Iterator[TableDoc]:
    node = resolved(node)
    options = [*node.get("oneOf", ()), *node.get("anyOf", ())]
    if options:
        for option in options:
            yield from _tables(option, path, many=many)
        return
    if isinstance(node.get("items"), dict):
        yield from _tables(node["items"], path, many=True)
    if "properties" not in node:
        return
    keys = keys_of(node)
    own = [key for key, inner in keys.items() if not _is_table_of_its_own(inner)]
    yield TableDoc(
        path,
        _kind(keys),
        many,
        _summary(node.get("description", "")),
        tuple(describe_key(node, key) for key in sorted(own, key=_goes_first)),
    )
    for key, inner in keys.items():
        yield from _tables(inner, f"{path}.{key}" if path else key, many=False)


def _is_table_of_its_own(node: Node) -> bool:
    """Whether a key can only be a table or several, which are described apart."""
    options = [*node.get("oneOf", ()), *node.get("anyOf", ())] or [node]
    if isinstance(node.get("items"), dict):
        return _is_table_of_its_own(resolved(node["items"]))
    return all("properties" in resolved(option) for option in options)


def _meaning(table: Node, key: str) -> str:
    meaning = _attributes(table.get("description", "")).get(key, "")
    return meaning if " " in meaning else SELF_EVIDENT.get(key, meaning)  # not a unit alone


def _default(node: Node, off: bool) -> str:
    """Write what a key is when a file does not give it."""
    value = node.get("default")
    if value is None:
        return '"off"' if off else ""
    return json.dumps(value, ensure_ascii=False)


def _goes_first(key: str) -> int:
    return ("version", "kind", "rule", "name", key).index(key)


def _kind(keys: dict[str, Node]) -> str:
    for key in ("kind", "rule"):
        if "const" in keys.get(key, {}):
            return f"{key} = {in_words(keys[key])}"
    return ""


def _summary(docstring: str) -> str:
    return " ".join(docstring.split("\nAttributes\n")[0].split())


def _attributes(docstring: str) -> dict[str, str]:
    """Read the section "Attributes" of a numpydoc docstring: name to text on one line."""
    _, _, section = docstring.partition("\nAttributes\n")
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=\w)", section)[1:]:
        names, _, text = entry.partition(" : ")
        _, _, text = text.partition("\n")
        for name in names.split(", "):
            found[ALIASES.get(name, name)] = _plain(text)
    return found


def _plain(text: str) -> str:
    """Put a text of a docstring on one line, for somebody who writes a file."""
    text = " ".join(text.split()).replace("In files and arguments named ``band``: ", "")
    text = re.sub(r"``([^`]*)``", r"'\1'", text)
    text = re.sub(r"`([^`]*)`", r"\1", text)
    text = text.replace("None, in a file 'off', for", "'off' for").replace("; None for not.", ".")
    return text[:1].upper() + text[1:]
