"""From samples to feature frames: the whole signal path of a protocol.

Order: hop grid, artefact gate on the raw channels, picks and reference as one matrix, artefact
gate on the referenced signals, analytic filters, power, smoothing, logarithm, features.

Responsible for wiring these together, for saying when a frame must not be used, and for describing
each feature. Not responsible for feedback (`protocols`). Pure: no clock, no file, no thread.

A frame depends on the last `support` hops and on nothing else. It may be used only if none of them
is bad and no discontinuity lies among them; the start of the stream counts as one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import polygamma

from neurofeedback.errors import UserError
from neurofeedback.frames import (
    Chunk,
    FeatureDescriptor,
    FeatureFrames,
    FloatArray,
    IntArray,
    StreamInfo,
    read_only,
)
from neurofeedback.signal.artifact import Gate
from neurofeedback.signal.envelope import BandPower
from neurofeedback.signal.hops import HopGrid, hop_length
from neurofeedback.signal.reference import describe_reference, spatial_matrix
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    EnvelopeSettings,
    Feature,
    PipelineSettings,
)

SETTLING = "settling"
GAP = "gap"
TINY_POWER = (
    1e-30  # V^2; keeps the logarithm finite where a channel is dead, which the gate reports
)


class Pipeline:
    """Compute feature frames from chunks.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    settings : PipelineSettings
        Montage, features, gate.
    bads : sequence of str
        Channels marked bad.

    Attributes
    ----------
    hop : int
        Samples between frames.
    descriptors : tuple of FeatureDescriptor
        One for each column of the values, in order.

    Raises
    ------
    UserError
        If the stream lacks a channel or its rate is too low for a band.
    """

    def __init__(
        self, info: StreamInfo, settings: PipelineSettings, bads: Sequence[str] = ()
    ) -> None:
        self.hop = hop_length(info.sfreq, settings.montage.hop)
        _check_rate(info, settings.features)
        picks = list(dict.fromkeys(c for f in settings.features for c in f.channels))
        matrix = spatial_matrix(info, picks, settings.montage.reference, bads)
        used = np.flatnonzero(np.abs(matrix).any(axis=0))
        self._used = slice(None) if used.size == info.n_channels else used
        self._matrix = np.ascontiguousarray(matrix[:, used].T)
        gate = settings.gate
        raw_limits = np.full(used.size, gate.reference_amplitude)
        raw_names = [info.ch_names[i] for i in used]
        self._raw_gate = Gate(raw_names, raw_limits, gate, info.sfreq, self.hop)
        limits = np.full(len(picks), gate.amplitude)
        self._gate = Gate(picks, limits, gate, info.sfreq, self.hop)
        columns = _power_columns(settings.features)
        self._average, self._combine = _feature_matrices(settings.features, columns)
        power_of = [(picks.index(channel), envelope) for channel, envelope in columns]
        self._power = BandPower(info.sfreq, self.hop, len(picks), power_of)
        self._grid = HopGrid(self.hop, info.n_channels)
        reference = describe_reference(settings.montage.reference, info, bads)
        freedom = dict(zip(columns, self._power.degrees_of_freedom().tolist(), strict=True))
        self.descriptors = tuple(
            described
            for f in settings.features
            for described in _describe(f, reference, freedom[f.channels[0], f.envelope])
        )
        self.reset()

    @property
    def support(self) -> int:
        """Number of hops, the last included, that a frame depends on."""
        return self._power.support

    def reset(self) -> None:
        """Forget all samples; the next chunk starts a stream."""
        self._grid.reset()
        self._raw_gate.reset()
        self._gate.reset()
        self._power.reset()
        self._last_bad: int | None = None

    def process(self, chunk: Chunk) -> FeatureFrames:
        """Add a chunk and compute every frame it completes.

        Parameters
        ----------
        chunk : Chunk
            The next samples.

        Returns
        -------
        FeatureFrames
            Possibly none.
        """
        hops = self._grid.push(chunk)
        if len(hops) == 0:
            return _no_frames(len(self.descriptors))
        clean, raw_codes = self._raw_gate.process(hops.data[:, :, self._used])
        signals = np.matmul(clean, self._matrix)
        _, codes = self._gate.process(signals)
        values = self._features(self._power.process(signals))
        numbers = np.arange(hops.first, hops.first + len(hops))
        return FeatureFrames(
            read_only((numbers + 1) * self.hop - 1),
            read_only(np.ascontiguousarray(hops.times)),
            read_only(values),
            self._held(numbers, hops.broken, raw_codes, codes),
        )

    def _features(self, power: FloatArray) -> FloatArray:
        mean = np.matmul(power[:, None, :], self._average)
        logs = np.log(np.maximum(mean, TINY_POWER))
        return np.ascontiguousarray(np.matmul(logs, self._combine)[:, 0])

    def _held(
        self, numbers: IntArray, broken: NDArray[np.bool_], raw_codes: IntArray, codes: IntArray
    ) -> list[str | None]:
        bad = broken | (raw_codes > 0) | (codes > 0)
        before = int(numbers[0]) - 1 if self._last_bad is None else self._last_bad
        last_bad = np.maximum.accumulate(np.where(bad, numbers, before))
        last_bad = np.maximum(last_bad, before)
        self._last_bad = int(last_bad[-1])
        held: list[str | None] = [None] * len(numbers)
        for i in np.flatnonzero(numbers - last_bad < self.support):
            held[i] = SETTLING
        for i in np.flatnonzero(bad):
            held[i] = (
                GAP
                if broken[i]
                else self._raw_gate.cause(int(raw_codes[i])) or self._gate.cause(int(codes[i]))
            )
        return held


def _no_frames(n_features: int) -> FeatureFrames:
    return FeatureFrames(np.empty(0, dtype=np.int64), np.empty(0), np.empty((0, n_features)), ())


def _check_rate(info: StreamInfo, features: Sequence[Feature]) -> None:
    for feature in features:
        high = feature.envelope.band[1]
        if high >= 0.45 * info.sfreq:
            raise UserError(
                f"Feature {feature.name!r} reaches {high:g} Hz, too high for a stream of "
                f"{info.sfreq:g} Hz; it must stay below {0.45 * info.sfreq:g} Hz."
            )


def _power_columns(features: Sequence[Feature]) -> list[tuple[str, EnvelopeSettings]]:
    wanted = [(channel, f.envelope) for f in features for channel in f.channels]
    return list(dict.fromkeys(wanted))


def _feature_matrices(
    features: Sequence[Feature], columns: Sequence[tuple[str, EnvelopeSettings]]
) -> tuple[FloatArray, FloatArray]:
    """Weights of power columns in means, and of the means' logarithms in features."""
    means: list[FloatArray] = []
    rows: list[dict[int, float]] = []

    def mean_of(feature: Feature, channels: Sequence[str]) -> int:
        weights = np.zeros(len(columns))
        for channel in channels:
            weights[columns.index((channel, feature.envelope))] += 1.0 / len(channels)
        means.append(weights)
        return len(means) - 1

    for feature in features:
        if isinstance(feature, AsymmetryFeature):
            share = 1.0 / len(feature.left)
            left = {mean_of(feature, (c,)): share for c in feature.left}
            right = {mean_of(feature, (c,)): share for c in feature.right}
            rows += [{**{k: -w for k, w in left.items()}, **right}, left, right]
        else:
            rows.append({mean_of(feature, feature.channels): 1.0})
    combine = np.zeros((len(means), len(rows)))
    for column, row in enumerate(rows):
        for index, weight in row.items():
            combine[index, column] = weight
    return np.ascontiguousarray(np.array(means).T), combine


def _describe(feature: Feature, reference: str, freedom: float) -> list[FeatureDescriptor]:
    envelope = feature.envelope
    low, high = envelope.band
    delay, window = envelope.delay + envelope.smoothing / 2, freedom / (high - low)
    where = f"{low:g}-{high:g} Hz, reference {reference}"

    def power(name: str, channels: Sequence[str], of: str) -> FeatureDescriptor:
        return FeatureDescriptor(
            name, "ln V^2", f"{of} at {', '.join(channels)}, {where}", delay, window
        )

    if not isinstance(feature, AsymmetryFeature):
        return [power(feature.name, feature.channels, "ln of mean power")]
    pairs = ", ".join(
        f"ln P({r}) - ln P({ell})" for ell, r in zip(feature.left, feature.right, strict=True)
    )
    label = f"{'mean of ' if len(feature.left) > 1 else ''}{pairs}, {where}"
    noise = _asymmetry_noise(freedom) / math.sqrt(len(feature.left))
    note = (
        "Positive: more alpha on the right, read as relatively greater left activity. "
        f"Where the true asymmetry is zero, its standard deviation is {noise:.2f} (estimator "
        "noise)."
    )
    return [
        FeatureDescriptor(feature.name, "ln ratio", label, delay, window, note),
        power(f"{feature.name}.left", feature.left, "mean ln power"),
        power(f"{feature.name}.right", feature.right, "mean ln power"),
    ]


def _asymmetry_noise(degrees_of_freedom: float) -> float:
    """Return the standard deviation of ln P_right - ln P_left for independent Gaussian signals.

    The logarithm of a gamma variable with shape n has the variance trigamma(n).
    """
    return math.sqrt(2 * float(polygamma(1, degrees_of_freedom)))
