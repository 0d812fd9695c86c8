"""What a clinic sets about sound, whatever the protocol.

Responsible for these values alone. Knows no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """Volume and music.

    Parameters
    ----------
    volume : float
        Position of the volume setting, 0..1.
    music : Path or None
        WAV file for protocols that ask for music.
    """

    volume: float = 0.5
    music: Path | None = None
