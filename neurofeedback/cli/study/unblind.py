"""``neurofeedback study unblind``: the arms, and how far people were blind to them.

Responsible for the command alone; see `study.unblinding` and `study.blinding` for what it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from neurofeedback.cli.console import answer_json, stdout
from neurofeedback.cli.options import AsJson
from neurofeedback.cli.records.passphrase import passphrase
from neurofeedback.cli.study.options import (
    Folder,
    KeyFile,
    PassphraseFile,
    defect_if,
    show_differences,
)
from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.session.verification.delivery import check_deliveries
from neurofeedback.study.blinding import (
    BlindingIndex,
    StudyBlinding,
    blinding_index,
    study_blinding,
)
from neurofeedback.study.enrolment import Opened
from neurofeedback.study.folder import Study
from neurofeedback.study.guesses import guesses
from neurofeedback.study.keys import load_private_key


def unblind(
    folder: Folder,
    key: KeyFile,
    who: Annotated[str, typer.Option(help="Name of the person who opens the list; logged.")],
    reason: Annotated[str, typer.Option(help="Reason; logged.")],
    participant: Annotated[
        str | None,
        typer.Option("--participant", "-u", help="Open the place of one participant only."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Dataset with the sessions, for the guesses in them."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Open the allocation list, log who did so, and match arms with sessions."""
    study = Study(folder)
    private = load_private_key(key, passphrase(passphrase_file))
    opened = study.unblind(
        private,
        who=who,
        reason=reason,
        now=datetime.now().astimezone(),
        participant=participant,
    )
    rows = [row for place in opened for row in _rows(place, data)]
    checks = [] if data is None else check_deliveries(study.allocated(private), private, data)
    of_them = {place.participant for place in opened}
    differing = [c for c in checks if c.differences and c.participant in of_them]
    if as_json:
        differences = {check.folder: list(check.differences) for check in differing}
        answer_json(
            {
                "sessions": rows,
                "blinding": _plain(_blinding(rows)),
                "blinding_of_study": _plain(_study_blinding(_blinding(rows))),
                "differences": differences,
            }
        )
        defect_if(differing)
        return
    stdout().print(_table(rows) if rows else "No place has been taken yet.")
    _show_blinding(_blinding(rows))
    show_differences(differing)
    defect_if(differing)


def _rows(place: Opened, data: Path | None) -> list[dict[str, Any]]:

    rows = []
    for number, session in enumerate(place.sessions or ("",)):  # standard care has none
        row: dict[str, Any] = {
            "participant": place.participant,
            "stratum": place.stratum,
            "place": place.place,
            "arm": place.arm,
            "session": session,
            "donor": place.donors[number] if place.donors and place.arm == "control" else None,
            "guesses": {},
            "confidence": {},
        }
        if data is not None and session:
            try:
                found = guesses(SessionLayout.find(data / session))
            except UserError as error:
                row["guesses"] = {"error": str(error)}
            else:
                row["guesses"] = {g.by: g.belief for g in found}
                row["confidence"] = {g.by: g.confidence for g in found}
        rows.append(row)
    return rows


def _blinding(rows: list[dict[str, Any]]) -> list[BlindingIndex]:
    """Compute the blinding index of the last guess about each participant."""
    found = []
    for arm, by in product(("real", "control"), ("participant", "operator")):
        last = {
            row["participant"]: (row["guesses"][by], row["confidence"][by])
            for row in rows
            if row["arm"] == arm and by in row["guesses"]
        }
        if last:
            beliefs, confidence = zip(*last.values(), strict=True)
            found.append(blinding_index(arm, by, beliefs, confidence))
    return found


def _study_blinding(indices: Sequence[BlindingIndex]) -> list[StudyBlinding]:
    """Compute the index of both arms together, where both have answers."""
    found = []
    for by in ("participant", "operator"):
        arms = [(i.right, i.wrong, i.n) for i in indices if i.by == by]
        if len(arms) == 2:
            found.append(study_blinding(by, arms))
    return found


def _show_blinding(indices: Sequence[BlindingIndex]) -> None:
    for index in indices:
        stdout().print(
            f"Blinding of {index.by}s in the {index.arm} arm: {index.index:+.2f} "
            f"({index.low:+.2f} to {index.high:+.2f}; Bang's index, {index.n} asked; "
            f"0 is chance); by confidence {index.by_confidence:+.2f} "
            f"({index.by_confidence_low:+.2f} to {index.by_confidence_high:+.2f})"
        )
    for study in _study_blinding(indices):
        stdout().print(
            f"Blinding of {study.by}s in the study: {study.index:.2f} ({study.low:.2f} to "
            f"{study.high:.2f}; James' index, {study.n} asked; 0.5 is chance, 1 is complete)"
        )


def _plain(indices: Sequence[BlindingIndex | StudyBlinding]) -> list[dict[str, Any]]:
    """Return indices as plain JSON types, without numbers that are none."""
    return [{k: None if v != v else v for k, v in asdict(i).items()} for i in indices]


def _table(rows: list[dict[str, Any]]) -> Any:

    table = Table(box=None, pad_edge=False, header_style="bold")
    names = ("participant", "stratum", "place", "arm", "session", "donor", "guesses")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        beliefs = ", ".join(f"{by}: {belief}" for by, belief in row["guesses"].items())
        cells = [row[name] for name in names[:-1]] + [beliefs]
        table.add_row(*(escape("-" if c in (None, "") else str(c)) for c in cells))
    return table
