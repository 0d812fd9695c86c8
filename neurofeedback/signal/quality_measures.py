"""Measures behind the traffic lights of `signal.quality`, each over one window of samples.

Responsible for the arithmetic. Not responsible for limits and words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray

Positions = Mapping[str, Sequence[float]]

FEWEST = 4  # channels that comparisons with others need
NEIGHBOURS = 6
LEAST_SPREAD = 0.25  # of logarithms over channels, so that very equal channels are not told apart
# In ten recordings of rest, electrodes that are fine move by more than 1.1 uV RMS within a quarter
# of a second, and any two of them differ by more than 0.69 uV.
CONTACT_SECONDS = 0.25
LEAST_MOVEMENT = 0.5e-6  # V RMS
LEAST_DISTANCE = 0.5e-6  # V RMS


def neighbours(names: Sequence[str], positions: Positions) -> NDArray[np.bool_]:
    """Tell which channels (columns) are neighbours of each (row)."""
    n = len(names)
    near: NDArray[np.bool_] = np.ones((n, n), dtype=bool)
    np.fill_diagonal(near, False)
    placed = [i for i, name in enumerate(names) if name in positions]
    if len(placed) <= NEIGHBOURS:
        return near
    where = np.array([positions[names[i]] for i in placed], dtype=float)
    distance = np.linalg.norm(where[:, None] - where[None], axis=2)
    for row, i in enumerate(placed):
        near[i] = False
        others = [placed[k] for k in np.argsort(distance[row], kind="stable") if placed[k] != i]
        near[i, others[:NEIGHBOURS]] = True
    return near


def mains_waves(mains: Sequence[float], n_times: int, sfreq: float) -> FloatArray:
    """Orthonormal waves at the mains, free of slow drift, shape (n_times, 2 * n_mains)."""
    time = np.arange(n_times) / sfreq
    drift = np.vander(np.linspace(-1.0, 1.0, n_times), 4)
    waves = [wave(2 * np.pi * f * time) for f in mains for wave in (np.cos, np.sin)]
    basis = np.linalg.qr(np.column_stack([drift, *waves]))[0]
    return np.ascontiguousarray(basis[:, 4:])


def share_flat(hops: FloatArray, flat: float) -> FloatArray:
    """Return the share of hops in which each column moves no more than `flat`, peak to peak."""
    return np.asarray((hops.max(axis=1) - hops.min(axis=1) <= flat).mean(axis=0))


def stuck(hops: FloatArray, rail: float | None) -> NDArray[np.bool_]:
    """Tell which channels spend a fifth of their hops at their own extreme, or pass the rail."""
    highest, lowest = hops.max(axis=1), hops.min(axis=1)
    top, bottom = highest.max(axis=0), lowest.min(axis=0)
    stuck = np.maximum((highest == top).mean(axis=0), (lowest == bottom).mean(axis=0)) >= 0.2
    beyond = np.zeros(stuck.shape) if rail is None else np.maximum(top, -bottom) >= rail
    return np.asarray(stuck | (beyond > 0))


def above_others(values: FloatArray, usable: NDArray[np.bool_]) -> FloatArray:
    """Robust standard deviations above the median of usable channels; 0 with too few of them."""
    if usable.sum() < FEWEST:
        return np.zeros(values.shape)
    median = np.median(values[usable])
    spread = 1.4826 * np.median(np.abs(values[usable] - median))
    return np.asarray((values - median) / max(spread, LEAST_SPREAD))


def correlations(data: FloatArray) -> FloatArray:
    """Return the correlations of columns, shape (n_columns, n_columns)."""
    data = data - data.mean(axis=0)
    norm = np.sqrt((data * data).sum(axis=0))
    unit = np.ascontiguousarray(data / np.maximum(norm, 1e-15))
    return np.asarray(np.matmul(unit.T, unit))


def bridges(window: FloatArray) -> NDArray[np.bool_]:
    """Tell which channels measure the same point: their difference hardly moves, and they do.

    Parameters
    ----------
    window : ndarray, shape (..., n_times, n_channels)
        V; finite. One window, or a stack of them, each judged on its own.

    Returns
    -------
    ndarray of bool, shape (..., n_channels, n_channels)
        Symmetric; no channel is bridged with itself.
    """
    moves = _without_trend(window)
    # One product for all pairs: 256 channels in milliseconds.
    shared = moves @ np.swapaxes(moves, -1, -2) / moves.shape[-1]
    variance = np.diagonal(shared, axis1=-2, axis2=-1)
    alive = variance > LEAST_MOVEMENT**2
    distance = variance[..., :, None] + variance[..., None, :] - 2.0 * shared
    found = alive[..., :, None] & alive[..., None, :] & (distance < LEAST_DISTANCE**2)
    return np.asarray(found & ~np.eye(variance.shape[-1], dtype=bool))


def lifeless(window: FloatArray) -> NDArray[np.bool_]:
    """Tell which channels move less than any brain makes them, but are not flat.

    Parameters
    ----------
    window : ndarray, shape (..., n_times, n_channels)
        V; finite. One window, or a stack of them, each judged on its own.

    Returns
    -------
    ndarray of bool, shape (..., n_channels)
    """
    moves = _without_trend(window)
    variance = np.square(moves).mean(axis=-1)
    still = np.ptp(window, axis=-2) == 0.0
    return np.asarray((variance < LEAST_MOVEMENT**2) & ~still)


def _without_trend(window: FloatArray) -> FloatArray:
    """Return windows without their straight lines, time last, shape (..., n_channels, n_times).

    Sums run along memory, so that they are the same to the last bit in a stack of any length.
    """
    signals = np.ascontiguousarray(np.swapaxes(window, -1, -2))
    line = np.linspace(-1.0, 1.0, signals.shape[-1])
    centred = signals - signals.mean(axis=-1, keepdims=True)
    slope = (centred * line).sum(axis=-1, keepdims=True) / (line @ line)
    return np.asarray(centred - slope * line)
