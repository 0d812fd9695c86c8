"""From what was typed to the parts of a session.

Responsible for building source, protocol and recorder from arguments, and for the words a finished
session is summed up in. Not responsible for running one.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.errors import UserError

if TYPE_CHECKING:
    from neurofeedback.acquisition.source import Source

DATA_VARIABLE = "NEUROFEEDBACK_DATA"
SOURCE_HELP = "lsl, lsl:QUERY, file:PATH or synthetic"


def output_root(out: Path | None) -> Path:
    """Return the folder of the recordings: as given, from the environment, or the user's own."""
    if out is not None:
        return out
    if os.environ.get(DATA_VARIABLE):
        return Path(os.environ[DATA_VARIABLE])
    from platformdirs import user_data_path

    return user_data_path("neurofeedback", appauthor=False) / "recordings"


def make_source(text: str, *, speed: float = 1.0, seconds: float | None = None) -> Source:
    """Return the source that `text` names; it is not opened yet.

    Parameters
    ----------
    text : str
        ``lsl``, ``lsl:QUERY``, ``file:PATH`` or ``synthetic``.
    speed : float
        How many times faster than real time a file or the synthetic participant runs.
    seconds : float, optional
        Length of a synthetic stream.

    Raises
    ------
    UserError
        If `text` names no kind of source.
    """
    kind, _, rest = text.partition(":")
    if kind == "lsl":
        from neurofeedback.acquisition.lsl import LslSource

        return LslSource(rest)
    if kind == "file" and rest:
        from neurofeedback.acquisition.replay import ReplaySource

        return ReplaySource(rest, speed=speed)
    if text == "synthetic":
        from neurofeedback.acquisition.synthetic import SyntheticSource

        return SyntheticSource(speed=speed, seconds=seconds, learner=True)
    raise UserError(f"There is no source {text!r}: give {SOURCE_HELP}.")


def parse_speed(text: str) -> float:
    """Return a speed as a factor; ``max`` is infinity.

    Raises
    ------
    UserError
        If it is neither ``max`` nor a number from 0.1 to 1000.
    """
    if text == "max":
        return math.inf
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0.1 <= speed <= 1000:
        raise UserError(f"The speed {text!r} is refused: give 1, 10, another factor, or max.")
    return speed
