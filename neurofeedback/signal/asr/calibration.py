"""What artifact subspace reconstruction (ASR) learns from a baseline.

Responsible for the components of clean data, how large they are and how large they may get. Not
responsible for the filters they presume (`signal.asr.filters`) nor for cleaning a stream with them
(`signal.asr.cleaner`, which gives the references).

Written from the papers. What differs from the usual implementations: all is learnt from covariances
of windows on the hop grid; the spread of a component is that of the lower half of its values, in
place of a fitted distribution, so that artefacts have no say in it; data that were referenced to
their own average have one component less than channels, and that is all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, IntArray, StreamInfo, read_only
from neurofeedback.signal.asr.filters import AsrFilters
from neurofeedback.signal.asr.settings import AsrSettings
from neurofeedback.signal.power.baseline import clean_within

SLOWEST = 100.0  # Hz; the gains need 40 Hz well inside the band
STEP = 4  # hops from one verdict to the next
TOO_LARGE, TOO_SMALL = 5.0, -3.5  # robust SD of a window's amplitude that make it unfit to learn
BAD_CHANNELS = 0.1  # share of channels that may be so in a window that is used
LEAST_SHARE = 0.5  # of the seconds wanted, that must be fit to learn from
NOTHING = 1e-9  # of the largest variance: no component at all


@dataclass(frozen=True, slots=True)
class AsrCalibration:
    """What was learnt from clean data.

    Parameters
    ----------
    columns : ndarray of int64, shape (n_eeg,)
        Channels of the stream that are cleaned.
    vectors : ndarray, shape (n_eeg, n_components)
        Principal components, orthonormal.
    deviation : ndarray, shape (n_components,)
        How large each is in the shaped copy of clean data, V.
    limit : ndarray, shape (n_components,)
        RMS that it may have there, V.
    seconds : float
        Length of what was learnt from, s.
    """

    columns: NDArray[np.int64]
    vectors: FloatArray
    deviation: FloatArray
    limit: FloatArray
    seconds: float


def asr_columns(info: StreamInfo, bads: Collection[str] = ()) -> IntArray:
    """Return the channels that ASR cleans: good EEG channels in volts.

    Raises
    ------
    UserError
        If there are fewer than three, or the stream is too slow.
    """
    columns = [i for i in info.eeg if info.units[i] == "V" and info.ch_names[i] not in bads]
    if len(columns) < 3:
        raise UserError(
            "ASR needs at least three good EEG channels; {stream!r} has fewer.", stream=info.name
        )
    if info.sfreq < SLOWEST:
        raise UserError(
            "ASR needs a stream of {least:g} Hz or more, not {rate:g} Hz.",
            least=SLOWEST,
            rate=info.sfreq,
        )
    return np.array(columns, dtype=np.int64)


def calibrate_asr(
    hops: FloatArray,
    bad: NDArray[np.bool_],
    info: StreamInfo,
    settings: AsrSettings | None = None,
    bads: Collection[str] = (),
) -> AsrCalibration:
    """Learn from a baseline what clean data look like.

    Parameters
    ----------
    hops : ndarray, shape (n_hops, hop, n_channels)
        The baseline, finite, V.
    bad : ndarray of bool, shape (n_hops,)
        Hops that must not count.
    info : StreamInfo
        The stream.
    settings : AsrSettings, optional
    bads : collection of str
        Channels marked bad; not cleaned, and not used to clean others.

    Returns
    -------
    AsrCalibration

    Raises
    ------
    UserError
        If the data are too short or too contaminated, a channel is dead, or the stream is too slow
        or has too few EEG channels.
    """
    settings = settings or AsrSettings()
    columns = asr_columns(info, bads)
    hop_seconds = hops.shape[1] / info.sfreq
    seconds = float((~bad).sum()) * hop_seconds
    if seconds < settings.seconds - hop_seconds:
        raise UserError(
            "ASR needs {seconds:g} s of clean data to calibrate on and got {wanted:.0f} "
            "s; make the baseline longer or leave ASR out.",
            seconds=settings.seconds,
            wanted=seconds,
        )
    windows, usable = _windows(hops[:, :, columns], bad, info.sfreq, settings)
    amplitudes = np.sqrt(np.maximum(np.diagonal(windows, axis1=1, axis2=2), 0.0))
    middle = np.median(amplitudes[usable], axis=0) if usable.any() else np.zeros(len(columns))
    dead = [info.ch_names[i] for i in columns[middle <= 1e-4 * np.median(middle)]]
    if dead and usable.any():
        raise UserError(
            "ASR could not be calibrated: {dead} is flat; mend it or mark it bad.",
            dead=", ".join(dead),
        )
    usable[usable] = _is_clean(amplitudes[usable])
    learnt = float(usable.sum()) * STEP * hop_seconds
    if learnt < LEAST_SHARE * settings.seconds:
        raise UserError(
            "ASR could not be calibrated: {learnt:.0f} s of the baseline are clean in "
            "most channels. Take a longer, quieter one, or leave ASR out.",
            learnt=learnt,
        )
    return _components(columns, windows[usable], settings, learnt)


def covariances(shaped: FloatArray) -> FloatArray:
    """Sum of squares and products over the rows of each step, shape (n_steps, n, n)."""
    return np.asarray(np.matmul(np.ascontiguousarray(shaped.transpose(0, 2, 1)), shaped))


def steps_in_window(settings: AsrSettings, sfreq: float, hop: int) -> int:
    """Return the length of a window in steps."""
    return max(1, round(settings.window * sfreq / (hop * STEP)))


def _windows(
    hops: FloatArray, bad: NDArray[np.bool_], sfreq: float, settings: AsrSettings
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the covariance of the window that ends with each step, and which can be used."""
    n_hops, hop, n = hops.shape
    filters = AsrFilters(sfreq, hop, n)
    n_steps, length = n_hops // STEP, steps_in_window(settings, sfreq, hop)
    _, shaped = filters.process(hops[: n_steps * STEP])
    sums = covariances(shaped.reshape(n_steps, -1, n))
    total = np.zeros_like(sums)
    for back in range(min(length, n_steps)):
        total[back:] += sums[: n_steps - back]
    usable = clean_within(bad, filters.memory + length * STEP)[STEP - 1 :: STEP][:n_steps]
    return np.asarray(total / (length * STEP * filters.n_rows)), usable


def _components(
    columns: NDArray[np.int64], windows: FloatArray, settings: AsrSettings, seconds: float
) -> AsrCalibration:
    n = len(columns)
    apart = windows[:: max(1, len(windows) // 200)]
    centre = _geometric_median(apart.reshape(len(apart), n * n)).reshape(n, n)
    variance, vectors = np.linalg.eigh(centre)
    real = variance > NOTHING * variance[-1]
    variance, vectors = variance[real], np.ascontiguousarray(vectors[:, real])
    power = (np.matmul(windows, vectors) * vectors).sum(axis=1)
    middle, spread = _robust(np.sqrt(np.maximum(power, 0.0)))
    return AsrCalibration(
        columns,
        read_only(vectors),
        read_only(np.sqrt(variance)),
        read_only(middle + settings.cutoff * spread),
        seconds,
    )


def _robust(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median and spread of columns; what an artefact raises is above the median and has no say."""
    low, middle = np.quantile(values, [0.1587, 0.5], axis=0)
    return middle, middle - low


def _is_clean(amplitudes: FloatArray) -> NDArray[np.bool_]:
    if not len(amplitudes):
        return np.zeros(0, dtype=bool)
    middle, spread = _robust(amplitudes)
    z = (amplitudes - middle) / np.maximum(spread, 1e-12)
    off = (z > TOO_LARGE) | (z < TOO_SMALL)
    return np.asarray(off.mean(axis=1) <= BAD_CHANNELS)


def _geometric_median(points: FloatArray, n_iterations: int = 500) -> FloatArray:
    """Return the point with the least sum of distances to `points` (Weiszfeld's iteration).

    It is a weighted mean of the points, and their inner products are all that its weights need.
    """
    products = points @ points.T
    squares = np.diagonal(products)
    weights = np.full(len(points), 1.0 / len(points))
    for _ in range(n_iterations):
        toward = products @ weights
        distance = np.sqrt(np.maximum(squares - 2 * toward + weights @ toward, 0.0))
        moved = 1.0 / np.maximum(distance, 1e-6 * distance.max() + 1e-300)
        moved /= moved.sum()
        if np.abs(moved - weights).sum() <= 1e-6:
            break
        weights = moved
    return np.asarray(weights @ points)
