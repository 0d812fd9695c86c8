"""Giving the recordings of a participant another code, after a typing error.

Responsible for the names of folders and files, for the names within BrainVision headers, and for
the dataset's list of participants. Not responsible for the index (`store.renaming`), nor for
joining the recordings of two participants, which is not done.

No sample and no line of a log is changed: the log goes on saying under which code it was recorded,
and whoever checks a session knows its files by either code (`recording.read.checks`). Interrupted,
it may be called again.
"""

from __future__ import annotations

import os
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.files import replace_bytes, sync_folder, why
from neurofeedback.recording.layout import PIPELINE, SessionLayout, check_participant
from neurofeedback.recording.read.glance import start_of, was_ended
from neurofeedback.recording.repair.tidy import is_locked

_REPORT = "_report.html"
_NAMING = (".vhdr", ".vmrk")  # hold the names of files


def rename_recordings(root: Path, old: str, new: str) -> None:
    """Give all recordings of a participant another code.

    Parameters
    ----------
    root : Path
        The dataset.
    old, new : str
        Codes.

    Raises
    ------
    UserError
        If the code is refused, there are recordings under both, one is being recorded, was cut or
        belongs to a study, or a file cannot be renamed.
    """
    check_participant(new)
    trees = (root / "derivatives" / PIPELINE, root)
    pairs = [(tree / f"sub-{old}", tree / f"sub-{new}") for tree in trees]
    if any(source.exists() and target.exists() for source, target in pairs):
        raise UserError(
            "There are recordings of {old} and of {new}; recordings of two codes are not joined.",
            old=old,
            new=new,
        )
    for layout in _layouts(root, old):
        _refuse(layout)
    try:
        for source, target in pairs:
            if source.exists():
                _rename_files(source, old, new)
                os.rename(source, target)
                sync_folder(target.parent)
        _rename_in_list(root / "participants.tsv", old, new)
    except OSError as error:
        raise UserError(
            "{path} cannot be renamed: {reason}. Mend that and try again; what is renamed already "
            "stays.",
            path=error.filename or root,
            reason=why(error),
        ) from error


def _layouts(root: Path, code: str) -> list[SessionLayout]:
    folder = root / "derivatives" / PIPELINE / f"sub-{code}"
    paths = sorted(folder.glob(f"ses-*/eeg/sub-{code}_*_session.jsonl"))
    return [SessionLayout.find(path) for path in paths]


def _refuse(layout: SessionLayout) -> None:
    if is_locked(layout):
        raise UserError("{session} is being recorded now; end it first.", session=layout.folder)
    if not was_ended(layout):
        raise UserError(
            "{session} was cut and not finished; finish it first.", session=layout.folder
        )
    if start_of(layout).study is not None:
        raise UserError(
            "{session} belongs to a study, whose ledger names the participant; the code cannot be "
            "changed.",
            session=layout.folder,
        )


def _rename_files(folder: Path, old: str, new: str) -> None:
    before, after = f"sub-{old}_ses-", f"sub-{new}_ses-"
    for path in sorted(folder.rglob(f"{before}*")):
        if path.name.endswith(_REPORT):
            path.unlink()  # it names the participant; it can be made again
            continue
        if path.suffix in _NAMING:
            replace_bytes(path, path.read_bytes().replace(before.encode(), after.encode()))
        path.rename(path.with_name(after + path.name.removeprefix(before)))


def _rename_in_list(table: Path, old: str, new: str) -> None:
    if not table.exists():
        return
    lines = table.read_bytes().split(b"\n")
    code = f"sub-{old}".encode()
    mended = [
        f"sub-{new}".encode() + line.removeprefix(code)
        if line.rstrip(b"\r").split(b"\t")[0] == code
        else line
        for line in lines
    ]
    if mended != lines:
        replace_bytes(table, b"\n".join(mended))
