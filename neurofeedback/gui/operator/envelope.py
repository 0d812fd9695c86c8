"""From samples to pixel columns: the arithmetic of drawing many traces fast.

Responsible for the smallest and largest value in each pixel column and for how much of each pixel a
line covers. Not responsible for widgets, scales or colours. Knows no Qt.

A trace of thousands of samples on a few hundred pixels is drawn exactly by one vertical stroke a
column, from the smallest to the largest value the joined-up line takes there. All strokes of all
channels are rendered in one pass, so that the cost follows the pixels, not the samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray

Coverage = NDArray[np.float64]


def column_envelope(
    samples: FloatArray, first: int, per_column: float, start: int, stop: int
) -> tuple[FloatArray, FloatArray]:
    """Return the range of the joined-up line in each pixel column.

    Parameters
    ----------
    samples : ndarray, shape (n_times, n_channels)
        Values; NaN where there is nothing to draw.
    first : int
        Absolute number of the first sample.
    per_column : float
        Samples in a column; may be below 1.
    start, stop : int
        Absolute numbers of the first column and of the one after the last; column k covers
        samples k * per_column to (k + 1) * per_column.

    Returns
    -------
    low, high : ndarray, shape (n_columns, n_channels)
        NaN where the line is not defined.
    """
    n_times, n_channels = samples.shape
    edges = np.arange(start, stop + 1) * per_column - first
    if n_times < 2 or stop <= start:
        nothing = np.full((max(stop - start, 0), n_channels), np.nan)
        return nothing, nothing.copy()
    left = np.clip(np.floor(edges).astype(np.int64), 0, n_times - 2)
    share = (edges - left)[:, None]
    at_edges = samples[left] * (1 - share) + samples[left + 1] * share
    at_edges[(edges < 0) | (edges > n_times - 1)] = np.nan
    low = np.fmin(at_edges[:-1], at_edges[1:])
    high = np.fmax(at_edges[:-1], at_edges[1:])
    begins = np.clip(np.ceil(edges).astype(np.int64), 0, n_times)
    filled = np.flatnonzero(begins[1:] > begins[:-1])
    if filled.size:
        inside = samples[: begins[-1]]
        low[filled] = np.fmin(low[filled], np.fmin.reduceat(inside, begins[filled]))
        high[filled] = np.fmax(high[filled], np.fmax.reduceat(inside, begins[filled]))
    return low, high


def coverage(top: FloatArray, bottom: FloatArray, height: int) -> Coverage:
    """Return how much of each pixel vertical strokes cover.

    Parameters
    ----------
    top, bottom : ndarray, shape (n_columns, n_strokes)
        Ends of each stroke in pixels from the top edge, fractions included; NaN for no stroke.
    height : int
        Pixels in a column.

    Returns
    -------
    ndarray, shape (height, n_columns)
        0..1, the exact covered share of each pixel (summed over strokes and cut at 1).
    """
    n_columns = top.shape[0]
    stride = height + 2
    ends = np.clip(np.stack([top, bottom]), 0.0, float(height))
    columns = np.broadcast_to(np.arange(n_columns)[:, None], top.shape)
    drawn = np.isfinite(ends).all(axis=0)
    column, begin, end = columns[drawn], ends[0][drawn], ends[1][drawn]
    steps = np.zeros(n_columns * stride)
    for edge, sign in ((begin, 1.0), (end, -1.0)):
        pixel = np.floor(edge)
        part = edge - pixel
        at = column * stride + pixel.astype(np.int64)
        steps += np.bincount(at, sign * (1 - part), steps.size)
        steps += np.bincount(at + 1, sign * part, steps.size)
    covered = np.cumsum(steps.reshape(n_columns, stride), axis=1)[:, :height]
    shares: Coverage = np.clip(covered, 0.0, 1.0).T
    return shares
