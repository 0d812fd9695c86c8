"""Where a session's feedback is sent besides the screen.

Responsible for the options of `run`, `resume` and `replay` and for opening what they name before
anything is recorded. Not responsible for sending (`acquisition.out`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.cli.console import say

if TYPE_CHECKING:
    from neurofeedback.acquisition.out.news import Outlet

LslOut = Annotated[
    str | None,
    typer.Option(
        "--outlet",
        metavar="NAME",
        help="Send feedback and markers as LSL streams NAME-feedback and NAME-markers.",
    ),
]
OscOut = Annotated[
    str | None,
    typer.Option("--osc", metavar="HOST:PORT", help="Send feedback and markers as OSC over UDP."),
]
WebSocketOut = Annotated[
    str | None,
    typer.Option(
        "--websocket",
        metavar="PORT",
        help="Serve feedback and markers as JSON to web pages and games on this computer.",
    ),
]
ToNetwork = Annotated[
    bool,
    typer.Option(
        "--to-network", help="Allow --osc and --websocket HOST:PORT to reach other computers."
    ),
]


@contextmanager
def outputs(
    lsl: str | None, osc: str | None, websocket: str | None, *, to_network: bool
) -> Iterator[Sequence[Outlet]]:
    """Open what the options name, and close it at the end.

    Parameters
    ----------
    lsl, osc, websocket : str or None
        As typed.
    to_network : bool
        Whether other computers may be reached.

    Yields
    ------
    sequence of Outlet
        They send nothing before they are begun.

    Raises
    ------
    UserError
        If one of them is refused.
    """
    from neurofeedback.acquisition.out.address import read_address

    with ExitStack() as stack:
        opened: list[Outlet] = []
        if lsl is not None:
            from neurofeedback.acquisition.lsl.settings import use_settings

            use_settings()
            from neurofeedback.acquisition.out.lsl import LslOutlet

            opened.append(stack.enter_context(closing(LslOutlet(lsl))))
        if osc is not None:
            from neurofeedback.acquisition.out.osc import OscOutlet

            to = read_address(osc, "--osc", to_network=to_network)
            opened.append(stack.enter_context(closing(OscOutlet(to))))
        if websocket is not None:
            from neurofeedback.acquisition.out.websocket import WebSocketOutlet

            address = read_address(websocket, "--websocket", to_network=to_network)
            opened.append(stack.enter_context(closing(WebSocketOutlet(address))))
            say(f"Feedback is served at ws://{address}.", style="dim")
        yield opened
