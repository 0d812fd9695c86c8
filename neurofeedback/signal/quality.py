"""Channel quality: a traffic light with a reason for each EEG channel, about once a second.

Responsible for judging electrodes from the last few seconds, or from a whole recording. Not
responsible for holding feedback (`signal.gate.samples`, `signal.gate.artifact_filters`): a channel
may be poor for minutes without a single bad hop, and a good one may blink.

Channels are judged beside each other: by fast activity, by the mains, and by how well they go with
their neighbours. Slow waves and alpha do not count as noise.

References
----------
Bigdely-Shamlo N, Mullen T, Kothe C, Su K-M, Robbins KA (2015). The PREP pipeline: standardized
preprocessing for large-scale EEG analysis. Front Neuroinform 9, 16.
https://doi.org/10.3389/fninf.2015.00016

Longer than most modules: the judgement of a channel weighs all measures beside each other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.signal.hops import Hops, hop_length
from neurofeedback.signal.quality_measures import (
    FEWEST,
    Positions,
    above_others,
    bridges,
    correlations,
    lifeless,
    mains_waves,
    neighbours,
    share_flat,
    stuck,
)
from neurofeedback.signal.settings import Settings
from neurofeedback.words.message import Message

# Reasons, made once: they are given for each channel each second.
_NO_VALUES = Message("no values")
_FLAT = Message("flat")
_RAILED = Message("railed")
_NOISY = Message("noisy (muscle or poor contact)")
_RATHER_NOISY = Message("rather noisy (muscle or poor contact)")
_HUM = Message("line noise")
_ALONE = Message("low correlation with its neighbours")
_RATHER_ALONE = Message("rather low correlation with its neighbours")
_LIFELESS = Message("measures nothing (shorted, or connected with the reference)")
_NOTHING = Message("")

Light = Literal["good", "fair", "bad"]

HOP_SECONDS = 0.032  # when a whole recording is judged
HIGHEST = 0.46  # of the sampling rate; mains above it are not looked at
LEAST_LINE = 2e-6  # V RMS; less is never called line noise
LEAST_NOISE = 1e-6  # V RMS; less is never called noise


class QualitySettings(Settings):
    """When a channel is called fair or bad.

    Attributes
    ----------
    seconds : float
        How far a verdict looks back, in s.
    every : float
        Time between verdicts, in s.
    flat : float
        A channel that moves less than this (V, peak to peak within a hop) in half of the hops is
        flat.
    rail : float or None
        Values this far from 0 V, or farther, are railed.
    correlation : float
        Least correlation with the best of the neighbours; below 1.25 times that, a channel is fair.
    line_sd : float
        Line noise that many robust standard deviations above the other channels is bad.
    noise_sd : float
        The same for fast activity (roughly above 20 Hz, without line noise).
    amplitude : float
        Standard deviation in V above which a channel is noisy whatever the others do.
    mains : tuple of float
        Frequencies of the mains in Hz.
    """

    seconds: float = Field(default=4.0, ge=1.0, le=60.0)
    every: float = Field(default=1.0, ge=0.2, le=60.0)
    flat: float = Field(default=1e-7, ge=0.0, le=1e-4)
    rail: float | None = Field(default=None, gt=0.0, le=10.0)
    correlation: float = Field(default=0.4, ge=0.0, le=0.8)
    line_sd: float = Field(default=4.0, gt=0.0, le=100.0)
    noise_sd: float = Field(default=5.0, gt=0.0, le=100.0)
    amplitude: float = Field(default=200e-6, gt=0.0, le=1e-1)
    mains: tuple[float, ...] = (50.0, 60.0)


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What is thought of one channel.

    Parameters
    ----------
    name : str
    light : {'good', 'fair', 'bad'}
    reason : str
        A `Message`; empty when good.
    amplitude : float
        Standard deviation without line noise, V.
    line : float
        Amplitude at the mains (RMS), V; NaN where the rate is too low to tell.
    correlation : float
        Largest correlation with a neighbour, 0..1; NaN with too few channels to tell.
    bridged : str
        Name of an electrode that measures the same point; empty without one.
    """

    name: str
    light: Light
    reason: str
    amplitude: float
    line: float
    correlation: float
    bridged: str = ""


@dataclass(frozen=True, slots=True)
class QualityReport:
    """All channels at one moment.

    Parameters
    ----------
    hop : int
        Number of the last hop looked at.
    time : float
        Its stream time, s.
    states : tuple of ChannelState
        One for each EEG channel that is measured in volts, in stream order.
    """

    hop: int
    time: float
    states: tuple[ChannelState, ...]


class ChannelQuality:
    """Judge the EEG channels of a stream about once a second.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    hop : int
        Samples in a hop.
    settings : QualitySettings, optional
    positions : mapping of str to (float, float, float), optional
        Where electrodes are, in any unit; the six nearest are a channel's neighbours. Where it is
        not known, all others are.
    """

    def __init__(
        self,
        info: StreamInfo,
        hop: int,
        settings: QualitySettings | None = None,
        positions: Positions | None = None,
    ) -> None:
        self._settings = settings = settings or QualitySettings()
        self._columns = np.array([i for i in info.eeg if info.units[i] == "V"], dtype=np.int64)
        self._names = [info.ch_names[i] for i in self._columns]
        self._near = neighbours(self._names, positions or {})
        self._n_every = max(1, round(settings.every * info.sfreq / hop))
        n_piece = max(1, round(info.sfreq / hop))
        self._n_pieces = max(1, round(settings.seconds))
        self._n_window = self._n_pieces * n_piece
        self._mean = np.full((1, hop), 1.0 / hop)
        line = [np.ones(hop), np.linspace(-1.0, 1.0, hop)][: max(1, hop - 1)]
        basis = np.linalg.qr(np.stack(line, axis=1))[0]
        self._detrend = np.eye(hop) - basis @ basis.T
        mains = [f for f in settings.mains if f < HIGHEST * info.sfreq]
        self._waves = mains_waves(mains, n_piece * hop, info.sfreq)
        self.reset()

    @property
    def names(self) -> tuple[str, ...]:
        """Channels that are judged."""
        return tuple(self._names)

    def reset(self) -> None:
        """Forget all samples; the first verdict comes when the window is full again."""
        self._kept: FloatArray = np.empty((0, self._mean.shape[1], len(self._names)))
        self._times: FloatArray = np.empty(0)
        self._skip = 0  # hops still to come that no window holds

    def process(self, hops: Hops) -> list[QualityReport]:
        """Add hops.

        Parameters
        ----------
        hops : Hops
            The next ones, all channels of the stream; may hold NaN and infinities.

        Returns
        -------
        list of QualityReport
            One for each interval they complete; often none.
        """
        if not self._names:
            return []
        reports = []
        # A window at a time: what is kept beside the hops never grows with their number.
        for start in range(0, len(hops), self._n_window):
            part = slice(start, start + self._n_window)
            self._kept = np.concatenate((self._kept, hops.data[part][:, :, self._columns]))
            self._times = np.concatenate((self._times, hops.times[part]))
            reports += self._verdicts(hops.first + min(part.stop, len(hops)))
        return reports

    def _verdicts(self, stop: int) -> list[QualityReport]:
        """Judge the windows that are complete, and keep the rest; hop `stop` is not here yet."""
        reports = []
        at, n_kept = self._skip, len(self._kept)
        while at + self._n_window <= n_kept:
            end = at + self._n_window
            states = self._judge(np.ascontiguousarray(self._kept[at:end]))
            number = stop - 1 - (n_kept - end)
            reports.append(QualityReport(number, float(self._times[end - 1]), states))
            at += self._n_every
        self._skip = max(0, at - n_kept)
        self._kept, self._times = self._kept[at:].copy(), self._times[at:].copy()
        return reports

    def _judge(self, hops: FloatArray) -> tuple[ChannelState, ...]:
        """Judge one window, shape (n_window, hop, n_channels)."""
        settings = self._settings
        finite: NDArray[np.bool_] = np.asarray(np.isfinite(hops).all(axis=(0, 1)))
        recorded = np.where(np.isfinite(hops), hops, 0.0)
        means = np.matmul(self._mean, recorded)[:, 0]
        line, hops = self._split_line(recorded - means.mean(axis=0))
        amplitude = np.sqrt(hops.var(axis=(0, 1)))
        noise = np.sqrt((np.matmul(self._detrend, hops) ** 2).mean(axis=(0, 1)))
        flat = share_flat(recorded, settings.flat) >= 0.5
        railed = stuck(recorded, settings.rail) & ~flat
        usable = finite & ~flat & ~railed
        moves = recorded.reshape(-1, recorded.shape[2])
        bridged, still = bridges(moves) & usable, lifeless(moves)
        correlation = self._correlation(means, usable)
        excess = above_others(np.log(np.maximum(noise, LEAST_NOISE)), usable)
        hum = above_others(np.log(np.maximum(np.nan_to_num(line), 1e-9)), usable)
        states = []
        for i, name in enumerate(self._names):
            light: Light = "bad"
            other = ""
            if not finite[i]:
                reason = _NO_VALUES
            elif flat[i] or railed[i]:
                reason = _FLAT if flat[i] else _RAILED
            elif bridged[i].any():
                other = self._names[int(bridged[i].argmax())]
                reason = Message("bridged with {other}", other=other)
            elif still[i]:
                reason = _LIFELESS
            else:
                light, reason = self._verdict(
                    amplitude[i], excess[i], line[i], hum[i], correlation[i]
                )
            figures = (float(amplitude[i]), float(line[i]), float(correlation[i]))
            states.append(ChannelState(name, light, reason, *figures, bridged=other))
        return tuple(states)

    def _verdict(
        self, amplitude: float, excess: float, line: float, hum: float, correlation: float
    ) -> tuple[Light, Message]:
        settings = self._settings
        if amplitude > settings.amplitude or excess > settings.noise_sd:
            return "bad", _NOISY
        if line > LEAST_LINE and hum > settings.line_sd:
            return "bad", _HUM
        if correlation < settings.correlation:
            return "bad", _ALONE
        if excess > 0.6 * settings.noise_sd:
            return "fair", _RATHER_NOISY
        if line > LEAST_LINE and (hum > 0.6 * settings.line_sd or line > 2 * amplitude):
            return "fair", _HUM
        if correlation < 1.25 * settings.correlation:
            return "fair", _RATHER_ALONE
        return "good", _NOTHING

    def _split_line(self, centred: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the mains' amplitude (RMS, V) of each channel, and the rest of the samples."""
        n_channels = centred.shape[2]
        if not self._waves.shape[1]:
            return np.full(n_channels, np.nan), centred
        pieces = centred.reshape(self._n_pieces, -1, n_channels)
        fitted = np.matmul(self._waves, np.matmul(self._waves.T, pieces))
        rest = (pieces - fitted).reshape(centred.shape)
        return np.sqrt((fitted * fitted).mean(axis=(0, 1))), rest

    def _correlation(self, means: FloatArray, usable: NDArray[np.bool_]) -> FloatArray:
        """Largest correlation of each channel with a usable neighbour, shape (n_channels,).

        The larger of two: as recorded, and after the median over channels has been taken off. Taken
        between changes from hop to hop: slow waves have too few independent values in a few seconds
        for a correlation to mean anything.
        """
        if usable.sum() < FEWEST:
            return np.full(usable.shape, np.nan)
        changes = np.diff(means, axis=0)
        shared = np.median(changes[:, usable], axis=1, keepdims=True)
        best = np.zeros(usable.shape)
        for data in (changes, changes - shared):
            r = np.where(usable[None, :] & self._near, np.abs(correlations(data)), 0.0)
            best = np.maximum(best, r.max(axis=1))
        return best


def assess(
    data: FloatArray,
    info: StreamInfo,
    settings: QualitySettings | None = None,
    positions: Positions | None = None,
) -> tuple[ChannelState, ...]:
    """Judge the EEG channels of a whole recording.

    Parameters
    ----------
    data : ndarray, shape (n_times, n_channels)
        Volts.
    info : StreamInfo
        What it is a recording of.
    settings, positions
        As for `ChannelQuality`.

    Returns
    -------
    tuple of ChannelState
        One for each EEG channel in volts: ``bad`` where at least half of the windows are, ``fair``
        where at least a tenth are not good. The reason is the most frequent one, with the share of
        time; figures are medians over windows. Empty for a recording shorter than one window.
    """
    assessment = Assessment(info, settings, positions)
    assessment.add(data)
    return assessment.states()


class Assessment:
    """Judge the EEG channels of a recording whose samples come in stretches.

    Parameters
    ----------
    info, settings, positions
        As for `assess`.
    """

    def __init__(
        self,
        info: StreamInfo,
        settings: QualitySettings | None = None,
        positions: Positions | None = None,
    ) -> None:
        settings = settings or QualitySettings()
        settings = settings.model_copy(update={"every": settings.seconds})
        self._sfreq, self._hop = info.sfreq, hop_length(info.sfreq, HOP_SECONDS)
        self._judge = ChannelQuality(info, self._hop, settings, positions)
        self._rest: FloatArray = np.empty((0, info.n_channels))  # less than a hop
        self._n_hops = 0
        n = len(self._judge.names)
        self._poor: list[dict[Light, Counter[str]]] = [
            {"bad": Counter(), "fair": Counter()} for _ in range(n)
        ]
        self._figures: list[FloatArray] = []  # (n_channels, 3) of each window

    def add(self, data: FloatArray) -> None:
        """Add the next samples, shape (n_times, n_channels), V."""
        data = np.concatenate((self._rest, data)) if len(self._rest) else data
        hop, n_hops = self._hop, len(data) // self._hop
        self._rest = data[n_hops * hop :].copy()
        hops = data[: n_hops * hop].reshape(n_hops, hop, data.shape[1])
        numbers = np.arange(self._n_hops, self._n_hops + n_hops)
        times = ((numbers + 1) * hop - 1) / self._sfreq
        for report in self._judge.process(
            Hops(self._n_hops, hops, times, np.zeros(n_hops, dtype=bool))
        ):
            for poor, state in zip(self._poor, report.states, strict=True):
                if state.light != "good":
                    poor[state.light][state.reason] += 1
            self._figures.append(
                np.array([(s.amplitude, s.line, s.correlation) for s in report.states])
            )
        self._n_hops += n_hops

    def states(self) -> tuple[ChannelState, ...]:
        """Return what `assess` returns, of all samples so far."""
        if not self._figures:
            return ()
        figures = np.array(self._figures)
        return tuple(
            _over_time(name, self._poor[i], figures[:, i])
            for i, name in enumerate(self._judge.names)
        )


def _over_time(name: str, poor: dict[Light, Counter[str]], figures: FloatArray) -> ChannelState:
    """Return the verdict on a channel: reasons of its poor windows, figures (n_windows, 3)."""
    n_windows = len(figures)
    light: Light = "good"
    counted: Counter[str] = Counter()
    if 2 * poor["bad"].total() >= n_windows:
        light, counted = "bad", poor["bad"]
    elif 10 * (poor["bad"].total() + poor["fair"].total()) >= n_windows:
        light, counted = "fair", poor["bad"] + poor["fair"]
    reason = _NOTHING
    if light != "good":
        often, n = counted.most_common(1)[0]
        reason = Message(
            "{reason} for {percent:.0f} % of the time",
            reason=often, percent=100 * n / n_windows,
        )  # fmt: skip
    known = [column[~np.isnan(column)] for column in figures.T]
    amplitude, line, correlation = (
        float(np.median(column)) if column.size else float("nan") for column in known
    )
    return ChannelState(name, light, reason, amplitude, line, correlation)
