"""The command line: which commands there are.

Responsible for the names of the commands and for what happens without one. Not responsible for any
command's work; each lives in a module of its own, which is imported when it is called.
"""

from __future__ import annotations

import os
from typing import Annotated, ClassVar

import typer

from neurofeedback import __version__
from neurofeedback.cli.boundary import Boundary, run_guarded
from neurofeedback.cli.console import write_any_text
from neurofeedback.cli.lazy import CONTEXT, Entry, LazyGroup
from neurofeedback.cli.options import StationKey, StudyFolder
from neurofeedback.errors import UserError

_CLI = "neurofeedback.cli"


class Commands(Boundary, LazyGroup):
    """The commands of the program, in the order in which they are listed."""

    entries: ClassVar[dict[str, Entry]] = {
        "demo": Entry(
            f"{_CLI}.sessions.demo:demo",
            "Train a synthetic participant over a real LSL loopback for about a minute, and "
            "record it.",
            "neurofeedback demo --seconds 60 --out recordings",
        ),
        "run": Entry(
            f"{_CLI}.sessions.run:run",
            "Run and record a session. Ctrl-C ends it cleanly, with everything written.",
            "neurofeedback run -p faa-up -s lsl:MyAmplifier -u p01",
        ),
        "replay": Entry(
            f"{_CLI}.sessions.replay:replay",
            "Replay a recorded file as a session, and record the result.",
            "neurofeedback replay rest.edf -p faa-up --speed max",
        ),
        "play": Entry(
            f"{_CLI}.sessions.play:play",
            "Send a recorded file once, or an amplifier, as an LSL stream. Ctrl-C ends it.",
            "neurofeedback play rest.edf --name MyAmplifier",
        ),
        "latency": Entry(
            f"{_CLI}.sessions.latency:latency",
            "Measure the time from a sample to the picture, on this computer.",
            "neurofeedback latency -s lsl -p faa-up",
        ),
        "streams": Entry(
            f"{_CLI}.sessions.streams:streams",
            "List the LSL streams that this computer can see.",
            "neurofeedback streams --json",
        ),
        "protocols": Entry(
            f"{_CLI}.protocol.commands:app",
            "List, show, validate, explain, simulate, compare and make protocols.",
        ),
        "study": Entry(
            f"{_CLI}.study.app:app",
            "Run a double-blind trial: sealed allocation, donors, guesses, unblinding.",
        ),
        "measure": Entry(
            f"{_CLI}.measure:measure",
            "Measure a whole recording: asymmetry, alpha frequency, medial-frontal theta.",
            "neurofeedback measure rest.edf --json",
        ),
        "batch": Entry(
            f"{_CLI}.batch:batch",
            "Run a protocol on many recordings, or measure them, and write one table.",
            "neurofeedback batch dataset -p faa-up --jobs 4",
        ),
        "verify": Entry(
            f"{_CLI}.sessions.verify:verify",
            "Run a recorded session again and compare every logged value, bit for bit.",
            "neurofeedback verify recordings/sub-demo/ses-01",
        ),
        "report": Entry(
            f"{_CLI}.sessions.report:report",
            "Summarise a session on one page: blocks, reward, holds, baseline, change.",
            "neurofeedback report recordings/sub-p01/ses-01 --pdf p01.pdf",
        ),
        "rewards": Entry(
            f"{_CLI}.sessions.rewards:rewards",
            "Tell which rewards of a session were true, seen afterwards, beside chance.",
            "neurofeedback rewards recordings/sub-p01/ses-01",
        ),
        "recover": Entry(
            f"{_CLI}.sessions.recover:recover",
            "Recover interrupted or damaged sessions; what is cut off is kept in a separate "
            "folder.",
            "neurofeedback recover recordings",
        ),
        "resume": Entry(
            f"{_CLI}.sessions.resume:resume",
            "Resume an interrupted session at the interrupted block; it stays one recording.",
            "neurofeedback resume recordings/sub-p01/ses-03 -s lsl",
        ),
        "discard": Entry(
            f"{_CLI}.sessions.resume:discard",
            "Move an interrupted session out of the recordings; nothing is deleted.",
            "neurofeedback discard recordings/sub-p01/ses-03",
        ),
        "export": Entry(
            f"{_CLI}.records.export:export",
            "Export sessions to another format, or as a de-identified bundle.",
            "neurofeedback export recordings/sub-p01 --to edf --out for-a-colleague",
        ),
        "upload": Entry(
            f"{_CLI}.records.upload:upload",
            "Bring files to a folder in pieces; the same command goes on after a cut.",
            "neurofeedback upload for-a-colleague/*.edf --to /mnt/share",
        ),
        "decrypt": Entry(
            f"{_CLI}.records.decrypt:decrypt",
            "Decrypt a file; it is written only after all of it has been authenticated.",
            "neurofeedback decrypt bundle_sub-X7K2P9QD.zip.age",
        ),
        "index": Entry(
            f"{_CLI}.records.index:app",
            "List and search sessions; rebuild, copy and upgrade the index.",
        ),
        "participants": Entry(
            f"{_CLI}.records.participants:app",
            "List, add and show participants; record consent and notes.",
        ),
        "audit": Entry(
            f"{_CLI}.records.audit:app",
            "List the audit trail; search it for rows that were changed, removed or moved.",
        ),
        "supervise": Entry(
            f"{_CLI}.records.supervise:supervise",
            "Serve a page for supervision: who is due, what ran, adverse effects, debriefs.",
            "neurofeedback supervise --out recordings",
        ),
        "settings": Entry(
            f"{_CLI}.settings:app",
            "Show and change the settings of this workstation: storage, index, names, "
            "appearance, lock.",
        ),
        "doctor": Entry(
            f"{_CLI}.doctor:doctor",
            "Check this computer: versions, display, LSL, disk. Status 1 if it cannot run a "
            "session.",
            "neurofeedback doctor --out recordings",
        ),
    }


app = typer.Typer(
    name="neurofeedback",
    cls=Commands,
    help="Open EEG neurofeedback: live sessions and exact replay by the same engine. "
    "Without a command it opens the application.",
    epilog="Example: neurofeedback demo --seconds 60",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings=CONTEXT,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"neurofeedback {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
    study: StudyFolder = None,
    station_key: StationKey = None,
) -> None:
    """Open the application when no command is given."""
    if ctx.invoked_subcommand is None:
        from neurofeedback.cli.application import open_application

        open_application(ctx.get_help, study, station_key)
    elif study is not None:
        raise UserError("Give --study after the command: neurofeedback run --study DIR ...")


def main() -> None:
    """Run the command line; the console script and ``python -m neurofeedback`` start here."""
    # The products are small: threads slow them down. Read when numpy is loaded, in a command.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    write_any_text()
    run_guarded(app)
