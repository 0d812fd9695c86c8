"""``neurofeedback demo``: a synthetic participant through a real LSL loopback.

Responsible for closing the loop: what is fed back reaches the participant, who learns from it. Not
responsible for the parts, which are those of any session.
"""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.app.indexing import indexed
from neurofeedback.app.sessions import prepare
from neurofeedback.cli.options import Headless, IndexAt, OutputRoot
from neurofeedback.cli.sessions.drive import ready_to_run, run_live

PROTOCOL = "faa-demo"
PARTICIPANT = "demo"
STREAM_NAME = "neurofeedback demo"


def demo(
    seconds: Annotated[
        float | None,
        typer.Option(
            metavar="N", min=1.0, help="End after N seconds; default: the protocol's end."
        ),
    ] = None,
    out: OutputRoot = None,
    headless: Headless = False,
    protocol: Annotated[
        str, typer.Option("--protocol", "-p", metavar="PROTOCOL", help="Protocol to run.")
    ] = PROTOCOL,
    index: IndexAt = None,
) -> None:
    """Train a synthetic participant over a real LSL loopback for about a minute, and record it."""
    from neurofeedback.acquisition.lsl.settings import private_network

    text = ready_to_run(headless=headless, index=index)
    source_id = f"neurofeedback-demo-{uuid4().hex}"
    with private_network(source_id):
        from neurofeedback.acquisition.lsl import LslSource
        from neurofeedback.acquisition.outlet import StreamOutletThread

        participant = SyntheticSource(learner=True)
        outlet = StreamOutletThread(
            participant, name=STREAM_NAME, source_id=source_id, wait_for_consumer=10.0
        )
        with outlet:
            session = prepare(
                LslSource(f"source_id={source_id}"),
                protocol,
                participant=PARTICIPANT,
                out=out,
                bads=None,
            )
            with indexed(session.recorder.path, index):
                status = run_live(
                    session,
                    headless=text,
                    on_feedback=participant.reinforce,
                    seconds=seconds,
                    close_when_done=True,
                )
    raise typer.Exit(status)
