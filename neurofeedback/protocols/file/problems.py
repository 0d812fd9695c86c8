"""What is wrong with a protocol file, in sentences.

Responsible for naming the key and the line of each problem and what would be allowed there. Not
responsible for finding problems: the model and `protocols.consistency` do.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from neurofeedback.errors import UserError
from neurofeedback.protocols.consistency import disagreements
from neurofeedback.protocols.file.schema import (
    Loc,
    Place,
    in_words,
    keys_of,
    place_at,
    places_with,
    value_at,
)
from neurofeedback.words.lists import either
from neurofeedback.words.message import Message

LONGEST_VALUE = 60  # characters of a refused value that are repeated
MOST = 200  # problems that are told; a file with more is no protocol
BARE = re.compile(r"[A-Za-z0-9_+-]{1,60}")  # a name or key that can be written as it is
OWN_WORDS = ("value_error", "inconsistent")  # errors whose message is a sentence of the model


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Parameters
    ----------
    text : Message
        What, in one sentence without the line.
    key : str or None
        The key with its path; None where the text as a whole is meant.
    line : int or None
        Line of the file, from 1; None where it cannot be told.
    allowed : str
        What may stand there, in words; may be empty.
    """

    text: Message
    key: str | None = None
    line: int | None = None
    allowed: str = ""

    @property
    def message(self) -> Message:
        """The sentence with its line."""
        if self.line is None:
            return self.text
        return Message("line {line}: {problem}", line=self.line, problem=self.text)

    def __str__(self) -> str:
        """Return the sentence with its line."""
        return self.message

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)


class RefusedProtocol(UserError):
    """A protocol file that is refused.

    Parameters
    ----------
    where : str
        The file, for people.
    problems : sequence of Problem
        All of them, at least one, in order of their lines.
    """

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        self.where = where
        self.problems = tuple(problems)
        count, first = len(problems), problems[0].message
        if count == 1:
            said = Message("{where} is refused: {problem}.", where=where, problem=first)
        else:
            said = Message(
                "{where} is refused for {count} problems, the first in {problem}; `neurofeedback "
                "protocols validate` lists them all.",
                where=where,
                count=count,
                problem=first,
            )
        super().__init__(said)


def problems_of(
    error: ValidationError, fields: Mapping[str, Any], lines: Mapping[Loc, int]
) -> list[Problem]:
    """Put everything that is wrong with a protocol in sentences.

    Parameters
    ----------
    error : ValidationError
        Of the model.
    fields : mapping
        What was given.
    lines : mapping
        Path to line; see `toml_lines.key_lines`.

    Returns
    -------
    list of Problem
        In order of their lines, each place once.
    """
    found: dict[tuple[Loc, str], Problem] = {}
    at_place: dict[Loc, list[tuple[Place, ErrorDetails]]] = {}
    for details in error.errors(include_url=False)[:MOST]:
        place = place_at(details["loc"], fields)
        if not _follows_from_others(details):
            at_place.setdefault(place.path, []).append((place, details))
    for path, errors in at_place.items():
        if errors[0][0].tried and any(p[: len(path)] == path != p for p in at_place):
            continue  # what is wrong is inside, with the type that was meant
        own = [e for e in errors if e[1]["type"] in OWN_WORDS]
        for place, details in own or errors[:1]:
            problem = _problem(place, details, fields, lines)
            found[path, problem.text] = problem
    for loc, says in disagreements(fields):
        problem = _own_words(loc, says, fields, lines)
        found[loc, problem.text] = problem
    return sorted(found.values(), key=lambda p: (p.line is None, p.line or 0))


def _follows_from_others(details: ErrorDetails) -> bool:
    """Whether pydantic complains that a list is too short only because it refused its items."""
    return details["type"] == "too_short" and len(details["input"]) >= details["ctx"]["min_length"]


def dotted(path: Loc, fields: Any) -> str:
    """Write a path as people do, e.g. ``signal.features.faa.envelope`` or ``blocks.#2.seconds``.

    Items of a list go by their name where they have one of their own, else by their number,
    counted from 1.
    """
    words = []
    for i, part in enumerate(path):
        words.append(
            _name_of_item(path[:i], part, fields) if isinstance(part, int) else _written(part)
        )
    return ".".join(words)


def shown(value: Any) -> str:
    """Write a refused value so that it is safe and short in a sentence."""
    if isinstance(value, list | tuple):
        n = len(value)
        return Message("{n} values", n=n) if n != 1 else Message("one value")
    if isinstance(value, Mapping):
        return Message("a table")
    try:
        text = json.dumps(value, ensure_ascii=not str(value).isprintable(), default=str)
    except ValueError:  # a number of thousands of digits
        return Message("a number too long to be shown")
    text = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(text, text)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def _problem(
    place: Place, details: ErrorDetails, fields: Mapping[str, Any], lines: Mapping[Loc, int]
) -> Problem:
    kind, loc = details["type"], place.path
    if kind == "extra_forbidden":
        return _unknown_key(place, fields, lines)
    if kind in OWN_WORDS:
        return _own_words(loc, _said(details), fields, lines, colon=kind == "value_error")
    if kind.startswith("union_tag"):
        return _wrong_kind(place, fields, lines)
    if details["loc"][-1:] == ("[key]",):
        allowed = _allowed_keys(place)
        text = Message(
            "{place} is no possible key: wanted is {allowed}",
            place=_named(loc, fields),
            allowed=allowed,
        )
    elif kind == "missing":
        allowed = place.allowed
        text = _missing(loc, fields, allowed)
    else:
        allowed = place.allowed
        text = _wrong(loc, fields, allowed, shown(value_at(fields, loc)))
    return Problem(text, dotted(loc, fields) or None, line_of(loc, lines), allowed)


def _own_words(
    loc: Loc,
    says: str,
    fields: Mapping[str, Any],
    lines: Mapping[Loc, int],
    *,
    colon: bool = False,
) -> Problem:
    """Make a problem of what the model says of a place: after its name, or after a colon."""
    place = _named(loc, fields)
    if colon:
        text = Message("{place}: {problem}", place=place, problem=says)
    else:
        text = Message("{place} {problem}", place=place, problem=says)
    return Problem(text, dotted(loc, fields) or None, line_of(loc, lines))


def _said(details: ErrorDetails) -> str:
    """Return what the model said, as it said it: pydantic keeps the value beside its own text."""
    context = details.get("ctx", {})
    if details["type"] == "value_error":
        return cast(str, context["error"].args[0])
    return cast(str, context["says"])


def _named(loc: Loc, fields: Mapping[str, Any]) -> Message:
    key = dotted(loc, fields)
    return Message("key '{key}'", key=key) if key else Message("the protocol")


def _missing(loc: Loc, fields: Mapping[str, Any], allowed: str) -> Message:
    return Message(
        "{place} is missing: it must be {allowed}", place=_named(loc, fields), allowed=allowed
    )


def _wrong(loc: Loc, fields: Mapping[str, Any], allowed: str, given: str) -> Message:
    return Message(
        "{place} must be {allowed} (given {given})",
        place=_named(loc, fields),
        allowed=allowed,
        given=given,
    )


def _unknown_key(place: Place, fields: Mapping[str, Any], lines: Mapping[Loc, int]) -> Problem:
    *table, last = place.path
    known = keys_of(place.parent)
    near = difflib.get_close_matches(str(last)[:LONGEST_VALUE], known, n=1)
    elsewhere = places_with(str(last))
    allowed = ", ".join(known)
    if near:
        hint = Message("did you mean '{near}'?", near=near[0])
    elif elsewhere:
        places = [f"[{p}]" if p else Message("the top of the file") for p in elsewhere[:2]]
        hint = Message("it belongs in {places}", places=either(places))
    else:
        hint = Message("known here: {allowed}", allowed=allowed)
    key = dotted(place.path, fields)
    text = Message("unknown key '{key}' ({hint})", key=key, hint=hint)
    return Problem(text, key, line_of(place.path, lines), allowed)


def _wrong_kind(place: Place, fields: Mapping[str, Any], lines: Mapping[Loc, int]) -> Problem:
    assert place.node is not None
    tag, kinds = place.node["discriminator"]["propertyName"], place.node["discriminator"]["mapping"]
    allowed = in_words({"enum": list(kinds)})
    loc = (*place.path, tag)
    given = value_at(fields, loc)
    near = (
        difflib.get_close_matches(given[:LONGEST_VALUE], kinds, n=1)
        if isinstance(given, str)
        else []
    )
    if given is None:
        text = _missing(loc, fields, allowed)
    elif near:
        hint = Message("{given}; did you mean '{near}'?", given=shown(given), near=near[0])
        text = _wrong(loc, fields, allowed, hint)
    else:
        text = _wrong(loc, fields, allowed, shown(given))
    return Problem(text, dotted(loc, fields), line_of(loc, lines), allowed)


def line_of(loc: Loc, lines: Mapping[Loc, int]) -> int | None:
    """Return the line of a key; where it has none, of the table that it would stand in."""
    while loc:
        if loc in lines:
            return lines[loc]
        loc = loc[:-1]
    return None


def _allowed_keys(place: Place) -> str:
    patterns = (place.parent or {}).get("patternProperties", {})
    return in_words({"type": "string", "pattern": next(iter(patterns), "")})


def _name_of_item(path: Loc, index: int, fields: Any) -> str:
    items = value_at(fields, path)
    several = items if isinstance(items, list | tuple) else ()
    names = [item.get("name") if isinstance(item, Mapping) else None for item in several]
    name = names[index] if index < len(names) else None
    if isinstance(name, str) and BARE.fullmatch(name) and names.count(name) == 1:
        return name
    return f"#{index + 1}"


def _written(key: str) -> str:
    return key if BARE.fullmatch(key) else shown(key)
