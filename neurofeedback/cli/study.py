"""``neurofeedback study``: trials whose arms are concealed.

Responsible for the commands alone; see `neurofeedback.study` for what they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from neurofeedback.app.sessions import index_address, operator_or_set, output_root
from neurofeedback.cli.boundary import EXIT_DEFECT
from neurofeedback.cli.console import answer, answer_json, progress_bar, say, stdout
from neurofeedback.cli.options import (
    AsJson,
    IndexAt,
    Operator,
    OutputRoot,
    ProtocolName,
    SessionPath,
)
from neurofeedback.cli.records.passphrase import passphrase
from neurofeedback.cli.study_results import checklist, data, report
from neurofeedback.errors import UserError
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import Arm
from neurofeedback.protocols.warnings import contingent
from neurofeedback.recording.layout import SessionLayout, check_participant
from neurofeedback.session.delivery import DeliveryCheck, check_deliveries, feedback_shown
from neurofeedback.session.donor import donor_of_session
from neurofeedback.store.known_end import study_starts
from neurofeedback.study.allocation import EVEN
from neurofeedback.study.blinding import (
    BlindingIndex,
    StudyBlinding,
    blinding_index,
    study_blinding,
)
from neurofeedback.study.claims import Claim, claimed_places, recorded_claims
from neurofeedback.study.envelopes import make_envelopes, open_envelope
from neurofeedback.study.folder import Study
from neurofeedback.study.guesses import add_guess, guesses
from neurofeedback.study.keys import load_private_key, load_station_key
from neurofeedback.words.message import Message

if TYPE_CHECKING:
    from neurofeedback.study.enrolment import Opened

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


@app.command(
    "new",
    epilog="Example: neurofeedback study new trial -p faa-trial --name 'FAA 1' "
    "--unblinding-key /media/usb/trial.key",
)
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
        typer.Option(
            metavar="SIZE",
            help="Block sizes to choose from at random (4 and 6, or 2 and 3 times the ratio).",
        ),
    ] = None,
    ratio: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARM=N",
            help="Places of an arm relative to the others: real, control, or standard for standard "
            "care without feedback (real=1 and control=1).",
        ),
    ] = None,
    minimise: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FACTOR=A,B",
            help="Balance a factor with these levels by minimisation, in the place of blocks and "
            "strata; can be repeated.",
        ),
    ] = None,
    *,
    unblinding_key: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Where to write the unblinding key: not beside the station key, best on a medium "
            "of its own.",
        ),
    ],
    station_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the station key (STUDY.station.key)."),
    ] = None,
    seal_raw: Annotated[
        bool,
        typer.Option(
            "--seal-raw",
            help="Seal the EEG samples too, so that whoever films the participant's display has "
            "nothing to compare it with; they open with the unblinding key alone.",
        ),
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Create a study: a sealed allocation list and its keys."""
    station = station_key or folder.with_name(folder.name + ".station.key")
    spec = load_protocol(protocol)
    follows = contingent(spec)
    if follows is not None:
        raise UserError(
            "The control of {protocol!r} cannot be that of a new study: {reason}.",
            protocol=spec.name,
            reason=follows,
        )
    arms = _ratio(ratio)
    secret = passphrase(passphrase_file, twice=True)
    with progress_bar("Making keys and the allocation list"):
        study = Study.create(
            folder,
            name,
            spec,
            strata=stratum or (),
            size=places,
            blocks=block or _usual_blocks(arms),
            seed=None,
            ratio=arms,
            factors={name: levels.split(",") for name, levels in _pairs(minimise)},
            station_key=station,
            unblinding_key=unblinding_key,
            passphrase=secret,
            now=datetime.now().astimezone(),
            seal_raw=seal_raw,
        )
    sizes = ", ".join(f"{label}: {n} places" for label, n in study.strata.items())
    answer(f"Study {study.name!r} ({sizes}) is in {folder}.")
    answer(
        f"Station key: {station}. It belongs on the computers that run sessions, and nowhere else."
    )
    answer(
        f"Unblinding key: {unblinding_key}. It belongs with the person who keeps it, away from the "
        "workstations. Keep a second copy, and the passphrase apart from both: without them the "
        "study can never be unblinded."
    )
    answer(
        f"Study folder: {folder}. It belongs where all workstations of the study reach it; copy it "
        "for safety, and never run sessions with a copy."
    )


def _ratio(given: Sequence[str] | None) -> dict[Arm, int]:
    """Read ``real=2``, ``control=1``; in an order that does not depend on how they were given."""
    if not given:
        return dict(EVEN)
    found = {}
    for text in given:
        name, _, number = text.partition("=")
        if name not in list(Arm) or not number.isdecimal() or not 1 <= int(number) <= 20:
            raise UserError(
                "The ratio {text!r} is not understood: give real=N, control=N or standard=N, with "
                "numbers from 1 to 20.",
                text=text,
            )
        found[Arm(name)] = int(number)
    return {arm: found[arm] for arm in Arm if arm in found}


def _pairs(given: Sequence[str] | None) -> list[tuple[str, str]]:
    """Read texts of the form NAME=TEXT."""
    for text in given or ():
        if "=" not in text:
            raise UserError("{text!r} is not understood: give NAME=VALUE.", text=text)
    return [(name, value) for name, _, value in (text.partition("=") for text in given or ())]


def _usual_blocks(arms: Mapping[Arm, int]) -> tuple[int, ...]:
    unit = sum(arms.values())
    return tuple(n * unit for n in (2, 3))


@app.command(
    "enrol",
    epilog="Example: neurofeedback study enrol trial -u P07 --station-key trial.station.key",
)
def enrol(
    folder: Folder,
    participant: Annotated[str, typer.Option("--participant", "-u", help="Their code.")],
    station_key: Annotated[Path, typer.Option(metavar="FILE", help="The study's station key.")],
    stratum: Annotated[str | None, typer.Option(help="Stratum of the participant.")] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FACTOR=LEVEL", help="Of each factor that the study balances; repeat."
        ),
    ] = None,
    operator: Operator = "",
    out: OutputRoot = None,
) -> None:
    """Give a participant a place before the first session, and tell whether they have sessions."""
    check_participant(participant)
    study = Study(folder)
    fed = study.enrol_without_session(
        participant,
        station_key=load_station_key(station_key),
        stratum=stratum,
        operator=operator_or_set(operator),
        now=datetime.now().astimezone(),
        claims=claimed_places(output_root(out), study.identity),
        levels=dict(_pairs(level)),
    )
    label, number = study.place_of(participant)
    answer(f"Participant {participant} has place {number} of stratum {label!r}.")
    answer(
        "They have sessions with feedback, in an arm that stays concealed."
        if fed
        else "They are in standard care: no sessions are run."
    )


@app.command(
    "withdraw",
    epilog="Example: neurofeedback study withdraw trial -u P07 --who 'A. B.' --reason moved",
)
def withdraw(
    folder: Folder,
    participant: Annotated[str, typer.Option("--participant", "-u", help="Their code.")],
    who: Annotated[str, typer.Option(help="Name of the person who enters it; logged.")],
    reason: Annotated[str, typer.Option(help="Reason; logged.")],
) -> None:
    """Record that a participant leaves the study; who comes instead takes the next place."""
    study = Study(folder)
    study.withdraw(participant, who=who, reason=reason, now=datetime.now().astimezone())
    answer(
        f"Participant {participant} is withdrawn. Their place is not given again; a replacement "
        "takes the next place of the stratum."
    )


@app.command(
    "add-donor", epilog="Example: neurofeedback study add-donor trial recordings/sub-d/..."
)
def add_donor(
    folder: Folder,
    session: SessionPath,
) -> None:
    """Add a recorded session to the donors of a yoked control."""
    study = Study(folder)
    with progress_bar("Running the session again") as progress:
        donor = donor_of_session(session, study.spec, lambda done, n: progress(done / max(n, 1)))
    study.donors.add(donor)
    answer(f"{donor.name} is a donor: {donor.seconds:.0f} s of training.")


@app.command("status", epilog="Example: neurofeedback study status trial --data recordings")
def status(
    folder: Folder,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="Dataset with sessions, to compare with the ledger of places; can be repeated.",
        ),
    ] = None,
    index: IndexAt = None,
    as_json: AsJson = False,
) -> None:
    """Report the progress of recruitment and whether the ledgers are whole; nothing of the arms."""
    study = Study(folder)
    claims = [claim for each in data or () for claim in _claims(each, study.identity, index)]
    shown = dict(one for each in data or () for one in _shown(each, claims))
    found = {**study.status(claims), "feedback_shown": shown}
    if as_json:
        answer_json(found)
        _defect_if(found["problems"])
        return
    answer(f"{found['name']} ({found['protocol']}): {found['sessions']} sessions")
    for label, counts in found["strata"].items():
        answer(f"  {label}: {counts['taken']} of {counts['places']} places taken")
    if found["withdrawn"]:
        answer(f"  withdrawn: {', '.join(found['withdrawn'])}")
    answer(f"  donors: {found['donors']}")
    for entry in found["unblindings"]:
        whom = entry["participant"] or "all"
        how = entry.get("how", "key")
        answer(f"  unblinded ({whom}; {how}) by {entry['who']}, {entry['when']}: {entry['reason']}")
    for folder_of, sentences in shown.items():
        for sentence in sentences:
            say(f"{folder_of}: {sentence}", style="yellow")
    for problem in found["problems"]:
        say(problem, style="red")
    _defect_if(found["problems"])


def _shown(data: Path, claims: Sequence[Claim]) -> Iterator[tuple[str, list[Message]]]:
    """Yield the sessions whose feedback the operator was shown, and what the log says of it."""
    for folder in dict.fromkeys(claim.folder for claim in claims):
        with suppress(UserError):  # it lies in another dataset, or is damaged: told by `check`
            sentences = feedback_shown(data / folder)
            if sentences:
                yield folder, list(sentences)


def _claims(data: Path, study: str, where: str | None) -> list[Claim]:
    """Return what the sessions of a dataset and its audit trail say of a study."""
    claims = recorded_claims(data, study)
    for start in study_starts(data, study, where=index_address(where)):
        participant = start.folder.partition("/")[0].removeprefix("sub-")
        claims.append(Claim.of(start.folder, participant, start.study))
    return claims


@app.command("guess", epilog="Example: neurofeedback study guess SESSION --by operator --arm real")
def guess(
    session: SessionPath,
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
    epilog="Example: neurofeedback study unblind trial --key usb/trial.key --who 'A. Nalyst' "
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
        _defect_if(differing)
        return
    stdout().print(_table(rows) if rows else "No place has been taken yet.")
    _show_blinding(_blinding(rows))
    _show_differences(differing)
    _defect_if(differing)


@app.command(
    "envelopes",
    epilog="Example: neurofeedback study envelopes trial --key usb/trial.key --letters "
    "usb/letters.txt",
)
def envelopes(
    folder: Folder,
    key: KeyFile,
    letters: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="Where to write the letters, a page each: print and delete it."
        ),
    ],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a sealed envelope for each place, to be opened at the site in an emergency."""
    study = Study(folder)
    n_made = make_envelopes(study, load_private_key(key, passphrase(passphrase_file)), letters)
    answer(f"{n_made} letters are in {letters}.")
    answer(
        "Print them, put each into an opaque envelope with its place and stratum written outside, "
        "give these to the site, and delete the file."
    )


@app.command(
    "open-envelope",
    epilog="Example: neurofeedback study open-envelope trial -u P07 --who 'B. Doctor' "
    "--reason seizure",
)
def open_one_envelope(
    folder: Folder,
    participant: Annotated[str, typer.Option("--participant", "-u", help="Their code.")],
    who: Annotated[str, typer.Option(help="Name of the person who opens it; logged.")],
    reason: Annotated[str, typer.Option(help="Reason; logged.")],
    code: Annotated[
        str,
        typer.Option(prompt="Code of the letter", help="The code on the letter; else a prompt."),
    ],
    as_json: AsJson = False,
) -> None:
    """Tell the arm of one participant in an emergency, and log it; nothing of the others."""
    opened = open_envelope(
        Study(folder), participant, code, who=who, reason=reason, now=datetime.now().astimezone()
    )
    if as_json:
        answer_json({**asdict(opened), "arm": str(opened.arm)})
        return
    answer(f"Participant {opened.participant} is in the {opened.arm} arm. This was logged.")


@app.command(
    "check",
    epilog="Example: neurofeedback study check trial --key usb/trial.key --data recordings",
)
def check(
    folder: Folder,
    key: KeyFile,
    data: Annotated[Path, typer.Option(metavar="DIR", help="Dataset with the sessions.")],
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Check that every session was given what was allocated to it, without revealing the arms."""
    study = Study(folder)
    private = load_private_key(key, passphrase(passphrase_file))
    allocated = study.allocated(private)
    with progress_bar("Comparing", quiet=as_json) as progress:
        checks = check_deliveries(
            allocated, private, data, lambda done, total: progress(done / max(total, 1))
        )
    differing = [found for found in checks if found.differences]
    if as_json:
        answer_json(
            {
                "ok": not differing,
                "sessions": {found.folder: list(found.differences) for found in checks},
                "feedback_shown": {c.folder: list(c.shown) for c in checks if c.shown},
            }
        )
    else:
        _show_differences(differing)
        for found in checks:
            for shown in found.shown:
                say(f"{found.folder}: {shown}", style="yellow")
        answer(f"{len(checks) - len(differing)} of {len(checks)} sessions are as allocated.")
    _defect_if(differing)


def _show_differences(differing: list[DeliveryCheck]) -> None:
    for check in differing:
        for difference in check.differences:
            say(f"{check.folder}: {difference}", style="red")


def _defect_if(problems: Sequence[object]) -> None:
    if problems:
        raise typer.Exit(EXIT_DEFECT)


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


app.command(
    "data",
    epilog="Example: neurofeedback study data trial --key usb/trial.key --data recordings "
    "--out tables",
)(data)
app.command("report", epilog="Example: neurofeedback study report tables --out report.html")(report)
app.command("checklist", epilog="Example: neurofeedback study checklist tables --out crednf.md")(
    checklist
)
