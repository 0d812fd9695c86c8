"""``neurofeedback study new``, ``add-donor`` and ``envelopes``: what a study begins with.

Responsible for the commands alone; see `neurofeedback.study` for what they do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.app.sessions import operator_or_set
from neurofeedback.cli.console import answer, progress_bar
from neurofeedback.cli.options import Operator, ProtocolName, SessionPath
from neurofeedback.cli.records.passphrase import passphrase
from neurofeedback.cli.study.options import Folder, KeyFile, PassphraseFile, pairs
from neurofeedback.errors import UserError
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import Arm
from neurofeedback.protocols.warnings import contingent
from neurofeedback.session.donor import donor_of_session
from neurofeedback.study.allocation import EVEN
from neurofeedback.study.envelopes import make_envelopes
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key


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
            factors={name: levels.split(",") for name, levels in pairs(minimise)},
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


def _usual_blocks(arms: Mapping[Arm, int]) -> tuple[int, ...]:
    unit = sum(arms.values())
    return tuple(n * unit for n in (2, 3))


def add_donor(
    folder: Folder,
    session: SessionPath,
    operator: Operator = "",
) -> None:
    """Add a recorded session to the donors of a yoked control."""
    study = Study(folder)
    with progress_bar("Running the session again") as progress:
        donor = donor_of_session(session, study.spec, lambda done, n: progress(done / max(n, 1)))
    study.add_donor(donor, operator=operator_or_set(operator), now=datetime.now().astimezone())
    answer(f"{donor.name} is a donor: {donor.seconds:.0f} s of training.")


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
