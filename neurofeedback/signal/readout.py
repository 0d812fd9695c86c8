"""From clean samples to feature values: what a fit replaces as a whole.

Responsible for one matrix (picks, reference, regions, eye correction), the filters, the features
made of their power, the regions' shares, and for describing them. Not responsible for the gate, nor
for finding out what to put in (`learning`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FeatureDescriptor, FloatArray
from neurofeedback.signal.asr.cleaner import AsrCleaner, Cleaned
from neurofeedback.signal.descriptors import describe, describe_removed
from neurofeedback.signal.feature_map import FeatureMap
from neurofeedback.signal.features import FeatureKind
from neurofeedback.signal.features.base import Column, Wording
from neurofeedback.signal.montage import Montage
from neurofeedback.signal.power.estimators import PowerDesign
from neurofeedback.signal.power.latency_noise import Density, Figures, figures_of
from neurofeedback.signal.power.powers import ColumnDesign, Powers
from neurofeedback.signal.power.ridge_figures import ridge_figures
from neurofeedback.signal.power.spatial_design import SpatialSide
from neurofeedback.signal.power.spatial_power import Learned
from neurofeedback.signal.power.starting import starting_designs
from neurofeedback.signal.region.kernel import RoiKernel


class Readout:
    """Compute features from the clean samples of the channels in use.

    Parameters
    ----------
    montage : Montage
    hop : int
        Samples in a hop.
    features : sequence of FeatureKind, optional
        With the bands to be used; those of the montage by default.
    kernels : mapping of str to RoiKernel, optional
        Of the regions; those of the montage by default.
    correction : ndarray, shape (n_used, n_used), optional
        ``corrected = clean @ correction.T``; none by default.
    designs : sequence of ColumnDesign, optional
        For each column of power; by default what serves without a baseline.
    cleaner : AsrCleaner, optional
        What the samples go through before anything else; nothing by default.

    Attributes
    ----------
    features : FeatureMap
    signal_of : list of int
        The signal of each column of power.
    context : tuple of int
        Signals of all channels that `spatial` may learn from; see `Montage.context`.
    settling : int
        Number of hops, the last included, that must be clean for a value to be used.
    n_ahead : int
        Hops by which the signals are late.
    warm_up : int
        Hops after a start within which an artefact may be missed.
    """

    def __init__(
        self,
        montage: Montage,
        hop: int,
        features: Sequence[FeatureKind] | None = None,
        kernels: Mapping[str, RoiKernel] | None = None,
        correction: FloatArray | None = None,
        designs: Sequence[ColumnDesign] | None = None,
        cleaner: AsrCleaner | None = None,
    ) -> None:
        self._hop, self._sfreq, self._cleaner = hop, montage.info.sfreq, cleaner
        self.n_ahead = 0 if cleaner is None else cleaner.n_ahead
        self._tells_removed = bool(montage.cleaned)
        kernels = montage.kernels if kernels is None else kernels
        self.features = FeatureMap(features or montage.features, kernels)
        spatial = np.eye(montage.info.n_channels)[montage.used]
        if correction is not None:
            spatial = correction.T @ spatial
        rows = np.concatenate([montage.matrix(kernels), montage.context_rows])
        self._matrix = np.ascontiguousarray(spatial @ rows.T)
        names = [*montage.signals(kernels), *montage.context]
        self.context = tuple(range(len(names) - len(montage.context), len(names)))
        self.signal_of = [names.index(signal) for signal, _ in self.features.columns]
        if designs is None:
            designs = starting_designs(
                self.features.columns, montage.picks, montage.prior, self._sfreq, hop
            )
        self._designs: tuple[ColumnDesign, ...] = tuple(designs)
        columns = list(zip(self.signal_of, self._designs, strict=True))
        self._power = Powers(hop, self._sfreq, len(names), columns, self.n_ahead)
        watched = [
            feature.share(kernels[feature.name], spatial, self._sfreq, hop)
            for feature in self.features.features
            if feature.name in kernels
        ]
        self.shares = tuple(share for share in watched if share is not None)
        spans = [self._power.settling, *(share.support for share in self.shares)]
        self.settling = max(spans) + self.n_ahead
        self.warm_up = 0 if cleaner is None else cleaner.memory

    def reset(self) -> None:
        """Forget all samples."""
        self._power.reset()
        if self._cleaner is not None:
            self._cleaner.reset()
        for share in self.shares:
            share.reset()

    @property
    def n_signals(self) -> int:
        """Number of picks, rows of regions and channels of the context."""
        return int(self._matrix.shape[1])

    def cleaned(self, clean: FloatArray, first: int, bad: NDArray[np.bool_]) -> Cleaned:
        """Return hops as everything after sees them; `first` is the number of the first one."""
        if self._cleaner is None:
            none = np.zeros(len(clean))
            return Cleaned(clean, none, none, none > 0.0)
        return self._cleaner.process(clean, first, bad)

    def signals(self, clean: FloatArray) -> FloatArray:
        """Return picks, regions and context of clean samples, shape (n_hops, hop, n_signals)."""
        return np.asarray(np.matmul(clean, self._matrix))

    def values(self, power: FloatArray, removed: FloatArray) -> FloatArray:
        """Return all values at the end of each hop, in the order of `describe`.

        Parameters
        ----------
        power : ndarray, shape (n_hops, n_columns)
            As `powers` returns it.
        removed : ndarray, shape (n_hops,)
            Share of variance that was taken off, as `cleaned` returns it.
        """
        values = self.features.values(power)
        return np.column_stack((values, removed)) if self._tells_removed else values

    def powers(
        self,
        signals: FloatArray,
        first: int,
        bad: NDArray[np.bool_],
        unfit: NDArray[np.bool_],
    ) -> FloatArray:
        """Return the columns of power at the end of each hop, shape (n_hops, n_columns), V^2.

        Parameters
        ----------
        signals : ndarray, shape (n_hops, hop, n_signals)
        first : int
            Absolute number of the first hop.
        bad : ndarray of bool, shape (n_hops,)
            Hops that no value may depend on.
        unfit : ndarray of bool, shape (n_hops,)
            Hops that nothing is to be learned from.
        """
        return self._power.process(signals, first, bad, unfit)

    def end_block(self, hop: int) -> None:
        """Take up what was learned until the end of a block, where a protocol wants that."""
        self._power.end_block(hop)

    def take_learned(self) -> list[Learned]:
        """Return what was taken up since it was asked last."""
        return self._power.take_learned()

    def shares_of(self, clean: FloatArray) -> FloatArray:
        """Return each watched region's share at the end of each hop, shape (n_hops, n_shares)."""
        found = [share.process(clean) for share in self.shares]
        return np.stack(found, axis=1) if found else np.empty((len(clean), 0))

    def too_small(self, shares: FloatArray) -> NDArray[np.bool_]:
        """Say which shares are below their limit, shape (n_hops, n_shares)."""
        return np.asarray(shares < np.array([share.least for share in self.shares]))

    def describe(
        self, wording: Wording, spectra: Density | None = None
    ) -> tuple[FeatureDescriptor, ...]:
        """Describe every value.

        Parameters
        ----------
        wording : Wording
        spectra : (ndarray, ndarray), optional
            Frequencies in Hz, shape (n_freqs,), and one-sided density in V^2/Hz of each signal,
            shape (n_freqs, n_signals), where they are known.
        """
        figures: dict[Column, Figures] = {}
        made: dict[tuple[ColumnDesign, int], Figures] = {}  # without spectra, signals share designs
        for column, design, signal in zip(
            self.features.columns, self._designs, self.signal_of, strict=True
        ):
            own = None if spectra is None else (spectra[0], spectra[1][:, signal])
            key = design, -1 if spectra is None else signal
            if key not in made:
                made[key] = self._figures(design, column[1].band, own)
            figures[column] = made[key]
        late, frame = self.n_ahead * self._hop / self._sfreq, self._hop / self._sfreq
        described = describe(self.features, figures, wording)
        found = tuple(replace(d, delay=d.delay + late) for d in described)
        return (*found, describe_removed(late, frame)) if self._tells_removed else found

    def _figures(
        self, design: ColumnDesign, band: tuple[float, float], spectrum: Density | None
    ) -> Figures:
        if isinstance(design, PowerDesign):
            return figures_of(design, band, self._sfreq, self._hop, spectrum)
        ridge = design.own if isinstance(design, SpatialSide) else design
        return ridge_figures(ridge, band, self._sfreq, self._hop, spectrum)
