"""Where in a TOML text each key stands.

Responsible for the line of every key, table and array element of a text that `tomllib` has already
accepted. Not responsible for reading values, nor for refusing anything: where the keys found here
are not exactly those that `tomllib` found, no line is told at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_MULTILINE = (  # one or two quotes may stand directly before the closing three
    re.compile(r'"""(?:\\.|[^\\])*?"""(?:"{0,2})', re.DOTALL),
    re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL),
)
_QUOTED = (re.compile(r'"(?:\\.|[^"\\\n])*"'), re.compile(r"'[^'\n]*'"))
_SCALAR = re.compile(r"[^,\]}#\n]+")
_ESCAPES = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def key_lines(text: str, fields: Mapping[str, Any]) -> dict[Path, int]:
    """Find the line of every key.

    Parameters
    ----------
    text : str
        TOML that `tomllib.loads` accepts.
    fields : mapping
        What it made of it.

    Returns
    -------
    dict
        Path (keys, and indices in arrays) to line, counted from 1. A table that several headers
        share has the line of the first. Empty where the text was not understood.
    """
    try:
        found = _Scanner(text).lines()
    except (_NotUnderstood, RecursionError):
        return {}
    return found if found.keys() == set(_paths(fields)) else {}


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))


class _NotUnderstood(Exception):
    """The text is not what a reader of TOML would have accepted."""


class _Scanner:
    """Walk through a text once, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted = (0, 1)  # a position, and its line
        self._lines: dict[Path, int] = {}
        self._tables_in: dict[Path, int] = {}  # arrays of tables, and how many there are so far

    def lines(self) -> dict[Path, int]:
        """Return the line of each path."""
        table: Path = ()
        while self._skip(_BLANK) < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _header(self) -> Path:
        many = self._text.startswith("[[", self._at)
        line = self._line()
        self._at += 2 if many else 1
        *parents, last = self._key()
        self._expect("]]" if many else "]")
        path: Path = ()
        for part in parents:
            path = self._entered((*path, part), line)
        path = (*path, last)
        if not many:
            return self._entered(path, line)
        self._note(path, line)
        index = self._tables_in.get(path, 0)
        self._tables_in[path] = index + 1
        self._note((*path, index), line)
        return (*path, index)

    def _entered(self, path: Path, line: int) -> Path:
        """Note a table on the way of a header; of an array of tables, take the last."""
        self._note(path, line)
        if path in self._tables_in:
            return (*path, self._tables_in[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self._note(path, line)
        self._expect("=")
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip(_SPACE)
            parts.append(self._simple_key())
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return parts
            self._at += 1

    def _simple_key(self) -> str:
        bare = _BARE_KEY.match(self._text, self._at)
        if bare is not None:
            self._at = bare.end()
            return bare.group()
        text = self._take(_QUOTED)
        return text[1:-1] if text.startswith("'") else _ESCAPES.sub(_unescaped, text[1:-1])

    def _value(self, path: Path) -> None:
        start = self._text[self._at : self._at + 3]
        if start in ('"""', "'''"):
            self._take(_MULTILINE)
        elif start[:1] in ('"', "'"):
            self._take(_QUOTED)
        elif start[:1] == "[":
            self._array(path)
        elif start[:1] == "{":
            self._inline_table(path)
        else:
            self._take((_SCALAR,))

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self._text.startswith("]", self._at):
                self._at += 1
                return
            self._note((*path, index), self._line())
            self._value((*path, index))
            index += 1
            self._skip(_BLANK)
            if not self._text.startswith("]", self._at):
                self._expect(",")

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_BLANK)
            if self._text.startswith("}", self._at):
                self._at += 1
                return
            self._pair(path)
            self._skip(_BLANK)
            if not self._text.startswith("}", self._at):
                self._expect(",")

    def _note(self, path: Path, line: int) -> None:
        self._lines.setdefault(path, line)

    def _line(self) -> int:
        position, line = self._counted
        line += self._text.count("\n", position, self._at)
        self._counted = (self._at, line)
        return line

    def _skip(self, what: re.Pattern[str]) -> int:
        found = what.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return self._at

    def _take(self, patterns: tuple[re.Pattern[str], ...]) -> str:
        for pattern in patterns:
            found = pattern.match(self._text, self._at)
            if found is not None:
                self._at = found.end()
                return found.group()
        raise _NotUnderstood

    def _expect(self, token: str) -> None:
        if not self._text.startswith(token, self._at):
            raise _NotUnderstood
        self._at += len(token)


def _unescaped(found: re.Match[str]) -> str:
    short, long, letter = found.groups()
    if letter is not None:
        return _ESCAPED.get(letter, letter)
    code = int(short or long, 16)
    if code > 0x10FFFF:
        raise _NotUnderstood
    return chr(code)
