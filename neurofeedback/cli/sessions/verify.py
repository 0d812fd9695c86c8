"""``neurofeedback verify``: whether a session is what the engine gives for its samples.

Responsible for the command alone; the comparison is `session.verification.verify`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.app.remarks import remark
from neurofeedback.app.sessions import index_address, operator_or_set
from neurofeedback.cli.boundary import EXIT_DEFECT
from neurofeedback.cli.console import answer, answer_json, progress_bar, say
from neurofeedback.cli.options import AsJson, IndexAt, SessionPath
from neurofeedback.cli.records.passphrase import passphrase
from neurofeedback.errors import UserError
from neurofeedback.recording.files import why
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.digests import digests, same_digest, short_digest
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.store.known_end import known_end
from neurofeedback.store.register import register_verified
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key
from neurofeedback.words.message import Message

if TYPE_CHECKING:
    from neurofeedback.session.verification.verify import VerifyReport


def verify(
    session: SessionPath,
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --study: the study's unblinding key, to verify what is sealed as well, and "
            "that a workstation of the study sealed it as allocated.",
        ),
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="With --key: the study's folder, which has the list and donors."
        ),
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with the passphrase of that key.")
    ] = None,
    digest: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST", help="The digest on the printed summary of the session, to compare."
        ),
    ] = None,
    index: IndexAt = None,
    as_json: AsJson = False,
) -> None:
    """Run a recorded session again and compare every logged value, bit for bit."""
    private = donors = allocated = None
    if (key is None) != (study is None):
        raise UserError(
            "--study and --key belong together: give the study's folder and its unblinding key to "
            "verify what is sealed, or neither to verify what can be read without them."
        )
    if key is not None and study is not None:
        trial = Study(study)
        private = load_private_key(key, passphrase(passphrase_file))
        donors, allocated = trial.donors, trial.allocated(private)
    with progress_bar("Verifying", quiet=as_json) as progress:
        report = verify_session(
            session,
            lambda done, total: progress(done / max(total, 1)),
            private,
            donors,
            allocated,
        )

    ended = known_end(report.folder, where=index_address(index))
    report.problems += [] if ended.problem is None else [ended.problem]
    report.notes += [] if ended.note is None else [ended.note]
    if digest is not None:
        report.problems += _other_digest(report.folder, digest)
    if as_json:
        answer_json(
            {
                "ok": report.ok,
                "exact": report.exact,
                "largest_difference": report.rounding.largest if report.rounding else 0.0,
                "session": str(report.folder),
                "samples": report.n_samples,
                "frames": report.n_frames,
                "events": report.n_events,
                "displayed": report.n_displayed,
                "problems": report.problems,
                "notes": report.notes,
            }
        )
    else:
        _show(report)

    # What is found with the key of a study could tell the arm.
    told = report.problems if private is None else ()
    result = "ok" if report.ok else next(iter(told), "not the same")
    where, who = index_address(index), operator_or_set("")
    remark(register_verified(report.folder, result, where=where, who=who))
    if not report.ok:
        raise typer.Exit(EXIT_DEFECT)


def _other_digest(folder: Path, typed: str) -> list[Message]:
    layout = SessionLayout.find(folder)
    try:
        now = short_digest(digests(layout))
    except OSError as error:
        raise UserError(
            "{path} cannot be read: {reason}.", path=folder, reason=why(error)
        ) from error
    if same_digest(typed, now):
        return []
    return [
        Message(
            "The digest of the session is {now}, not {typed}: the session is another, or was "
            "changed since its summary was printed, or the digest is mistyped.",
            now=now,
            typed=typed,
        )
    ]


def _show(report: VerifyReport) -> None:

    for note in report.notes:
        say(note, style="yellow")
    for problem in report.problems:
        say(problem, style="red")
    found = (
        f"{report.n_samples} samples, {report.n_frames} frames, {report.n_events} engine events "
        f"and {report.n_displayed} displayed values"
    )
    if report.ok and report.unopened:
        answer("Verified as far as it goes without the key: every file is as it was written.")
    elif report.exact:
        answer(f"Verified, bit for bit: {found} found again.")
    elif report.ok and report.rounding is not None:
        answer(
            f"Verified, equal within rounding: {found} found again. {report.rounding.n_lines} "
            f"lines differ, by {report.rounding.largest:.1e} of a value at most; every reward, "
            "hold and block is the same."
        )
    else:
        answer(f"NOT verified. Found again before the first difference: {found}.")
