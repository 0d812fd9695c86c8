"""Running the spatial estimator, which goes on learning as samples come.

Responsible for the power of a pair by `spatial`, for what it learns, and for when it is shown. Not
responsible for designs (`signal.power.spatial_design`) nor for when a protocol wants what was
learned to be taken up.

A value depends on the samples of one filter's length and, since moments near an artefact at any
electrode are not trusted, on `LOUD_SECONDS` more. What was learned is no memory of that kind: it
follows from clean moments alone, like a threshold, and changes at stated hops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray, IntArray
from neurofeedback.signal.power.pooled import RidgePower, Windows, filtered, real_taps, weighted
from neurofeedback.signal.power.ridge import RidgeDesign
from neurofeedback.signal.power.spatial import (
    EVERY,
    Complex,
    expected_power,
    spatial_columns,
    true_difference,
)
from neurofeedback.signal.power.spatial_design import SpatialDesign

TAKE_UP_SECONDS = 10.0
LEAST_SECONDS = 60.0  # of this person, taken up, from which on all electrodes may be used
LOUD = 5.0  # times the size of a channel's band: an artefact; all electrodes would follow it
LOUD_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Learned:
    """That new weights are in use.

    Parameters
    ----------
    hop : int
        The last hop before which they are not.
    checksum : str
        Of the weights; see `SpatialDesign.checksum`.
    seconds : float
        Clean data of this person that they were learned from, s.
    used : bool
        Whether they are shown: they are known well enough, and have followed the brain better than
        what is simpler.
    """

    hop: int
    checksum: str
    seconds: float
    used: bool

    def to_dict(self) -> dict[str, object]:
        """Return what is logged of it, as plain JSON types."""
        return {"checksum": self.checksum, "seconds": self.seconds, "used": self.used}


class Late:
    """What was so many hops ago.

    Parameters
    ----------
    nothing : ndarray, shape (n_late, ...)
        What there was before the first hop.
    """

    def __init__(self, nothing: NDArray[Any]) -> None:
        self._past = nothing

    def push(self, new: NDArray[Any]) -> NDArray[Any]:
        """Take what is at some hops, and return what was at the hops that long before."""
        both = np.concatenate([self._past, new])
        self._past = both[len(new) :].copy()
        return both[: len(new)]


class SpatialPower:
    """Power of a pair by a spatial estimator.

    Parameters
    ----------
    hop : int
        Samples in a hop.
    sfreq : float
        Sampling rate in Hz.
    signals : (int, int)
        The signals of the pair.
    design : SpatialDesign
    learns : bool
        Whether it goes on learning.
    """

    def __init__(
        self,
        hop: int,
        sfreq: float,
        signals: Sequence[int],
        design: SpatialDesign,
        *,
        learns: bool = True,
    ) -> None:
        self._design, self._hop = design, hop
        self._ridge = RidgePower(hop, signals, design.sides)
        n_columns = design.sides[0].weights.size
        self._weights, self._constant = _sums(design.sides, n_columns)
        self._before = None if design.before is None else _sums(design.before, n_columns)
        self._channels = np.concatenate([design.channels, np.array(signals)])
        self._taps = real_taps(design.taps)
        targets = [design.targets.taps / scale for scale in design.scales]
        self._target_taps = np.stack([real_taps(taps) for taps in targets])
        self._n_taps, self._n_target = self._taps.shape[1], self._target_taps.shape[1]
        n_blocks = max(self._n_taps, self._n_target)
        self._windows = Windows(hop, design.block, self._channels.size, n_blocks)
        self._every = max(1, round(TAKE_UP_SECONDS * sfreq / hop))
        self._loud_hops = round(LOUD_SECONDS * sfreq / hop)
        self._span = -(-n_blocks * design.block // hop) + 1
        self._learns = learns and design.adapt != "never"
        self.support = design.support(hop)
        self.learned: list[Learned] = []
        self._used = self._is_better()
        self.reset()

    def reset(self) -> None:
        """Forget all samples; what was learned stays."""
        self._ridge.reset()
        self._windows.reset()
        n_channels, n_delays, _ = self._design.taps.shape
        late = self._design.targets.late
        self._late_outputs = Late(np.zeros((late, n_delays * n_channels), dtype=np.complex128))
        self._late_shown = Late(np.zeros((late, 2)))
        n_columns = self._design.sides[0].weights.size + 1
        self._late_columns = Late(np.zeros((late, 2, n_columns)))
        self._late_quiet = Late(np.zeros(late, dtype=bool))
        self._since_bad, self._since_loud = 0, self._loud_hops

    def learn(self, signals: FloatArray, bad: NDArray[np.bool_], simpler: FloatArray) -> None:
        """Learn from a whole baseline, and take that up; samples are forgotten then.

        It is compared with what is simpler as it goes: by what was known until then.

        Parameters
        ----------
        signals : ndarray, shape (n_hops, hop, n_signals)
        bad : ndarray of bool, shape (n_hops,)
        simpler : ndarray, shape (n_hops, 2)
            Logarithm of posterior power of both sides; ln V^2.
        """
        self.reset()
        for start in range(0, len(signals), self._every):
            part = slice(start, start + self._every)
            self._shown(signals[part], start, bad[part], simpler[part])
            self._design.take_up()
        self.reset()

    def process(
        self, signals: FloatArray, first: int, bad: NDArray[np.bool_], simpler: FloatArray
    ) -> FloatArray:
        """Return the power of both sides at the end of each hop, shape (n_hops, 2), V^2.

        Parameters
        ----------
        signals : ndarray, shape (n_hops, hop, n_signals)
            Finite values, V.
        first : int
            Absolute number of the first hop.
        bad : ndarray of bool, shape (n_hops,)
            Hops that nothing is to be learned from.
        simpler : ndarray, shape (n_hops, 2)
            Posterior power of both sides, V^2.
        """
        if not self._learns:
            bad = np.ones_like(bad)
        found = [
            self._shown(signals[part], first + part.start, bad[part], np.log(simpler[part]))
            for part in self._parts(len(signals), first)
        ]
        return np.asarray(np.exp(np.concatenate(found)))

    def columns(self, signals: FloatArray, first: int, bad: NDArray[np.bool_]) -> FloatArray:
        """Return the columns of each hop, shape (n_hops, 2, n_columns); see `process`."""
        found = []
        for part in self._parts(len(signals), first):
            columns, outputs = self._run(signals[part])
            if self._learns:
                self._learn(first + part.start, outputs, bad[part])
            found.append(columns)
        return np.concatenate(found)

    def _parts(self, n_hops: int, first: int) -> Iterator[slice]:
        """Yield stretches of hops, taking up what was learned where one ends."""
        start = 0
        while start < n_hops:
            stop = min(n_hops, start + self._every - (first + start) % self._every)
            yield slice(start, stop)
            if (first + stop) % self._every == 0 and self._design.adapt == "always":
                self.take_up(first + stop - 1)
            start = stop

    def _shown(
        self, signals: FloatArray, first: int, bad: NDArray[np.bool_], simpler: FloatArray
    ) -> FloatArray:
        """Return the logarithm of the power that is shown while the weights stay."""
        columns, outputs = self._run(signals)
        stack, before = self._design.stack, self._before
        if stack is None:
            every = weighted(columns, self._weights) + self._constant
        else:
            beside = np.concatenate([columns, (simpler - self._constant)[..., None]], axis=-1)
            every = weighted(beside, stack.weights) + stack.constants + self._constant
        if before is not None:
            simpler = weighted(columns, before[0]) + before[1]
        quiet = self._quiet_for(outputs) >= self._loud_hops
        differences = np.stack([both[:, 1] - both[:, 0] for both in (every, simpler)], axis=1)
        shown = self._late_shown.push(differences)
        moments = self._learn(first, outputs, bad)
        for i, true in moments:
            self._design.trial.add((*shown[i], true))
        if stack is not None:
            known, was_quiet = self._late_columns.push(beside), self._late_quiet.push(quiet)
            for i, true in moments:
                if was_quiet[i]:
                    stack.add(known[i], true)
        return np.where(self._used & quiet[:, None], every, simpler)

    def _quiet_for(self, outputs: Complex) -> IntArray:
        """Return how many hops ago, at each, some channel was loud."""
        loud = (outputs.real**2 + outputs.imag**2).max(axis=1) > LOUD**2
        numbers = np.arange(1, len(loud) + 1)
        last = np.maximum.accumulate(np.where(loud, numbers, -self._since_loud))
        since = np.asarray(numbers - last)
        self._since_loud = min(int(since[-1]), self._loud_hops)
        return since

    def _is_better(self) -> bool:
        """Whether all electrodes are known well enough, and the trial is won."""
        is_known = self._design.weights.known >= LEAST_SECONDS
        return is_known and self._design.trial.is_won

    def take_up(self, hop: int) -> None:
        """Use what was learned, if anything, from the hop after this one on."""
        weights = self._design.weights
        if self._learns and weights.seconds > weights.known:
            self._design.take_up()
            self._used = self._is_better()
            checksum = self._design.checksum
            self.learned.append(Learned(hop, checksum, weights.seconds, self._used))

    def end_block(self, hop: int) -> None:
        """Use what was learned, where that is to happen between rounds."""
        if self._design.adapt == "between-rounds":
            self.take_up(hop)

    def outputs(self, signals: FloatArray) -> Complex:
        """Return all channels' filters' outputs, shape (n_hops, n_delays * n_channels)."""
        self._windows.push(signals[:, :, self._channels])
        seen = filtered(self._windows.last(slice(0, -2), self._n_taps), self._taps)
        return np.ascontiguousarray(seen.transpose(0, 2, 1)).reshape(len(signals), -1)

    def targets(self, hops: slice) -> Complex:
        """Return the targets of some of the hops that `outputs` was asked for last.

        They are those of `Targets.late` hops before each; shape (n_hops, n_targets).
        """
        windows = self._windows.last(slice(-2, None), self._n_target)[hops]
        n_targets = self._target_taps.shape[0] * self._target_taps.shape[2] // 2
        return filtered(windows, self._target_taps).reshape(len(windows), n_targets)

    def _run(self, signals: FloatArray) -> tuple[FloatArray, Complex]:
        outputs = self.outputs(signals)
        power = expected_power(outputs, self._design.weights)
        columns = [self._ridge.columns(signals), spatial_columns(power)]
        return np.concatenate(columns, axis=-1), outputs

    def _learn(
        self, first: int, outputs: Complex, bad: NDArray[np.bool_]
    ) -> list[tuple[int, float]]:
        """Learn from every second hop whose whole span was clean.

        Returns
        -------
        list of (int, float)
            Of each such hop: which it is, and the true difference `Targets.late` hops before it.
        """
        earlier = self._late_outputs.push(outputs)
        start = -first % EVERY
        targets = self.targets(slice(start, None, EVERY))
        moments = []
        for i, is_bad in enumerate(bad):
            self._since_bad = 0 if is_bad else self._since_bad + 1
            if self._since_bad >= self._span and (i - start) % EVERY == 0:
                known = targets[(i - start) // EVERY]
                self._design.weights.add(earlier[i], known)
                moments.append((i, true_difference(known)))
        return moments


def _sums(designs: Sequence[RidgeDesign], n_columns: int) -> tuple[FloatArray, FloatArray]:
    """Return weights for all columns, shape (n_designs, n_columns, 1), and what is added."""
    weights = np.zeros((len(designs), n_columns, 1))
    for row, design in zip(weights, designs, strict=True):
        row[: design.weights.size, 0] = design.weights
    return weights, np.array([design.constant for design in designs])
