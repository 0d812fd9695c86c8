"""What several commands of ``neurofeedback study`` are given, and say.

Responsible for these options and for the exit code of a study that is not in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.cli.boundary import EXIT_DEFECT
from neurofeedback.cli.console import say
from neurofeedback.errors import UserError
from neurofeedback.session.verification.delivery import DeliveryCheck

Folder = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")]
KeyFile = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="The unblinding key, kept by one person.")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File with the passphrase of the unblinding key. Default: NEUROFEEDBACK_PASSPHRASE, "
        "else a prompt.",
    ),
]
Participant = Annotated[str, typer.Option("--participant", "-u", help="Their code.")]


def show_differences(differing: list[DeliveryCheck]) -> None:
    """Print how sessions differ from what was allocated."""
    for check in differing:
        for difference in check.differences:
            say(f"{check.folder}: {difference}", style="red")


def defect_if(problems: Sequence[object]) -> None:
    """End with the exit code of a defect if there are problems."""
    if problems:
        raise typer.Exit(EXIT_DEFECT)


def pairs(given: Sequence[str] | None) -> list[tuple[str, str]]:
    """Read texts of the form NAME=TEXT."""
    for text in given or ():
        if "=" not in text:
            raise UserError(
                "{text!r} is not understood: give NAME=VALUE, as in --level sex=f.", text=text
            )
    return [(name, value) for name, _, value in (text.partition("=") for text in given or ())]
