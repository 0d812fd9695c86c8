"""From samples to feature frames: the whole signal path of a protocol.

Order: hop grid, artefact gate on the raw channels, artifact subspace reconstruction if asked for,
picks and reference as one matrix, artefact gate on the referenced signals, analytic filters, power,
smoothing, logarithm, features.

Responsible for wiring these together, for saying when a frame must not be used, and for keeping a
baseline and taking up what is learned from it. Not responsible for what is learned (`learning`),
for feedback (`protocols`) nor for when a baseline begins and ends. Pure: no clock, no file, no
thread.

A frame may be used only if none of the last `settling` hops is bad and no discontinuity lies among
them; the start of the stream, and a new fit, count as one. It depends on these hops, and on earlier
ones only where those are clean too.

Longer than most modules: the signal path is one class, so that its order can be read from top to
bottom.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import (
    SETTLING,
    Chunk,
    FeatureDescriptor,
    FeatureFrames,
    FloatArray,
    IntArray,
    StreamInfo,
    read_only,
)
from neurofeedback.holds import STALE
from neurofeedback.signal.baseline_alpha import AlphaBaseline
from neurofeedback.signal.baseline_fit import BaselineFit
from neurofeedback.signal.features import FeatureKind
from neurofeedback.signal.gate.artifact_filters import ArtifactFilters
from neurofeedback.signal.gate.outside import OutsideHolds
from neurofeedback.signal.gate.samples import Gate
from neurofeedback.signal.hops import HopGrid, Hops, hop_length
from neurofeedback.signal.learning import learn, needs_channels, needs_fit, pooled_of
from neurofeedback.signal.montage import make_montage
from neurofeedback.signal.power.baseline import BaselineStore
from neurofeedback.signal.power.fidelity import FidelityPoint, expected_curve, fidelity_curve
from neurofeedback.signal.power.prior import Prior
from neurofeedback.signal.power.settings import Adapt
from neurofeedback.signal.power.spatial_power import Learned
from neurofeedback.signal.readout import Readout
from neurofeedback.signal.settings import PipelineSettings
from neurofeedback.signal.wording import before_the_fit, starts_pooled
from neurofeedback.words.message import Message

GAP = Message("gap")
REBUILT = Message(
    "rebuilt"
)  # too much of the samples is a guess of artifact subspace reconstruction


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
    prior : Prior or None
        What was learned from other people; None for nothing.
    adapt : {'never', 'between-rounds', 'always'}
        When what is learned after the baseline is taken up, unless an envelope says it.

    Attributes
    ----------
    hop : int
        Samples between frames.
    descriptors : tuple of FeatureDescriptor
        One for each column of the values, in order, as they are until the baseline is over.
    descriptors_now : tuple of FeatureDescriptor
        The same as they are now: from a fit on, of what was fitted.

    Raises
    ------
    UserError
        If the stream lacks a channel or its rate is too low for a band.
    """

    def __init__(
        self,
        info: StreamInfo,
        settings: PipelineSettings,
        bads: Sequence[str] = (),
        prior: Prior | None = None,
        adapt: Adapt = "always",
    ) -> None:
        self._prior, self._adapt = prior, adapt
        self.hop = hop_length(info.sfreq, settings.montage.hop)
        self._settings = settings
        self._montage = montage = make_montage(info, settings, bads, prior)
        individual = any(feature.is_individual for feature in settings.features)
        self._alpha = (
            AlphaBaseline(info, montage.reference, bads, settings.gate, self.hop)
            if individual
            else None
        )
        self._unfitted = Readout(montage, self.hop)
        self.descriptors: tuple[FeatureDescriptor, ...] = self._unfitted.describe(
            before_the_fit(montage, self._alpha is not None and self._alpha.enough)
        )
        self._used = slice(None) if montage.used.size == info.n_channels else montage.used
        self._make_gates(bads)
        self._grid = HopGrid(self.hop, info.n_channels)
        self.needs_fit = needs_fit(settings)
        self._keeps_channels = needs_channels(settings)
        self._store = BaselineStore(
            self.hop, montage.used.size if self._keeps_channels else self._unfitted.n_signals
        )
        self.reset()

    def _make_gates(self, bads: Sequence[str]) -> None:
        montage, gate, info = self._montage, self._settings.gate, self._montage.info
        used, picks = montage.used, montage.picks
        names = [info.ch_names[i] for i in used]
        own = {info.ch_names[i] for kernel in montage.kernels.values() for i in kernel.used}
        if not montage.volts:
            own |= set(picks)
        limits = np.where(np.isin(used, montage.needed), gate.reference_amplitude, np.inf)
        # Channels whose signals are no volts, or a region's, are judged as recorded; eyes may move.
        limits[[i for i, name in enumerate(names) if name in own]] = gate.amplitude
        steps = gate.reference_gradient
        self._raw_gate = Gate(names, limits, gate, info.sfreq, self.hop, steps)
        self._gated = len(picks) if montage.volts else 0
        limits = np.full(self._gated, gate.amplitude)
        self._gate = Gate(picks[: self._gated], limits, gate, info.sfreq, self.hop, gate.gradient)
        watched = picks or sorted(own)
        self._artifacts = ArtifactFilters(info, gate, montage.reference, watched, bads, self.hop)

    @property
    def settling(self) -> int:
        """Number of hops, the last included, that must be clean for a frame to be used."""
        return max(self._readout.settling, self._artifacts.support)

    @property
    def look_ahead(self) -> int:
        """Number of hops by which features are later from the end of the baseline on."""
        asr = self._settings.asr
        return 0 if asr is None else asr.hops_ahead(self._montage.info.sfreq, self.hop)

    @property
    def trained(self) -> tuple[int, ...]:
        """Columns of what features are made of and of a named reference, as opposed to an average.

        Of a region, which is made of all channels, all.
        """
        montage = self._montage
        reference = montage.reference if isinstance(montage.reference, tuple) else ()
        names = {*montage.picks, *reference}
        used = {i for kernel in montage.kernels.values() for i in kernel.used}
        found = {i for i, name in enumerate(montage.info.ch_names) if name in names}
        return tuple(sorted(found | used))

    @property
    def on_filters(self) -> tuple[Message, ...]:
        """What is to be said of bands that filters before the recording took a part of."""
        return tuple(dict.fromkeys(self._montage.filtered.values()))

    def prior_before_fit(self, feature: FeatureKind) -> Prior | None:
        """Return whose spectrum stands in for a feature's own without a baseline, if any does."""
        return self._montage.prior if starts_pooled(self._montage, feature) else None

    def band_of(self, feature: str) -> tuple[float, float]:
        """Return the band that a declared feature has now, Hz; a fit may change it."""
        return self._readout.features.main_columns()[feature][1].band

    @property
    def posterior(self) -> tuple[str, ...]:
        """Channels that the individual alpha frequency is to be measured at; maybe none."""
        return () if self._alpha is None else self._alpha.channels

    def reset(self) -> None:
        """Forget all samples and every fit; the next chunk starts a stream."""
        self._grid.reset()
        self._raw_gate.reset()
        self._gate.reset()
        self._artifacts.reset()
        self.start_baseline()
        self._unfitted.reset()
        self._readout = self._unfitted
        self.descriptors_now = self.descriptors
        self._outside = OutsideHolds(self.hop)
        self._last_bad: int | None = None
        self._last_hop = self._last_kept = -1
        self._share_cause: Message | None = None
        self._learned: list[tuple[Learned, int, float]] = []
        self._last_time = float("nan")

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

    def hold(self, first: int, last: int, cause: str) -> None:
        """Hold the frames of some samples, for a reason that the samples do not tell.

        Parameters
        ----------
        first, last : int
            Absolute sample numbers; none before the next sample.
        cause : str
            What `FeatureFrames.held` then says.
        """
        self._outside.add(first, last, cause)

    def n_alike(self, hops: Hops) -> int:
        """Return how many hops in a row, from the first, are stale, or are not."""
        return self._outside.n_alike(hops.first, len(hops))

    def is_stale(self, hop: int) -> bool:
        """Whether the samples of a hop came late."""
        return self._outside.cause(hop) == STALE

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
        numbers = np.arange(hops.first, hops.first + len(hops))
        clean, raw_codes = self._raw_gate.process(hops.data[:, :, self._used])
        outside = self._outside.take(hops.first, len(hops))
        bad = hops.broken | (raw_codes > 0)
        # Late samples are as good as any, only not to be learned from.
        late = np.isin(numbers, [hops.first + i for i, c in outside.items() if c == STALE])
        bad |= np.isin(numbers, [hops.first + i for i in outside]) & ~late
        cleaned = self._readout.cleaned(clean, hops.first, bad)
        signals = self._readout.signals(cleaned.data)
        _, codes = self._gate.process(signals[:, :, : self._gated])
        bad |= codes > 0
        seen = self._artifacts.process(hops.data, bad)
        bad |= seen > 0
        spoilt = bad | cleaned.doubtful
        if self._last_bad is not None:
            spoilt |= numbers <= self._last_bad  # ASR warms up
        power = self._readout.powers(signals, hops.first, spoilt, spoilt | late)
        values = self._readout.values(power, cleaned.removed)
        self._note_learned(hops)
        if keep and self.needs_fit:
            self._keep(numbers, clean if self._keeps_channels else signals, bad | late, hops)
        bad |= cleaned.doubtful
        held = self._held(numbers, bad, hops.broken, raw_codes, codes, seen)
        for i, cause in outside.items():
            held[i] = cause
        if self._readout.shares:
            self._hold_small_shares(held, self._readout.shares_of(cleaned.data))
        return FeatureFrames(
            read_only((numbers + 1) * self.hop - 1),
            read_only(np.ascontiguousarray(hops.times)),
            read_only(values),
            held,
        )

    def start_baseline(self) -> None:
        """Forget what was kept of an earlier baseline."""
        self._store.clear()
        if self._alpha is not None:
            self._alpha.clear()

    def fit(self) -> BaselineFit | None:
        """Learn from what was kept of the baseline what can be, and use it from the next hop on.

        Returns
        -------
        BaselineFit or None
            None where there is nothing to fit, or too little clean data to fit it to: everything
            then stays as it is.
        """
        if not self.needs_fit:
            return None
        bad, late = self._store.bad, self._readout.n_ahead
        if late:  # what the gate found in signals that were late is in channels before that
            bad[:-late] |= bad[late:]
        learned = learn(
            self._montage, self._settings, self.hop, self._store.signals, bad, self._alpha,
            self._artifacts.support, self._prior, self._adapt,
        )  # fmt: skip
        self.start_baseline()
        if learned is None:
            return None
        self._readout, fit = learned
        self.descriptors_now = fit.descriptors
        if fit.ocular is not None or fit.asr is not None:
            self._gate.reset()  # it remembers other signals
        self._last_bad = self._last_hop + self._readout.warm_up
        return fit

    def fidelity_curve(self, feature: str) -> tuple[FidelityPoint, ...]:
        """Return what the baseline so far leads to expect of a feature at each lag.

        Before `fit`, on what was kept; without what a fit would take off (eyes, large components).
        """
        signals, readout, montage = self._store.signals, self._readout, self._montage
        if self._keeps_channels:
            signals = readout.signals(signals)
        return fidelity_curve(
            signals,
            self._store.bad,
            readout.features,
            readout.signal_of,
            montage.info.sfreq,
            self.hop,
            pooled_of(montage, readout.context, self._prior, self._adapt),
            feature,
        )

    def expected_fidelity(
        self, feature: str, estimator: str, own: float | None, seconds: float
    ) -> tuple[FidelityPoint, ...]:
        """Return what a fit leads to expect of a feature at each lag; see `expected_curve`."""
        envelope = self._readout.features.main_columns()[feature][1]
        if self._prior is None or self._montage.reference != "average":
            return ()
        return expected_curve(self._prior, envelope, estimator, own, seconds)

    def end_block(self) -> None:
        """Take up what was learned until now, where a protocol wants that between rounds."""
        self._readout.end_block(self._last_hop)
        self._learned += [
            (learned, (learned.hop + 1) * self.hop - 1, self._last_time)
            for learned in self._readout.take_learned()
        ]

    def take_learned(self) -> list[tuple[Learned, int, float]]:
        """Return what was taken up since it was asked last, with sample and stream time of it."""
        learned, self._learned = self._learned, []
        return learned

    def _note_learned(self, hops: Hops) -> None:
        self._last_time = float(hops.times[-1])
        self._learned += [
            (
                learned,
                (learned.hop + 1) * self.hop - 1,
                float(hops.times[learned.hop - hops.first]),
            )
            for learned in self._readout.take_learned()
        ]

    def _keep(
        self, numbers: IntArray, signals: FloatArray, bad: NDArray[np.bool_], hops: Hops
    ) -> None:
        """Keep hops of a baseline; after some that were left out (a pause) the first is bad."""
        follows_on = int(numbers[0]) == self._last_kept + 1
        seam = np.zeros(len(hops), dtype=bool) if follows_on else numbers == numbers[0]
        self._store.add(signals, bad | seam)
        if self._alpha is not None:
            self._alpha.add(hops.data, hops.broken | seam)
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
        for i in np.flatnonzero(numbers - last_bad < self.settling):
            held[i] = SETTLING
        for i in np.flatnonzero(bad):
            held[i] = (
                GAP
                if broken[i]
                else self._artifacts.cause(int(seen[i]))
                or self._raw_gate.cause(int(raw_codes[i]))
                or self._gate.cause(int(codes[i]))
                or REBUILT
            )
        return held

    def _hold_small_shares(self, held: list[str | None], shares: FloatArray) -> None:
        """Hold frames whose region explains too little; a hold keeps the words it began with."""
        small = self._readout.too_small(shares)
        for i, reason in enumerate(held):
            if reason is not None or not small[i].any():
                self._share_cause = None
                continue
            which = int(small[i].argmax())
            if self._share_cause is None:
                self._share_cause = self._readout.shares[which].cause(float(shares[i, which]))
            held[i] = self._share_cause


def _no_frames(n_features: int) -> FeatureFrames:
    return FeatureFrames(np.empty(0, dtype=np.int64), np.empty(0), np.empty((0, n_features)), ())
