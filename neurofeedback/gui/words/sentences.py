"""What packages below the windows say, in the chosen language.

Those packages write English sentences and know of no other language. Responsible for finding in a
text the pattern it was made by (`gui.words.sentence_patterns`). Not responsible for choosing the
words, nor for texts that are the same every time: those are looked up as they are. Knows no Qt.

What no pattern fits stays English. `tests/gui/words/test_sentences.py` has the packages say what
they can say, and fails where a pattern no longer fits.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from neurofeedback.gui.words.sentence_patterns import DOUBTS, LABELS, PARTS, REASONS, SENTENCES
from neurofeedback.words.language import language, tr, with_point

_FIELD = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"[+-]?\d+\.\d+")
_NUMBERS = re.compile(r"[\d.]+(?: and [\d.]+)+")
_END_OF_SENTENCE = re.compile(r"[.?!](?=\s|$)")


def in_language(text: str) -> str:
    """Return sentences of another package in the chosen language.

    Parameters
    ----------
    text : str
        English, one sentence or several, with single spaces between them.

    Returns
    -------
    str
        What neither the catalogue nor a pattern knows stays as it is.
    """
    return text if language() == "en" else _sentences(text, language())


@lru_cache(maxsize=256)
def _sentences(text: str, _language: str) -> str:
    if (known := tr(text)) != text:
        return known
    parts, rest = [], text
    while rest:
        said, length = _first(rest)
        parts.append(said)
        rest = rest[length:].lstrip()
    return " ".join(parts)


def label_in_language(label: str) -> str:
    """Return what a number is, e.g. ``ln P(F4) - ln P(F3), 8-13 Hz, reference average of 19``."""
    if language() == "en":
        return label
    for template in LABELS:
        if (found := _pattern(template).fullmatch(label)) is not None:
            return tr(template, **_translated(found))
    return label


def part_in_language(text: str) -> str:
    """Return what is no sentence, such as a band or a montage, in the chosen language."""
    return text if language() == "en" else _part(text)


def doubt_in_language(doubt: str) -> str:
    """Return ``key: what is doubtful`` of a protocol, with the words in the chosen language."""
    key, colon, words = doubt.partition(": ")
    if language() == "en" or not colon:
        return doubt
    for template in DOUBTS:
        if (found := _pattern(template).fullmatch(words)) is not None:
            return f"{key}: {tr(template, **_translated(found))}"
    return doubt


def _translated(found: re.Match[str]) -> dict[str, str]:
    return {name: _part(held) for name, held in found.groupdict().items()}


def _first(text: str) -> tuple[str, int]:
    """Return what a text begins with, in the chosen language, and how long that is in English."""
    for template in SENTENCES:
        if (found := _prefix(template).match(text)) is not None:
            return tr(template, **_translated(found)), found.end()
    end = _END_OF_SENTENCE.search(text)
    length = len(text) if end is None else end.end()
    return tr(text[:length]), length


def _part(text: str) -> str:
    """Return what a pattern's field holds in the chosen language: words, or a number."""
    if _NUMBER.fullmatch(text):
        return with_point(text)
    if _NUMBERS.fullmatch(text):
        *names, last = (with_point(number) for number in text.split(" and "))
        return tr("{names} and {last}", names=", ".join(names), last=last)
    for template in PARTS:
        if (found := _pattern(template).fullmatch(text)) is not None:
            return tr(template, **_translated(found))
    return "; ".join(_named(term) for term in text.split("; "))


def _named(term: str) -> str:
    """Return ``name = label`` or a reason in the chosen language; other terms as they are."""
    for template in REASONS:
        if (found := _pattern(template).fullmatch(term)) is not None:
            return tr(template, **_translated(found))
    name, equals, label = term.partition(" = ")
    return f"{name} = {label_in_language(label)}" if equals else term


@cache
def _expression(template: str) -> str:
    pieces = _FIELD.split(template)
    named = [re.escape(p) if i % 2 == 0 else f"(?P<{p}>.+?)" for i, p in enumerate(pieces)]
    return "".join(named)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_expression(template), re.DOTALL)


@cache
def _prefix(template: str) -> re.Pattern[str]:
    return re.compile(_expression(template) + r"(?=\s|$)", re.DOTALL)
