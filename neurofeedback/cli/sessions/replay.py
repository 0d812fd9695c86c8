"""``neurofeedback replay``: a recorded file through the same engine as a live session.

Responsible for the command alone; see `cli.sessions.drive` for running a session and
`app.sessions` for preparing one.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.acquisition.given_names import given_names
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.app.indexing import indexed
from neurofeedback.app.sessions import in_study, parse_speed, prepare
from neurofeedback.cli.console import progress_bar, say
from neurofeedback.cli.options import (
    AsItIs,
    Bads,
    Channels,
    Headless,
    IndexAt,
    Montage,
    Operator,
    OutputRoot,
    SecondRoot,
    StationKey,
    Stratum,
    StreamName,
    Strict,
    StudyFolder,
    StudyProtocol,
    Unit,
)
from neurofeedback.cli.sessions.drive import ready_to_run, run_fast, run_live
from neurofeedback.cli.sessions.outputs import (
    LslOut,
    OscOut,
    ToNetwork,
    WebSocketOut,
    outputs,
)
from neurofeedback.errors import UserError
from neurofeedback.signal.power.prior import prior_notes


def replay(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A recording; docs/formats.md lists what is read."),
    ],
    protocol: StudyProtocol = None,
    speed: Annotated[
        str, typer.Option(metavar="FACTOR", help="1, 10, another factor, or max (without windows).")
    ] = "1",
    participant: Annotated[
        str, typer.Option("--participant", "-u", metavar="CODE", help="Code of the participant.")
    ] = "replay",
    out: OutputRoot = None,
    second_out: SecondRoot = None,
    headless: Headless = False,
    bads: Bads = None,
    unit: Unit = None,
    as_it_is: AsItIs = False,
    strict: Strict = False,
    channels: Channels = None,
    montage: Montage = None,
    stream: StreamName = None,
    study: StudyFolder = None,
    station_key: StationKey = None,
    stratum: Stratum = None,
    operator: Operator = "",
    start: Annotated[
        float,
        typer.Option("--from", metavar="SECONDS", help="Start at this time of the recording."),
    ] = 0.0,
    outlet: LslOut = None,
    osc: OscOut = None,
    websocket: WebSocketOut = None,
    to_network: ToNetwork = False,
    index: IndexAt = None,
) -> None:
    """Replay a recorded file as a session, and record the result."""
    from neurofeedback.gui.display import display_problem

    factor = parse_speed(speed)
    text = ready_to_run(headless=headless or math.isinf(factor), index=index)
    source = ReplaySource(
        file,
        speed=factor,
        start=start,
        stream=stream,
        unit=unit,
        as_it_is=as_it_is,
        strict=strict,
        given=given_names(channels, montage),
    )
    if math.isinf(factor) and (outlet or osc or websocket):
        raise UserError("Feedback is not sent at top speed: leave out --speed max, or the outputs.")
    with outputs(outlet, osc, websocket, to_network=to_network) as sent:
        with progress_bar(f"Reading {file.name}"):
            session = prepare(
                source,
                protocol,
                participant=participant,
                out=out,
                bads=bads,
                study=in_study(study, station_key, stratum, operator),
                second=second_out,
            )
        for note in (*source.notes, *session.engine.on_filters, *prior_notes()):
            say(note, style="yellow")
        with indexed(session.recorder.path, index, operator):
            if math.isfinite(factor):
                status = run_live(session, headless=text, outlets=sent, replay=source)
            else:
                if not headless and display_problem() is None:  # else nobody waits for windows
                    say("At top speed there is nothing to watch, so no windows open.", style="dim")
                status = run_fast(session, source.recording.n_times)
    raise typer.Exit(status)
