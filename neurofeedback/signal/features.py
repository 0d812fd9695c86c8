"""From band powers to features: which powers are needed and how they combine.

Responsible for the columns of power that the declared features need and for turning powers into
features. Not responsible for the powers, nor for describing features (`descriptors`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neurofeedback.frames import FloatArray
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    EnvelopeSettings,
    Feature,
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
        With the channels and bands that are used.
    kernels : mapping of str to RoiKernel
        The kernel of each feature that is a region, by its name.

    Attributes
    ----------
    features : tuple of Feature
    kernels : dict of str to RoiKernel
    columns : tuple of (str, EnvelopeSettings)
        The powers needed: signal, and how its power is estimated.
    """

    def __init__(
        self, features: Sequence[Feature], kernels: Mapping[str, RoiKernel] | None = None
    ) -> None:
        self.features = tuple(features)
        self.kernels = dict(kernels or {})
        wanted = [column for f in features for column in self.columns_of(f)]
        self.columns: tuple[Column, ...] = tuple(dict.fromkeys(wanted))
        self._average, self._combine = self._matrices()
        main = self.main_columns()
        self._ratios = [
            main[f.name][0] for f in features if f.kind == "asymmetry" and f.form == "ratio"
        ]

    def columns_of(self, feature: Feature) -> tuple[Column, ...]:
        """Return the powers a feature needs: of channels, or of the rows of its kernel."""
        signals = feature.channels
        if isinstance(feature, RoiFeature):
            signals = row_names(feature.name, self.kernels[feature.name])
        return tuple((signal, feature.envelope) for signal in signals)

    def values(self, power: FloatArray) -> FloatArray:
        """Compute features.

        Parameters
        ----------
        power : ndarray, shape (n_frames, n_columns)
            V^2, in the order of `columns`.

        Returns
        -------
        ndarray, shape (n_frames, n_features)
            In the order of `descriptors.describe`; each frame by operations of one fixed shape.
        """
        mean = np.matmul(power[:, None, :], self._average)
        logs = np.log(np.maximum(mean, TINY_POWER))
        values = np.ascontiguousarray(np.matmul(logs, self._combine)[:, 0])
        for column in self._ratios:
            values[:, column] = np.tanh(0.5 * values[:, column])
        return values

    def main_columns(self) -> dict[str, tuple[int, EnvelopeSettings]]:
        """Return for each declared feature its column among the values, and its envelope."""
        found, at = {}, 0
        for feature in self.features:
            found[feature.name] = (at, feature.envelope)
            at += 3 if isinstance(feature, AsymmetryFeature) else 1
        return found

    def _matrices(self) -> tuple[FloatArray, FloatArray]:
        """Weights of power columns in means, and of the means' logarithms in features."""
        means: list[FloatArray] = []
        rows: list[dict[int, float]] = []

        def mean_of(columns: Sequence[Column], weight: float) -> int:
            weights = np.zeros(len(self.columns))
            for column in columns:
                weights[self.columns.index(column)] += weight
            means.append(weights)
            return len(means) - 1

        for feature in self.features:
            columns = self.columns_of(feature)
            if isinstance(feature, AsymmetryFeature):
                n = len(feature.left)
                left = {mean_of([c], 1.0): 1.0 / n for c in columns[:n]}
                right = {mean_of([c], 1.0): 1.0 / n for c in columns[n:]}
                rows += [{**{k: -w for k, w in left.items()}, **right}, left, right]
            else:
                n = len(columns)
                if isinstance(feature, RoiFeature):  # sum over orientations, mean over sources
                    n //= 3
                rows.append({mean_of(columns, 1.0 / n): 1.0})
        combine = np.zeros((len(means), len(rows)))
        for column, row in enumerate(rows):
            for index, weight in row.items():
                combine[index, column] = weight
        return np.ascontiguousarray(np.array(means).T), combine


def row_names(feature: str, kernel: RoiKernel) -> tuple[str, ...]:
    """Return the names of the signals that the rows of a region's kernel give."""
    return tuple(f"{feature}#{row}" for row in range(len(kernel.matrix)))
