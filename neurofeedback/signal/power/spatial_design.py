"""What a spatial estimator is made of.

Responsible for holding what belongs to the estimator of a pair, and for the sign of what is in use.
Not responsible for making it (`signal.power.pooled_fit`) nor for running it
(`signal.power.spatial_power`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from neurofeedback.frames import IntArray
from neurofeedback.signal.power.evidence import Trial
from neurofeedback.signal.power.ridge import RidgeDesign
from neurofeedback.signal.power.settings import Adapt
from neurofeedback.signal.power.spatial import Complex, SpatialWeights, Targets
from neurofeedback.signal.power.stack import Stack


@dataclass(frozen=True, slots=True, eq=False)
class SpatialDesign:
    """A spatial estimator for a pair of signals.

    Parameters
    ----------
    sides : (RidgeDesign, RidgeDesign)
        With weights for all columns, and with what is brief.
    channels : ndarray of int, shape (n_channels,)
        Signals of all channels.
    taps : ndarray of complex128, shape (n_channels, n_delays, n_taps)
    targets : Targets
    scales : (float, float)
        What the targets of each side are divided by, V.
    weights : SpatialWeights
        Learns on while it is used.
    trial : Trial
        Of it and what is simpler, for as long as it is used; others lead to expect its outcome.
    adapt : {'never', 'between-rounds', 'always'}
    before : (RidgeDesign, RidgeDesign) or None
        The simpler estimator that is shown until enough of this person was learned from and the
        trial is won, and near artefacts; its mean over the baseline is the same. None for
        posterior power.
    stack : Stack or None
        How much the columns count beside posterior power; learns on, too. None for all or nothing,
        by the weights of `sides`.
    """

    sides: tuple[RidgeDesign, RidgeDesign]
    channels: IntArray
    taps: Complex
    targets: Targets
    scales: tuple[float, float]
    weights: SpatialWeights
    trial: Trial
    adapt: Adapt
    before: tuple[RidgeDesign, RidgeDesign] | None = None
    stack: Stack | None = None

    def take_up(self) -> None:
        """Use what was learned from now on."""
        self.weights.take_up()
        if self.stack is not None:
            self.stack.take_up()

    @property
    def checksum(self) -> str:
        """First digits of the SHA-256 of what is in use."""
        parts = [self.weights.matrix, self.weights.missed]
        if self.stack is not None:
            parts.append(self.stack.weights)
        content = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
        return hashlib.sha256(content).hexdigest()[:16]

    @property
    def block(self) -> int:
        """Samples in a block."""
        return self.sides[0].block

    def support(self, hop: int) -> int:
        """Return the number of hops, the current one included, that a value depends on."""
        return self.sides[0].support(hop)


@dataclass(frozen=True, slots=True, eq=False)
class SpatialSide:
    """One side of a spatial estimator, as the design of a column.

    Parameters
    ----------
    design : SpatialDesign
        Shared with the other side.
    side : int
        0 for the left, 1 for the right.
    """

    design: SpatialDesign
    side: int

    def support(self, hop: int) -> int:
        """Return the number of hops, the current one included, that a value depends on."""
        return self.design.support(hop)

    @property
    def own(self) -> RidgeDesign:
        """What the side's own signal is made of."""
        return self.design.sides[self.side]
