"""``neurofeedback study data``, ``report`` and ``checklist``: what a trial comes to.

Responsible for the commands alone; see `neurofeedback.trial` for what they do.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.app.indexing import open_index
from neurofeedback.app.sessions import index_address
from neurofeedback.cli.boundary import EXIT_DEFECT
from neurofeedback.cli.console import answer, answer_json, progress_bar, say
from neurofeedback.cli.options import AsJson, IndexAt
from neurofeedback.cli.records.passphrase import passphrase
from neurofeedback.errors import UserError
from neurofeedback.recording.files import replace_text, why
from neurofeedback.store.place import is_off
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key
from neurofeedback.trial.checklist import trial_checklist
from neurofeedback.trial.checklist_page import DOI, checklist_csv, checklist_parts
from neurofeedback.trial.collect import TrialTables, collect
from neurofeedback.trial.page import Part, to_html, to_markdown
from neurofeedback.trial.report import trial_report
from neurofeedback.trial.report_page import report_parts
from neurofeedback.trial.tables_folder import read_tables, write_tables
from neurofeedback.words.message import Message

if TYPE_CHECKING:
    from neurofeedback.store.index import Index

Folder = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")]


def data(
    folder: Folder,
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help="The unblinding key, kept by one person.")
    ],
    recordings: Annotated[
        list[Path],
        typer.Option("--data", metavar="DIR", help="Dataset with the sessions; can be repeated."),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="New folder for the tables.")],
    index: IndexAt = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File with the passphrase of the unblinding key. Default: "
            "NEUROFEEDBACK_PASSPHRASE, else a prompt.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write everything of a study as tables; before unblinding, letters stand for the arms."""
    study = Study(folder)
    private = load_private_key(key, passphrase(passphrase_file))
    with progress_bar("Running the sessions again", quiet=as_json) as progress:
        trial = collect(
            study,
            private,
            recordings,
            _index(recordings[0], index),
            datetime.now().astimezone(),
            progress,
        )
    files = write_tables(out, trial)
    problems = {
        str(row["folder"]): str(row["problem"])
        for row in trial.tables["sessions"].rows
        if row.get("problem") is not None
    }
    if as_json:
        answer_json(
            {"masked": trial.masked, "files": [str(f) for f in files], "problems": problems}
        )
    else:
        _show_written(trial, out, problems)
    if problems:
        raise typer.Exit(EXIT_DEFECT)


def _index(dataset: Path, where: str | None) -> Index | None:
    return None if is_off(index_address(where)) else open_index(dataset, where)


def _show_written(trial: TrialTables, out: Path, problems: dict[str, str]) -> None:
    for table in trial.tables.values():
        answer(f"{table.name}: {len(table.rows)} rows")
    answer(f"Written: {out}")
    if trial.masked:
        say(
            "The study is not unblinded: letters stand for the arms, and what was fed back is left "
            "out. Run this again after `study unblind`."
        )
    for folder, problem in problems.items():
        say(f"{folder}: {problem}", style="red")


Tables = Annotated[
    Path, typer.Argument(metavar="TABLES", help="Folder that `study data` wrote; needs no key.")
]
Language = Annotated[
    str, typer.Option(metavar="CODE", help="Language of the page: en or de; JSON stays English.")
]
OutFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Write to a file (.md, .html, .json; a checklist also .csv) instead."
    ),
]


def report(
    tables: Tables,
    out: OutFile = None,
    mixed_model: Annotated[
        bool,
        typer.Option("--mixed-model", help="Fit a mixed model too; its assumptions are printed."),
    ] = False,
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Report what a trial came to: flow, dose, learning, holds, blinding, adverse effects."""
    found = trial_report(read_tables(tables), with_model=mixed_model)
    title = Message("Report of the study {name}", name=found["study"]["name"])
    _give(Given(found, title, report_parts(found)), out, language, as_json=as_json)


def checklist(
    tables: Tables,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help='TOML file with what the author says, a line for each box: "1a" = "..."',
        ),
    ] = None,
    out: OutFile = None,
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Fill the CRED-nf checklist from a study; what only a person can know is left to the author.

    The authors' own tool (https://crednf.shinyapps.io/CREDnf/) reads no files: choose there what
    stands under `choice` of the .csv, and paste the text.
    """
    trial = read_tables(tables)
    found = trial_checklist(trial, {} if answers is None else _answers(answers))
    value = {"checklist": "CRED-nf", "doi": DOI, "boxes": [one.to_dict() for one in found]}
    title = Message("CRED-nf checklist: {name}", name=trial.facts["name"])
    parts = checklist_parts(str(trial.facts["name"]), found)
    given = Given(value, title, parts, checklist_csv(found))
    _give(given, out, language, as_json=as_json)


def _answers(path: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
    except ValueError as error:
        raise UserError(
            "{path} cannot be understood: {reason}.", path=path, reason=error
        ) from error
    return {str(key): str(value) for key, value in found.items()}


@dataclass(frozen=True, slots=True)
class Given:
    """What a command answers.

    Parameters
    ----------
    value : object
        As plain JSON types.
    title : str
    parts : sequence of Part
        As a page.
    csv : str or None
        As a table of its own, where there is one.
    """

    value: object
    title: str
    parts: Sequence[Part]
    csv: str | None = None


def _give(given: Given, out: Path | None, language: str, *, as_json: bool) -> None:
    """Print an answer, or write it as what the name of the file says."""
    if out is None:
        if as_json:
            answer_json(given.value)
        else:
            answer(to_markdown(given.parts, language).rstrip("\n"))
        return
    texts = {
        ".json": lambda: json.dumps(given.value, indent=2, allow_nan=False) + "\n",
        ".md": lambda: to_markdown(given.parts, language),
        ".html": lambda: to_html(given.title, given.parts, language),
    }
    if given.csv is not None:
        csv = given.csv
        texts[".csv"] = lambda: csv
    make = texts.get(out.suffix.lower())
    if make is None:
        raise UserError(
            "{path} is of no kind that is written here; give a name that ends in {known}.",
            path=out,
            known=", ".join(texts),
        )
    try:
        replace_text(out, make())
    except OSError as error:
        raise UserError(
            "{path} cannot be written: {reason}.", path=out, reason=why(error)
        ) from error
    say(f"Written: {out}")
