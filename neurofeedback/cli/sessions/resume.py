"""``neurofeedback resume`` and ``neurofeedback discard``: what else can be done with a cut session.

Responsible for the commands alone; see `session.prepare_resumed` and `app.unfinished`, and
`cli.sessions.recover` for finishing one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.acquisition.given_names import given_names
from neurofeedback.app.indexing import indexed
from neurofeedback.app.remarks import remark
from neurofeedback.app.sessions import learner_of, make_source, markers_beside, second_root
from neurofeedback.app.unfinished import Choice, discard_session, find_unfinished
from neurofeedback.cli.console import answer, progress_bar
from neurofeedback.cli.options import (
    By,
    Channels,
    Headless,
    IndexAt,
    MarkerNames,
    Montage,
    Operator,
    SecondRoot,
    SessionPath,
    Unit,
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
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.repair.tidy import is_locked
from neurofeedback.session.prepare_resumed import prepare_resumed
from neurofeedback.store.register import register_discarded

if TYPE_CHECKING:
    from neurofeedback.app.unfinished import Unfinished


def resume(
    session: SessionPath,
    source: Annotated[
        str,
        typer.Option(
            "--source",
            "-s",
            metavar="SOURCE",
            help="The same stream as before: lsl, lsl:NAME, brainflow:BOARD?..., file:PATH or "
            "synthetic.",
        ),
    ],
    second_out: SecondRoot = None,
    headless: Headless = False,
    unit: Unit = None,
    channels: Channels = None,
    montage: Montage = None,
    operator: Operator = "",
    outlet: LslOut = None,
    osc: OscOut = None,
    websocket: WebSocketOut = None,
    to_network: ToNetwork = False,
    markers: MarkerNames = None,
    index: IndexAt = None,
) -> None:
    """Resume an interrupted session at the interrupted block; it stays one recording."""
    second = second_root(second_out)
    found = _unfinished(session, second)
    if Choice.RESUME not in found.choices:
        raise UserError(
            "{folder} cannot be resumed. {reason}",
            folder=found.layout.session_dir,
            reason=found.reason,
        )
    text = ready_to_run(headless=headless, index=index)
    marked = markers_beside(source, markers)  # takes a second, so before samples arrive
    opened = make_source(source, unit=unit, given=given_names(channels, montage))
    with outputs(outlet, osc, websocket, to_network=to_network) as sent:
        with progress_bar("Reading the session") as progress:
            prepared = prepare_resumed(found.layout, opened, second=second, progress=progress)
        tell_of_markers(marked)
        with indexed(prepared.recorder.path, index, operator):
            status = run_live(
                prepared,
                headless=text,
                on_feedback=learner_of(opened),
                outlets=sent,
                markers=marked,
            )
    raise typer.Exit(status)


def discard(
    session: SessionPath,
    second_out: SecondRoot = None,
    operator: By = "",
    index: IndexAt = None,
) -> None:
    """Move an interrupted session out of the recordings; nothing is deleted."""
    found = _unfinished(session, second_root(second_out))
    there = discard_session(found)
    remark(register_discarded(found.layout, where=index, who=operator))
    answer(str(there))


def _unfinished(session: Path, second: Path) -> Unfinished:
    layout = SessionLayout.find(session)
    found = find_unfinished(layout, second)
    if found is not None:
        return found
    if is_locked(layout):
        raise UserError("{folder} is being recorded at this moment.", folder=layout.session_dir)
    raise UserError("{folder} was not interrupted: it has ended.", folder=layout.session_dir)
