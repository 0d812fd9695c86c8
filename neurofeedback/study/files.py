"""The files of a study: what lies open, and what is sealed.

Responsible for writing and reading them, and for refusing what cannot be a study. Not responsible
for who gets which place (`study.folder`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.protocols.warnings import short_baseline
from neurofeedback.recording.files import FILE_MODE, FOLDER_MODE, why
from neurofeedback.recording.sealed import Seal, SealedFile, read_sealed
from neurofeedback.study.allocation import Place, seal_place
from neurofeedback.study.keys import UnblindingKey, check_apart

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}")
_STRATUM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_=+.-]{0,31}")
ESCROW_WIDTH = 1024  # bytes that a place takes
BOUND_FORMAT = 6  # of studies; see `bound_to`


def check_new(
    folder: Path, name: str, spec: ProtocolSpec, strata: Sequence[str], keys: tuple[Path, Path]
) -> None:
    """Refuse a study that cannot be made; one sentence."""
    if not _NAME.fullmatch(name):
        raise UserError(
            "The study name {name!r} is refused: use 1 to 64 letters, digits, spaces, "
            "'_', '-' and '.'.",
            name=name[:64],
        )
    for label in strata:
        if not _STRATUM.fullmatch(label):
            raise UserError(
                "The stratum {stratum!r} is refused: use 1 to 32 letters, digits and any of _=+.-",
                stratum=label[:32],
            )
    if spec.control is None:
        raise UserError(
            "The protocol {protocol!r} declares no control arm; add a [control] section.",
            protocol=spec.name,
        )
    short = short_baseline(spec)
    if short is not None:
        raise UserError(
            "The baseline of {protocol!r} has {seconds:g} s and the shift of its control "
            "{shift:g} s, so that feedback would be of less time before than the protocol says; "
            "make the baseline at least as long as control.shift.",
            protocol=spec.name,
            seconds=short,
            shift=spec.control.shift,
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            "{folder} exists and is not an empty folder; choose another.", folder=folder
        )
    check_apart(*keys)
    for path in keys:
        if path.resolve().is_relative_to(folder.resolve()):
            raise UserError(
                "The key {path} would be inside the study's folder; keep keys elsewhere.", path=path
            )
        if path.exists():
            raise UserError(
                "{path} exists already, and keys are never overwritten; name another file.",
                path=path,
            )


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may read."""
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "The folder {folder} cannot be created: {reason}.", folder=folder, reason=why(error)
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write a new file that only its owner may read, and wait until it is on the disk."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(
            "{path} cannot be written: {reason}.", path=path, reason=why(error)
        ) from error


def bound_to(facts: Mapping[str, Any]) -> str:
    """Return what the places of a study are sealed to, so that ``study.json`` cannot be edited.

    The public key in it decides who can read what is fed back, and the protocol what is shown.
    Since format 6 it is the SHA-256 of all facts but the hash of the list, which holds the places;
    before, the study's identity.
    """
    if facts["format"] < BOUND_FORMAT:
        return str(facts["study"])
    bound = {key: value for key, value in facts.items() if key != "allocation_sha256"}
    return hashlib.sha256(json.dumps(bound, sort_keys=True).encode()).hexdigest()


def write_escrow(
    path: Path, seal: Seal, places: Sequence[Place], seed: int, blocks: Sequence[int], bound: str
) -> None:
    """Seal the whole list for the unblinding key, with seed and what places are bound to."""
    sealed = SealedFile(path, seal, lambda line: ESCROW_WIDTH)
    first = {"seed": seed, "blocks": list(blocks), "tagged": True, "bound": bound}
    sealed.append([json.dumps(first)])
    sealed.append([json.dumps({**asdict(p), "arm": str(p.arm)}) for p in places])
    sealed.file.close()


def open_escrow(
    path: Path, key: UnblindingKey, bound: str
) -> tuple[dict[tuple[str, int], Place], bool]:
    """Return the places of the sealed list by stratum and number, and whether sessions are tagged.

    Parameters
    ----------
    path : Path
    key : UnblindingKey
    bound : str
        See `bound_to`.

    Raises
    ------
    UserError
        If it cannot be opened, is not the list that the key was made with, or ``study.json`` is not
        that of the list.
    """
    if key.allocation_sha256 not in (None, file_sha256(path)):
        raise UserError(
            "{path} is not the list that the unblinding key was made with; restore it from a copy.",
            path=path,
        )
    first, *places = [json.loads(line) for line in read_sealed(path, key.private)]
    if first.get("bound", bound) != bound:
        raise UserError(
            "{path} was changed since the study was made; restore it from a copy.",
            path=path.with_name("study.json"),
        )
    arms = {(p["stratum"], p["number"]): Place(**{**p, "arm": Arm(p["arm"])}) for p in places}
    return arms, bool(first.get("tagged"))


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a small file, hexadecimal."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error


def allocation_text(places: Sequence[Place], bound: str, station_key: bytes) -> str:
    """Return the list, each place sealed with the station key and bound as `bound_to` says."""
    rows = [
        {"stratum": p.stratum, "number": p.number, "sealed": seal_place(p, bound, station_key)}
        for p in places
    ]
    return json.dumps({"places": rows}, indent=1) + "\n"


def read_allocation(path: Path, checksum: str) -> dict[tuple[str, int], str]:
    """Return the sealed places by stratum and number; refuse a list that was changed."""
    try:
        text = path.read_text(encoding="utf-8")
        if hashlib.sha256(text.encode()).hexdigest() != checksum:
            raise UserError(
                "{path} was changed since the study was made; restore it from a copy.", path=path
            )
        rows = json.loads(text)["places"]
        return {(r["stratum"], r["number"]): r["sealed"] for r in rows}
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            "{path} is not an allocation list of this program; restore it from a copy.", path=path
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """Return the facts of a study."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(
            "There is no study at {folder} ({reason}); give the folder that 'study new' made.",
            folder=path.parent,
            reason=why(error),
        ) from error
    except (ValueError, RecursionError) as error:
        raise UserError(
            "{path} is not that of a study, or damaged; restore it from a copy.", path=path
        ) from error
    if not isinstance(found, dict):
        raise UserError(
            "{path} is not that of a study, or damaged; restore it from a copy.", path=path
        )
    return found
