"""What artifact subspace reconstruction (ASR) learns from a baseline.

Responsible for the mixing and threshold matrices of clean data and for the filters they presume.
Not responsible for cleaning a stream with them (`signal.asr`, which gives the references).

Written from the papers, because the package that offers it, asrpy 0.0.8, cannot calibrate under
numpy 2.4 and cannot carry its state from call to call. What differs: robust means and spreads are
medians and median absolute deviations instead of a fitted distribution, and the filter that shapes
the spectrum for the statistics is a minimum-phase FIR with the same gains.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import signal as sp

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo, read_only
from neurofeedback.signal.settings import Settings

HIGH_PASS = 1.0  # Hz
SLOWEST = 100.0  # Hz; the gains need 40 Hz well inside the band
GAINS = ((0.0, 3.0), (2.0, 0.75), (3.0, 0.33), (13.0, 0.33), (16.0, 1.0), (40.0, 1.0), (80.0, 3.0))
SHAPING_SECONDS = 1.0
OVERLAP = 0.66
TOO_LARGE, TOO_SMALL = 5.0, -3.5  # robust SD of a window's amplitude that make it unfit to learn
BAD_CHANNELS = 0.1  # share of channels that may be so in a window that is used
LEAST_WINDOWS = 60


class AsrSettings(Settings):
    """How ASR is calibrated and applied.

    Attributes
    ----------
    cutoff : float
        Standard deviations, relative to the calibration, beyond which a component is replaced.
    window : float
        Length in s over which components are judged.
    lookahead : float
        Delay in s that lets a verdict fall in the middle of its window; 0 for none.
    max_dims : float
        Largest share of components that may be replaced.
    calibration : float
        Least length of calibration data in s.
    """

    cutoff: float = Field(default=20.0, ge=2.5, le=200.0)
    window: float = Field(default=0.5, ge=0.2, le=2.0)
    lookahead: float = Field(default=0.25, ge=0.0, le=1.0)
    max_dims: float = Field(default=0.66, gt=0.0, lt=1.0)
    calibration: float = Field(default=60.0, ge=60.0, le=3600.0)


@dataclass(frozen=True, slots=True)
class AsrCalibration:
    """What was learnt from clean data.

    Parameters
    ----------
    columns : ndarray of int64, shape (n_eeg,)
        Channels of the stream that are cleaned.
    mixing, threshold : ndarray, shape (n_eeg, n_eeg)
        Mixing and threshold matrices, V.
    shaping : ndarray, shape (n_taps,)
        Filter that shapes the spectrum for the statistics; newest sample first.
    """

    columns: NDArray[np.int64]
    mixing: FloatArray
    threshold: FloatArray
    shaping: FloatArray


def calibrate_asr(
    data: FloatArray,
    info: StreamInfo,
    settings: AsrSettings | None = None,
    bads: Collection[str] = (),
) -> AsrCalibration:
    """Learn from a baseline what clean data look like.

    Parameters
    ----------
    data : ndarray, shape (n_times, n_channels)
        At least a minute, mostly clean, V. NaN and infinities are filled with the sample before.
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
    columns = np.array(
        [i for i in info.eeg if info.units[i] == "V" and info.ch_names[i] not in bads],
        dtype=np.int64,
    )
    seconds = data.shape[0] / info.sfreq
    if len(columns) < 3:
        raise UserError(f"ASR needs at least three good EEG channels; {info.name!r} has fewer.")
    if info.sfreq < SLOWEST:
        raise UserError(f"ASR needs a stream of {SLOWEST:g} Hz or more, not {info.sfreq:g} Hz.")
    if seconds < settings.calibration:
        raise UserError(
            f"ASR needs {settings.calibration:g} s of calibration data and got {seconds:.0f} s; "
            "make the baseline longer or switch ASR off."
        )
    eeg, _ = filled(np.asarray(data[:, columns]), np.zeros(len(columns)))
    passed = sp.sosfilt(high_pass(info.sfreq), eeg - eeg[0], axis=0)
    shaping = _shaping(info.sfreq)
    shaped = np.asarray(sp.lfilter(shaping, [1.0], passed, axis=0))
    n = round(settings.window * info.sfreq)
    starts = np.arange(round(2 * info.sfreq), len(shaped) - n, max(1, round(n * (1 - OVERLAP))))
    starts = starts[_is_clean(_amplitudes(passed, starts, n))]
    if len(starts) < LEAST_WINDOWS:
        raise UserError(
            "ASR could not be calibrated: the baseline holds too little clean data. Record a "
            "longer, quieter one, or switch ASR off."
        )
    windows = [shaped[start : start + n] for start in starts]
    centre = _geometric_median(np.stack([(w.T @ w / n).ravel() for w in windows]))
    variance, vectors = np.linalg.eigh(centre.reshape(len(columns), -1))
    if variance[0] <= 1e-9 * variance[-1]:
        raise UserError(
            "ASR could not be calibrated: a channel is flat or copies another; mark it bad."
        )
    middle, spread = _robust(_amplitudes(shaped @ vectors, starts, n))
    mixing = vectors * np.sqrt(variance) @ vectors.T
    threshold = (middle + settings.cutoff * spread)[:, None] * vectors.T
    return AsrCalibration(columns, read_only(mixing), read_only(threshold), read_only(shaping))


def high_pass(sfreq: float) -> FloatArray:
    """Return the filter that takes offset and drift off, as second-order sections."""
    return np.asarray(sp.butter(2, HIGH_PASS, "highpass", fs=sfreq, output="sos"))


def filled(samples: FloatArray, before: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fill non-finite samples with the last finite one of the channel; return that one as well."""
    if not len(samples):
        return samples, before
    finite = np.isfinite(samples)
    if not finite.all():
        row = np.maximum.accumulate(np.where(finite, np.arange(1, len(samples) + 1)[:, None], 0))
        samples = np.take_along_axis(np.concatenate((before[None], samples)), row, axis=0)
    return samples, samples[-1].copy()


def _shaping(sfreq: float) -> FloatArray:
    """Design the filter that makes the statistics heed slow waves and muscle more than alpha."""
    inside = [(f, gain) for f, gain in GAINS if f < 0.48 * sfreq]
    freqs, gains = zip(*inside, (sfreq / 2, inside[-1][1]), strict=True)
    n = 2 * round(SHAPING_SECONDS * sfreq / 2) + 1
    return np.asarray(sp.minimum_phase(sp.firwin2(n, freqs, gains, fs=sfreq), half=False))


def _amplitudes(data: FloatArray, starts: NDArray[np.int64], n: int) -> FloatArray:
    """RMS of each column in each window, shape (n_windows, n_columns)."""
    energy = np.concatenate((np.zeros((1, data.shape[1])), np.cumsum(data * data, axis=0)))
    return np.asarray(np.sqrt(np.maximum(energy[starts + n] - energy[starts], 0.0) / n))


def _robust(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median and spread of columns; the spread estimates the SD of clean, Gaussian values."""
    middle = np.median(values, axis=0)
    return middle, 1.4826 * np.median(np.abs(values - middle), axis=0)


def _is_clean(amplitudes: FloatArray) -> NDArray[np.bool_]:
    middle, spread = _robust(amplitudes)
    z = (amplitudes - middle) / np.maximum(spread, 1e-12)
    off = (z > TOO_LARGE) | (z < TOO_SMALL)
    return np.asarray(off.mean(axis=1) <= BAD_CHANNELS)


def _geometric_median(points: FloatArray, n_steps: int = 200) -> FloatArray:
    """Return the point with the least sum of distances to `points` (Weiszfeld's iteration)."""
    centre = np.median(points, axis=0)
    for _ in range(n_steps):
        distance = np.linalg.norm(points - centre, axis=1)
        weights = 1.0 / np.maximum(distance, 1e-6 * distance.max() + 1e-300)
        moved = weights @ points / weights.sum()
        if np.linalg.norm(moved - centre) <= 1e-6 * np.linalg.norm(moved):
            return np.asarray(moved)
        centre = moved
    return np.asarray(centre)
