"""What differs in meaning between two protocols.

Responsible for comparing key by key what two protocols declare. Not responsible for what counts as
meaning (`ProtocolSpec.meaning`) nor for printing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from neurofeedback.frames import MICROVOLTS_PER_VOLT
from neurofeedback.protocols.file.reference import UNITS
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.words.message import Message, joined


@dataclass(frozen=True, slots=True)
class Difference:
    """One key in which two protocols differ.

    Parameters
    ----------
    key : str
        With its path; items of a list by their name where they have one.
    old, new : object
        Plain values; None where a protocol does not have the key, or where it is switched off.
    unit : str
        Empty where it has none.
    """

    key: str
    old: Any
    new: Any
    unit: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)


def differences(old: ProtocolSpec, new: ProtocolSpec) -> tuple[Difference, ...]:
    """Compare two protocols.

    Parameters
    ----------
    old, new : ProtocolSpec
        The protocols.

    Returns
    -------
    tuple of Difference
        In the order of a file; empty exactly where the hashes are equal.
    """
    return tuple(_between(old.meaning, new.meaning, ()))


def in_words(value: Any, unit: str) -> str:
    """Write a value of a difference for people, e.g. ``0.04 s`` or ``100 uV``."""
    if value is None:
        return Message("nothing")
    if isinstance(value, Mapping):
        rows = [(k, in_words(v, UNITS.get(k, ""))) for k, v in value.items() if v is not None]
        return Message("({rows})", rows=joined([joined(row) for row in rows], ", "))
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = joined([in_words(item, "") for item in value], ", ")
        return joined([items or Message("none"), unit])
    if isinstance(value, bool):
        return Message("yes") if value else Message("no")
    if isinstance(value, str):
        return value
    if unit == "V":
        value, unit = value * MICROVOLTS_PER_VOLT, "uV"
    return joined([Message("{value:.12g}", value=value), unit])


def _between(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping) and _same_kind(old, new):
        for key in dict.fromkeys([*old, *new]):
            yield from _between(old.get(key), new.get(key), (*path, key))
    elif _are_tables(old) and _are_tables(new):
        yield from _between_lists(old, new, path)
    else:
        unit = next((UNITS[part] for part in reversed(path) if part in UNITS), "")
        yield Difference(".".join(path), old, new, unit)


def _between_lists(
    old: Sequence[Any], new: Sequence[Any], path: tuple[str, ...]
) -> Iterator[Difference]:
    """Compare tables by their names where all have one, else by their numbers."""
    before, after = _by_name(old), _by_name(new)
    for name in dict.fromkeys([*before, *after]):
        yield from _between(before.get(name), after.get(name), (*path, name))
    kept = [name for name in before if name in after]
    moved = [name for name in after if name in before]
    if kept != moved:
        yield Difference(".".join(path) + " (order)", kept, moved)


def _by_name(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    for key in ("name", "feature"):
        names = [table.get(key) for table in tables]
        if all(names) and len(set(names)) == len(names):
            return {str(name): table for name, table in zip(names, tables, strict=True)}
    return {f"#{i + 1}": table for i, table in enumerate(tables)}


def _same_kind(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two tables have the same keys to compare: not another feature of the same name."""
    return old.get("kind") == new.get("kind") or "seconds" in old


def _are_tables(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )
