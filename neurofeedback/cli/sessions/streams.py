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
        float, typer.Option(metavar="S", min=0.1, max=60.0, help="How long to look.")
    ] = 2.0,
) -> None:
    """List the LSL streams that can be seen from here."""
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
            "No LSL stream was found. Is the amplifier's program streaming, and on this machine? "
            "Other hosts are seen only when named in LSL's settings file (KnownPeers)."
        )
        return
    table = Table("name", "type", "channels", "rate", "source id", "host", box=None, pad_edge=False)
    for s in found:
        table.add_row(s.name, s.kind, str(s.n_channels), f"{s.sfreq:g} Hz", s.source_id, s.hostname)
    stdout().print(table)
