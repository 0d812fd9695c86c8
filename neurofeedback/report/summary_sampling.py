"""The true sampling rate of a session, and the share of its samples that were lost.

Responsible for finding both from the table of chunks alone. Not responsible for the gaps, which the
source has found, nor for words (`app.summary_text`).

Where the sender's time stamps jitter, it asks a clock for them, and their slope is the true rate.
Stamps without any jitter are a count of samples, which says nothing of time: then the rate of a
live stream is that at which its chunks arrived, and of a recording nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.acquisition.losses import Timing
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.recording.tables import ChunkRow

_SHORTEST = 0.5  # s without a loss from which a slope is taken
_COUNTED = 1e-3  # of a sample: less jitter is the rounding of numbers, and no clock's
_LIVE = "lsl"


def session_timing(rows: Sequence[ChunkRow], info: StreamInfo) -> Timing:
    """Tell the true rate and what was lost.

    Parameters
    ----------
    rows : sequence of ChunkRow
        In order.
    info : StreamInfo
        What was recorded.

    Returns
    -------
    Timing
        Its rate is NaN where nothing measures it.
    """
    samples = np.array([row.stop_sample for row in rows], dtype=np.int64)
    gaps = np.array([row.gap for row in rows[1:]])
    edges = [0, *(np.flatnonzero(gaps) + 1).tolist(), len(rows)]
    parts = [slice(*pair) for pair in zip(edges[:-1], edges[1:], strict=True)]
    stamps = np.array([row.last_time for row in rows])
    rate, error, jitter = _slope(samples, stamps, parts, info.sfreq)
    if not jitter > _COUNTED:
        jitter = 0.0
        arrivals = np.array([row.arrival for row in rows if info.origin == _LIVE])
        rate, error, _ = _slope(samples, arrivals, parts, info.sfreq)
    missing = gaps[gaps > 0]
    return Timing(
        rate=float(f"{rate:.6g}"),
        rate_error=error,
        n_lost=float(missing.sum()) * (rate if math.isfinite(rate) else info.sfreq),
        lost_error=math.sqrt(len(missing)) * jitter,
        n_times=int(sum(row.n_times for row in rows)),
    )


def _slope(
    samples: NDArray[np.int64], times: FloatArray, parts: Sequence[slice], sfreq: float
) -> tuple[float, float, float]:
    """Return the rate along the stretches between gaps, its uncertainty, and the jitter in samples.

    Neighbouring times are late together, so that a second counts as one independent point.
    """
    along = weight = squares = certain = 0.0
    n_points = 0
    for part in parts:
        x, y = samples[part], times[part]
        if len(x) < 3 or len(y) < len(x) or not np.isfinite(y).all():
            continue
        n = float(x[-1] - x[0])
        if n < _SHORTEST * sfreq:
            continue
        x, y = x - x.mean(), y - y.mean()
        xx, xy = float(x @ x), float(x @ y)
        along, weight = along + xy, weight + xx
        squares += max(0.0, float(y @ y) - xy * xy / xx)
        certain += max(1.0, n / sfreq) * n * n / 12
        n_points += len(x)
    if not (weight and along > 0):
        return math.nan, math.nan, math.nan
    period, spread = along / weight, math.sqrt(squares / n_points)
    return 1 / period, spread / math.sqrt(certain) / period**2, spread / period
