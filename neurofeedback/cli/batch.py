"""``neurofeedback batch``: many recordings through the engine, or measured, into one table.

Responsible for the command, for what it shows meanwhile and for its exit status. Not responsible
for the work (`app.batch`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.acquisition.given_names import given_names
from neurofeedback.app.batch.pool import pool
from neurofeedback.app.batch.run import BatchResult, Progress, run_batch
from neurofeedback.app.batch.work import Work
from neurofeedback.cli.boundary import report
from neurofeedback.cli.console import answer, answer_json, progress_bar, say, stderr
from neurofeedback.cli.options import AsItIs, AsJson, Bads, Channels, Montage, Strict, Unit
from neurofeedback.errors import UserError
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.signal.power.prior import prior_notes

EXIT_SOME_FAILED = 3
OUT = Path("derivatives") / "neurofeedback-batch"
_EVERY = 30.0  # s between two lines of progress, where there is no terminal


def batch(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="A BIDS dataset, or a folder with recordings in any depth."
        ),
    ],
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol",
            "-p",
            metavar="PROTOCOL",
            help="Name of a protocol that comes with the program, or a .toml file. With --measure, "
            "its reference is used.",
        ),
    ] = None,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure", help="Measure the recordings, instead of running the protocol on them."
        ),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Recordings at once. Default: one for each core."),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address of the scheduler of a Dask cluster whose workers see the same files.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help=f"Folder of the table. Default: {OUT.as_posix()} in FOLDER."
        ),
    ] = None,
    bads: Bads = None,
    unit: Unit = None,
    as_it_is: AsItIs = False,
    strict: Strict = False,
    channels: Channels = None,
    montage: Montage = None,
    as_json: AsJson = False,
) -> None:
    """Run a protocol on many recordings, or measure them, and write one table.

    What is done is kept and not done again; a batch that was killed goes on where it was. Status 3
    if there are recordings of which nothing could be made.
    """
    if jobs is not None and dask is not None:
        raise UserError("Give --jobs or --dask, not both: a cluster has its own workers.")
    work = Work(
        _spec(protocol, bads, measure=measure),
        measured=measure,
        unit=unit,
        as_it_is=as_it_is,
        strict=strict,
        given=given_names(channels, montage),
        bads=tuple(bads or ()),
    )
    with pool(jobs, dask) as each, _shown(quiet=as_json) as progress:
        result = run_batch(folder, work, out or folder / OUT, each, progress)
    for note in prior_notes():
        say(note, style="yellow")
    _tell(result, as_json=as_json)
    if result.problems:
        raise typer.Exit(EXIT_SOME_FAILED)


def _spec(protocol: str | None, bads: list[str] | None, *, measure: bool) -> ProtocolSpec | None:
    if measure and bads:
        raise UserError("Measures have no --bads: leave it out.")
    if protocol is None and not measure:
        raise UserError("Give the protocol with -p, or --measure.")
    return None if protocol is None else load_protocol(protocol)


def _tell(result: BatchResult, *, as_json: bool) -> None:
    for name, problem in result.problems:
        report(problem if name in problem else f"{name}: {problem}")
    if result.left_out:
        names = ", ".join(path.name for path in result.left_out[:5])
        more = ", ..." if len(result.left_out) > 5 else ""
        say(f"Left out, since no recorder is known to write them so: {names}{more}", style="yellow")
    n_failed = len(result.problems)
    say(
        f"{result.n_recordings} recordings: {result.n_before} were done before, "
        f"{result.n_recordings - result.n_before - n_failed} are done now, {n_failed} failed."
    )
    if as_json:
        answer_json(
            {
                "files": [str(path) for path in result.files],
                "recordings": result.n_recordings,
                "done_before": result.n_before,
                "problems": [{"file": name, "problem": said} for name, said in result.problems],
                "left_out": [str(path) for path in result.left_out],
            }
        )
    else:
        answer(str(result.files[0]))


@contextmanager
def _shown(*, quiet: bool) -> Iterator[Progress]:
    """Show how far a batch is and how long it will take: a bar, or lines where it would be lost."""
    with ExitStack() as stack:
        lines = None if quiet or stderr().is_terminal else _Lines()
        bars = {}

        def progress(what: str, done: float) -> None:
            if lines is not None:
                lines.show(what, done)
                return
            if what not in bars:
                stack.close()
                bars[what] = stack.enter_context(progress_bar(what, quiet=quiet))
            bars[what](done)

        yield progress


class _Lines:
    """Progress for a log: a line now and then, with an estimate of the time left."""

    def __init__(self) -> None:
        self._what, self._start, self._last = "", 0.0, 0.0

    def show(self, what: str, done: float) -> None:
        """Print a line if the last one is long ago."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._start, self._last = what, now, now
        elif now - self._last >= _EVERY and done > 0:
            self._last = now
            minutes = (now - self._start) * (1.0 - done) / done / 60.0
            say(f"{what}: {done:.0%}, about {minutes:.0f} min left", style="dim")
