"""From a protocol to the text of a file.

Responsible for TOML that reads back to the same protocol, every value written out so that it stays
what it is whatever defaults become, on request with a comment on each key. Not responsible for
where the text goes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import tomlkit

from neurofeedback.protocols.file.reference import KeyDoc, describe_key
from neurofeedback.protocols.file.schema import (
    Loc,
    Node,
    Place,
    can_be_off,
    in_words,
    keys_of,
    kinds_of,
    place_at,
    value_at,
)
from neurofeedback.protocols.spec import ProtocolSpec

WIDTH = 99  # characters of a line of comment


def to_toml(spec: ProtocolSpec, *, comments: bool = False) -> str:
    """Write a protocol as a file.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol.
    comments : bool
        Say above each key, where it occurs first, what it means and what is allowed.

    Returns
    -------
    str
        TOML; reads back to an equal protocol.
    """
    lines = _Writer(spec.model_dump(mode="json"), comments).body(())
    return "\n".join(lines).lstrip("\n") + "\n"


class _Writer:
    """Write the tables of a protocol, the outer before the inner."""

    def __init__(self, fields: Mapping[str, Any], comments: bool) -> None:
        self._fields = fields
        self._comments = comments
        self._told: set[KeyDoc] = set()

    def body(self, path: Loc) -> Iterator[str]:
        """Yield the lines of a table: its values first, then the tables within."""
        table, place = value_at(self._fields, path), place_at((*path, ""), self._fields)
        values, inner = _apart(table, first=("kind", "rule", "name") if path else ())
        for key, value in values.items():
            written = _written(value, key, place.parent)
            if written is not None:
                yield from self._comment(path, key, place)
                yield f"{tomlkit.key(key).as_string()} = {written}"
        for key, value in inner.items():
            if _is_table(value):
                yield from self._headed((*path, key), "[{}]")
            else:
                for index in range(len(value)):
                    yield from self._headed((*path, key, index), "[[{}]]")

    def _headed(self, path: Loc, header: str) -> Iterator[str]:
        values, inner = _apart(value_at(self._fields, path))
        if any(value is not None for value in values.values()) or not inner:
            keys = [tomlkit.key(part).as_string() for part in path if isinstance(part, str)]
            yield ""
            yield header.format(".".join(keys))
        yield from self.body(path)

    def _comment(self, path: Loc, key: str, place: Place) -> Iterator[str]:
        if not self._comments or key not in keys_of(place.parent):
            return
        doc = describe_key(place.parent or {}, key)
        if key in ("kind", "rule"):
            kinds = kinds_of(place_at(path, self._fields).node)
            doc = replace(doc, allowed=in_words({"enum": [*kinds]}) if kinds else doc.allowed)
        if doc not in self._told:
            self._told.add(doc)
            unit = f" ({doc.unit})" if doc.unit else ""
            text = f"{doc.meaning} Allowed: {doc.allowed}{unit}."
            yield from textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")


def _apart(
    table: Mapping[str, Any], first: Sequence[str] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of a table, and the tables within it."""
    keys = sorted(table, key=lambda key: first.index(key) if key in first else len(first))
    inner = {k: table[k] for k in keys if _is_table(table[k]) or _is_list_of_tables(table[k])}
    return {k: table[k] for k in keys if k not in inner}, inner


def _written(value: Any, key: str, node: Node | None) -> str | None:
    """Write a value; None for one that TOML has no word for and that is nothing by default."""
    if value is None:
        return '"off"' if can_be_off(node or {}, key) else None
    if isinstance(value, str) and "\n" in value and "\r" not in value:  # readers make \n of \r\n
        text = tomlkit.string(value, multiline=True).as_string()
        # Readers leave out a line end after the quotes; tomlkit has seen to it where there is one.
        return text if value.startswith("\n") else text.replace('"""', '"""\n', 1)
    return str(tomlkit.item(value).as_string())


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_table, value))
