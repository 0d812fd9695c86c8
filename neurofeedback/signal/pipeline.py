"""From samples to feature frames: the whole signal path of a protocol.

Order: hop grid, artefact gate on the raw channels, picks and reference as one matrix, artefact
gate on the referenced signals, analytic filters, power, smoothing, logarithm, features.

Responsible for wiring these together, for saying when a frame must not be used, and for fitting the
estimators to a baseline when asked. Not responsible for feedback (`protocols`) nor for when a
baseline begins and ends. Pure: no clock, no file, no thread.

A frame depends on the last `support` hops and on nothing else. It may be used only if none of them
is bad and no discontinuity lies among them; the start of the stream, and a new fit, count as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.frames import (
    SETTLING,
    Chunk,
    FeatureFrames,
    FloatArray,
    IntArray,
    StreamInfo,
    read_only,
)
from neurofeedback.signal.artifact import Gate
from neurofeedback.signal.asymmetry import describe, reference_matrix
from neurofeedback.signal.envelope import BandPower
from neurofeedback.signal.estimators import PowerDesign, cfir
from neurofeedback.signal.features import FeatureMap
from neurofeedback.signal.fitting import BaselineStore, FitReport, clean_within, fit_designs
from neurofeedback.signal.hops import HopGrid, Hops, hop_length
from neurofeedback.signal.ocular import fit_ocular, ocular_sources
from neurofeedback.signal.settings import Feature, PipelineSettings, RoiFeature
from neurofeedback.signal.source_roi import RoiKernel, make_roi_kernel
from neurofeedback.signal.watch import Watch

GAP = "gap"
MIN_HOP = 2  # samples; of one sample nobody can say whether it is flat
MAX_HOP_SECONDS = 0.04


@dataclass(frozen=True, slots=True)
class OcularReport:
    """How eye activity was regressed out.

    Parameters
    ----------
    sources : tuple of str
        Channels regressed on; empty where nothing could be fitted.
    explained : dict of str to float
        Share of slow variance taken off each channel of the features, 0..1.
    note : str
        What to show beside it, or why nothing was fitted.
    """

    sources: tuple[str, ...]
    explained: dict[str, float]
    note: str


@dataclass(frozen=True, slots=True)
class BaselineFit:
    """A baseline seen through what was fitted to it.

    Parameters
    ----------
    values : ndarray, shape (n_clean, n_features)
        Feature values of its clean frames, as they are computed from now on.
    reports : tuple of FitReport
        What was fitted for each feature, and how well it can be expected to follow the brain.
    ocular : OcularReport or None
        How eye activity is taken off from now on; None where that was not asked for.
    """

    values: FloatArray
    reports: tuple[FitReport, ...]
    ocular: OcularReport | None


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
        self._sfreq = info.sfreq
        _check_rate(info, settings.features, self.hop)
        picks = list(dict.fromkeys(c for f in settings.features for c in f.channels))
        kernels = _kernels(info, settings.features, bads)
        self._features = FeatureMap(settings.features, kernels)
        reference = settings.montage.reference
        matrix = reference_matrix(info, picks, reference, bads)
        _check_signals(matrix, picks, info)
        matrix = np.concatenate([matrix, *(kernel.matrix for kernel in kernels.values())])
        self._ocular, self._bads, self._picks = settings.ocular, tuple(bads), tuple(picks)
        eyes = ocular_sources(info, settings.ocular, bads) if settings.ocular else ()
        needed = np.asarray(np.abs(matrix).any(axis=0))
        used = np.flatnonzero(needed | np.isin(info.ch_names, eyes))
        self._used_info = _part(info, used)
        self._used = slice(None) if used.size == info.n_channels else used
        self._uncorrected = self._matrix = np.ascontiguousarray(matrix[:, used].T)
        gate = settings.gate
        raw_limits = np.where(needed[used], gate.reference_amplitude, np.inf)  # eyes may move
        raw_names = [info.ch_names[i] for i in used]
        own = {info.ch_names[i] for kernel in kernels.values() for i in kernel.used}
        if reference == "csd":
            own |= set(picks)
        # Channels whose signals are no volts, or a region's, are judged as recorded.
        raw_limits[[i for i, name in enumerate(raw_names) if name in own]] = gate.amplitude
        self._gated = 0 if reference == "csd" else len(picks)
        sfreq, steps = info.sfreq, gate.reference_gradient
        self._raw_gate = Gate(raw_names, raw_limits, gate, sfreq, self.hop, steps)
        limits = np.full(self._gated, gate.amplitude)
        self._gate = Gate(picks[: self._gated], limits, gate, sfreq, self.hop, gate.gradient)
        self._watch = Watch(info, gate, reference, picks or sorted(own), bads, self.hop)
        columns = self._features.columns
        rows = [row for f in settings.features if f.name in kernels
                for row in self._features.signals_of(f)]  # fmt: skip
        self._signal_of = [[*picks, *rows].index(signal) for signal, _ in columns]
        shared = {e: cfir(e, info.sfreq, self.hop) for _, e in columns}
        self._unfitted = [shared[envelope] for _, envelope in columns]
        self._grid = HopGrid(self.hop, info.n_channels)
        self._store = BaselineStore(self.hop, used.size if settings.ocular else len(matrix))
        fitted = any(envelope.estimator != "cfir" for _, envelope in columns)
        self.needs_fit = fitted or settings.ocular is not None
        freedom = {column: shared[column[1]].degrees_of_freedom(self.hop) for column in columns}
        self.descriptors = self._features.describe(
            describe(reference, info, bads), freedom, "(V/m^2)^2" if reference == "csd" else "V^2"
        )
        self.reset()

    @property
    def support(self) -> int:
        """Number of hops, the last included, that a frame depends on."""
        return max(self._power.support, self._watch.support)

    def reset(self) -> None:
        """Forget all samples and every fit; the next chunk starts a stream."""
        self._grid.reset()
        self._raw_gate.reset()
        self._gate.reset()
        self._watch.reset()
        self._store.clear()
        self._matrix = self._uncorrected
        self._power = self._band_power(self._unfitted)
        self._last_bad: int | None = None
        self._last_hop = self._last_kept = -1

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
        return self.frames(self.push(chunk))

    def push(self, chunk: Chunk) -> Hops:
        """Add a chunk and return the hops it completes, to be given to `frames` in order."""
        return self._grid.push(chunk)

    def frames(self, hops: Hops, *, keep: bool = False) -> FeatureFrames:
        """Compute the frames of hops.

        Parameters
        ----------
        hops : Hops
            As `push` returned them, or a part of them, in order.
        keep : bool
            Whether they belong to a baseline that `fit` will be asked to learn from.

        Returns
        -------
        FeatureFrames
            One for each hop.
        """
        if len(hops) == 0:
            return _no_frames(len(self.descriptors))
        clean, raw_codes = self._raw_gate.process(hops.data[:, :, self._used])
        signals = np.matmul(clean, self._matrix)
        _, codes = self._gate.process(signals[:, :, : self._gated])
        values = self._features.values(self._power.process(signals))
        numbers = np.arange(hops.first, hops.first + len(hops))
        bad = hops.broken | (raw_codes > 0) | (codes > 0)
        seen = self._watch.process(hops.data, bad)
        bad |= seen > 0
        if keep and self.needs_fit:
            self._keep(numbers, clean if self._ocular else signals, bad)
        return FeatureFrames(
            read_only((numbers + 1) * self.hop - 1),
            read_only(np.ascontiguousarray(hops.times)),
            read_only(values),
            self._held(numbers, bad, hops.broken, raw_codes, codes, seen),
        )

    def start_baseline(self) -> None:
        """Forget what was kept of an earlier baseline."""
        self._store.clear()

    def fit(self) -> BaselineFit | None:
        """Fit to what was kept of the baseline what can be, and use it from the next hop on.

        Returns
        -------
        BaselineFit or None
            None where there is nothing to fit, or too little clean data to fit it to: everything
            then stays as it is.
        """
        if not self.needs_fit:
            return None
        signals, bad = self._store.signals, self._store.bad
        ocular = None
        if self._ocular is not None:
            ocular = self._take_eyes_off(signals)
            signals = np.matmul(signals, self._matrix)
        fitted = fit_designs(signals, bad, self._features, self._signal_of, self._sfreq, self.hop)
        self._store.clear()
        if fitted is None and ocular is None:
            return None
        power = self._band_power(self._unfitted if fitted is None else fitted.designs)
        values = self._features.values(power.process(signals))
        usable = clean_within(bad, max(power.support, self._watch.support))
        if not usable.any():
            self._matrix = self._uncorrected
            return None
        power.reset()
        self._power = power
        if ocular is not None:
            self._gate.reset()  # it remembers signals of another matrix
        self._last_bad = self._last_hop
        return BaselineFit(values[usable], fitted.reports if fitted else (), ocular)

    def _take_eyes_off(self, raw: FloatArray) -> OcularReport:
        """Put the regression of eye activity into the spatial matrix."""
        info = self._used_info
        try:
            found = fit_ocular(raw.reshape(-1, info.n_channels), info, self._ocular, self._bads)
        except UserError as error:
            self._matrix = self._uncorrected
            return OcularReport((), {}, str(error))
        self._matrix = np.ascontiguousarray(found.matrix.T @ self._uncorrected)
        explained = {c: float(found.explained[info.ch_names.index(c)]) for c in self._picks}
        return OcularReport(found.sources, explained, found.note)

    def _band_power(self, designs: Sequence[PowerDesign]) -> BandPower:
        columns = list(zip(self._signal_of, designs, strict=True))
        return BandPower(self.hop, self._matrix.shape[1], columns)

    def _keep(self, numbers: IntArray, signals: FloatArray, bad: NDArray[np.bool_]) -> None:
        """Keep hops of a baseline; after some that were left out (a pause) the first is bad."""
        follows_on = int(numbers[0]) == self._last_kept + 1
        self._store.add(signals, bad if follows_on else bad | (numbers == numbers[0]))
        self._last_kept = int(numbers[-1])

    def _held(
        self,
        numbers: IntArray,
        bad: NDArray[np.bool_],
        broken: NDArray[np.bool_],
        raw_codes: IntArray,
        codes: IntArray,
        seen: IntArray,
    ) -> list[str | None]:
        before = int(numbers[0]) - 1 if self._last_bad is None else self._last_bad
        last_bad = np.maximum.accumulate(np.where(bad, numbers, before))
        self._last_bad, self._last_hop = int(last_bad[-1]), int(numbers[-1])
        held: list[str | None] = [None] * len(numbers)
        for i in np.flatnonzero(numbers - last_bad < self.support):
            held[i] = SETTLING
        for i in np.flatnonzero(bad):
            held[i] = (
                GAP
                if broken[i]
                else self._watch.cause(int(seen[i]))
                or self._raw_gate.cause(int(raw_codes[i]))
                or self._gate.cause(int(codes[i]))
            )
        return held


def _no_frames(n_features: int) -> FeatureFrames:
    return FeatureFrames(np.empty(0, dtype=np.int64), np.empty(0), np.empty((0, n_features)), ())


def _part(info: StreamInfo, columns: IntArray) -> StreamInfo:
    """Describe some channels of a stream."""
    return replace(
        info,
        ch_names=tuple(info.ch_names[i] for i in columns),
        ch_types=tuple(info.ch_types[i] for i in columns),
        units=tuple(info.units[i] for i in columns),
    )


def _kernels(
    info: StreamInfo, features: Sequence[Feature], bads: Sequence[str]
) -> dict[str, RoiKernel]:
    """Make the kernels of the features that are regions, by feature name."""
    usable = {info.ch_names[i] for i in info.eeg if info.units[i] == "V"}
    others = [c for c in info.ch_names if c not in usable]
    return {
        f.name: make_roi_kernel(info.ch_names, f.roi, f.method, bads=[*bads, *others])
        for f in features
        if isinstance(f, RoiFeature)
    }


def _check_signals(matrix: FloatArray, picks: Sequence[str], info: StreamInfo) -> None:
    """Refuse a channel that its own reference leaves nothing of."""
    for name, row in zip(picks, matrix, strict=True):
        if not np.abs(row).max() > 1e-12:
            raise UserError(
                f"Channel {name} is its own reference in {info.name!r}: nothing is left of it. "
                "Choose another reference."
            )


def _check_rate(info: StreamInfo, features: Sequence[Feature], hop: int) -> None:
    if hop < MIN_HOP:
        raise UserError(
            f"The stream {info.name!r} has {info.sfreq:g} Hz; feedback needs at least "
            f"{MIN_HOP / MAX_HOP_SECONDS:g} Hz."
        )
    for feature in features:
        high = feature.envelope.band[1]
        if high >= 0.45 * info.sfreq:
            raise UserError(
                f"Feature {feature.name!r} reaches {high:g} Hz, too high for a stream of "
                f"{info.sfreq:g} Hz; it must stay below {0.45 * info.sfreq:g} Hz."
            )
