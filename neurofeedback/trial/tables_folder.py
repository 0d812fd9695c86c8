"""The tables of a study on disk.

Responsible for writing the folder whole or not at all, and for reading it back. Not responsible for
what is in the tables.

The folder::

    study.json          what holds for the study: protocol, arms or letters, unblindings, versions
    NAME.tsv, NAME.json a table and its data dictionary
    phenotype/          answers to questionnaires, for the BIDS dataset they belong to
    redcap/             the same for REDCap: dictionary.csv and records.csv
    manifest.json       SHA-256 of every file above
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.recording.files import make_folders, replace_text, why
from neurofeedback.trial.collect import TrialTables
from neurofeedback.trial.columns import TABLES
from neurofeedback.trial.phenotype import phenotype_tables, sidecar
from neurofeedback.trial.redcap import dictionary_csv, records_csv
from neurofeedback.trial.tables import Table, read_tsv

STUDY, MANIFEST = "study.json", "manifest.json"
FORMAT = 1


def write_tables(folder: Path, trial: TrialTables) -> list[Path]:
    """Write the tables of a study into a new folder.

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty.
    trial : TrialTables

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    UserError
        If there is something in the folder, or it cannot be written; nothing is left behind then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            "{folder} exists and is not an empty folder; choose another.", folder=folder
        )
    texts = _texts(trial)
    sums = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    texts[MANIFEST] = _json({"format": FORMAT, "sha256": sums})
    try:
        make_folders(folder.parent)
        workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            for name, text in texts.items():
                make_folders((workshop / name).parent)
                replace_text(workshop / name, text)
            if folder.exists():
                folder.rmdir()
            workshop.rename(folder)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    except OSError as error:
        raise UserError(
            "The tables cannot be written to {folder}: {reason}.", folder=folder, reason=why(error)
        ) from error
    return [folder / name for name in texts]


def read_tables(folder: Path) -> TrialTables:
    """Read back what `write_tables` wrote.

    Raises
    ------
    UserError
        If the folder holds something else, or a file of it was changed.
    """
    sums = _read_json(folder / MANIFEST)
    try:
        if sums["format"] != FORMAT:
            raise KeyError("format")
        wanted = {str(k): str(v) for k, v in sums["sha256"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            "{folder} is not a folder of tables; give the one that `study data --out` wrote.",
            folder=folder,
        ) from error
    for name, digest in wanted.items():
        if hashlib.sha256(_read(folder, name).encode()).hexdigest() != digest:
            raise UserError(
                "{path} was changed since it was written; write the tables again with "
                "`study data`.",
                path=folder / name,
            )
    tables = {t.name: _table(folder, t) for t in TABLES}
    return TrialTables(_read_json(folder / STUDY), tables)


def _table(folder: Path, known: Table) -> Table:
    dictionary = _read_json(folder / f"{known.name}.json")
    found = read_tsv(known.name, _read(folder, f"{known.name}.tsv"), dictionary)
    return Table(known.name, known.about, found.columns, found.rows)


def _texts(trial: TrialTables) -> dict[str, str]:
    texts = {STUDY: _json(dict(trial.facts))}
    for table in trial.tables.values():
        texts[f"{table.name}.tsv"] = table.to_tsv()
        texts[f"{table.name}.json"] = _json(table.dictionary())
    known = trial.tables
    for name, table in phenotype_tables(known["answers"], known["sessions"]).items():
        texts[f"phenotype/{name}.tsv"] = table.to_tsv()
        texts[f"phenotype/{name}.json"] = _json(sidecar(table))
    forms = [table for name, table in known.items() if name != "participants"]
    texts["redcap/dictionary.csv"] = dictionary_csv(known["participants"], forms)
    texts["redcap/records.csv"] = records_csv(known["participants"], forms)
    return texts


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _read(folder: Path, name: str) -> str:
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise UserError(
                "{folder} is not a folder of tables; give the one that `study data --out` wrote.",
                folder=folder,
            )
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            "{path} cannot be read: {reason}.",
            path=path,
            reason=why(error) if isinstance(error, OSError) else error,
        ) from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_read(path.parent, path.name))
    except (ValueError, RecursionError) as error:
        raise UserError(
            "{path} cannot be understood; write the tables again with `study data`.", path=path
        ) from error
    if not isinstance(found, dict):
        raise UserError(
            "{path} cannot be understood; write the tables again with `study data`.", path=path
        )
    return found
