"""``neurofeedback upload``: files brought to another place in pieces.

Responsible for the command alone; see `export.upload`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.cli.console import answer, answer_json, progress_bar, say
from neurofeedback.cli.options import AsJson
from neurofeedback.export.output import share
from neurofeedback.export.upload import Uploaded
from neurofeedback.export.upload import upload as bring


def upload(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Files to bring there.")],
    to: Annotated[
        Path, typer.Option(metavar="FOLDER", help="A folder, for example on a server's share.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace other files there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring files to a folder in pieces; the same command goes on after a cut."""
    found = uploaded(files, to, force=force, quiet=as_json)
    if as_json:
        answer_json(uploaded_fields(found))
    else:
        show_uploaded(found)


def uploaded(files: Sequence[Path], folder: Path, *, force: bool, quiet: bool) -> list[Uploaded]:
    """Bring files to a folder with a bar of progress.

    Raises
    ------
    UserError
        As `export.upload.upload`.
    """
    with progress_bar("Uploading", quiet=quiet) as progress:
        return [
            bring(file, folder, force=force, progress=share(progress, i, len(files)))
            for i, file in enumerate(files)
        ]


def uploaded_fields(found: Sequence[Uploaded]) -> list[dict[str, str | int]]:
    """Return what has arrived as plain JSON types."""
    return [{"file": str(u.path), "sha256": u.sha256, "kept": u.n_kept} for u in found]


def show_uploaded(found: Sequence[Uploaded]) -> None:
    """Print what has arrived, with its checksums."""
    for one in found:
        answer(f"{one.sha256}  {one.path}")
    say("Read back and equal; `sha256sum --check` repeats it there.", style="dim")
