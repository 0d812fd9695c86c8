"""What the command line prints, and how.

Responsible for the two consoles (answers to stdout, everything else to stderr), JSON output,
remarks and progress bars. Not responsible for what is said.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from neurofeedback.app.remarks import REMARKS
from neurofeedback.words.plain import escaped_json

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[float], None]

_answers: TextIO | None = None  # where answers go, while stdout is for nothing else


def write_any_text() -> None:
    """Let stdout and stderr take any text: what their encoding lacks becomes a question mark.

    Terminals and pipes have old encodings on some systems, without a micro sign or a Greek letter.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def answers_alone() -> Iterator[None]:
    """Keep stdout for answers: what libraries print meanwhile, in Python or C, goes to stderr."""
    global _answers  # noqa: PLW0603  there is one stdout
    wanted = sys.stdout
    wanted.flush()
    try:
        number, other = wanted.fileno(), sys.stderr.fileno()
    except (OSError, ValueError):  # no files, as in a test
        kept = None
    else:
        kept = os.dup(number)
        os.dup2(other, number)
    _answers, sys.stdout = wanted if kept is None else _file_of(kept, wanted), sys.stderr
    try:
        yield
    finally:
        _answers.flush()
        _answers, sys.stdout = None, wanted
        if kept is not None:
            os.dup2(kept, number)
            os.close(kept)


def _file_of(number: int, like: TextIO) -> TextIO:
    return open(number, "w", encoding=like.encoding, errors=like.errors, closefd=False)  # noqa: SIM115


def stdout() -> Console:
    """Return the console for answers: what a person or program asked for."""
    return _console(file=_answers)


def stderr() -> Console:
    """Return the console for everything else: progress, remarks, errors."""
    return _console(stderr=True)


def _console(**where: Any) -> Console:
    """Return a console on which no text is obeyed: see `words.plain`."""
    from neurofeedback.cli.plain_console import PlainConsole

    return PlainConsole(highlight=False, soft_wrap=True, **where)


def say(text: str, *, style: str = "") -> None:
    """Print one remark to stderr, as it stands (no markup is read from it)."""
    stderr().print(text, style=style, markup=False)


def answer(text: str) -> None:
    """Print one line of an answer to stdout, as it stands."""
    stdout().print(text, markup=False)


def answer_json(value: Any) -> None:
    """Print `value` as JSON to stdout, plain and without colour; NaN is refused.

    Where stdout is not UTF-8, what is not ASCII is escaped, so that nothing is lost.
    """
    file = _answers or sys.stdout
    any_text = (file.encoding or "").casefold().replace("-", "") == "utf8"
    text = json.dumps(value, indent=2, ensure_ascii=not any_text, allow_nan=False)
    file.write(escaped_json(text) + "\n")


class _Printed(logging.Handler):
    """Prints remarks to stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage(), style="yellow")


@contextmanager
def printed_remarks() -> Iterator[None]:
    """Print what the program remarks (see `app.remarks`) meanwhile."""
    handler = _Printed()
    REMARKS.addHandler(handler)
    try:
        yield
    finally:
        REMARKS.removeHandler(handler)


@contextmanager
def progress_bar(title: str, *, quiet: bool = False) -> Iterator[Progress]:
    """Show a progress bar on stderr while work goes on; nothing where stderr is no terminal.

    Parameters
    ----------
    title : str
        What is being done.
    quiet : bool
        Show nothing.

    Yields
    ------
    callable
        To be called with the share that is done, 0..1.
    """
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    console = stderr()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), Remaining())
    with Progress(
        *columns, console=console, transient=True, disable=quiet or not console.is_terminal
    ) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda done: bar.update(task, completed=min(max(done, 0.0), 1.0))
