"""Where time stamps say that samples are missing.

Responsible for one rule, used on live streams and on recorded ones. Not responsible for the time
stamps, which are never corrected.

A step between neighbouring samples that differs from the sampling interval by more than 0.1 s and
by more than three samples is a discontinuity; less is the jitter of a sender's clock.
"""

from __future__ import annotations

import numpy as np

from neurofeedback.frames import FloatArray

SHORTEST = 0.1  # s
SAMPLES = 3


def missing_before(timestamps: FloatArray, sfreq: float, previous: float) -> FloatArray:
    """Return the seconds missing immediately before each sample.

    Parameters
    ----------
    timestamps : ndarray, shape (n_times,)
        In s.
    sfreq : float
        Sampling rate in Hz.
    previous : float
        Time stamp of the sample before the first; NaN if there is none.

    Returns
    -------
    ndarray, shape (n_times,)
        0 where a sample follows on, else the time missing; negative where time jumped back.
    """
    surplus = np.diff(timestamps, prepend=previous) - 1 / sfreq
    jumps = np.abs(surplus) > max(SHORTEST, SAMPLES / sfreq)
    return np.where(jumps, surplus, 0.0)
