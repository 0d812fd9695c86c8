"""``neurofeedback streams``: what is on the network.

Responsible for the command alone; the search itself is `acquisition.lsl.find_streams`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from neurofeedback.cli.console import answer_json, say, stderr, stdout
from neurofeedback.cli.options import AsJson


def streams(
    as_json: AsJson = False,
    seconds: Annotated[
        float, typer.Option(metavar="S", min=0.1, max=60.0, help="How long to search.")
    ] = 2.0,
) -> None:
    """List the LSL streams that this computer can see."""
    from neurofeedback.acquisition.lsl.settings import use_settings

    use_settings()
    from neurofeedback.acquisition.lsl import find_streams

    console = stderr()
    if console.is_terminal and not as_json:
        with console.status("Looking for streams"):
            found = find_streams(seconds)
    else:
        found = find_streams(seconds)
    if as_json:
        answer_json([asdict(stream) for stream in found])
        return
    if not found:
        say(
            "No LSL stream was found. Check that the amplifier's program is streaming on this "
            "computer. "
            "Other computers are found only if LSL's settings file names them (KnownPeers)."
        )
        return
    table = Table("name", "type", "channels", "rate", "source id", "host", box=None, pad_edge=False)
    for s in found:
        table.add_row(s.name, s.kind, str(s.n_channels), f"{s.sfreq:g} Hz", s.source_id, s.hostname)
    stdout().print(table)
