"""``neurofeedback export``: sessions for other programs and for other people.

Responsible for the command alone; see `export.files` and `export.bundle`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.cli.boundary import EXIT_USER_ERROR
from neurofeedback.cli.boundary import report as say_error
from neurofeedback.cli.console import answer, answer_json, progress_bar, say
from neurofeedback.cli.options import AsJson, recorded
from neurofeedback.cli.records.passphrase import PassphraseFile, passphrase
from neurofeedback.errors import UserError
from neurofeedback.export.bundle import LOST, export_bundle
from neurofeedback.export.bundle_key import default_key
from neurofeedback.export.files import FORMATS, export_files
from neurofeedback.export.sessions import sessions_at

if TYPE_CHECKING:
    from neurofeedback.export.bundle import Bundle
    from neurofeedback.export.files import ExportReport, Format
    from neurofeedback.recording.layout import SessionLayout


class Target(StrEnum):
    """What `export` can make. A test compares it with `export.files.FORMATS`."""

    EDF = "edf"
    BDF = "bdf"
    FIF = "fif"
    SET = "set"
    BUNDLE = "bundle"


def export(
    sessions: Annotated[
        Path,
        typer.Argument(
            metavar="SESSIONS",
            help="A session, the folder of a participant, or the folder of all recordings.",
            parser=recorded,
        ),
    ],
    to: Annotated[
        Target,
        typer.Option(
            help="edf or bdf (EDF+, 16 or 24 bits), fif (MNE), set (EEGLAB), or bundle: a "
            "de-identified zip archive that `verify` can still check. BrainVision is the native "
            "form and needs no export."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the new files.")],
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    code: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="bundle: the participant's new code. Default: the code in the key, else one "
            "drawn at random.",
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="bundle: the file that links old and new codes and stores the shift of the "
            "dates. Default: sourcedata/bundle_key.json beside the recordings.",
        ),
    ] = None,
    encrypt: Annotated[
        bool,
        typer.Option(
            "--encrypt", help="Encrypt the files with a passphrase, as `age` files; see `decrypt`."
        ),
    ] = False,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Export sessions to another format, or as a de-identified bundle."""
    if to is not Target.BUNDLE and (code is not None or key is not None):
        raise UserError("--code and --key only work with --to bundle: other formats keep the code.")
    layouts = sessions_at(sessions)
    secret = passphrase(passphrase_file, twice=True) if encrypt else None
    if to is Target.BUNDLE:
        _export_bundle(layouts, out, key, code, secret, force=force, as_json=as_json)
    else:
        _export_files(layouts, to, out, secret, force=force, as_json=as_json)


def _export_files(
    layouts: list[SessionLayout],
    to: Target,
    out: Path,
    secret: str | None,
    *,
    force: bool,
    as_json: bool,
) -> None:

    kind = FORMATS[to]
    with progress_bar(f"Exporting to {to}", quiet=as_json) as progress:
        report = export_files(layouts, kind, out, force=force, passphrase=secret, progress=progress)
    show = _answer_files if as_json else _show_files
    show(report, kind)
    if report.refused:
        raise typer.Exit(EXIT_USER_ERROR)


def _answer_files(report: ExportReport, kind: Format) -> None:

    answer_json(
        {
            "exported": [
                {
                    "session": done.session,
                    "files": [str(file) for file in done.files],
                    "rounding_uv": done.rounding,
                    "remarks": done.remarks,
                }
                for done in report.exported
            ],
            "refused": report.refused,
            "lost": kind.lost,
        }
    )


def _show_files(report: ExportReport, kind: Format) -> None:

    for done in report.exported:
        for file in done.files:
            answer(str(file))
        for remark in done.remarks:
            say(f"{done.session}: {remark}", style="yellow")
    for refused in report.refused:
        say_error(refused)
    if report.exported:
        say(kind.lost)


def _export_bundle(
    layouts: list[SessionLayout],
    out: Path,
    key: Path | None,
    code: str | None,
    secret: str | None,
    *,
    force: bool,
    as_json: bool,
) -> None:

    with progress_bar("Bundling", quiet=as_json) as progress:
        bundle = export_bundle(
            layouts,
            out,
            key or default_key(layouts[0].root),
            code=code,
            force=force,
            passphrase=secret,
            progress=progress,
        )
    if as_json:
        answer_json(
            {
                "files": [str(bundle.file)],
                "sessions": bundle.sessions,
                "key": str(bundle.key),
                "lost": LOST,
            }
        )
    else:
        _show_bundle(bundle, LOST)


def _show_bundle(bundle: Bundle, lost: str) -> None:

    answer(str(bundle.file))
    codes = ", ".join(f"{name} is {code}" for name, code in bundle.codes.items())
    say(f"{len(bundle.sessions)} session(s); {codes}.")
    say(f"{bundle.key} links these codes and stores the shift of the dates: do not give it away.")
    say(lost)
