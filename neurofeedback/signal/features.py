"""From band powers to features: which powers are needed and how they combine.

Responsible for the columns of power that the declared features need, for the two small matrices
that turn powers into features, and for describing each feature. Not responsible for the powers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import polygamma

from neurofeedback.frames import FeatureDescriptor, FloatArray
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    EnvelopeSettings,
    Feature,
    PowerFeature,
    RoiFeature,
)
from neurofeedback.signal.source_roi import RoiKernel

Column = tuple[str, EnvelopeSettings]

TINY_POWER = (
    1e-30  # V^2; keeps the logarithm finite where a channel is dead, which the gate reports
)


class FeatureMap:
    """The features of a protocol as functions of band powers.

    Parameters
    ----------
    features : sequence of Feature
        As declared.
    kernels : mapping of str to RoiKernel
        The kernel of each feature that is a region, by its name.

    Attributes
    ----------
    columns : tuple of (str, EnvelopeSettings)
        The powers needed: channel, and how its power is estimated.
    """

    def __init__(
        self, features: Sequence[Feature], kernels: Mapping[str, RoiKernel] | None = None
    ) -> None:
        self._features = tuple(features)
        self._kernels = kernels or {}
        wanted = [(signal, f.envelope) for f in features for signal in self.signals_of(f)]
        self.columns: tuple[Column, ...] = tuple(dict.fromkeys(wanted))
        self._average, self._combine = self._matrices()

    def signals_of(self, feature: Feature) -> tuple[str, ...]:
        """Return the signals a feature needs: channels, or the rows of its region's kernel."""
        if not isinstance(feature, RoiFeature):
            return feature.channels
        n_rows = len(self._kernels[feature.name].matrix)
        return tuple(f"{feature.name}#{row}" for row in range(n_rows))

    def values(self, power: FloatArray) -> FloatArray:
        """Compute features.

        Parameters
        ----------
        power : ndarray, shape (n_frames, n_columns)
            V^2, in the order of `columns`.

        Returns
        -------
        ndarray, shape (n_frames, n_features)
            In the order of `describe`; each frame by operations of one fixed shape.
        """
        mean = np.matmul(power[:, None, :], self._average)
        logs = np.log(np.maximum(mean, TINY_POWER))
        return np.ascontiguousarray(np.matmul(logs, self._combine)[:, 0])

    def main_columns(self) -> dict[str, tuple[int, EnvelopeSettings]]:
        """Return for each declared feature its column among the values, and its envelope."""
        found, at = {}, 0
        for feature in self._features:
            found[feature.name] = (at, feature.envelope)
            at += 3 if isinstance(feature, AsymmetryFeature) else 1
        return found

    def describe(
        self, reference: str, freedom: Mapping[Column, float], unit: str = "V^2"
    ) -> tuple[FeatureDescriptor, ...]:
        """Describe every value in words.

        Parameters
        ----------
        reference : str
            The reference, in words.
        freedom : mapping
            For each column, the number of independent instants its power averages over.
        unit : str
            Unit of the channels' power.
        """
        return tuple(
            described
            for f in self._features
            for described in _describe(
                f,
                reference,
                freedom[self.signals_of(f)[0], f.envelope],
                self._kernels.get(f.name),
                unit,
            )
        )

    def _matrices(self) -> tuple[FloatArray, FloatArray]:
        """Weights of power columns in means, and of the means' logarithms in features."""
        means: list[FloatArray] = []
        rows: list[dict[int, float]] = []

        def mean_of(feature: Feature, signals: Sequence[str], weight: float) -> int:
            weights = np.zeros(len(self.columns))
            for signal in signals:
                weights[self.columns.index((signal, feature.envelope))] += weight
            means.append(weights)
            return len(means) - 1

        for feature in self._features:
            if isinstance(feature, AsymmetryFeature):
                share = 1.0 / len(feature.left)
                left = {mean_of(feature, (c,), 1.0): share for c in feature.left}
                right = {mean_of(feature, (c,), 1.0): share for c in feature.right}
                rows += [{**{k: -w for k, w in left.items()}, **right}, left, right]
            else:
                signals = self.signals_of(feature)
                n = len(signals)
                if isinstance(feature, RoiFeature):  # sum over orientations, mean over sources
                    n //= 3
                rows.append({mean_of(feature, signals, 1.0 / n): 1.0})
        combine = np.zeros((len(means), len(rows)))
        for column, row in enumerate(rows):
            for index, weight in row.items():
                combine[index, column] = weight
        return np.ascontiguousarray(np.array(means).T), combine


FITTED = (
    "From the end of the baseline on, the estimator fitted to it is used: delay, window and noise "
    "are then its own."
)


def _describe(
    feature: Feature, reference: str, freedom: float, kernel: RoiKernel | None, power_unit: str
) -> list[FeatureDescriptor]:
    envelope = feature.envelope
    low, high = envelope.band
    delay, window = envelope.delay + envelope.smoothing / 2, freedom / (high - low)
    where = f"{low:g}-{high:g} Hz, reference {reference}"
    fitted = [] if envelope.estimator == "cfir" else [FITTED]

    def power(name: str, channels: Sequence[str], of: str) -> FeatureDescriptor:
        return FeatureDescriptor(
            name, f"ln {power_unit}", f"{of} at {', '.join(channels)}, {where}", delay, window
        )

    if kernel is not None:
        unit = "ln (A m)^2" if kernel.method == "eLORETA" else "ln, no unit"
        label = f"ln of {kernel.roi} power by {kernel.method} ({kernel.head}), {low:g}-{high:g} Hz"
        note = " ".join([*kernel.sentences, *fitted])
        return [FeatureDescriptor(feature.name, unit, label, delay, window, note)]
    if isinstance(feature, PowerFeature):
        described = power(feature.name, feature.channels, "ln of mean power")
        return [replace(described, note=" ".join(fitted))]
    assert isinstance(feature, AsymmetryFeature)
    pairs = ", ".join(
        f"ln P({r}) - ln P({ell})" for ell, r in zip(feature.left, feature.right, strict=True)
    )
    label = f"{'mean of ' if len(feature.left) > 1 else ''}{pairs}, {where}"
    noise = _asymmetry_noise(freedom) / math.sqrt(len(feature.left))
    note = (
        "Positive: more alpha on the right, read as relatively greater left activity. "
        "Where the true asymmetry is zero, its standard deviation is at least "
        f"{noise:.2f} (estimator noise, flat spectrum)."
    )
    note = " ".join([note, *fitted])
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
