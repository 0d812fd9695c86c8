"""The montages that amplifiers commonly have, described as streams.

Responsible for what a protocol is judged on where there is no recording. Not responsible for what
is said of a protocol on it.
"""

from __future__ import annotations

from dataclasses import replace

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.frames import StreamInfo

CHANNELS, SFREQ = 19, 250.0
STANDARD = (19, 32, 64)  # channels of the montages that amplifiers commonly have


def standard_montage(channels: int, sfreq: float = SFREQ) -> StreamInfo:
    """Describe a standard montage.

    Parameters
    ----------
    channels : int
        Number of electrodes.
    sfreq : float
        Sampling rate, Hz.
    """
    source = SyntheticSource(n_channels=channels, sfreq=sfreq)
    info = replace(source.open(), name="standard montage")
    source.close()
    return info
