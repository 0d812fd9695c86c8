"""The command line: which commands there are.

Responsible for the names of the commands and for what happens without one. Not responsible for any
command's work; each lives in a module of its own and loads what it needs when it is called.
"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from neurofeedback import __version__
from neurofeedback.cli.application import open_application
from neurofeedback.cli.audit import app as audit
from neurofeedback.cli.boundary import Boundary, run_guarded
from neurofeedback.cli.decrypt import decrypt
from neurofeedback.cli.demo import demo
from neurofeedback.cli.doctor import doctor
from neurofeedback.cli.export import export
from neurofeedback.cli.index import app as index
from neurofeedback.cli.measure import measure
from neurofeedback.cli.options import StationKey, StudyFolder
from neurofeedback.cli.participants import app as participants
from neurofeedback.cli.play import play
from neurofeedback.cli.protocols import app as protocols
from neurofeedback.cli.recover import recover
from neurofeedback.cli.replay import replay
from neurofeedback.cli.report import report
from neurofeedback.cli.resume import discard, resume
from neurofeedback.cli.run import run
from neurofeedback.cli.settings import app as settings
from neurofeedback.cli.streams import streams
from neurofeedback.cli.study import app as studies
from neurofeedback.cli.verify import verify
from neurofeedback.errors import UserError

app = typer.Typer(
    name="neurofeedback",
    cls=Boundary,
    help="Open EEG neurofeedback: live sessions and exact replay by the same engine. "
    "Without a command it opens the application.",
    epilog="Example: neurofeedback demo --seconds 60",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command(epilog="Example: neurofeedback demo --seconds 60 --out recordings")(demo)
app.command(epilog="Example: neurofeedback run -p faa-up -s lsl:MyAmplifier -u p01")(run)
app.command(epilog="Example: neurofeedback replay rest.edf -p faa-up --speed max")(replay)
app.command(epilog="Example: neurofeedback play rest.edf --name MyAmplifier")(play)
app.command(epilog="Example: neurofeedback streams --json")(streams)
app.add_typer(protocols, name="protocols")
app.add_typer(studies, name="study")
app.command(epilog="Example: neurofeedback measure rest.edf --json")(measure)
app.command(epilog="Example: neurofeedback verify recordings/sub-demo/ses-01")(verify)
app.command(epilog="Example: neurofeedback report recordings/sub-p01/ses-01 --pdf p01.pdf")(report)
app.command(epilog="Example: neurofeedback recover recordings")(recover)
app.command(epilog="Example: neurofeedback resume recordings/sub-p01/ses-03 -s lsl")(resume)
app.command(epilog="Example: neurofeedback discard recordings/sub-p01/ses-03")(discard)
app.command(
    epilog="Example: neurofeedback export recordings/sub-p01 --to edf --out for-a-colleague"
)(export)
app.command(epilog="Example: neurofeedback decrypt bundle_sub-X7K2P9QD.zip.age")(decrypt)
app.add_typer(index, name="index")
app.add_typer(participants, name="participants")
app.add_typer(audit, name="audit")
app.add_typer(settings, name="settings")
app.command(epilog="Example: neurofeedback doctor --out recordings")(doctor)


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
        open_application(ctx.get_help, study, station_key)
    elif study is not None:
        raise UserError("Give --study after the command: neurofeedback run --study DIR ...")


def main() -> None:
    """Run the command line; the console script and ``python -m neurofeedback`` start here."""
    # The products are small: threads slow them down. Read when numpy is loaded, in a command.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    run_guarded(app)
