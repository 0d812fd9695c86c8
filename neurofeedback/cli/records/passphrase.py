"""Where a passphrase comes from.

Responsible for asking for one. It is never taken from the command line, where others on the machine
could read it. Not responsible for what it opens.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.errors import UserError
from neurofeedback.recording.files import why
from neurofeedback.words.message import Message

PASSPHRASE_VARIABLE = "NEUROFEEDBACK_PASSPHRASE"

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=f"File that holds the passphrase. Default: {PASSPHRASE_VARIABLE}, else a prompt; "
        "never give it on the command line.",
    ),
]


def passphrase(file: Path | None, *, twice: bool = False) -> str:
    """Return the passphrase from a file, the environment, or whoever sits at the terminal.

    Parameters
    ----------
    file : Path or None
        Its text is the passphrase, without the line break at its end.
    twice : bool
        Whether it is asked for twice, as for something new.

    Raises
    ------
    UserError
        If the file cannot be read, or there is nobody to ask.
    """
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            unread = why(error) if isinstance(error, OSError) else Message("it is not UTF-8 text")
            raise UserError(
                "The passphrase file {file} cannot be read: {reason}.", file=file, reason=unread
            ) from error
    if PASSPHRASE_VARIABLE in os.environ:
        return os.environ[PASSPHRASE_VARIABLE]
    if not sys.stdin.isatty():
        raise UserError(
            "The passphrase cannot be asked for here: set {variable}, or give --passphrase-file.",
            variable=PASSPHRASE_VARIABLE,
        )
    asked: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True)
    return asked
