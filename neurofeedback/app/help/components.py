"""What the program is made of: its parts, their versions and licences.

Responsible for asking what is installed. Not responsible for showing it.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from importlib import metadata

PROGRAM = "neurofeedback"
_LICENCE = "License :: OSI Approved :: "
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the program.

    Parameters
    ----------
    name, version, licence : str
        The licence is empty where its maker does not say.
    """

    name: str
    version: str
    licence: str


TYPEFACE = Component("Inter", "3.019", "OFL-1.1")  # comes with the program, see gui.typeface


def components() -> list[Component]:
    """Return the program, Python, the typeface, and every library that it needs and has."""
    names = [PROGRAM, *(_name(line) for line in metadata.requires(PROGRAM) or ())]
    found = {name.lower(): part for name in names if (part := _component(name)) is not None}
    program = found.pop(PROGRAM, None)
    python = Component("Python", platform.python_version(), "PSF-2.0")
    found["inter"] = TYPEFACE
    rest = sorted(found.values(), key=lambda part: part.name.lower())
    return [*([] if program is None else [program]), python, *rest]


def _name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    return requirement if found is None else found[0]


def _component(name: str) -> Component | None:
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    known = about.json
    declared = known.get("license_expression") or known.get("license") or ""
    classified = [
        line.removeprefix(_LICENCE).removesuffix(" License")
        for line in known.get("classifier", ())
        if line.startswith(_LICENCE)
    ]
    first = str(declared).strip().splitlines()
    short = first[0] if first and len(first[0]) <= LONGEST else ""
    return Component(str(known["name"]), str(known["version"]), short or ", ".join(classified))
