"""Options that several commands share, declared once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.errors import UserError


def recorded(text: str) -> Path:
    """Return the path of what was recorded: as given, or below the folder of the recordings.

    Parameters
    ----------
    text : str
        A path; ``sub-p01/ses-01`` is enough for a session where recordings go without ``--out``.

    Raises
    ------
    UserError
        If there is nothing in either place.
    """
    from neurofeedback.app.sessions import output_root

    given, root = Path(text), output_root(None)
    for path in (given, root / given):
        if os.path.lexists(path):
            return path
    raise UserError(
        "There is no session at {path}, and none of that name in {root}, where sessions are "
        "recorded without --out.",
        path=text,
        root=root,
    )


SessionPath = Annotated[
    Path,
    typer.Argument(
        metavar="SESSION",
        help="Folder of the session, or one of its files; sub-p01/ses-01 is looked for among your "
        "recordings too.",
        parser=recorded,
    ),
]
ProtocolName = Annotated[
    str,
    typer.Option(
        "--protocol",
        "-p",
        metavar="PROTOCOL",
        help="Name of a protocol that comes with the program, or a .toml file.",
    ),
]
StudyProtocol = Annotated[
    str | None,
    typer.Option(
        "--protocol",
        "-p",
        metavar="PROTOCOL",
        help="Name of a protocol that comes with the program, or a .toml file; a study has its "
        "own.",
    ),
]
StudyFolder = Annotated[
    Path | None,
    typer.Option(
        "--study",
        metavar="DIR",
        help="Run a session of this study: its protocol, in an arm that is concealed from "
        "everybody.",
    ),
]
StationKey = Annotated[
    Path | None,
    typer.Option("--station-key", metavar="FILE", help="The station key of the study."),
]
Stratum = Annotated[
    str | None,
    typer.Option("--stratum", metavar="LABEL", help="The participant's stratum in the study."),
]
MarkerNames = Annotated[
    list[str] | None,
    typer.Option(
        "--markers",
        metavar="NAME",
        help="Marker stream of LSL to record; repeat for more. Default: every one on this machine.",
    ),
]
Volume = Annotated[
    float,
    typer.Option(
        "--volume", metavar="PERCENT", min=0.0, max=100.0, help="Volume of the participant's sound."
    ),
]
Music = Annotated[
    Path | None,
    typer.Option(
        "--music",
        metavar="FILE",
        help="WAV file, played in a loop by protocols whose sound is music.",
    ),
]
OwnPicture = Annotated[
    Path | None,
    typer.Option(
        "--picture", metavar="FILE", help="PNG or JPEG file for protocols whose scene is image."
    ),
]
Film = Annotated[
    Path | None,
    typer.Option("--film", metavar="FILE", help="Video file for protocols whose scene is video."),
]
Photodiode = Annotated[
    bool,
    typer.Option(
        "--photodiode",
        help="A square in the lower left corner of the participant's display, white while the "
        "value is past the threshold, to measure when it is seen.",
    ),
]
Operator = Annotated[
    str,
    typer.Option(
        "--operator", metavar="NAME", help="Name of the person who runs the session; logged."
    ),
]
OutputRoot = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Folder of the recordings (a BIDS dataset). Default: NEUROFEEDBACK_DATA, else the "
        "settings, else the user's data folder.",
    ),
]
SecondRoot = Annotated[
    Path | None,
    typer.Option(
        "--second-out",
        metavar="DIR",
        help="Where a recording continues if its disk fails; preferably on another disk. "
        "Default: the settings, else the user's folder for program state.",
    ),
]
Participant = Annotated[
    str,
    typer.Option(
        "--participant", "-u", metavar="CODE", help="Code of letters and digits; never a name."
    ),
]
Headless = Annotated[
    bool, typer.Option("--headless", help="No windows: a live text view, or plain lines.")
]
Bads = Annotated[
    list[str] | None,
    typer.Option("--bads", metavar="CHANNEL", help="Channel to leave out; can be repeated."),
]
Unit = Annotated[
    str | None,
    typer.Option(
        "--unit",
        metavar="UNIT",
        help="Unit of the voltage channels (uV, mV, V); overrides the unit given by the "
        "sender or file.",
    ),
]
AsItIs = Annotated[
    bool,
    typer.Option(
        "--as-it-is", help="Use the file's units even if the amplitude is not that of EEG."
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Refuse a file that is broken in places, instead of reading what is there."
    ),
]
Channels = Annotated[
    str | None,
    typer.Option(
        "--channels",
        metavar="N=NAME,...",
        help="Names of electrodes by number or label of the channel: 1=F3,2=F4. Channels without "
        "one are left out of the EEG.",
    ),
]
Montage = Annotated[
    str | None,
    typer.Option(
        "--montage",
        metavar="FILE|NAME",
        help="Names of electrodes from a table (channel, name), a BIDS electrodes.tsv, or a known "
        "montage: biosemi64, GSN-HydroCel-128, openbci ...",
    ),
]
StreamName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which stream of an XDF file; the only EEG one by default."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON for a program to read.")]
IndexAt = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="WHERE",
        help="Index of the sessions: a file, postgresql://USER@HOST/DATABASE, or off. Default: "
        "NEUROFEEDBACK_INDEX, else the settings, else a file among the user's data.",
    ),
]
By = Annotated[
    str,
    typer.Option(
        "--operator",
        metavar="NAME",
        help="Name for the audit trail. Default: NEUROFEEDBACK_OPERATOR, else the settings, "
        "else the login.",
    ),
]
DAY_FORMATS = ["%Y-%m-%d"]
