"""De-identified sessions as one archive that others can check.

Responsible for the dataset of a bundle, its list of checksums and the archive. Not responsible for
what is removed from a session (`export.deidentify`).

A bundle is a zip archive with one folder: a BIDS dataset like that of the recordings, and
``MANIFEST.sha256`` with the SHA-256 of every other file, as ``sha256sum --check`` reads it. Files
in the archive have no dates and no owners.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.export.age import check_passphrase
from neurofeedback.export.bundle_key import BundleKey
from neurofeedback.export.deidentify import Disguise, write_disguised
from neurofeedback.export.output import (
    ENCRYPTED,
    Progress,
    encrypt_file,
    publish,
    refuse_existing,
    share,
    workshop,
)
from neurofeedback.recording.files import replace_text
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.write.bids import write_dataset
from neurofeedback.words.message import Message

MANIFEST = "MANIFEST.sha256"
LOST = Message(
    "The bundle leaves out the participant's code, notes, labels of markers, reasons and messages, "
    "names and serial numbers of the stream, the time zone and the true dates; the protocol's own "
    "text and the channel names are kept: read them before you give the bundle away."
)

_NO_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_README = """\
De-identified neurofeedback sessions
====================================

The codes of the participants are not those of the recordings. Dates are shifted by a number of
weeks that is the same for all sessions of a participant and is not in here; clocks start near 0.
Notes, labels of markers, reasons and messages are left out, and so are the names and serial numbers
of the stream. The samples, and everything computed from them, are as recorded: `neurofeedback
verify FOLDER_OF_A_SESSION` runs the samples through the engine again and compares every value.

MANIFEST.sha256 lists the checksum of every other file: `sha256sum --check MANIFEST.sha256`.
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was made.

    Parameters
    ----------
    file : Path
        The archive.
    sessions : tuple of str
        Names of its sessions in the bundle.
    codes : mapping
        Participant in the recordings to code in the bundle; for the screen of whoever may know.
    key : Path
        The file that links them.
    """

    file: Path
    sessions: tuple[str, ...]
    codes: Mapping[str, str]
    key: Path


def export_bundle(
    layouts: Sequence[SessionLayout],
    out: Path,
    key_path: Path,
    *,
    code: str | None = None,
    force: bool = False,
    passphrase: str | None = None,
    progress: Progress = lambda done: None,
) -> Bundle:
    """Make a de-identified bundle of sessions.

    Parameters
    ----------
    layouts : sequence of SessionLayout
        Of one dataset, at least one.
    out : Path
        Folder of the archive; made when missing.
    key_path : Path
        The key that links participants and codes; made when missing.
    code : str or None
        Code of the participant in the bundle, where all sessions are of one; drawn at random where
        it is None.
    force : bool
        Whether a file of the same name may be replaced.
    passphrase : str or None
        Encrypts the archive.
    progress : callable
        Called with the share that is done.

    Returns
    -------
    Bundle

    Raises
    ------
    UserError
        If a session is damaged, the code is refused, the archive exists, nothing can be written, or
        the passphrase is too short.
    """
    if passphrase is not None:
        check_passphrase(passphrase)
    readers = [_sound(layout) for layout in layouts]
    key = BundleKey(key_path)
    disguises = _disguises(readers, key, code)
    name = _name(layouts, disguises)
    target = out / f"{name}.zip{ENCRYPTED if passphrase is not None else ''}"
    refuse_existing([target], force=force)
    key.save()  # before there is a bundle that only it can undo
    with workshop(out) as folder:
        root = folder / name
        root.mkdir()
        sessions = _write_dataset(readers, disguises, root, share(progress, 0, 2))
        made = folder / f"{name}.zip"
        _archive(root, made, share(progress, 1, 2))
        if passphrase is not None:
            made = encrypt_file(made, passphrase)
        publish(made, target, force=force)
    codes = {name: disguise.code for name, disguise in disguises.items()}
    return Bundle(target, sessions, codes, key_path)


def _sound(layout: SessionLayout) -> SessionReader:
    problems = check_files(layout.protocol)
    if problems:
        raise UserError(
            "{session} is damaged, so it cannot be bundled: {problem} `neurofeedback "
            "verify` lists the rest.",
            session=layout.stem,
            problem=problems[0],
        )
    return SessionReader(layout.protocol)


def _disguises(
    readers: Sequence[SessionReader], key: BundleKey, code: str | None
) -> dict[str, Disguise]:
    started = {r.layout.participant: r.start.started.date() for r in readers}
    if code is not None and len(started) > 1:
        raise UserError(
            "--code names one participant, but the sessions are of {n}: leave it out to "
            "have codes drawn at random.",
            n=len(started),
        )
    return {name: key.disguise(name, when, code) for name, when in started.items()}


def _name(layouts: Sequence[SessionLayout], disguises: Mapping[str, Disguise]) -> str:
    if len(disguises) > 1:
        return "bundle"
    (disguise,) = disguises.values()
    session = f"_ses-{layouts[0].session:02d}" if len(layouts) == 1 else ""
    return f"bundle_sub-{disguise.code}{session}"


def _write_dataset(
    readers: Sequence[SessionReader],
    disguises: Mapping[str, Disguise],
    root: Path,
    progress: Progress,
) -> tuple[str, ...]:
    replace_text(root / "README", _README)
    replace_text(root / ".bidsignore", f"{MANIFEST}\n")
    # In order of the new codes: the order of the old ones would tell something.
    readers = sorted(readers, key=lambda r: (disguises[r.layout.participant].code, r.layout.stem))
    sessions = []
    for i, reader in enumerate(readers):
        disguise = disguises[reader.layout.participant]
        part = share(progress, i, len(readers))
        layout = write_disguised(reader, root, disguise, part)
        write_dataset(layout, reader.start.versions)
        sessions.append(layout.stem)
    return tuple(sessions)


def _archive(root: Path, target: Path, progress: Progress) -> None:
    """Write all files below a folder to a zip archive, with their checksums."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    sums = []
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
        for i, path in enumerate(files):
            name = path.relative_to(root).as_posix()
            sums.append(f"{_add(archive, path, f'{root.name}/{name}')}  {name}\n")
            progress((i + 1) / len(files))
        archive.writestr(_entry(f"{root.name}/{MANIFEST}"), "".join(sums))


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> str:
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        with archive.open(_entry(name), "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, 1 << 20)
    return digest


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = _UNIX
    entry.external_attr = 0o600 << 16
    return entry
