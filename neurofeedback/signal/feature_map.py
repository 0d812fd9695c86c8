"""From band powers to features: which powers are needed and how they combine.

Responsible for the columns of power that the declared features need and for turning powers into
features. Not responsible for the powers, nor for describing features (`descriptors`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neurofeedback.frames import FloatArray
from neurofeedback.signal.features import FeatureKind
from neurofeedback.signal.features.base import Column
from neurofeedback.signal.power.settings import EnvelopeSettings
from neurofeedback.signal.region.kernel import RoiKernel

TINY_POWER = (
    1e-30  # V^2; keeps the logarithm finite where a channel is dead, which the gate reports
)


class FeatureMap:
    """The features of a protocol as functions of band powers.

    Parameters
    ----------
    features : sequence of FeatureKind
        With the channels and bands that are used.
    kernels : mapping of str to RoiKernel
        The kernel of each feature that is a region, by its name.

    Attributes
    ----------
    features : tuple of FeatureKind
    kernels : dict of str to RoiKernel
    columns : tuple of (str, EnvelopeSettings)
        The powers needed: signal, and how its power is estimated.
    """

    def __init__(
        self, features: Sequence[FeatureKind], kernels: Mapping[str, RoiKernel] | None = None
    ) -> None:
        self.features = tuple(features)
        self.kernels = dict(kernels or {})
        wanted = [column for f in features for column in self.columns_of(f)]
        self.columns: tuple[Column, ...] = tuple(dict.fromkeys(wanted))
        self._average, self._combine, self._places = self._matrices()

    def columns_of(self, feature: FeatureKind) -> tuple[Column, ...]:
        """Return the powers a feature needs: of channels, or of the rows of its kernel."""
        return feature.columns(self.kernels.get(feature.name))

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
        for feature, place in zip(self.features, self._places, strict=True):
            feature.finish(values[:, place])
        return values

    def main_columns(self) -> dict[str, tuple[int, EnvelopeSettings]]:
        """Return for each declared feature its column among the values, and its envelope."""
        places = zip(self.features, self._places, strict=True)
        return {f.name: (place.start, f.envelope) for f, place in places}

    def users_of(self, envelope: EnvelopeSettings) -> list[str]:
        """Return the names of the features that need a power estimated in this way."""
        return [f.name for f in self.features if envelope in f.envelopes.values()]

    def _matrices(self) -> tuple[FloatArray, FloatArray, list[slice]]:
        """Weights of power columns in means, of the means' logarithms in values; each one's."""
        parts = []
        for feature in self.features:
            columns = [self.columns.index(column) for column in self.columns_of(feature)]
            parts.append((columns, feature.combination(len(columns))))
        n_means = sum(len(part.means) for _, part in parts)
        n_values = sum(len(part.values) for _, part in parts)
        average, combine = np.zeros((n_means, len(self.columns))), np.zeros((n_means, n_values))
        places, mean, value = [], 0, 0
        for columns, part in parts:
            own, place = slice(mean, mean + len(part.means)), slice(value, value + len(part.values))
            for at, weights in zip(columns, part.means.T, strict=True):
                average[own, at] += weights
            combine[own, place] = part.values.T
            places.append(place)
            mean, value = own.stop, place.stop
        return np.ascontiguousarray(average.T), combine, places
