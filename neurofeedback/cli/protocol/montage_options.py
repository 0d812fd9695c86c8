"""The montage that a protocol is judged on: a recording's, or a standard one.

Responsible for the options that name it and for describing it as a stream. Not responsible for
what is said of a protocol on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.acquisition.standard_montage import CHANNELS, SFREQ, standard_montage

if TYPE_CHECKING:
    from neurofeedback.frames import StreamInfo

File = Annotated[
    Path | None,
    typer.Option(
        "--file", metavar="FILE", help="Take channels and sampling rate from a recording."
    ),
]
Channels = Annotated[
    int | None,
    typer.Option(
        "--channels", min=2, max=256, help=f"Channels of a standard montage ({CHANNELS})."
    ),
]
Sfreq = Annotated[
    float | None,
    typer.Option("--sfreq", min=64, max=20_000, help=f"Its sampling rate in Hz ({SFREQ:g})."),
]


def montage_of(file: Path | None, channels: int | None, sfreq: float | None) -> StreamInfo:
    """Describe the montage that is asked for.

    Raises
    ------
    UserError
        If the recording cannot be read, or a standard montage is asked for beside it.
    """
    from neurofeedback.acquisition.replay import ReplaySource
    from neurofeedback.errors import UserError

    if file is None:
        return standard_montage(channels or CHANNELS, sfreq or SFREQ)
    if channels is not None or sfreq is not None:
        raise UserError("Give either --file, or --channels and --sfreq, not both.")
    source = ReplaySource(file, as_it_is=True)  # names and rate are all that is wanted
    info = source.open()
    source.close()
    return info
