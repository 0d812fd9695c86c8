"""``neurofeedback doctor``: whether this machine can run a session.

Responsible for running the checks and showing them. Not responsible for what is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.text import Text

from neurofeedback.app.sessions import output_root
from neurofeedback.cli.boundary import EXIT_DEFECT
from neurofeedback.cli.checks import State, all_checks
from neurofeedback.cli.console import answer_json, progress_bar, stdout
from neurofeedback.cli.options import AsJson, OutputRoot

if TYPE_CHECKING:
    from neurofeedback.cli.checks import Check


def doctor(out: OutputRoot = None, as_json: AsJson = False) -> None:
    """Check this computer: versions, display, LSL, disk. Status 1 if it cannot run a session."""
    checks = all_checks(output_root(out))
    found: list[Check] = []
    with progress_bar("Looking at this machine", quiet=as_json) as progress:
        for i, (_, check) in enumerate(checks):
            found.append(check())
            progress((i + 1) / len(checks))
    fit = all(check.state is not State.FAIL for check in found)
    if as_json:
        answer_json({"ok": fit, "checks": [check.to_dict() for check in found]})
    else:
        show(found)
    if not fit:
        raise typer.Exit(EXIT_DEFECT)


def show(found: list[Check]) -> None:
    """Print the findings, a line each."""
    styles = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    console = stdout()
    for check in found:
        mend = f"  ->  {check.mend}" if check.mend else ""
        line = Text.assemble(
            (f"{check.state:<6}", styles[check.state]),
            (f"{check.name:<14}", "bold"),
            f"{check.detail}{mend}",
        )
        console.print(line)
