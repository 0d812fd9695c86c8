"""Running power by designs of every kind.

Responsible for sending each column to what runs its design. Not responsible for running one
(`signal.power.envelope`, `signal.power.pooled`,
`signal.power.spatial_power`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray, IntArray
from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.estimators import PowerDesign
from neurofeedback.signal.power.pooled import RidgePower
from neurofeedback.signal.power.ridge import RidgeDesign
from neurofeedback.signal.power.spatial_design import SpatialSide
from neurofeedback.signal.power.spatial_power import Learned, SpatialPower

ColumnDesign = PowerDesign | RidgeDesign | SpatialSide


def brief_of(design: ColumnDesign) -> PowerDesign | None:
    """Return what stands in for a design after a bad hop; None for nothing."""
    if isinstance(design, PowerDesign):
        return None
    return (design.own if isinstance(design, SpatialSide) else design).brief


class Powers:
    """Running power of signals by designs of every kind, one value per hop.

    Parameters
    ----------
    hop : int
        Samples in a hop.
    sfreq : float
        Sampling rate in Hz.
    n_signals : int
        Number of signals that come in.
    columns : sequence of (int, ColumnDesign)
        For each output column, the signal and how its power is estimated.
    late : int
        Hops by which the signals are late: what was bad in a hop may be in as many after it.

    Attributes
    ----------
    support : int
        Number of hops, the last included, whose samples a value depends on where all are clean.
    settling : int
        Number of hops, the last included, that must be clean for a value to be used. Until
        `support` are, what is brief stands in for a design that has something brief.
    """

    def __init__(
        self,
        hop: int,
        sfreq: float,
        n_signals: int,
        columns: Sequence[tuple[int, ColumnDesign]],
        late: int = 0,
    ) -> None:
        self._n_columns = len(columns)
        plain = [(i, s, d) for i, (s, d) in enumerate(columns) if isinstance(d, PowerDesign)]
        self._plain = BandPower(hop, n_signals, [(s, d) for _, s, d in plain]) if plain else None
        self._plain_at = [i for i, _, _ in plain]
        self._ridges: list[tuple[list[int], RidgePower]] = []
        self._spatial: list[tuple[list[int], SpatialPower]] = []
        ridges = [(i, s, d) for i, (s, d) in enumerate(columns) if isinstance(d, RidgeDesign)]
        for length in sorted({d.n_samples for _, _, d in ridges}):
            same = [(i, s, d) for i, s, d in ridges if d.n_samples == length]
            at, signals, designs = (list(part) for part in zip(*same, strict=True))
            self._ridges.append((at, RidgePower(hop, signals, designs)))
        sides = [(i, s, d) for i, (s, d) in enumerate(columns) if isinstance(d, SpatialSide)]
        for design in dict.fromkeys(d.design for _, _, d in sides):
            mine = sorted((d.side, i, s) for i, s, d in sides if d.design is design)
            spatial = SpatialPower(hop, sfreq, [s for _, _, s in mine], design)
            self._spatial.append(([i for _, i, _ in mine], spatial))
        self._make_brief(hop, n_signals, columns, late)
        self.support = max(design.support(hop) for _, design in columns)
        self.settling = max((brief_of(d) or d).support(hop) for _, d in columns)

    def _make_brief(
        self, hop: int, n_signals: int, columns: Sequence[tuple[int, ColumnDesign]], late: int
    ) -> None:
        briefs = [(i, s, brief_of(d)) for i, (s, d) in enumerate(columns)]
        there = [(i, s, brief) for i, s, brief in briefs if brief is not None]
        self._brief = BandPower(hop, n_signals, [(s, d) for _, s, d in there]) if there else None
        self._brief_at = [i for i, _, _ in there]
        self._settled_after = np.array([columns[i][1].support(hop) + late for i, _, _ in there])
        self._since_bad = 0

    def reset(self) -> None:
        """Forget all samples; what was learned stays."""
        if self._plain is not None:
            self._plain.reset()
        for _, ridge in self._ridges:
            ridge.reset()
        for _, spatial in self._spatial:
            spatial.reset()
        if self._brief is not None:
            self._brief.reset()
        self._since_bad = 0

    def process(
        self,
        signals: FloatArray,
        first: int,
        bad: NDArray[np.bool_],
        unfit: NDArray[np.bool_],
    ) -> FloatArray:
        """Return the power at the end of each hop, shape (n_hops, n_columns), V^2.

        Parameters
        ----------
        signals : ndarray, shape (n_hops, hop, n_signals)
            Finite values, V.
        first : int
            Absolute number of the first hop.
        bad : ndarray of bool, shape (n_hops,)
            Hops that no value may depend on.
        unfit : ndarray of bool, shape (n_hops,)
            Hops that nothing is to be learned from.
        """
        if self._plain is not None and len(self._plain_at) == self._n_columns:
            return self._plain.process(signals)
        found = np.empty((len(signals), self._n_columns))
        if self._plain is not None:
            found[:, self._plain_at] = self._plain.process(signals)
        for at, ridge in self._ridges:
            found[:, at] = ridge.process(signals)
        brief = np.empty_like(found)
        if self._brief is not None:
            brief[:, self._brief_at] = self._brief.process(signals)
        for at, spatial in self._spatial:
            found[:, at] = spatial.process(signals, first, unfit, brief[:, at])
        settled = self._clean_before(bad)[:, None] >= self._settled_after
        at = self._brief_at
        found[:, at] = np.where(settled, found[:, at], brief[:, at])
        return found

    def _clean_before(self, bad: NDArray[np.bool_]) -> IntArray:
        """Return how many hops in a row, up to each and with it, are clean."""
        numbers = np.arange(1, len(bad) + 1)
        last_bad = np.maximum.accumulate(np.where(bad, numbers, -self._since_bad))
        since = np.asarray(numbers - last_bad)
        self._since_bad = int(since[-1]) if since.size else self._since_bad
        return since

    def end_block(self, hop: int) -> None:
        """Take up what was learned, where that is to happen between rounds.

        Parameters
        ----------
        hop : int
            The last of the block.
        """
        for _, spatial in self._spatial:
            spatial.end_block(hop)

    def take_learned(self) -> list[Learned]:
        """Return what was taken up since it was asked last."""
        found = [event for _, spatial in self._spatial for event in spatial.learned]
        for _, spatial in self._spatial:
            spatial.learned.clear()
        return found
