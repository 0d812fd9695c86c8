"""``neurofeedback study enrol``, ``withdraw``, ``guess`` and ``open-envelope``: who takes part.

Responsible for the commands alone; see `neurofeedback.study` for what they do.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from neurofeedback.app.remarks import remark
from neurofeedback.app.sessions import index_address, operator_or_set, output_root
from neurofeedback.cli.console import answer, answer_json
from neurofeedback.cli.options import AsJson, IndexAt, Operator, OutputRoot, SessionPath
from neurofeedback.cli.study.options import Folder, pairs
from neurofeedback.recording.layout import SessionLayout, check_participant
from neurofeedback.store.kept_beside import GUESSED, kept_beside
from neurofeedback.store.register import register_act
from neurofeedback.study.claims import claimed_places
from neurofeedback.study.envelopes import open_envelope
from neurofeedback.study.folder import Study
from neurofeedback.study.guesses import add_guess
from neurofeedback.study.keys import load_station_key


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
        levels=dict(pairs(level)),
    )
    label, number = study.place_of(participant)
    answer(f"Participant {participant} has place {number} of stratum {label!r}.")
    answer(
        "They have sessions with feedback, in an arm that stays concealed."
        if fed
        else "They are in standard care: no sessions are run."
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


def guess(
    session: SessionPath,
    by: Annotated[Literal["participant", "operator"], typer.Option(help="Who was asked.")],
    arm: Annotated[Literal["real", "control", "unknown"], typer.Option(help="What they believe.")],
    confidence: Annotated[int, typer.Option(min=0, max=100, help="0 to 100.")] = 50,
    reason: Annotated[str, typer.Option(help="Why, in their words.")] = "",
    index: IndexAt = None,
) -> None:
    """Record which arm a participant or an operator believes it was."""
    layout = SessionLayout.find(session)
    kept = add_guess(layout, by, arm, confidence, reason, datetime.now().astimezone())
    remark(
        register_act(
            layout.root, GUESSED, layout.folder, where=index_address(index),
            who=operator_or_set(""), beside=kept_beside(layout),
        )
    )  # fmt: skip
    answer(f"Recorded: the {kept.by} believes {kept.belief} ({kept.confidence} of 100).")


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
