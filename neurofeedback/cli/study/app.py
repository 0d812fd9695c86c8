"""``neurofeedback study``: trials whose arms are concealed.

Responsible for which commands there are; see `neurofeedback.study` for what they do.
"""

from __future__ import annotations

from collections.abc import Callable

import typer

from neurofeedback.cli.study.making import add_donor, envelopes, new
from neurofeedback.cli.study.participants import enrol, guess, open_one_envelope, withdraw
from neurofeedback.cli.study.results import checklist, data, report
from neurofeedback.cli.study.status import check, status
from neurofeedback.cli.study.unblind import unblind

app = typer.Typer(
    help="Run a double-blind trial: sealed allocation, donors, guesses, unblinding.",
    epilog="Example: neurofeedback study status trial",
    no_args_is_help=True,
)

_COMMANDS: tuple[tuple[str, Callable[..., None], str], ...] = (
    ("new", new, "trial -p faa-trial --name 'FAA 1' --unblinding-key /media/usb/trial.key"),
    ("enrol", enrol, "trial -u P07 --station-key trial.station.key"),
    ("withdraw", withdraw, "trial -u P07 --who 'A. B.' --reason moved"),
    ("add-donor", add_donor, "trial recordings/sub-d/..."),
    ("status", status, "trial --data recordings"),
    ("guess", guess, "SESSION --by operator --arm real"),
    (
        "unblind",
        unblind,
        "trial --key usb/trial.key --who 'A. Nalyst' --reason 'end of the trial' --data recordings",
    ),
    ("envelopes", envelopes, "trial --key usb/trial.key --letters usb/letters.txt"),
    ("open-envelope", open_one_envelope, "trial -u P07 --who 'B. Doctor' --reason seizure"),
    ("check", check, "trial --key usb/trial.key --data recordings"),
    ("data", data, "trial --key usb/trial.key --data recordings --out tables"),
    ("report", report, "tables --out report.html"),
    ("checklist", checklist, "tables --out crednf.md"),
)
for _name, _command, _example in _COMMANDS:
    app.command(_name, epilog=f"Example: neurofeedback study {_name} {_example}")(_command)
