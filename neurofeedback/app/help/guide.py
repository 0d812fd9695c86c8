"""The guide that comes with the program: its pages, their sections, and where each is.

Responsible for finding and reading it, from the installed program or from its sources. Not
responsible for showing it. Nothing is read from a network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

FILES = (
    "first-session.md", "user-guide.md", "amplifiers.md", "troubleshooting.md", "protocol-file.md",
)  # fmt: skip
_HEADING = re.compile(r"^(#{1,3}) (.+)$")
_FENCE = re.compile(r"^```")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the guide.

    Parameters
    ----------
    file : str
        Name of the page's file.
    heading : str
    level : int
        1 for the page itself, 2 or 3 for what is in it.
    """

    file: str
    heading: str
    level: int


def guide_folder() -> Path:
    """Return the folder of the guide: in the installed program, else in its sources."""
    installed = Path(str(resources.files("neurofeedback"))) / "guide"
    return installed if installed.is_dir() else installed.parents[1] / "docs"


def page(file: str) -> str:
    """Return a page as Markdown, without pictures that are not there; empty where it is not."""
    folder = guide_folder()
    try:
        text = (folder / file).read_text(encoding="utf-8")
    except OSError:
        return ""
    return _IMAGE.sub(lambda m: m[0] if (folder / m[2]).is_file() else "", text)


def sections() -> list[Section]:
    """Return all headings, in the order in which the guide is read."""
    found = []
    for file in FILES:
        fenced = False
        for line in page(file).splitlines():
            fenced ^= bool(_FENCE.match(line))
            heading = None if fenced else _HEADING.match(line)
            if heading is not None:
                words = heading[2].replace("`", "")
                found.append(Section(file, words, len(heading[1])))
    return found
