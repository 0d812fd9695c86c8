"""How long a disk will last.

Responsible for the size that a session grows by and for the warning, in minutes, before a disk is
full. Not responsible for what happens then (`recording.write.writer`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from neurofeedback.frames import StreamInfo
from neurofeedback.recording.concealment import ROW_WIDTH
from neurofeedback.words.message import Message

MARGIN_SECONDS = 120.0
UNKNOWN_SECONDS = 600.0  # warn that early where nobody knows how long the session takes

_FRAMES_PER_SECOND = 50
_BYTES_PER_FRAME = 250
_BYTES_PER_FEATURE = 25
_SEALED_ROWS = 3  # a frame: itself, and what was painted of it


def bytes_per_second(info: StreamInfo, n_features: int, *, concealed: bool = False) -> float:
    """Return how much a session grows, all logs included: rather too much than too little."""
    frame = _BYTES_PER_FRAME + n_features * _BYTES_PER_FEATURE
    frame += _SEALED_ROWS * ROW_WIDTH if concealed else 0
    return info.sfreq * (4 * info.n_channels + 8) + _FRAMES_PER_SECOND * frame


def space_warning(folder: Path, rate: float, to_come: float) -> Message | None:
    """Warn when the disk will be full before the session is over.

    Parameters
    ----------
    folder : Path
        Where the session is recorded.
    rate : float
        Growth, bytes/s.
    to_come : float
        Seconds until the session's planned end; none are left when the plan is exceeded or
        there is none.

    Returns
    -------
    Message or None
        One sentence, if there is anything to say.
    """
    try:
        seconds = shutil.disk_usage(folder).free / rate
    except OSError:
        return None  # Writing will tell.
    needed = to_come + MARGIN_SECONDS if to_come > 0 else UNKNOWN_SECONDS
    if seconds >= needed:
        return None
    left = f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
    return Message(
        "The disk of {folder} will be full in about {left} of recording; free some space now.",
        folder=folder,
        left=left,
    )
