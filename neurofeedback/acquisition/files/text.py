"""Text recordings: which program wrote one, told by its first lines.

Responsible for choosing the reader. Not responsible for any format (`openbci`, `headbands`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from neurofeedback.acquisition.files import headbands, openbci, tables
from neurofeedback.acquisition.recorded import RawRecording
from neurofeedback.errors import UserError

SUFFIXES = frozenset({".txt", ".csv"})


def read_text(path: Path) -> RawRecording:
    """Read the text file of any program that is known.

    Raises
    ------
    UserError
        If it is of none, or broken.
    """
    read = reader_of(path)
    if read is not None:
        return read(path)
    raise UserError(
        "{path} is no text recording that is known: it does not begin with {head!r}, nor as files "
        "of muselsl, Mind Monitor, Emotiv or BrainFlow do; export the recording as EDF or XDF.",
        path=path,
        head=openbci.HEAD,
    )


def reader_of(path: Path) -> Callable[[Path], RawRecording] | None:
    """Return what reads the files of the program that wrote this one; None if it is not known."""
    lines = tables.head(path)
    first = lines[0] if lines else ""
    if first.startswith((openbci.HEAD, openbci.OLD_HEAD, openbci.CONVERTED)):
        return openbci.read_openbci
    if openbci.CARD.match(first):
        return openbci.read_card
    if first.startswith("timestamps,"):
        return headbands.read_muselsl
    if first.startswith("TimeStamp,"):
        return headbands.read_mind_monitor
    if first.startswith("title:"):
        return headbands.read_emotiv
    if headbands.is_brainflow(first):
        return headbands.read_brainflow
    return None
