"""The spatial estimator: the ridge estimator, and what all electrodes tell of the two sides.

Responsible for the filters of all channels and of the targets, and for learning how the targets
follow from the channels. Not responsible for what was learned from others (`signal.power.prior`)
nor for running it (`signal.power.spatial_power`).

The outputs m of five filters a channel predict the band signal of both sides at each instant z of
the window: z = m W, as least squares of others and of this person have it,

    W = (G + T0 G0)^-1 (B + T0 B0),    G = sum m^H m dt,    B = sum m^H z dt

The targets are known once the window is over; `Targets.late` hops later they are learned from.
What is expected at an instant is then ``|m W|^2 + v``, with v what W missed so far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are first used
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.filters import design_analytic_fir, design_weighted_fir
from neurofeedback.signal.power.prior import Prior, SpatialPrior, older
from neurofeedback.signal.power.ridge import (
    FINE,
    HANN,
    INSTANTS,
    N_INSTANTS,
    filter_length,
    ridge_block,
    shrunk_spectrum,
)
from neurofeedback.signal.power.settings import EnvelopeSettings

Complex = NDArray[np.complex128]

DELAYS = np.array([-0.1, 0.0, 0.1, 0.2, 0.3])  # s, of each channel's filters
SHOWN = np.array([2, 6, 7, 9, 12])  # instants whose expected power is a column of its own
N_COLUMNS = 1 + SHOWN.size  # beside those of `ridge`
PRIOR_SECONDS = 60.0  # s of this person's data that what others showed is worth
LOADING = 0.003  # added to the diagonal of the prior
HALF_FILTER = 1.0  # s before and after an instant by which the targets are found
EVERY = 2  # hops; moments that are nearer tell the same
_WEIGHT = 0.3  # share of the band power below which a moment counts fully
_NOW = 2  # among the delays, the one by which a moment's size is judged
LEAST_CHANNELS = 12
_TOGETHER = 8  # moments


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Filters that find the band signal at each instant of the window, once it is over.

    Parameters
    ----------
    taps : ndarray of complex128, shape (N_INSTANTS, n_taps)
        Newest first, for means of blocks.
    late : int
        Hops after which they look back.
    """

    taps: Complex
    late: int


def target_filters(
    envelope: EnvelopeSettings, sfreq: float, hop: int, late: float = 0.0
) -> Targets:
    """Design the filters of the targets; see `Targets`."""
    block = ridge_block(sfreq, hop)
    rate, hop_seconds = sfreq / block, hop / sfreq
    instants = envelope.window * INSTANTS + envelope.lag
    n_late = max(0, math.ceil((HALF_FILTER - float(instants.min())) / hop_seconds))
    delays = instants + n_late * hop_seconds - late - (block - 1) / 2 / sfreq
    n_taps = round((float(delays.max()) + HALF_FILTER) * rate)
    taps = [design_analytic_fir(rate, envelope.band, float(d), n_taps) for d in delays]
    return Targets(np.stack(taps), n_late)


def channel_filters(
    prior: Prior,
    envelope: EnvelopeSettings,
    channel: str,
    sfreq: float,
    hop: int,
    freqs: FloatArray,
    density: FloatArray,
    late: float = 0.0,
) -> Complex:
    """Design the filters of one channel, shape (n_delays, n_taps); see `ridge.ridge_design`."""
    block = ridge_block(sfreq, hop)
    rate = sfreq / block
    shape, own = shrunk_spectrum(prior, channel, freqs, density)
    delays = DELAYS + envelope.lag - late - (block - 1) / 2 / sfreq
    taps, _ = design_weighted_fir(
        rate, envelope.band, delays, filter_length(envelope, rate), freqs, shape
    )
    return np.asarray(taps / np.sqrt(own))


def moment_weight(outputs: Complex, targets: Complex) -> float:
    """Return the weight of a moment: what is large counts less, so that artefacts cannot rule.

    Parameters
    ----------
    outputs : ndarray, shape (n_delays * n_channels,)
        Of all channels' filters, channel within delay.
    targets : ndarray, shape (n_targets,)
    """
    n_channels = outputs.size // DELAYS.size
    now = outputs[_NOW * n_channels : (_NOW + 1) * n_channels]
    size = np.vdot(now, now).real / n_channels + np.vdot(targets, targets).real / targets.size
    return float(1.0 / (_WEIGHT + size))


def true_difference(targets: Complex) -> float:
    """Return ln power of the right minus the left, in the window, from one moment's targets."""
    power = targets.real**2 + targets.imag**2
    left, right = power.reshape(2, N_INSTANTS) @ HANN
    return float(np.log(right) - np.log(left))


def spatial_columns(power: FloatArray) -> FloatArray:
    """Return the columns beside those of `ridge`.

    Parameters
    ----------
    power : ndarray, shape (n_hops, n_sides, N_INSTANTS)
        Expected at each instant.

    Returns
    -------
    ndarray, shape (n_hops, n_sides, N_COLUMNS)
    """
    mean = np.matmul(power, HANN[:, None])
    return np.asarray(np.log(np.concatenate([mean, power[..., SHOWN] + FINE], axis=-1)))


def rows_of(prior: Prior, channels: tuple[str, ...]) -> NDArray[np.int64]:
    """Return where the outputs of some channels are among those that the prior was learned from."""
    at = np.array([prior.channels.index(older(channel)) for channel in channels])
    return np.asarray(np.add.outer(len(prior.channels) * np.arange(DELAYS.size), at).ravel())


class SpatialWeights:
    """How the targets follow from the channels, as far as that is known.

    Parameters
    ----------
    prior : SpatialPrior
    rows : ndarray of int
        Those of the channels that there are; see `rows_of`.
    step : float
        Time in s from one moment that is learned from to the next.

    Attributes
    ----------
    matrix : ndarray of complex128, shape (n, n_targets)
        The W in use.
    missed : ndarray, shape (n_targets,)
        The v in use.
    """

    def __init__(self, prior: SpatialPrior, rows: NDArray[np.int64], step: float) -> None:
        eye = LOADING * np.eye(rows.size)
        self._gram = PRIOR_SECONDS * (prior.gram[np.ix_(rows, rows)] + eye)
        self._cross = PRIOR_SECONDS * prior.cross[rows]
        self._power = PRIOR_SECONDS * prior.power
        self._weight = PRIOR_SECONDS * prior.weight
        self._step = step
        self._waiting: list[tuple[Complex, Complex]] = []
        self.seconds = 0.0
        self.take_up()

    def add(self, outputs: Complex, targets: Complex) -> None:
        """Learn from one moment; see `moment_weight`."""
        self._waiting.append((outputs, targets))
        self.seconds += self._step
        if len(self._waiting) == _TOGETHER:
            self._add_waiting()

    def _add_waiting(self) -> None:
        """Add moments several at a time, which takes a fraction of the time."""
        if not self._waiting:
            return
        outputs, targets = (np.stack(part) for part in zip(*self._waiting, strict=True))
        self._waiting.clear()
        weights = np.array([moment_weight(m, z) for m, z in zip(outputs, targets, strict=True)])
        weights *= self._step
        conjugate = np.ascontiguousarray((weights[:, None] * outputs.conj()).T)
        self._gram += conjugate @ outputs
        self._cross += conjugate @ targets
        self._power += weights @ (targets.real**2 + targets.imag**2)
        self._weight += float(weights.sum())

    def take_up(self) -> None:
        """Use what was learned from now on."""
        self._add_waiting()
        factor = scipy.linalg.cho_factor(self._gram, lower=True, check_finite=False)
        self.matrix = scipy.linalg.cho_solve(factor, self._cross, check_finite=False)
        caught = (self._cross.conj() * self.matrix).sum(axis=0).real
        self.missed = np.maximum((self._power - caught) / self._weight, 1e-3)
        self.known = self.seconds


def expected_power(outputs: Complex, weights: SpatialWeights) -> FloatArray:
    """Return what is expected at each instant, shape (n_hops, n_sides, N_INSTANTS).

    Parameters
    ----------
    outputs : ndarray, shape (n_hops, n_delays * n_channels)
    weights : SpatialWeights
    """
    seen = np.matmul(outputs[:, None, :], weights.matrix)[:, 0]
    power = seen.real**2 + seen.imag**2 + weights.missed
    return np.asarray(power.reshape(len(outputs), -1, N_INSTANTS))
