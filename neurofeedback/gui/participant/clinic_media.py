"""What a clinic sets about sound and picture, whatever the protocol.

Responsible for these values alone. Knows no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClinicMedia:
    """Volume, files of the clinic's own, and the square for a photodiode.

    Parameters
    ----------
    volume : float
        Position of the volume setting, 0..1.
    music : Path or None
        WAV file for protocols that ask for music.
    picture : Path or None
        PNG or JPEG file for the scene ``image``; None for northern lights.
    film : Path or None
        Video file for the scene ``video``; None for northern lights.
    patch : bool
        Whether a square in a corner is white while the value is past the threshold; see `Stage`.
    """

    volume: float = 0.5
    music: Path | None = None
    picture: Path | None = None
    film: Path | None = None
    patch: bool = False


USUAL_MEDIA = ClinicMedia()
