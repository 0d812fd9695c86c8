"""``neurofeedback study``: trials whose arms are concealed.

Responsible for the commands alone; see `neurofeedback.study` for what they do.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from neurofeedback.cli.console import answer, answer_json, progress_bar, stdout
from neurofeedback.cli.options import AsJson, ProtocolName
from neurofeedback.cli.records.passphrase import passphrase
from neurofeedback.errors import UserError
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.session.donor import donor_of_session
from neurofeedback.study.folder import Study
from neurofeedback.study.guesses import LEAST_GUESSES, add_guess, blinding_index, guesses
from neurofeedback.study.keys import load_private_key

if TYPE_CHECKING:
    from neurofeedback.study.folder import Opened

app = typer.Typer(
    help="Run a double-blind trial: sealed allocation, donors, guesses, unblinding.",
    epilog="Example: neurofeedback study status trial",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")]
KeyFile = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="The unblinding key, kept by one person.")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File with the passphrase of the unblinding key. Default: NEUROFEEDBACK_PASSPHRASE, "
        "else a prompt.",
    ),
]


@app.command("new", epilog="Example: neurofeedback study new trial -p faa-trial --name 'FAA 1'")
def new(
    folder: Annotated[Path, typer.Argument(metavar="STUDY", help="Folder to create.")],
    protocol: ProtocolName,
    name: Annotated[str, typer.Option(metavar="NAME", help="Name of the study.")],
    stratum: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL", help="A stratum with its own list; can be repeated."),
    ] = None,
    places: Annotated[
        int, typer.Option(min=1, max=10_000, help="Least number of places in each stratum.")
    ] = 40,
    block: Annotated[
        list[int] | None,
        typer.Option(metavar="SIZE", help="Block sizes to choose from at random (4 and 6)."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the list; by default a secret one is drawn.")
    ] = None,
    station_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the station key (STUDY.station.key)."),
    ] = None,
    unblinding_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the unblinding key (STUDY.unblind.pem)."),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Create a study: a sealed allocation list and its keys."""
    station = station_key or folder.with_name(folder.name + ".station.key")
    unblinding = unblinding_key or folder.with_name(folder.name + ".unblind.pem")
    spec = load_protocol(protocol)
    secret = passphrase(passphrase_file, twice=True)
    with progress_bar("Making keys and the allocation list"):
        study = Study.create(
            folder,
            name,
            spec,
            strata=stratum or (),
            size=places,
            blocks=block or (4, 6),
            seed=seed,
            station_key=station,
            unblinding_key=unblinding,
            passphrase=secret,
            now=datetime.now().astimezone(),
        )
    sizes = ", ".join(f"{label}: {n} places" for label, n in study.strata.items())
    answer(f"Study {study.name!r} ({sizes}) is in {folder}.")
    answer(f"Station key, for the computers that run sessions: {station}")
    answer(
        f"Unblinding key: {unblinding}. Give it to the person who keeps it, away from the "
        "workstations, and keep a copy: without it the study can never be unblinded."
    )


@app.command(
    "add-donor", epilog="Example: neurofeedback study add-donor trial recordings/sub-d/..."
)
def add_donor(
    folder: Folder,
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A recorded session.")],
) -> None:
    """Add a recorded session to the donors of a yoked control."""
    study = Study(folder)
    with progress_bar("Running the session again") as progress:
        donor = donor_of_session(session, study.spec, lambda done, n: progress(done / max(n, 1)))
    study.donors.add(donor)
    answer(f"{donor.name} is a donor: {donor.seconds:.0f} s of training.")


@app.command("status", epilog="Example: neurofeedback study status trial --json")
def status(folder: Folder, as_json: AsJson = False) -> None:
    """Report the progress of recruitment, without revealing the arms."""
    found = Study(folder).status()
    if as_json:
        answer_json(found)
        return
    answer(f"{found['name']} ({found['protocol']}): {found['sessions']} sessions")
    for label, counts in found["strata"].items():
        answer(f"  {label}: {counts['taken']} of {counts['places']} places taken")
    answer(f"  donors: {found['donors']}")
    for entry in found["unblindings"]:
        whom = entry["participant"] or "all"
        answer(f"  unblinded ({whom}) by {entry['who']}, {entry['when']}: {entry['reason']}")


@app.command("guess", epilog="Example: neurofeedback study guess SESSION --by operator --arm real")
def guess(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A recorded session.")],
    by: Annotated[Literal["participant", "operator"], typer.Option(help="Who was asked.")],
    arm: Annotated[Literal["real", "control", "unknown"], typer.Option(help="What they believe.")],
    confidence: Annotated[int, typer.Option(min=0, max=100, help="0 to 100.")] = 50,
    reason: Annotated[str, typer.Option(help="Why, in their words.")] = "",
) -> None:
    """Record which arm a participant or an operator believes it was."""
    layout = SessionLayout.find(session)
    kept = add_guess(layout, by, arm, confidence, reason, datetime.now().astimezone())
    answer(f"Recorded: the {kept.by} believes {kept.belief} ({kept.confidence} of 100).")


@app.command(
    "unblind",
    epilog="Example: neurofeedback study unblind trial --key trial.unblind.pem --who 'A. Nalyst' "
    "--reason 'end of the trial' --data recordings",
)
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
    opened = study.unblind(
        load_private_key(key, passphrase(passphrase_file)),
        who=who,
        reason=reason,
        now=datetime.now().astimezone(),
        participant=participant,
    )
    rows = [row for place in opened for row in _rows(place, data)]
    if as_json:
        answer_json({"sessions": rows, "blinding": _blinding(rows)})
        return
    stdout().print(_table(rows) if rows else "No place has been taken yet.")
    for index in _blinding(rows):
        stdout().print(
            f"Blinding of {index['by']}s in the {index['arm']} arm: {index['index']:+.2f} "
            f"({index['low']:+.2f} to {index['high']:+.2f}; Bang's index, {index['n']} asked; "
            "0 is chance)"
        )


def _rows(place: Opened, data: Path | None) -> list[dict[str, Any]]:

    rows = []
    for number, session in enumerate(place.sessions):
        row: dict[str, Any] = {
            "participant": place.participant,
            "stratum": place.stratum,
            "place": place.place,
            "arm": place.arm,
            "session": session,
            "donor": place.donors[number] if place.donors and place.arm == "control" else None,
            "guesses": {},
        }
        if data is not None:
            try:
                found = guesses(SessionLayout.find(data / session))
            except UserError as error:
                row["guesses"] = {"error": str(error)}
            else:
                row["guesses"] = {g.by: g.belief for g in found}
        rows.append(row)
    return rows


def _blinding(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compute the blinding index of the last guess about each participant."""
    found = []
    for arm in ("real", "control"):
        for by in ("participant", "operator"):
            last = {
                row["participant"]: row["guesses"][by]
                for row in rows
                if row["arm"] == arm and by in row["guesses"]
            }
            if len(last) >= LEAST_GUESSES:
                found.append(asdict(blinding_index(arm, by, list(last.values()))))
    return found


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
