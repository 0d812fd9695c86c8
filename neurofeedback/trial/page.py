"""A page of headings, sentences, tables and drawings, as Markdown or as one file of HTML.

Responsible for the form, and for text that stays text in it. Not responsible for what is said.

A page needs nothing else: no script, no font, nothing from the network.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neurofeedback.trial.tables import escaped
from neurofeedback.words.message import Message

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$-])")
_SHORT = 24  # letters of a cell that stay on one line: a date, a name, a mark and a word
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid #ccc; padding: .25rem .75rem .25rem 0; text-align: left;
         vertical-align: top; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.long { white-space: normal; min-width: 16rem; }
.table { overflow-x: auto; }
svg { max-width: 100%; height: auto; }
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading.

    Parameters
    ----------
    text : str
    level : int
        From 1.
    """

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Sentence:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing; Markdown has what it says in words alone.

    Parameters
    ----------
    svg : str
        Made by this program.
    words : str
        What it shows.
    """

    svg: str
    words: str


Part = Heading | Sentence | Grid | Drawing


def to_markdown(parts: Iterable[Part], language: str = "en") -> str:
    """Return a page as Markdown, its messages in a language."""

    def shown(text: str) -> str:
        return _MARKS.sub(r"\\\1", _words(text, language))

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    lines: list[str] = []
    for part in parts:
        if isinstance(part, Heading):
            lines.append(f"{'#' * part.level} {shown(part.text)}")
        elif isinstance(part, Grid):
            head = [line([shown(c) for c in part.header]), line(["---"] * len(part.header))]
            lines.append("\n".join([*head, *(line([shown(c) for c in r]) for r in part.rows)]))
        else:
            lines.append(shown(part.words if isinstance(part, Drawing) else part.text))
    return "\n\n".join(lines) + "\n"


def to_html(title: str, parts: Iterable[Part], language: str = "en") -> str:
    """Return a page as one file of HTML, its messages in a language."""

    def shown(text: str) -> str:
        return html.escape(_words(text, language), quote=True)

    def element(part: Part) -> str:
        if isinstance(part, Heading):
            return f"<h{part.level}>{shown(part.text)}</h{part.level}>"
        if isinstance(part, Sentence):
            return f"<p>{shown(part.text)}</p>"
        if isinstance(part, Drawing):
            return f"<figure>{part.svg}<figcaption>{shown(part.words)}</figcaption></figure>"
        head = "".join(f"<th>{shown(cell)}</th>" for cell in part.header)
        rows = ("".join(map(cell_of, row)) for row in part.rows)
        body = "\n".join(f"<tr>{row}</tr>" for row in rows)
        return f'<div class="table"><table>\n<tr>{head}</tr>\n{body}\n</table></div>'

    def cell_of(text: str) -> str:
        opened = '<td class="long">' if len(_words(text, language)) > _SHORT else "<td>"
        return f"{opened}<bdi>{shown(text)}</bdi></td>"

    body = "\n".join(element(part) for part in parts)
    return (
        f'<!doctype html>\n<html lang="{html.escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{shown(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n"
        "</body>\n</html>\n"
    )


def _words(text: str, language: str) -> str:
    """Return a text as it is shown: a message in the language, whatever acts written out."""
    said = text.in_language(language) if isinstance(text, Message) else text
    return escaped(said).replace("\\\\", "\\")
