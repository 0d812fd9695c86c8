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
from neurofeedback.cli.records.upload import show_uploaded, uploaded, uploaded_fields
from neurofeedback.errors import UserError
from neurofeedback.export.bundle import LOST, export_bundle
from neurofeedback.export.bundle_key import default_key
from neurofeedback.export.files import FORMATS, export_files
from neurofeedback.export.sessions import sessions_at

if TYPE_CHECKING:
    from neurofeedback.export.bundle import Bundle
    from neurofeedback.export.files import ExportReport, Format
    from neurofeedback.export.upload import Uploaded
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
    upload_to: Annotated[
        Path | None,
        typer.Option(
            "--upload",
            metavar="FOLDER",
            help="Bring the files there too, in pieces that a cut does not undo; see `upload`.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Export sessions to another format, or as a de-identified bundle."""
    if to is not Target.BUNDLE and (code is not None or key is not None):
        raise UserError("--code and --key only work with --to bundle: other formats keep the code.")
    layouts = sessions_at(sessions)
    secret = passphrase(passphrase_file, twice=True) if encrypt else None
    if to is Target.BUNDLE:
        _export_bundle(layouts, out, key, code, secret, upload_to, force=force, as_json=as_json)
    else:
        _export_files(layouts, to, out, secret, upload_to, force=force, as_json=as_json)


def _export_files(
    layouts: list[SessionLayout],
    to: Target,
    out: Path,
    secret: str | None,
    upload_to: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    kind = FORMATS[to]
    with progress_bar(f"Exporting to {to}", quiet=as_json) as progress:
        report = export_files(layouts, kind, out, force=force, passphrase=secret, progress=progress)
    files = [file for done in report.exported for file in done.files]
    if as_json:
        _answer_files(report, kind, _sent(files, upload_to, force=force, quiet=True))
    else:
        _show_files(report, kind)
        _show_sent(_sent(files, upload_to, force=force, quiet=False))
    if report.refused:
        raise typer.Exit(EXIT_USER_ERROR)


def _sent(
    files: list[Path], folder: Path | None, *, force: bool, quiet: bool
) -> list[Uploaded] | None:
    """Bring files there; None where nothing is to be brought anywhere."""
    return None if folder is None else uploaded(files, folder, force=force, quiet=quiet)


def _show_sent(sent: list[Uploaded] | None) -> None:
    if sent is not None:
        show_uploaded(sent)


def _sent_fields(sent: list[Uploaded] | None) -> dict[str, object]:
    return {} if sent is None else {"uploaded": uploaded_fields(sent)}


def _answer_files(report: ExportReport, kind: Format, sent: list[Uploaded] | None) -> None:
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
            **_sent_fields(sent),
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
    upload_to: Path | None,
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
    files = [bundle.file]
    if as_json:
        answer_json(
            {
                "files": list(map(str, files)),
                "sessions": bundle.sessions,
                "key": str(bundle.key),
                "lost": LOST,
                **_sent_fields(_sent(files, upload_to, force=force, quiet=True)),
            }
        )
    else:
        _show_bundle(bundle, LOST)
        _show_sent(_sent(files, upload_to, force=force, quiet=False))


def _show_bundle(bundle: Bundle, lost: str) -> None:
    answer(str(bundle.file))
    codes = ", ".join(f"{name} is {code}" for name, code in bundle.codes.items())
    say(f"{len(bundle.sessions)} session(s); {codes}.")
    say(f"{bundle.key} links these codes and stores the shift of the dates: do not give it away.")
    say(lost)
