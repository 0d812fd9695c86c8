"""``neurofeedback recover``: unfinished sessions put in order.

Responsible for the command alone; the work is `recording.repair.recover`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurofeedback.app.remarks import remark
from neurofeedback.app.sessions import index_address, operator_or_set, output_root, second_root
from neurofeedback.cli.boundary import EXIT_USER_ERROR, report
from neurofeedback.cli.console import answer, answer_json, progress_bar, say
from neurofeedback.cli.options import AsJson, IndexAt, SecondRoot, recorded
from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.repair.recover import recover_session, unfinished
from neurofeedback.store.register import register_recovered

if TYPE_CHECKING:
    from neurofeedback.recording.repair.recover import RecoverReport


def recover(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="Folder of a session, or of recordings to recover every interrupted session; "
            "default: your recordings.",
            parser=recorded,
        ),
    ] = None,
    second_out: SecondRoot = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only report what would be done; change nothing.")
    ] = False,
    index: IndexAt = None,
    as_json: AsJson = False,
) -> None:
    """Recover interrupted or damaged sessions; what is cut off is kept in a separate folder.

    If the disk failed and recording continued in a second folder, both parts are joined.
    """
    folder, second = output_root(folder), second_root(second_out)
    done: list[RecoverReport] = []
    errors: list[str] = []
    layouts = _sessions(folder, second)
    for i, layout in enumerate(layouts):
        title = f"Session {i + 1} of {len(layouts)}"
        try:
            with progress_bar(title, quiet=as_json) as progress:
                report = recover_session(layout, second, dry_run=dry_run, progress=progress)
        except UserError as error:
            errors.append(str(error))
        else:
            done.append(report)
            if report.changed and not dry_run:
                where, who = index_address(index), operator_or_set("")
                remark(register_recovered(report.session, where=where, who=who))
            if not as_json:
                _show(report, dry_run)
    if as_json:
        answer_json({"dry_run": dry_run, "sessions": [_fields(r) for r in done], "errors": errors})
    elif not layouts:
        answer(f"Nothing to do: {folder} contains no interrupted session.")
    _fail(errors, as_json, EXIT_USER_ERROR)


def _sessions(folder: Path, second: Path) -> Sequence[SessionLayout]:
    """Return the session that a path names, or those of a dataset that were not finished."""
    try:
        return unfinished(folder, second)
    except UserError:
        return [SessionLayout.find(folder)]


def _fields(report: RecoverReport) -> dict[str, Any]:
    return {
        "session": str(report.session),
        "changed": report.changed,
        "samples": report.n_samples,
        "seconds": report.seconds,
        "chunks": report.n_chunks,
        "frames": report.n_frames,
        "events": report.n_events,
        "problems": list(report.problems),
        "cut_bytes": report.cut,
        "originals": None if report.originals is None else str(report.originals),
        "joined": None if report.joined is None else str(report.joined),
    }


def _show(report: RecoverReport, dry_run: bool) -> None:

    for problem in report.problems:
        say(problem, style="yellow")
    if not report.changed:
        answer(f"{report.session}: nothing to do, all {report.seconds:.1f} s are complete.")
        return
    would = "would be " if dry_run else ""
    answer(
        f"{report.session}: {would}recovered, {report.seconds:.1f} s with {report.n_samples} "
        f"samples, {report.n_frames} frames and {report.n_events} events."
    )
    if report.cut:
        cut = ", ".join(f"{name.split('_')[-1]} {n}" for name, n in report.cut.items())
        answer(f"  Bytes cut off: {cut}.")
    if report.originals is not None:
        answer(f"  What was changed is kept in {report.originals}")
    if report.joined is not None and not dry_run:
        answer(f"  Joined with {report.joined}, which is no longer needed.")


def _fail(errors: Sequence[str], as_json: bool, status: int) -> None:

    if not errors:
        return
    for error in () if as_json else errors:
        report(error)
    raise typer.Exit(status)
