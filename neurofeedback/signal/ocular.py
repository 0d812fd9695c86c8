"""Eye activity removed by regression on a baseline, as one matrix.

Responsible for the coefficients by which eye channels reach the others, and for the matrix that
takes their share off. Not responsible for applying it, nor for finding blinks
(`signal.gate.artifact_filters`).

The matrix composes with picks and reference: ``spatial_matrix(...) @ regression.matrix``. It has no
memory and no delay.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are first used

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo, read_only
from neurofeedback.signal.settings import OcularSettings
from neurofeedback.words.lists import both
from neurofeedback.words.message import Message

STAND_INS = ("Fp1", "Fp2")
EDGE_SECONDS = 1.0  # left out at both ends of every stretch: the filter's own transients
LEAST_STRETCH = 3.0
WILD = 1.5  # share of an eye channel that no channel on the scalp sees


@dataclass(frozen=True, slots=True)
class OcularRegression:
    """Coefficients fitted to a baseline.

    Parameters
    ----------
    matrix : ndarray, shape (n_channels, n_channels)
        ``corrected = data @ matrix.T``; the identity with the sources' shares taken off. Rows of
        the sources, of channels that are not EEG or not in volts, and of bad ones are those of the
        identity.
    sources : tuple of str
        Channels regressed on.
    coefficients : ndarray, shape (n_channels, n_sources)
        Share of each source in each channel.
    explained : ndarray, shape (n_channels,)
        Share of a channel's variance in the fitted band that is taken off, 0..1.
    note : Message
        What to show beside the correction; empty where real EOG channels were used.
    """

    matrix: FloatArray
    sources: tuple[str, ...]
    coefficients: FloatArray
    explained: FloatArray
    note: Message


def fit_ocular(
    data: FloatArray,
    info: StreamInfo,
    settings: OcularSettings | None = None,
    bads: Collection[str] = (),
) -> OcularRegression:
    """Fit the regression of eye activity to a baseline.

    Coefficients are the least-squares solution ``b = <eye eye'>^-1 <eye eeg>`` of Schloegl et al.,
    from signals that a zero-phase filter has cut to slow frequencies; the filter serves the fit
    alone and is not on the way to feedback.

    Parameters
    ----------
    data : ndarray, shape (n_times, n_channels)
        The baseline, V; blinks and eye movements belong in it. Stretches around NaN and infinities
        are left out.
    info : StreamInfo
        The stream.
    settings : OcularSettings, optional
    bads : collection of str
        Channels marked bad: neither sources nor corrected.

    Returns
    -------
    OcularRegression

    Raises
    ------
    UserError
        If there is nothing to regress on, a source does not move, or the baseline is too short.

    References
    ----------
    Schloegl A, Keinrath C, Zimmermann D, Scherer R, Leeb R, Pfurtscheller G (2007). A fully
    automated correction method of EOG artifacts in EEG recordings. Clin Neurophysiol 118, 98-104.
    https://doi.org/10.1016/j.clinph.2006.09.003
    """
    settings = settings or OcularSettings()
    sources = ocular_sources(info, settings, bads)
    eyes = [info.ch_names.index(name) for name in sources]
    eeg = [
        i
        for i in info.eeg
        if info.units[i] == "V" and info.ch_names[i] not in bads and i not in eyes
    ]
    slow = _slow(data[:, [*eyes, *eeg]], info, settings)
    eye, brain = slow[:, : len(eyes)], slow[:, len(eyes) :]
    still = [name for name, sd in zip(sources, eye.std(axis=0), strict=True) if sd < 1e-7]
    if still:
        raise UserError(
            "Eye activity cannot be regressed out: {still} does not move in the "
            "baseline; mend the electrode, or name other channels as sources.",
            still=", ".join(still),
        )
    fitted = np.linalg.lstsq(eye, brain, rcond=1e-6)[0]
    wild = [info.ch_names[i] for i, b in zip(eeg, fitted.T, strict=True) if np.abs(b).max() > WILD]
    if wild:
        raise UserError(
            "Eye activity is not regressed out: {wild} would follow the eyes more than "
            "the eyes themselves do, as after an electrode pop; look at the electrode "
            "and take the baseline again.",
            wild=", ".join(wild),
        )
    n = info.n_channels
    coefficients, explained = np.zeros((n, len(eyes))), np.zeros(n)
    coefficients[eeg] = fitted.T
    before = np.maximum(brain.var(axis=0), np.finfo(float).tiny)
    explained[eeg] = np.clip(1.0 - (brain - eye @ fitted).var(axis=0) / before, 0.0, 1.0)
    matrix = np.eye(n)
    matrix[:, eyes] -= coefficients
    types = {info.ch_types[i] for i in eyes}
    note = Message("") if types == {"eog"} else _note(sources)
    return OcularRegression(
        read_only(matrix), sources, read_only(coefficients), read_only(explained), note
    )


def _note(stand_ins: Sequence[str]) -> Message:
    return Message(
        "There are no EOG channels: {names} stand in for them. They hold brain activity too, part "
        "of which is taken off the other channels, most of all off frontal ones. They are not "
        "corrected themselves and are best left out of the reference.",
        names=both(stand_ins),
    )


def ocular_sources(
    info: StreamInfo, settings: OcularSettings, bads: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the channels that eye activity is regressed on.

    Raises
    ------
    UserError
        If there are none in the stream.
    """

    def usable(name: str) -> bool:
        known = name in info.ch_names and name not in bads
        return known and info.units[info.ch_names.index(name)] == "V"

    wrong = [name for name in settings.sources if not usable(name)]
    if wrong:
        raise UserError(
            "Eye activity cannot be regressed on {wrong}: the stream {stream!r} has no "
            "such good channel in volts.",
            wrong=", ".join(wrong),
            stream=info.name,
        )
    if settings.sources:
        return settings.sources
    eog = tuple(c for c, t in zip(info.ch_names, info.ch_types, strict=True) if t == "eog")
    sources = tuple(filter(usable, eog)) or tuple(filter(usable, STAND_INS))
    if not sources:
        raise UserError(
            "Eye activity cannot be regressed out: the stream {stream!r} has neither EOG "
            "channels nor Fp1 or Fp2 in volts; name other channels as sources or leave "
            "it off.",
            stream=info.name,
        )
    return sources


def _slow(data: FloatArray, info: StreamInfo, settings: OcularSettings) -> FloatArray:
    """Return the slow part of all finite stretches, one after the other."""
    band = (settings.l_freq, min(settings.h_freq, 0.4 * info.sfreq))
    sos = scipy.signal.butter(2, band, "bandpass", fs=info.sfreq, output="sos")
    finite = np.isfinite(data).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], finite, [False])).astype(np.int8)))
    cut = round(EDGE_SECONDS * info.sfreq)
    parts = [
        scipy.signal.sosfiltfilt(sos, data[start:stop], axis=0)[cut:-cut]
        for start, stop in edges.reshape(-1, 2)
        if stop - start >= LEAST_STRETCH * info.sfreq
    ]
    seconds = sum(len(part) for part in parts) / info.sfreq
    if seconds < settings.seconds:
        raise UserError(
            "Eye activity cannot be regressed out: the baseline has {seconds:.0f} s of "
            "data without gaps, and {wanted:g} s are needed; make the baseline longer.",
            seconds=seconds,
            wanted=settings.seconds,
        )
    return np.asarray(np.concatenate(parts))
