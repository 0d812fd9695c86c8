"""Each session as a file of another format.

Responsible for the formats there are, what each of them loses, and for writing one session after
another so that each file appears whole or not at all. Not responsible for how a format is written
(`export.edf`, `export.mne_formats`), nor for bundles (`export.bundle`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.export.age import check_passphrase
from neurofeedback.export.edf import write_bdf, write_edf
from neurofeedback.export.mne_formats import write_fif, write_set
from neurofeedback.export.output import (
    ENCRYPTED,
    Progress,
    Written,
    encrypt_file,
    publish,
    refuse_existing,
    share,
    workshop,
)
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.session_data import SessionData, read_session
from neurofeedback.words.message import Message

_READ, _WRITTEN = 0.3, 0.95  # share of a session's time that has gone by


@dataclass(frozen=True, slots=True)
class Format:
    """A format to export to.

    Parameters
    ----------
    ending : str
        What follows the name of the session.
    write : callable
        Writes one session to a new file.
    lost : Message
        A sentence: what the format does not keep.
    """

    ending: str
    write: Callable[[SessionData, Path, Progress], Written]
    lost: Message


_LEFT_BEHIND = Message(
    "the stream times, the features, what was fed back and displayed, and the protocol"
)
_UNNAMED = Message("positions, channel types, the marks of bad channels")

FORMATS = {
    "edf": Format(
        "eeg.edf",
        write_edf,
        Message(
            "EDF+ rounds samples to 16 bits and leaves behind {unnamed}, {rest}.",
            unnamed=_UNNAMED,
            rest=_LEFT_BEHIND,
        ),  # fmt: skip
    ),
    "bdf": Format(
        "eeg.bdf",
        write_bdf,
        Message(
            "BDF+ rounds samples to 24 bits and leaves behind {unnamed}, {rest}.",
            unnamed=_UNNAMED,
            rest=_LEFT_BEHIND,
        ),  # fmt: skip
    ),
    "fif": Format(
        "eeg.fif",
        write_fif,
        Message(
            "FIF keeps every sample to the last bit and leaves behind {rest}.", rest=_LEFT_BEHIND
        ),
    ),
    "set": Format(
        "eeg.set",
        write_set,
        Message(
            "EEGLAB's .set keeps every sample to the last bit and leaves behind the date, channel "
            "types, the marks of bad channels, {rest}.",
            rest=_LEFT_BEHIND,
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One session that was exported.

    Parameters
    ----------
    session : str
        Its name.
    files : tuple of Path
        What was written; several where a format splits long recordings.
    rounding : float
        Largest difference, in µV, between a sample as recorded and as the file has it.
    remarks : tuple of Message
        What a reader must know, a sentence each.
    """

    session: str
    files: tuple[Path, ...]
    rounding: float
    remarks: tuple[Message, ...]


@dataclass(slots=True)
class ExportReport:
    """What became of each session.

    Parameters
    ----------
    exported : list of ExportedFile
    refused : list of Message
        A sentence for each session that the format cannot hold, or that is damaged.
    """

    exported: list[ExportedFile] = field(default_factory=list)
    refused: list[Message] = field(default_factory=list)


def export_files(
    layouts: Sequence[SessionLayout],
    kind: Format,
    out: Path,
    *,
    force: bool = False,
    passphrase: str | None = None,
    progress: Progress = lambda done: None,
) -> ExportReport:
    """Export sessions, one file each.

    Parameters
    ----------
    layouts : sequence of SessionLayout
    kind : Format
        One of `FORMATS`.
    out : Path
        Folder of the new files; made when missing.
    force : bool
        Whether files of the same name may be replaced.
    passphrase : str or None
        Encrypts each file.
    progress : callable
        Called with the share that is done.

    Returns
    -------
    ExportReport
        A session that is refused does not keep the others from being exported.

    Raises
    ------
    UserError
        If a file is there already, nothing can be written, or the passphrase is too short.
    """
    if passphrase is not None:
        check_passphrase(passphrase)
    lock = ENCRYPTED if passphrase is not None else ""
    refuse_existing((out / f"{a.stem}_{kind.ending}{lock}" for a in layouts), force=force)
    report = ExportReport()
    for i, layout in enumerate(layouts):
        part = share(progress, i, len(layouts))
        try:
            with workshop(out) as folder:
                written = _write(layout, kind, folder, part)
                files = _publish(folder, out, passphrase, force=force)
                part(1.0)
        except UserError as error:
            report.refused.append(Message("{session}: {reason}", session=layout.stem, reason=error))
        else:
            report.exported.append(
                ExportedFile(layout.stem, files, written.rounding, written.remarks)
            )
    return report


def _publish(folder: Path, out: Path, passphrase: str | None, *, force: bool) -> tuple[Path, ...]:
    """Move all files of a folder to another, encrypted if there is a passphrase."""
    made = sorted(folder.iterdir())
    if passphrase is not None:
        made = [encrypt_file(path, passphrase) for path in made]
    targets = tuple(out / path.name for path in made)
    refuse_existing(targets, force=force)
    for path, target in zip(made, targets, strict=True):
        publish(path, target, force=force)
    return targets


def _write(layout: SessionLayout, kind: Format, folder: Path, progress: Progress) -> Written:
    session = read_session(layout.protocol)
    progress(_READ)
    target = folder / f"{layout.stem}_{kind.ending}"
    written = kind.write(session, target, lambda done: progress(_READ + (_WRITTEN - _READ) * done))
    return Written(written.rounding, (*session.remarks, *written.remarks))
