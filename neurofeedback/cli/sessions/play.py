"""``neurofeedback play``: a recorded file, or an amplifier, out as an LSL stream.

Responsible for the command alone; the sending is `acquisition.outlet`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.acquisition.given_names import given_names
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.app.sessions import make_source
from neurofeedback.app.states import stream_line
from neurofeedback.cli.console import progress_bar, say
from neurofeedback.cli.options import AsItIs, Channels, Montage, StreamName, Strict, Unit

if TYPE_CHECKING:
    from neurofeedback.acquisition.outlet import StreamOutletThread
    from neurofeedback.acquisition.source import Source

REFRESH = 0.1
LIVE = ("brainflow:", "synthetic")


def play(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE|SOURCE",
            help="A recording (docs/formats.md lists what is read), brainflow:BOARD or synthetic.",
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the LSL stream; default: the source's."),
    ] = None,
    unit: Unit = None,
    as_it_is: AsItIs = False,
    strict: Strict = False,
    channels: Channels = None,
    montage: Montage = None,
    stream: StreamName = None,
) -> None:
    """Send a recorded file once, or an amplifier, as an LSL stream. Ctrl-C ends it."""
    from neurofeedback.acquisition.lsl.settings import use_settings

    given = given_names(channels, montage)
    source: Source
    if what.startswith(LIVE):
        source = make_source(what, unit=unit, given=given)
    else:
        source = ReplaySource(
            what,
            speed=1.0,
            stream=stream,
            unit=unit,
            as_it_is=as_it_is,
            strict=strict,
            given=given,
        )
    use_settings()
    from neurofeedback.acquisition.outlet import StreamOutletThread  # before samples flow

    info = source.open()
    for note in getattr(source, "notes", ()):
        say(note, style="yellow")
    with StreamOutletThread(source, name=name) as outlet:
        say(f"Streaming {stream_line(info)} as {name or info.name!r}.")
        _follow(outlet, source)
    say("Everything was sent.")


def _follow(outlet: StreamOutletThread, source: Source) -> None:
    """Wait for the end of a file, with a progress bar; of a live source, for Ctrl-C."""
    if not isinstance(source, ReplaySource):
        while not outlet.wait(REFRESH):
            pass
        return
    total = source.recording.n_times
    with progress_bar("Playing") as progress:
        while not outlet.wait(REFRESH):
            progress(outlet.n_sent / total)
