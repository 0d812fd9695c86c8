"""The edge of the program: how errors reach the person at the terminal.

Responsible for turning a `UserError` into one red sentence and exit status 2, a full disk or
refused permission into the same, and a defect of the program into a sentence with the path of a
log file and exit status 1. Not responsible for any command.
"""

from __future__ import annotations

import errno
import os
import platform
import sys
import tempfile
import traceback
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from neurofeedback.cli.console import answers_alone, printed_remarks, say
from neurofeedback.errors import UserError

EXIT_DEFECT = 1
EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130

# What the machine refuses: the person's to mend, like a wrong argument.
REFUSALS = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EIO,
        errno.ENAMETOOLONG,
        errno.ENOSPC,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)


class Boundary(TyperGroup):
    """The group of commands; reports the user's mistakes and goes no further."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command; a user's mistake becomes a sentence and exit status 2."""
        try:
            with printed_remarks(), answers_alone() if _is_json(ctx) else nullcontext():
                return super().invoke(ctx)
        except UserError as error:
            report(str(error))
            raise typer.Exit(EXIT_USER_ERROR) from error
        except OSError as error:
            if error.errno not in REFUSALS:
                raise
            report(_refusal(error))
            raise typer.Exit(EXIT_USER_ERROR) from error
        except KeyboardInterrupt as error:
            report("Interrupted.")
            raise typer.Exit(EXIT_INTERRUPTED) from error


def _is_json(ctx: Any) -> bool:
    """Return whether the answer of a command is for a program to read."""
    words = {*getattr(ctx, "_protected_args", ()), *ctx.args}
    return "--json" in words and not words & {"--help", "-h"}


def report(sentence: str) -> None:
    """Print one red sentence to stderr."""
    say(sentence, style="red")


def run_guarded(app: typer.Typer) -> None:
    """Run the command line and leave the process; a defect leaves a log file, not a traceback."""
    try:
        app()
    except Exception as error:
        path = write_crash_log(error)
        report(
            f"This is a defect of the program ({type(error).__name__}), not a mistake of yours. "
            f"Details for a report are in {path}"
        )
        raise SystemExit(EXIT_DEFECT) from None


def write_crash_log(error: BaseException) -> Path:
    """Write the traceback of `error` to a new file in the user's log folder.

    Falls back to the folder for temporary files where the log folder cannot be written.

    Returns
    -------
    Path
        The file.
    """
    from platformdirs import user_log_path

    from neurofeedback import __version__

    when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    name = f"error-{when}-{os.getpid()}.log"
    head = f"neurofeedback {__version__}, Python {platform.python_version()}, {sys.platform}\n"
    text = head + "".join(traceback.format_exception(error))
    for folder in (user_log_path("neurofeedback"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        except OSError:
            continue
        return folder / name
    return Path(os.devnull)


def _refusal(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    reason = (error.strerror or "the operating system refused").lower()
    mend = {
        errno.ENOSPC: "free some space or choose another folder with --out",
        errno.EDQUOT: "free some space or choose another folder with --out",
        errno.EFBIG: "raise the limit on file size or choose another folder with --out",
    }.get(error.errno or 0, "check the path, or choose another folder with --out")
    return f"{where}{reason}; {mend}."
