"""``neurofeedback decrypt``: a file that was locked with a passphrase.

Responsible for the command alone; see `export.output`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.cli.console import answer, answer_json, progress_bar
from neurofeedback.cli.options import AsJson
from neurofeedback.cli.records.passphrase import PassphraseFile, passphrase
from neurofeedback.errors import UserError
from neurofeedback.export.output import ENCRYPTED, ENCRYPTED_FIRST, decrypt_file


def decrypt(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A file made with `export --encrypt` or `age -p`."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The new file. Default: the name without .age."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Decrypt a file; it is written only after all of it has been authenticated."""
    if out is None:
        if file.suffix not in (ENCRYPTED, ENCRYPTED_FIRST):
            raise UserError(
                "{file} does not end in {encrypted}: name the new file with --out.",
                file=file,
                encrypted=ENCRYPTED,
            )
        out = file.with_suffix("")
    secret = passphrase(passphrase_file)
    with progress_bar(f"Decrypting {file.name}", quiet=as_json) as progress:
        decrypt_file(file, out, secret, force=force, progress=progress)
    if as_json:
        answer_json({"file": str(out)})
    else:
        answer(str(out))
