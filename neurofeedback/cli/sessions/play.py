"""``neurofeedback play``: a recorded file out as an LSL stream.

Responsible for the command alone; the sending is `acquisition.outlet`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.acquisition.given_names import given_names
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.app.states import stream_line
from neurofeedback.cli.console import progress_bar, say
from neurofeedback.cli.options import AsItIs, Channels, Montage, StreamName, Strict, Unit

REFRESH = 0.1


def play(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A recording; docs/formats.md lists what is read."),
    ],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the LSL stream; default: the file's."),
    ] = None,
    unit: Unit = None,
    as_it_is: AsItIs = False,
    strict: Strict = False,
    channels: Channels = None,
    montage: Montage = None,
    stream: StreamName = None,
) -> None:
    """Send a recorded file once as an LSL stream, in real time. Ctrl-C ends it."""
    from neurofeedback.acquisition.lsl.settings import use_settings

    source = ReplaySource(
        file,
        speed=1.0,
        stream=stream,
        unit=unit,
        as_it_is=as_it_is,
        strict=strict,
        given=given_names(channels, montage),
    )
    source.open()
    for note in source.notes:
        say(note, style="yellow")
    use_settings()
    from neurofeedback.acquisition.outlet import StreamOutletThread

    with StreamOutletThread(source, name=name) as outlet:
        info, total = source.open(), source.recording.n_times
        say(f"Streaming {stream_line(info)} as {name or info.name!r}.")
        with progress_bar("Playing") as progress:
            while not outlet.wait(REFRESH):
                progress(outlet.n_sent / total)
    say("The whole file was sent.")
