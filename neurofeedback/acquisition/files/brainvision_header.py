"""Headers of BrainVision files that say what is not so.

Responsible for files that were renamed, units in unusual spellings, and a data format that is not
that of the samples: a corrected copy of the header is read. Not responsible for reading samples
(`readers`).
"""

from __future__ import annotations

import re
from pathlib import Path

from neurofeedback.acquisition.files.content import beside
from neurofeedback.acquisition.units import volts_per_unit
from neurofeedback.errors import UserError
from neurofeedback.words.message import Message

_SPELLED = {1.0: "V", 1e-3: "mV", 1e-6: "µV", 1e-9: "nV"}
_CHANNEL = re.compile(r"^(Ch\d+\s*=[^,\n]*,[^,\n]*,[^,\n]*,)([^,\n\r]*)", re.MULTILINE)


def mended(path: Path) -> tuple[str | None, list[Message]]:
    """Return a header as it should be, None where it is so, and what was mended.

    Raises
    ------
    UserError
        If the samples that it names are not there, or are sealed.
    """
    written = _decoded(path.read_bytes())
    if re.search(r"^DataFormat\s*=\s*ENCRYPTED", written, re.MULTILINE):
        raise UserError(
            "The samples of {path} are sealed: they open with the unblinding key of their study "
            "alone.",
            path=path,
        )
    notes: list[Message] = []
    text = _with_file(path, written, "DataFile", (".eeg", ".dat", ".avg"), notes)
    text = _with_file(path, text, "MarkerFile", (".vmrk",), notes)
    text = _CHANNEL.sub(_respelled, text)
    declared = re.search(r"^DataFormat\s*=\s*ASCII", text, re.MULTILINE | re.IGNORECASE)
    if declared and "[ASCII Infos]" not in text and "[Binary Infos]" in text:
        text = text.replace(declared[0], "DataFormat=BINARY")
        notes.append(
            Message(
                "{name} says that its samples are text, but describes them as binary, and they are "
                "read as that.",
                name=path.name,
            )
        )
    return (None if text == written else text), notes


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
        # What is written from here is UTF-8, whatever the file was.
        return re.sub(r"^Codepage\s*=.*$", "Codepage=UTF-8", text, flags=re.MULTILINE)


def _respelled(line: re.Match[str]) -> str:
    volts = volts_per_unit(line[2]) if line[2].strip() else None
    return line[0] if volts is None else line[1] + _SPELLED[volts]


def _with_file(
    path: Path, text: str, key: str, suffixes: tuple[str, ...], notes: list[Message]
) -> str:
    """Return the header with the file that is there in place of the one it names."""
    line = re.search(rf"^{key}\s*=(.*)$", text, re.MULTILINE)
    if line is None:
        return text
    name = line[1].strip().replace("$b", path.stem)
    if (path.parent / name).is_file() and name:
        return text
    there = beside(path, *suffixes)
    if there is not None:
        notes.append(
            Message(
                "{name} names {wanted}, which is not there; {there} is read in its place.",
                name=path.name, wanted=name, there=there.name,
            )
        )  # fmt: skip
        return text.replace(line[0], f"{key}={there.name}")
    if key == "DataFile":
        raise UserError(
            "{path} names {wanted} as the file of its samples, which is not there: put it beside "
            "the header.",
            path=path,
            wanted=name,
        )
    notes.append(
        Message("{name}: its markers {wanted} are not there.", name=path.name, wanted=name)
    )
    return text.replace(line[0], "")


def with_folder(text: str, folder: Path) -> str:
    """Return a header whose files are named with their folder, so that it may lie elsewhere."""
    return re.sub(
        r"^(DataFile|MarkerFile)\s*=\s*(.*?)\s*$",
        lambda line: f"{line[1]}={folder.resolve() / line[2]}",
        text,
        flags=re.MULTILINE,
    )
