"""The guide that comes with the program: its pages, their sections, and where each is.

Responsible for finding and reading it, from the installed program or from its sources, in the
language of the windows as far as it is translated. Not responsible for showing it. Nothing is read
from a network.

A translated page lies in a folder of its language and has a comment before each heading, the
English one: ``<!-- Replay -->``. What it leaves out is read in English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from neurofeedback.words.language import language

FILES = (
    "first-session.md", "user-guide.md", "amplifiers.md", "troubleshooting.md", "protocol-file.md",
)  # fmt: skip
_HEADING = re.compile(r"^(#{1,3}) (.+)$")
_FENCE = re.compile(r"^```")
_ENGLISH = re.compile(r"^<!-- (.+) -->$")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the guide.

    Parameters
    ----------
    file : str
        Name of the page's file.
    heading : str
        In English.
    level : int
        1 for the page itself, 2 or 3 for what is in it.
    shown : str
        The heading in the language it is read in.
    language : str
        That language; ``en`` for what is not translated.
    """

    file: str
    heading: str
    level: int
    shown: str
    language: str = "en"


def guide_folder() -> Path:
    """Return the folder of the guide: in the installed program, else in its sources."""
    installed = Path(str(resources.files("neurofeedback"))) / "guide"
    return installed if installed.is_dir() else installed.parents[1] / "docs"


def page(file: str, language: str = "en") -> str:
    """Return a page as Markdown, without pictures that are not there; empty where it is not.

    Parameters
    ----------
    file : str
    language : str

    Returns
    -------
    str
        Links and pictures as from the folder of the guide itself.
    """
    folder = guide_folder()
    lines = [line for line in _lines(file, language) if not _ENGLISH.match(line)]
    text = "\n".join(lines).replace("](../", "](") if language != "en" else "\n".join(lines)
    return _IMAGE.sub(lambda m: m[0] if (folder / m[2]).is_file() else "", text)


def sections(language_in_use: str = "") -> list[Section]:
    """Return all headings, in the order in which the guide is read.

    Parameters
    ----------
    language_in_use : str
        By default that of the windows.

    Returns
    -------
    list of Section
        Each in that language where it is translated, else in English.
    """
    code = language_in_use or language()
    found = []
    for file in FILES:
        translated = {} if code == "en" else _translated(file, code)
        for heading, level in _headings(_lines(file, "en")):
            if heading in translated:
                found.append(Section(file, heading, level, translated[heading], code))
            else:
                found.append(Section(file, heading, level, heading))
    return found


def _translated(file: str, code: str) -> dict[str, str]:
    """Return the headings of a translated page by the English ones."""
    lines = _lines(file, code)
    english = [match[1] for match in map(_ENGLISH.match, lines) if match]
    return dict(zip(english, (heading for heading, _ in _headings(lines)), strict=False))


def _headings(lines: list[str]) -> list[tuple[str, int]]:
    found, fenced = [], False
    for line in lines:
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        if heading is not None:
            found.append((heading[2].replace("`", ""), len(heading[1])))
    return found


def _lines(file: str, code: str) -> list[str]:
    folder = guide_folder() if code == "en" else guide_folder() / code
    try:
        return (folder / file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
