"""``neurofeedback run``: a session, live or from a file.

Responsible for the command alone; see `cli.sessions.drive` for running a session and
`app.sessions` for preparing one.
"""

from __future__ import annotations

from typing import Annotated

import typer

from neurofeedback.acquisition.given_names import given_names
from neurofeedback.acquisition.impedance import impedances_in_words
from neurofeedback.acquisition.source import impedances_of
from neurofeedback.app.indexing import indexed
from neurofeedback.app.sessions import in_study, learner_of, make_source, markers_beside, prepare
from neurofeedback.cli.console import say
from neurofeedback.cli.options import (
    Bads,
    Channels,
    Film,
    Headless,
    IndexAt,
    MarkerNames,
    Montage,
    Music,
    Operator,
    OutputRoot,
    OwnPicture,
    Participant,
    Photodiode,
    SecondRoot,
    StationKey,
    Stratum,
    StudyFolder,
    StudyProtocol,
    Unit,
    Volume,
)
from neurofeedback.cli.sessions.drive import ready_to_run, run_live, tell_of_markers
from neurofeedback.cli.sessions.outputs import (
    LslOut,
    OscOut,
    ToNetwork,
    WebSocketOut,
    outputs,
)
from neurofeedback.errors import UserError
from neurofeedback.signal.power.prior import prior_notes


def run(
    source: Annotated[
        str,
        typer.Option(
            "--source",
            "-s",
            metavar="SOURCE",
            help="lsl (the only EEG stream available), lsl:NAME, lsl:NAME?rate=HZ (overrules the "
            "rate that it declares), brainflow:BOARD?serial_port=PORT, file:PATH or synthetic.",
        ),
    ],
    participant: Participant,
    protocol: StudyProtocol = None,
    out: OutputRoot = None,
    second_out: SecondRoot = None,
    headless: Headless = False,
    bads: Bads = None,
    unit: Unit = None,
    channels: Channels = None,
    montage: Montage = None,
    study: StudyFolder = None,
    station_key: StationKey = None,
    stratum: Stratum = None,
    operator: Operator = "",
    outlet: LslOut = None,
    osc: OscOut = None,
    websocket: WebSocketOut = None,
    to_network: ToNetwork = False,
    markers: MarkerNames = None,
    volume: Volume = 50.0,
    music: Music = None,
    picture: OwnPicture = None,
    film: Film = None,
    photodiode: Photodiode = False,
    index: IndexAt = None,
) -> None:
    """Run and record a session. Ctrl-C ends it cleanly, with everything written."""
    from neurofeedback.gui.participant.clinic_media import ClinicMedia

    if study is not None and photodiode:
        raise UserError(
            "--photodiode shows in black and white what a study conceals, and the amplifier would "
            "record it in the open; measure the delay in a session outside of the study."
        )
    text = ready_to_run(headless=headless, index=index)
    marked = markers_beside(source, markers)  # takes a second, so before samples arrive
    opened = make_source(source, unit=unit, given=given_names(channels, montage))
    with outputs(outlet, osc, websocket, to_network=to_network) as sent:
        session = prepare(
            opened,
            protocol,
            participant=participant,
            out=out,
            bads=bads,
            study=in_study(study, station_key, stratum, operator),
            second=second_out,
        )
        tell_of_markers(marked)
        for note in (*getattr(opened, "notes", ()), *session.engine.on_filters, *prior_notes()):
            say(note, style="yellow")
        if measured := impedances_of(opened):
            say(impedances_in_words(measured), style="dim")
        with indexed(session.recorder.path, index, operator):
            status = run_live(
                session,
                headless=text,
                on_feedback=learner_of(opened),
                outlets=sent,
                markers=marked,
                media=ClinicMedia(volume / 100.0, music, picture, film, photodiode),
            )
    raise typer.Exit(status)
